"""Taking a consent back: what was released because of it stops being readable at once."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from cie import events
from cie.access import Actor, Permission, check
from cie.consent.models import Consent, Method
from cie.consent.records import get_consent
from cie.consent.releases import end_releases_under
from cie.errors import NotPossibleNow


def revoke(session: Session, actor: Actor, consent_id: UUID, *, method: Method, at: datetime) -> Consent:
    """The person takes a consent back.

    Receivers keep their own entries and the fact of the referral; released values disappear from every read.
    Raises NotFound, NotAllowed, NotPossibleNow (it was taken back before).
    """
    consent = get_consent(session, actor, consent_id)
    check(actor, Permission.CONSENT_WRITE, consent)
    if consent.revoked_at is not None:
        raise NotPossibleNow("This was already taken back")
    consent.revoked_at, consent.revoked_method = at, method
    session.add(consent)
    events.record(session, actor, "consent.revoke", consent, at=at)
    end_releases_under(session, actor, consent, at=at)
    return consent
