"""What people allowed or refused, as the organization that keeps the record reads it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, select
from sqlmodel import Session, col

from cie import calendar, consent
from cie.consent import Consent
from cie.fhir.projecting.loop import Sight
from cie.fhir.resources.consent import sharing_consent
from cie.fhir.store import Content
from cie.people import Person

_IDS: BindParameter[UUID] = bindparam("ids", expanding=True)
_PERSON_IDS: BindParameter[UUID] = bindparam("person_ids", expanding=True)
_WITH_REPLACED = (
    select(Consent)
    .where(
        col(Consent.id).in_(_IDS)
        | col(Consent.id).in_(select(col(Consent.supersedes_id)).where(col(Consent.id).in_(_IDS)))
    )
    .order_by(col(Consent.id))
)
_REPLACED = select(col(Consent.supersedes_id)).where(
    col(Consent.organization_id) == bindparam("organization_id"),
    col(Consent.person_id).in_(_PERSON_IDS),
    col(Consent.supersedes_id).is_not(None),
)
_ERASED = select(col(Person.id)).where(
    col(Person.organization_id) == bindparam("organization_id"),
    col(Person.id).in_(_PERSON_IDS),
    col(Person.erased_at).is_not(None),
)


def consents_among(session: Session, ids: Collection[UUID]) -> Sequence[Consent]:
    """These records and those that they replaced, in the order of their ids."""
    return session.execute(_WITH_REPLACED, {"ids": list(ids)}).scalars().all() if ids else []


def sight_of_consents(session: Session, organization_id: UUID, records: Iterable[Consent], *, at: datetime) -> Sight:
    """What the organization reads of those of these that it keeps; of somebody who was erased nothing."""
    kept = [each for each in records if each.organization_id == organization_id]
    if not kept:
        return Sight()
    theirs = {"organization_id": organization_id, "person_ids": list({each.person_id for each in kept})}
    erased = set(session.execute(_ERASED, theirs).scalars())
    own = [each for each in kept if each.person_id not in erased]
    replaced, today = set(session.execute(_REPLACED, theirs).scalars()), calendar.local_day(at)
    contents = [_content(each, each.id not in replaced and each.revoked_at is None, today) for each in own]
    return Sight(contents, [("Consent", str(each.id)) for each in kept if each.person_id in erased])


def _content(record: Consent, stands: bool, today: date) -> Content:
    holds = stands and not consent.has_ended(record, today)
    ends = calendar.instant(record.expires_on + timedelta(days=1), time()) if holds and record.expires_on else None
    return Content(sharing_consent(record, holds=holds), record.person_id, stale_at=ends)
