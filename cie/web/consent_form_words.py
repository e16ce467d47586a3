"""The signed forms in words: what each is for, what its paper says, and by what right somebody signs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cie.consent import PLAIN, Capacity, Consent, FormType, Reach, Stated, forms
from cie.web.consent_words import category_words
from cie.web.language import chosen_language, lazy_gettext
from cie.web.language import gettext as _
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


LAWS: Mapping[str, Any] = {
    "part2": lazy_gettext("Alcohol and drug treatment records"),
    "snap": lazy_gettext("CalFresh records"),
    "wic": lazy_gettext("WIC records"),
    "ferpa": lazy_gettext("School records"),
    "vawa": lazy_gettext("What a victim service tells"),
    "victim-information": lazy_gettext("That somebody lives with violence"),
    "ab352": lazy_gettext("Reproductive and gender-affirming care"),
    "sb81": lazy_gettext("Facts about immigration"),
    "cmia": lazy_gettext("Medical information"),
    "hipaa": lazy_gettext("What those bound by HIPAA tell others"),
    "lps": lazy_gettext("Mental health records"),
    "hiv": lazy_gettext("HIV information"),
    "medi-cal": lazy_gettext("Medi-Cal records"),
    "social-services": lazy_gettext("Records of public social services"),
    "hmis": lazy_gettext("Records of the homeless system"),
}
"""What each law guards that a form can be good for."""


def title_of(form: FormType | None) -> str:
    """What a form is called, in the reader's language; nothing when there is no such form."""
    if form is None:
        return ""
    if form.id in FORMS:
        return str(FORMS[form.id][0])
    if form.id == PLAIN:
        return _("Sharing through this network")
    return form.title_es if form.title_es and chosen_language() == "es" else form.title


def law_words(form: FormType) -> list[str]:
    """What a form is good for."""
    return [str(words) for law, words in LAWS.items() if law in form.satisfies]


def form_title(code: str) -> str:
    """What a form that comes with the program is called."""
    return title_of(forms().get(code)) or code


def form_use_of(code: str) -> str:
    """What a form is for, by its id; of one that came with newer data nothing is known."""
    return str(FORMS[code][1]) if code in FORMS else ""


def form_use(form: FormType) -> str:
    """What a form is for, in plain words."""
    if form.id in FORMS:
        return str(FORMS[form.id][1])
    return _("A form of this network. Good for: %(laws)s.", laws="; ".join(law_words(form)))


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


def form_lines(offered: Iterable[FormType]) -> list[FormLine]:
    """Every form that is signed, those that are known by name first."""
    signed = [form for form in offered if form.id != PLAIN]
    order = [*FORMS]
    known_first = sorted(signed, key=lambda form: order.index(form.id) if form.id in order else len(order))
    return [FormLine(form.id, title_of(form), form_use(form), form.citation) for form in known_first]
