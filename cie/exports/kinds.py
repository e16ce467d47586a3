"""What can be exported, and in which order: the ids of the records of one organization that it may know of.

A file goes by ids, so that what happens while it is made moves nothing in it. What changes meanwhile may be missing or
be there already; who asks again with the moment of asking as `updated_since` gets it, a change twice rather than never.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlmodel import Session, col

from cie.calendar import local_day
from cie.consent import Consent
from cie.events import Change
from cie.exports import gathering
from cie.people import Person
from cie.referrals import ReferralActivity
from cie.referrals.changes import SETTLED_AFTER
from cie.screening import Need

Changed = Callable[[datetime, datetime], ColumnElement[bool]]
"""What must hold of a record that changed since a moment, told what the time is now."""


@dataclass(frozen=True)
class Kind:
    """One kind of record. `key`: what its records are ordered by, the last column being their id."""

    owner: Any
    key: tuple[Any, ...]
    changed: Changed
    gather: Callable[[Session, Collection[UUID]], gathering.Held]
    among: tuple[ColumnElement[bool], ...] = ()

    def records(self, organization_id: UUID, since: datetime | None, at: datetime) -> Select[Any]:
        """The keys of the records of an organization, in no order yet."""
        query = select(*self.key).where(self.owner == organization_id, *self.among)
        return query if since is None else query.where(self.changed(since - SETTLED_AFTER, at))


def _is_on_file(owner: Any, person_id: Any) -> ColumnElement[bool]:
    """Whether the record of the person was not erased: then all that is about them answers that it was."""
    kept = (col(Person.id) == person_id, col(Person.organization_id) == owner, col(Person.erased_at).is_(None))
    return exists().where(*kept)


def _was_written(person_id: Any, since: datetime, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the history of a person's record has an entry since a moment."""
    return exists().where(col(Change.person_id) == person_id, col(Change.at) >= since, *more)


def _person_changed(since: datetime, _at: datetime) -> ColumnElement[bool]:
    own = col(Change.organization_id) == col(Person.organization_id)
    return or_(col(Person.created_at) >= since, _was_written(col(Person.id), since, own))


def _need_changed(since: datetime, _at: datetime) -> ColumnElement[bool]:
    its = col(Change.record_id) == col(Need.id)
    return or_(col(Need.created_at) >= since, _was_written(col(Need.person_id), since, its))


def _consent_changed(since: datetime, at: datetime) -> ColumnElement[bool]:
    """With one record of a person all of them, since a new one can end those before; a day that passed ends one."""
    own, last_day = col(Change.organization_id) == col(Consent.organization_id), col(Consent.expires_on)
    written = _was_written(col(Consent.person_id), since, own, col(Change.record_type) == Consent.__tablename__)
    ended = and_(last_day >= local_day(since) - timedelta(days=1), last_day < local_day(at))
    return or_(col(Consent.given_at) >= since, written, ended)


def _referral_changed(since: datetime, _at: datetime) -> ColumnElement[bool]:
    return col(ReferralActivity.changed_at) >= since


REFERRALS = "referrals"
KINDS: Mapping[str, Kind] = {
    "people": Kind(
        col(Person.organization_id),
        (col(Person.id),),
        _person_changed,
        gathering.people,
        (col(Person.erased_at).is_(None),),
    ),
    "needs": Kind(col(Need.organization_id), (col(Need.person_id), col(Need.id)), _need_changed, gathering.needs),
    "consents": Kind(
        col(Consent.organization_id),
        (col(Consent.person_id), col(Consent.id)),
        _consent_changed,
        gathering.consents,
        (_is_on_file(col(Consent.organization_id), col(Consent.person_id)),),
    ),
    REFERRALS: Kind(
        col(ReferralActivity.organization_id),
        (col(ReferralActivity.referral_id),),
        _referral_changed,
        gathering.referrals,
    ),
}
"""By the name of their area in the API. Of referrals those that the organization heard something of, on either side."""


def next_places(session: Session, kind: Kind, query: Select[Any], after: Sequence[str], limit: int) -> list[list[str]]:
    """The keys of the next records after a place, in their order; the last of each is the id."""
    if after:
        query = query.where(tuple_(*kind.key) > tuple(UUID(part) for part in after))
    rows = session.execute(query.order_by(*kind.key).limit(limit)).all()
    return [[str(part) for part in row] for row in rows]


def count(session: Session, query: Select[Any]) -> int:
    """How many records there are."""
    found: int = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    return found
