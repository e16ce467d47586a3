"""Taking a consent back: what was released because of it stops being readable at once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor, Permission, check
from cie.consent.ending import end_releases_under
from cie.consent.models import Consent, Method, SignerKind
from cie.consent.records import get_consent
from cie.errors import Invalid, NotPossibleNow
from cie.events import DeliveryState, Outbox


def on_the_way(session: Session, organization_id: UUID, person_id: UUID) -> int:
    """How many messages about a person a worker has in hand: they may still go, and nothing calls them back."""
    query = select(func.count()).where(
        col(Outbox.organization_id) == organization_id,
        col(Outbox.person_id) == person_id,
        col(Outbox.state) == DeliveryState.CLAIMED,
    )
    found: int = session.execute(query).scalar_one()
    return found


def may_take_back(consent: Consent, by: SignerKind) -> bool:
    """Whether this one can take it back: a parent cannot take back what their child said, minor or grown."""
    is_own = consent.signer in (SignerKind.PERSON, SignerKind.MINOR)
    return not (is_own and by == SignerKind.PARENT_OR_GUARDIAN)


def revoke(
    session: Session,
    actor: Actor,
    consent_id: UUID,
    *,
    method: Method,
    revoked_by: SignerKind = SignerKind.PERSON,
    at: datetime,
) -> Consent:
    """The person, or one who stands for them, takes a consent back; what was on the way is counted and kept with it.

    Receivers keep their own entries and the fact of the referral; released values disappear from every read.
    Raises NotFound, NotAllowed, Invalid (they cannot take it back), NotPossibleNow (it was taken back before).
    """
    consent = get_consent(session, actor, consent_id)
    check(actor, Permission.CONSENT_WRITE, consent)
    if consent.revoked_at is not None:
        raise NotPossibleNow("This was already taken back")
    if not may_take_back(consent, revoked_by):
        raise Invalid("Who takes it back: a parent cannot take back what the person said", "revoked_by")
    consent.revoked_at, consent.revoked_method, consent.revoked_by = at, method, revoked_by
    consent.deliveries_on_the_way = on_the_way(session, consent.organization_id, consent.person_id)
    session.add(consent)
    events.changed(session, actor, consent, {"revoked_at": [None, at.isoformat()]}, at=at)
    events.record(session, actor, "consent.revoke", consent, at=at)
    end_releases_under(session, actor, consent, at=at)
    return consent
