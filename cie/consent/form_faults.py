"""What is wrong with a signed form as it was written down: each fault names its box and what to do."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from sqlmodel import Session

from cie import calendar, people
from cie.consent.form_scope import groups_of, kinds_of, only_says_no, programs_of
from cie.consent.form_signers import faults_of_signer
from cie.consent.law import FormType, Stated
from cie.consent.law.demands import MEDICAL
from cie.consent.law.protections import CMIA_ELEMENTS, PART2_ELEMENTS
from cie.consent.models import Consent, Decision, Expiry, Reach
from cie.directory.models import Category
from cie.errors import Invalid
from cie.people import Person, Standing

NOT_STATED = {
    Stated.PATIENT: Invalid("The paper must say whose records they are", "stated"),
    Stated.DISCLOSER: Invalid("The paper must say who may give the records", "stated"),
    Stated.DESCRIPTION: Invalid("The paper must say which records may go", "stated"),
    Stated.RECIPIENTS: Invalid("The paper must say who may get the records", "stated"),
    Stated.PURPOSE: Invalid("The paper must say what the records are for", "stated"),
    Stated.REVOCATION: Invalid("The paper must say that it can be taken back, and how", "stated"),
    Stated.EXPIRY: Invalid("The paper must say when it ends", "stated"),
    Stated.SIGNATURE: Invalid("The paper must carry a signature and its day", "stated"),
    Stated.REDISCLOSURE: Invalid("The paper must say that those who get the records may pass some on", "stated"),
    Stated.COPY: Invalid("The paper must say that the person may have a copy", "stated"),
}
"""One sentence for each element that a law asks for and that is missing."""
_PRINTED = re.compile(r"([\w ./()-]{1,40})?")
"""The version of a paper stands in clear: a few letters and numbers, and no room for a story."""


def faults_of_form(
    session: Session, person: Person, consent: Consent, form: FormType, today: date
) -> Iterator[Invalid]:
    """What this form asks beyond what every form asks."""
    if form.medi_cal_only and not _has_medi_cal(session, person):
        yield Invalid(
            "Form: this one is for people in Medi-Cal. Write down that they have it, or use the other", "form"
        )
    yield from faults_of_signer(person, consent, form, today)
    if not _PRINTED.fullmatch(consent.form_version):
        yield Invalid("Version of the paper: copy it as it is printed, like 11/24", "form_version")
    yield from _faults_of_recipients(consent, form)
    if consent.decision == Decision.SHARE:
        yield from _faults_of_yes(consent, form)


def _has_medi_cal(session: Session, person: Person) -> bool:
    return Standing.MEDI_CAL in (person.standing or ()) or people.suggests_medi_cal(session, person)


def _faults_of_yes(consent: Consent, form: FormType) -> Iterator[Invalid]:
    if only_says_no(form):
        yield Invalid("What it says: this form only takes back. Write it down as a no", "decision")
        return
    if consent.method is not None and consent.method not in form.methods:
        yield Invalid("How it was said: this form counts only with a signature", "method")
    yield from _faults_of_scope(consent, form)
    yield from _faults_of_purposes(consent, form)
    yield from _faults_of_end(consent, form)
    yield from (NOT_STATED[each] for each in Stated if each in _must_state(consent, form) - set(consent.stated))


def _faults_of_scope(consent: Consent, form: FormType) -> Iterator[Invalid]:
    for kind in _beyond(consent.categories, kinds_of(form)):
        if kind != Category.PSYCHOTHERAPY_NOTES:
            yield Invalid("What may be shared: this form is not enough for “%(kind)s”", "categories", kind=kind)
    for program in _beyond(consent.programs, programs_of(form)):
        yield Invalid("Records of programs: this form does not cover “%(program)s”", "programs", program=program)


def _faults_of_purposes(consent: Consent, form: FormType) -> Iterator[Invalid]:
    if not consent.purpose:
        yield Invalid("What for: choose at least one", "purposes")
    elif _beyond([consent.purpose, *consent.more_purposes], form.purposes):
        yield Invalid("What for: choose only what this form is for", "purposes")


def _beyond(chosen: Iterable[str], offered: Iterable[str]) -> list[str]:
    return [code for code in chosen if code not in {*offered}]


def _faults_of_recipients(consent: Consent, form: FormType) -> Iterator[Invalid]:
    is_yes, is_no = (consent.decision == said for said in (Decision.SHARE, Decision.DO_NOT_SHARE))
    is_named = bool(consent.recipient_ids)
    if only_says_no(form) and is_named:
        yield Invalid("With whom: this form is a no to all", "to")
    elif is_no and consent.recipient_class:
        yield Invalid("With whom: say no to organizations by name, or to all", "to")
    elif is_yes and form.one_recipient and len(consent.recipient_ids) != 1:
        yield Invalid("Who may see it: this form names exactly one organization", "recipients")
    elif is_yes and not is_named and consent.recipient_class not in groups_of(form):
        yield Invalid("With whom: choose whom this form may name", "to")
    elif _tells_care_partners_of_treatment(consent):
        yield Invalid(
            "With whom: what tells of alcohol or drug treatment goes to organizations by name, or to those who treat "
            "the person",
            "to",
        )


def _tells_care_partners_of_treatment(consent: Consent) -> bool:
    """A class may hold treating providers only: 42 CFR 2.31(a)(4)."""
    return consent.recipient_class == Reach.CARE_PARTNERS and Category.SUD_PART2 in consent.categories


def _faults_of_end(consent: Consent, form: FormType) -> Iterator[Invalid]:
    if form.longest_days is not None and not _ends_in_time(consent, form.longest_days):
        yield Invalid(
            "Until when: this form needs a last day, at most %(most)s days after it was signed",
            "expires",
            most=form.longest_days,
        )
    elif consent.expiry is None:
        yield Invalid("Until when: choose one", "until")
    elif consent.expiry == Expiry.DAY and consent.expires_on is None:
        yield Invalid("Until when: enter month, day and year", "expires")
    elif consent.expiry == Expiry.NONE and _is_medical(consent, form):
        yield Invalid("Until when: medical information needs a last day or an event that ends it", "until")


def _ends_in_time(consent: Consent, longest_days: int) -> bool:
    last = calendar.local_day(consent.given_at) + timedelta(days=longest_days)
    return consent.expires_on is not None and consent.expires_on <= last


def _must_state(consent: Consent, form: FormType) -> set[Stated]:
    """The elements that 42 CFR 2.31(a) and Civ. Code 56.11 ask for, for what this yes is about."""
    found: set[Stated] = set()
    if Category.SUD_PART2 in consent.categories:
        found.update(PART2_ELEMENTS)
    if _is_medical(consent, form):
        found.update(CMIA_ELEMENTS, {Stated.EXPIRY})
    return found


def _is_medical(consent: Consent, form: FormType) -> bool:
    return "cmia" in form.satisfies and not MEDICAL.isdisjoint(consent.categories)
