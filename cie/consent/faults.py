"""What is wrong with a yes or a no on the form of the network, and what every form asks alike."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from sqlmodel import Session

from cie import calendar, participants, people
from cie.consent.models import Consent, Decision, Method, SignerKind
from cie.consent.records import FORM_VERSION
from cie.directory.models import Category
from cie.errors import Invalid
from cie.people import Person
from cie.people.birth import BirthDate, is_under

ADULT_YEARS, MINOR_WHO_MAY_SIGN_YEARS = 18, 12
"""A minor of 12 or older signs for some kinds of care: Fam. Code 6924, 6926, 6929; HSC 124260."""
LONGEST_NAME = 100


def faults_of_every_form(session: Session, consent: Consent, today: date) -> Iterator[Invalid]:
    """Names, kinds, places, witness, first and last day."""
    yield from _faults_of_names(consent)
    if calendar.local_day(consent.given_at) > today:
        yield Invalid("Signed on: choose a day that is not in the future", "signed_on")
    is_yes = consent.decision == Decision.SHARE
    if is_yes and not consent.categories:
        yield Invalid("What may be shared: choose at least one", "categories")
    if Category.PSYCHOTHERAPY_NOTES in consent.categories:
        yield Invalid("What may be shared: notes of a therapist about a conversation are not kept here", "categories")
    yield from _faults_of_recipients(session, consent)
    if is_yes and consent.method == Method.BY_VOICE and not consent.witness_name:
        yield Invalid("Who heard it: enter their name", "witness_name")
    if consent.expires_on is not None and consent.expires_on < today:
        yield Invalid("Until when: choose a day that is not past", "expires")


def faults_of_the_plain_form(consent: Consent, person: Person, today: date) -> Iterator[Invalid]:
    """What only the form of the network asks: who says it, what they may sign for, the words that were read."""
    is_yes = consent.decision == Decision.SHARE
    if is_yes and consent.signer and (fault := _age_fault(consent.signer, people.birth_of(person), today)):
        yield fault
    if is_yes and consent.signer == SignerKind.LEGAL_REPRESENTATIVE and consent.capacity is None:
        yield Invalid("By what right they sign: choose one", "capacity")
    if is_yes and consent.signer not in (SignerKind.PERSON, None):
        yield from _faults_of_entitled(consent)
    if consent.form_version != FORM_VERSION and (is_yes or consent.form_version):
        yield Invalid("Words: read the words of today, then save again", "wording_version")


def _faults_of_names(consent: Consent) -> Iterator[Invalid]:
    names = (("Who signed", "signer_name", consent.signer_name), ("Who heard it", "witness_name", consent.witness_name))
    for label, field, name in names:
        if name and len(name) > LONGEST_NAME:
            yield Invalid("%(label)s: use at most %(most)s characters", field, label=label, most=LONGEST_NAME)
    is_named = consent.signer in (SignerKind.PARENT_OR_GUARDIAN, SignerKind.LEGAL_REPRESENTATIVE)
    if is_named and not consent.signer_name:
        yield Invalid("Who signed: enter their name", "signer_name")


def _faults_of_recipients(session: Session, consent: Consent) -> Iterator[Invalid]:
    wanted = [UUID(r) for r in consent.recipient_ids]
    if len(participants.names_of(session, wanted)) < len(wanted) or consent.organization_id in wanted:
        yield Invalid("Who may see it: choose organizations of the list", "recipients")


def _age_fault(signer: SignerKind, birth: BirthDate, today: date) -> Invalid | None:
    """Why this signer cannot be, as far as the age is known."""
    is_minor = is_under(birth, ADULT_YEARS, today)
    if signer == SignerKind.PERSON and is_minor:
        return Invalid("Who says it: this person is under 18. Choose who may say it", "signer")
    if signer == SignerKind.MINOR and is_under(birth, MINOR_WHO_MAY_SIGN_YEARS, today):
        return Invalid("Who says it: this person is under 12. A parent or guardian says it", "signer")
    if signer in (SignerKind.MINOR, SignerKind.PARENT_OR_GUARDIAN) and is_minor is False:
        return Invalid("Who says it: this person is 18 or older. They say it, or who represents them by law", "signer")
    return None


def _faults_of_entitled(consent: Consent) -> Iterator[Invalid]:
    if not consent.entitled_categories:
        yield Invalid("What they may sign for: choose at least one", "entitled")
    elif set(consent.categories) - set(consent.entitled_categories):
        yield Invalid("What may be shared: choose only what they may sign for", "categories")
