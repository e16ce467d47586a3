"""Recording what a person allows or refuses, and taking it back."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import calendar, events, people
from cie.access import Actor, Permission, Purpose, check
from cie.consent.models import Consent, Decision, Method, SignerKind
from cie.directory.models import Category
from cie.errors import Invalid, NotFound

FORM_VERSION = "2026-11"


def record_consent(
    session: Session,
    actor: Actor,
    person_id: UUID,
    *,
    decision: Decision,
    categories: Sequence[Category],
    recipient_ids: Sequence[UUID],
    method: Method,
    expires_on: date | None,
    at: datetime,
    signer: SignerKind = SignerKind.PERSON,
    signer_name: str | None = None,
    entitled_categories: Sequence[Category] = (),
    purpose: Purpose = Purpose.CARE_COORDINATION,
) -> Consent:
    """Keep what the person said, a no as well as a yes. Records are never changed: a new one supersedes.

    Raises NotFound, NotAllowed, Invalid (no category, an end in the past, a signer without a name).
    """
    person = people.get_person(session, actor, person_id)
    check(actor, Permission.CONSENT_WRITE, person)
    _check_form(decision, categories, expires_on, signer, signer_name, calendar.local_day(at))
    consent = Consent(
        organization_id=person.organization_id,
        person_id=person.id,
        decision=decision,
        categories=[c.value for c in categories],
        recipient_ids=[str(r) for r in recipient_ids],
        purpose=purpose.value,
        method=method,
        signer=signer,
        entitled_categories=[c.value for c in entitled_categories],
        language=person.language,
        form_version=FORM_VERSION,
        given_at=at,
        expires_on=expires_on,
        recorded_by_id=actor.id,
    )
    consent.signer_name = signer_name
    session.add(consent)
    session.flush()
    events.record(session, actor, "consent.record", consent, at=at, decision=decision.value)
    return consent


def _check_form(
    decision: Decision,
    categories: Sequence[Category],
    expires_on: date | None,
    signer: SignerKind,
    signer_name: str | None,
    today: date,
) -> None:
    faults = []
    if decision == Decision.SHARE and not categories:
        faults.append(Invalid("What may be shared: choose at least one", "categories"))
    if expires_on is not None and expires_on < today:
        faults.append(Invalid("Until when: choose a day that is not past", "expires"))
    if signer in (SignerKind.PARENT_OR_GUARDIAN, SignerKind.LEGAL_REPRESENTATIVE) and not signer_name:
        faults.append(Invalid("Who signed: enter their name", "signer_name"))
    if faults:
        raise Invalid.all(faults)


def consents_of(session: Session, organization_id: UUID, person_id: UUID) -> Sequence[Consent]:
    """All consent records of a person, newest first."""
    query = (
        select(Consent)
        .where(col(Consent.organization_id) == organization_id, col(Consent.person_id) == person_id)
        .order_by(col(Consent.given_at).desc(), col(Consent.id).desc())
    )
    return session.execute(query).scalars().all()


def get_consent(session: Session, actor: Actor, consent_id: UUID) -> Consent:
    """One record. Raises NotFound, also to those who may not know of it."""
    consent = session.get(Consent, consent_id)
    if consent is None:
        raise NotFound("There is no such record")
    check(actor, Permission.CONSENT_READ, consent)
    return consent
