"""The signed forms in words: what each is for, what its paper says, and by what right somebody signs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cie.consent import PLAIN, Capacity, Consent, FormType, Reach, Stated, forms
from cie.web.consent_words import category_words
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.standing_words import PROGRAMS

FORMS: Mapping[str, tuple[Any, Any]] = {
    "part2": (
        lazy_gettext("Substance use treatment records"),
        lazy_gettext("Lets records of alcohol or drug treatment go to the places that it names."),
    ),
    "cmia": (
        lazy_gettext("Medical information"),
        lazy_gettext("Lets a clinic, hospital or health plan send medical facts, also on mental health and HIV."),
    ),
    "ascmi-ab133": (
        lazy_gettext("Authorization to Share Confidential Member Information (AB 133)"),
        lazy_gettext("For people in Medi-Cal. One paper for health, treatment and social help."),
    ),
    "ascmi": (
        lazy_gettext("Authorization to Share Confidential Member Information"),
        lazy_gettext("The same for everybody else. One paper for health, treatment and social help."),
    ),
    "ascmi-revocation": (
        lazy_gettext("ASCMI revocation"),
        lazy_gettext("Takes back what was signed on an ASCMI form. It is a no to all sharing."),
    ),
    "abcdm-229": (
        lazy_gettext("Release of case information (ABCDM 229)"),
        lazy_gettext("Lets the county tell one organization about CalFresh, Medi-Cal or other aid."),
    ),
    "hmis": (
        lazy_gettext("Homeless management information system"),
        lazy_gettext("Lets those who keep records in the homeless system share them."),
    ),
    "victim-release": (
        lazy_gettext("Time-limited release of a victim service"),
        lazy_gettext("Lets a victim service tell one place, for at most 90 days. Nobody has to sign it to get help."),
    ),
    "school-records": (
        lazy_gettext("Education records"),
        lazy_gettext("Lets a school send records. A parent signs until the student is 18."),
    ),
}
"""The title and the use of each form, in the order of the list."""
GROUPS: Mapping[Reach, Any] = {
    Reach.TREATING_PROVIDERS: lazy_gettext("Those who treat the person"),
    Reach.CARE_PARTNERS: lazy_gettext("Care partners of the person"),
}
CAPACITIES: Mapping[Capacity, Any] = {
    Capacity.CONSERVATOR: lazy_gettext("Conservator"),
    Capacity.HEALTH_CARE_AGENT: lazy_gettext("Agent for health care, named by the person"),
    Capacity.COURT_ORDER: lazy_gettext("By order of a court"),
    Capacity.FOSTER_CARE_WORKER: lazy_gettext("Foster care social worker"),
}
STATES: Mapping[Stated, Any] = {
    Stated.PATIENT: lazy_gettext("Whose records they are"),
    Stated.DISCLOSER: lazy_gettext("Who may give the records"),
    Stated.DESCRIPTION: lazy_gettext("Which records may go"),
    Stated.RECIPIENTS: lazy_gettext("Who may get the records"),
    Stated.PURPOSE: lazy_gettext("What the records are for"),
    Stated.REVOCATION: lazy_gettext("That it can be taken back, and how"),
    Stated.EXPIRY: lazy_gettext("When it ends"),
    Stated.SIGNATURE: lazy_gettext("The signature and its day"),
    Stated.REDISCLOSURE: lazy_gettext("That those who get the records may pass some on"),
    Stated.COPY: lazy_gettext("That the person may have a copy"),
}


LACKS: Mapping[str, Any] = {
    "written": lazy_gettext("A signature"),
    "signer": lazy_gettext("The signature of somebody who may sign"),
    "named-recipient": lazy_gettext("The name of this organization"),
    "one-recipient": lazy_gettext("The name of this organization alone"),
    "time-limit": lazy_gettext("A last day that is near enough"),
    "network": lazy_gettext("The name of this network"),
    **{stated.value: words for stated, words in STATES.items()},
}
"""What a consent that comes near still lacks, by the codes of the rules."""


def missing_words(codes: Sequence[str]) -> str:
    """What has to be added to the consent that comes nearest; nothing where another form has to be signed."""
    return "" if "form" in codes else ". ".join(str(LACKS[code]) for code in codes)


def form_title(code: str) -> str:
    """What a form is called; one that came with newer data by its own title."""
    return str(FORMS[code][0]) if code in FORMS else forms()[code].title


def form_use(form: FormType) -> str:
    """What a form is for, in plain words."""
    return str(FORMS[form.id][1]) if form.id in FORMS else ""


def program_words(codes: Sequence[str]) -> str:
    """The programs whose records are covered."""
    return ". ".join(str(words) for program, words in PROGRAMS.items() if program.value in codes)


def stated_words(record: Consent) -> str:
    """What the paper says, as whoever wrote it down found it."""
    said = [str(words) for stated, words in STATES.items() if stated.value in record.stated]
    return ". ".join([*said, _("It names this network")] if record.names_network else said)


def signer_rows(record: Consent) -> list[tuple[str, str]]:
    """By what right somebody signed for the person, and what a court took from them."""
    right = str(CAPACITIES[record.capacity]) if record.capacity else ""
    limits = ". ".join(category_words(record.custody_limits))
    return [(_("By what right"), right), (_("A court took from them"), limits)]


@dataclass(frozen=True)
class FormLine:
    """One form of the list."""

    id: str
    title: str
    use: str
    citation: str


def form_lines() -> list[FormLine]:
    """Every form that is signed, those that are known by name first."""
    signed = [form for form in forms().values() if form.id != PLAIN]
    order = [*FORMS]
    known_first = sorted(signed, key=lambda form: order.index(form.id) if form.id in order else len(order))
    return [FormLine(form.id, form_title(form.id), form_use(form), form.citation) for form in known_first]
