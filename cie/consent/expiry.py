"""The day until which a person allowed sharing: when it is past, what rested on it is not readable any more."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import calendar
from cie.access import SYSTEM
from cie.consent.models import Consent, Decision, Release
from cie.consent.records import consents_of, in_force, with_replaced
from cie.consent.releases import end_releases, live_releases


def persons_with_ended_consent(session: Session, *, at: datetime, limit: int = 200) -> list[UUID]:
    """Persons of whom something is readable while one of their consents has ended by its day."""
    query = (
        select(col(Release.person_id))
        .join(Consent, col(Consent.person_id) == col(Release.person_id))
        .where(col(Release.ended_at).is_(None), col(Consent.expires_on) < calendar.local_day(at))
        .distinct()
        .limit(limit)
    )
    return list(session.execute(query).scalars())


def end_what_has_expired(session: Session, person_id: UUID, *, at: datetime) -> int:
    """End what rests on no consent that still holds; returns how much that was. Safe to run twice."""
    today = calendar.local_day(at)
    rows = live_releases(session, person_id)
    holding = _holding(session, {row.consent_ids[0] for row in rows if row.consent_ids}, today)
    ended = [row for row in rows if not holding & set(row.consent_ids)]
    end_releases(session, SYSTEM, ended, at=at)
    return len(ended)


def _holding(session: Session, known: Iterable[str], today: date) -> set[str]:
    """The ids of the consents that hold, and of those that they replaced."""
    found: set[str] = set()
    for consent_id in known:
        record = session.get_one(Consent, UUID(consent_id))
        records = consents_of(session, record.organization_id, record.person_id)
        yes = [each for each in in_force(records, today) if each.decision == Decision.SHARE]
        found |= {str(one.id) for each in yes for one in with_replaced(session, each)}
    return found
