"""The day until which a person allowed sharing: when it is past, what rested on it is not readable any more."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import calendar
from cie.access import SYSTEM
from cie.consent.ending import end_releases, live_releases
from cie.consent.models import Consent, Decision, Release, ReleaseElement
from cie.consent.records import consents_of, in_force, with_replaced

PAGE = 200


def persons_with_ended_consent(session: Session, *, at: datetime, limit: int = PAGE) -> list[UUID]:
    """At most so many persons of whom something is readable though every consent for it has ended by its day.

    Who is still covered by another consent is passed over, so that they never stand in front of the others.
    """
    found: list[UUID] = []
    page = _with_a_past_day(session, at, after=None)
    while page and len(found) < limit:
        found += [person_id for person_id in page if _expired(session, person_id, at)]
        page = _with_a_past_day(session, at, after=page[-1])
    return found[:limit]


def _with_a_past_day(session: Session, at: datetime, *, after: UUID | None) -> Sequence[UUID]:
    """The next persons, by id, of whom something is readable while one of their consents has ended by its day."""
    query = (
        select(col(Release.person_id))
        .join(Consent, col(Consent.person_id) == col(Release.person_id))
        .where(col(Release.ended_at).is_(None), col(Consent.expires_on) < calendar.local_day(at))
        .order_by(col(Release.person_id))
        .distinct()
        .limit(PAGE)
    )
    if after is not None:
        query = query.where(col(Release.person_id) > after)
    return session.execute(query).scalars().all()


def end_what_has_expired(session: Session, person_id: UUID, *, at: datetime) -> int:
    """End what rests on no consent that still holds, in whole or in part; returns how much that was.

    Safe to run twice.
    """
    rows = _expired(session, person_id, at)
    end_releases(session, SYSTEM, rows, at=at)
    return len(rows)


def ends_with(session: Session, record: Consent) -> list[Release]:
    """What is readable now and will not be after the last day of a consent, unless it is renewed."""
    if record.expires_on is None:
        return []
    first = calendar.instant(record.expires_on, time())
    before = {row.id for row in _expired(session, record.person_id, first)}
    after = _expired(session, record.person_id, first + timedelta(days=1, hours=12))
    return [row for row in after if row.id not in before]


def _expired(session: Session, person_id: UUID, at: datetime) -> list[Release]:
    rows = live_releases(session, person_id)
    known = {row.consent_ids[0] for row in rows if row.consent_ids}
    allowed, held = _allowed(session, known, calendar.local_day(at)), _categories(session, rows)
    rested = [row for row in rows if row.consent_ids]
    return [row for row in rested if held[row.id] - {kind for each in row.consent_ids for kind in allowed[each]}]


def _allowed(session: Session, known: Iterable[str], today: date) -> dict[str, set[str]]:
    """What each consent that holds allows, by its id and by those that it replaced."""
    found: dict[str, set[str]] = defaultdict(set)
    for consent_id in known:
        record = session.get_one(Consent, UUID(consent_id))
        records = consents_of(session, record.organization_id, record.person_id)
        for each in in_force(records, today):
            if each.decision == Decision.SHARE:
                for one in with_replaced(session, each):
                    found[str(one.id)].update(each.categories)
    return found


def _categories(session: Session, rows: Sequence[Release]) -> dict[UUID, set[str]]:
    """The kinds of data in each release: one may rest on several consents, which end on different days."""
    columns = (col(ReleaseElement.release_id), col(ReleaseElement.category))
    query = select(*columns).where(col(ReleaseElement.release_id).in_([row.id for row in rows])).distinct()
    found: dict[UUID, set[str]] = defaultdict(set)
    for release_id, category in session.execute(query):
        found[release_id].add(category)
    return found
