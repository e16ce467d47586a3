"""Keeping what a person allows or refuses, and ending at once what that no longer allows."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Required, TypedDict, Unpack
from uuid import UUID

from sqlmodel import Session

from cie import calendar, events, participants, people
from cie.access import Actor, Permission, Purpose, check
from cie.consent.models import Consent, Decision, Method, SignerKind
from cie.consent.records import FORM_VERSION, consents_of
from cie.consent.releases import end_what_is_not_allowed
from cie.directory.models import Category
from cie.errors import Invalid, Stale
from cie.people import Person
from cie.people.birth import BirthDate, is_under

ADULT_YEARS, MINOR_WHO_MAY_SIGN_YEARS = 18, 12
"""A minor of 12 or older signs for some kinds of care: Fam. Code 6924, 6926, 6929; HSC 124260."""
LONGEST_NAME = 100


class Said(TypedDict, total=False):
    """What a person said about sharing; what was not chosen yet is None.

    No recipients means any organization that can help. A no needs no words that were read (`wording_version` empty).
    """

    decision: Required[Decision | None]
    categories: Required[Sequence[Category]]
    recipient_ids: Required[Sequence[UUID]]
    method: Required[Method | None]
    expires_on: Required[date | None]
    signer: SignerKind | None
    signer_name: str | None
    entitled_categories: Sequence[Category]
    witness_name: str | None
    language: str | None
    wording_version: str
    purpose: Purpose


def record_consent(session: Session, actor: Actor, person_id: UUID, *, at: datetime, **said: Unpack[Said]) -> Consent:
    """Keep what the person said, a no as well as a yes. It replaces the newest record for the same recipients.

    Releases that it no longer allows end at once.
    Raises NotFound, NotAllowed; Invalid with every fault at once.
    """
    person = people.get_person(session, actor, person_id)
    check(actor, Permission.CONSENT_WRITE, person)
    consent = _written(actor, person, said, at)
    faults = _faults(session, person, consent, calendar.local_day(at))
    if faults:
        raise Invalid.all(faults)
    return _keep(session, actor, person, consent, at=at)


def require_newest(session: Session, actor: Actor, person_id: UUID, seen: UUID | None) -> None:
    """Refuse to go on when something was written down since `seen` was the newest record; locks the person.

    So that a form that stood open does not put an older yes over a newer no. Raises NotFound, NotAllowed, Stale.
    """
    person = people.get_person(session, actor, person_id)
    session.refresh(person, with_for_update=True)
    newest = next(iter(consents_of(session, person.organization_id, person.id)), None)
    if newest is not None and newest.id != seen:
        raise Stale("This changed while you were typing")


def what_is_wrong(
    session: Session, actor: Actor, person_id: UUID, *, at: datetime, **said: Unpack[Said]
) -> list[Invalid]:
    """The faults of what is written down so far, for a form that is not whole. Raises NotFound, NotAllowed."""
    person = people.get_person(session, actor, person_id)
    check(actor, Permission.CONSENT_WRITE, person)
    return _faults(session, person, _written(actor, person, said, at), calendar.local_day(at))


def _written(actor: Actor, person: Person, said: Any, at: datetime) -> Consent:
    consent = Consent(
        organization_id=person.organization_id,
        person_id=person.id,
        decision=said["decision"],
        categories=[c.value for c in said["categories"]],
        recipient_ids=sorted({str(r) for r in said["recipient_ids"]}),
        purpose=said.get("purpose", Purpose.CARE_COORDINATION).value,
        method=said["method"],
        signer=said.get("signer", SignerKind.PERSON),
        entitled_categories=[c.value for c in said.get("entitled_categories", ())],
        language=said.get("language") or person.language,
        form_version=said.get("wording_version", FORM_VERSION),
        given_at=at,
        expires_on=said["expires_on"],
        recorded_by_id=actor.id,
    )
    consent.signer_name, consent.witness_name = said.get("signer_name"), said.get("witness_name")
    return consent


def _keep(session: Session, actor: Actor, person: Person, consent: Consent, *, at: datetime) -> Consent:
    consent.supersedes_id = _replaced_by(consents_of(session, person.organization_id, person.id), consent)
    session.add(consent)
    session.flush()
    events.record(session, actor, "consent.record", consent, at=at, decision=consent.decision.value)
    end_what_is_not_allowed(session, actor, consent, at=at)
    return consent


def _replaced_by(records: Sequence[Consent], new: Consent) -> UUID | None:
    """The newest record for the same recipients and purpose that nothing has replaced yet."""
    taken = {c.supersedes_id for c in records}
    to_same = (c for c in records if sorted(c.recipient_ids) == new.recipient_ids and c.purpose == new.purpose)
    return next((c.id for c in to_same if c.id not in taken and c.revoked_at is None), None)


def _faults(session: Session, person: Person, consent: Consent, today: date) -> list[Invalid]:
    return [
        *_faults_of_signer(consent, person, today),
        *_faults_of_scope(consent),
        *_faults_of_recipients(session, consent),
        *_faults_of_giving(consent, today),
    ]


def _faults_of_signer(consent: Consent, person: Person, today: date) -> Iterator[Invalid]:
    for label, field, name in _names(consent):
        if name and len(name) > LONGEST_NAME:
            yield Invalid("%(label)s: use at most %(most)s characters", field, label=label, most=LONGEST_NAME)
    is_named = consent.signer in (SignerKind.PARENT_OR_GUARDIAN, SignerKind.LEGAL_REPRESENTATIVE)
    if is_named and not consent.signer_name:
        yield Invalid("Who signed: enter their name", "signer_name")
    is_yes = consent.decision == Decision.SHARE and consent.signer is not None
    if is_yes and (fault := _age_fault(consent.signer, people.birth_of(person), today)):
        yield fault
    if is_yes and consent.signer != SignerKind.PERSON and not consent.entitled_categories:
        yield Invalid("What they may sign for: choose at least one", "entitled")


def _names(consent: Consent) -> Iterator[tuple[str, str, str | None]]:
    yield "Who signed", "signer_name", consent.signer_name
    yield "Who heard it", "witness_name", consent.witness_name


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


def _faults_of_scope(consent: Consent) -> Iterator[Invalid]:
    if consent.decision != Decision.SHARE:
        return
    if not consent.categories:
        yield Invalid("What may be shared: choose at least one", "categories")
    beyond = set(consent.categories) - set(consent.entitled_categories)
    if consent.signer != SignerKind.PERSON and consent.entitled_categories and beyond:
        yield Invalid("What may be shared: choose only what they may sign for", "categories")


def _faults_of_recipients(session: Session, consent: Consent) -> Iterator[Invalid]:
    wanted = [UUID(r) for r in consent.recipient_ids]
    if len(participants.names_of(session, wanted)) < len(wanted) or consent.organization_id in wanted:
        yield Invalid("Who may see it: choose organizations of the list", "recipients")


def _faults_of_giving(consent: Consent, today: date) -> Iterator[Invalid]:
    is_yes = consent.decision == Decision.SHARE
    if is_yes and consent.method == Method.BY_VOICE and not consent.witness_name:
        yield Invalid("Who heard it: enter their name", "witness_name")
    if consent.expires_on is not None and consent.expires_on < today:
        yield Invalid("Until when: choose a day that is not past", "expires")
    if consent.form_version != FORM_VERSION and (is_yes or consent.form_version):
        yield Invalid("Words: read the words of today, then save again", "wording_version")
