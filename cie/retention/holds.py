"""Legal holds: while one lasts, the records of a person stay as they are, whoever asks and however old they are."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlmodel import Session, col

from cie import calendar, events, people, privacy
from cie.access import Actor, Permission, check
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.privacy import LegalDemand
from cie.privacy.history import require_words
from cie.retention.models import LegalHold


def set_hold(
    session: Session,
    actor: Actor,
    person_id: UUID,
    *,
    reason: str,
    until_on: date | None = None,
    demand_id: UUID | None = None,
    at: datetime,
) -> LegalHold:
    """Nobody erases the records of this person until the day is past or the hold is lifted.

    Raises NotFound, NotAllowed, Invalid, NotPossibleNow (the record was erased before).
    """
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    person = people.get_person(session, actor, person_id)
    session.refresh(person, with_for_update=True)
    people.require_on_file(person)
    words = require_words("Why", "reason", reason)
    if until_on is not None and until_on < calendar.local_day(at):
        raise Invalid("Last day of the hold: choose today or a day to come", "until_on")
    demand = privacy.get_case(session, actor, LegalDemand, demand_id) if demand_id else None
    hold = LegalHold(
        organization_id=person.organization_id,
        person_id=person.id,
        demand_id=demand.id if demand else None,
        set_at=at,
        set_by_id=actor.id,
        until_on=until_on,
    )
    hold.reason = words
    session.add(hold)
    session.flush()
    events.record(session, actor, "legal-hold.set", hold, at=at)
    return hold


def lift_hold(session: Session, actor: Actor, hold_id: UUID, *, at: datetime) -> LegalHold:
    """A hold ends. Raises NotFound, NotAllowed, NotPossibleNow (it ended before)."""
    hold = get_hold(session, actor, hold_id)
    session.refresh(hold, with_for_update=True)
    if not _lasts(hold, at):
        raise NotPossibleNow("This hold has already ended")
    hold.lifted_at, hold.lifted_by_id = at, actor.id
    session.add(hold)
    events.record(session, actor, "legal-hold.lift", hold, at=at)
    return hold


def get_hold(session: Session, actor: Actor, hold_id: UUID) -> LegalHold:
    """A hold of the caller's organization; one of another is not there. Raises NotFound, NotAllowed."""
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    hold = session.get(LegalHold, hold_id)
    if hold is None or hold.organization_id != actor.organization_id:
        raise NotFound("There is no such record")
    return hold


def _lasts(hold: LegalHold, at: datetime) -> bool:
    is_over = hold.until_on is not None and hold.until_on < calendar.local_day(at)
    return hold.lifted_at is None and not is_over


def lasting(at: datetime) -> ColumnElement[bool]:
    """The holds that last at this moment, of any organization."""
    in_time = or_(col(LegalHold.until_on).is_(None), col(LegalHold.until_on) >= calendar.local_day(at))
    return col(LegalHold.lifted_at).is_(None) & in_time


def holds_on(session: Session, organization_id: UUID, person_id: UUID, *, at: datetime) -> Sequence[LegalHold]:
    """The holds that last on what an organization keeps of a person, oldest first."""
    query = select(LegalHold).where(
        col(LegalHold.organization_id) == organization_id, col(LegalHold.person_id) == person_id, lasting(at)
    )
    return session.execute(query.order_by(col(LegalHold.id))).scalars().all()


def holds_for(session: Session, demand: LegalDemand, *, at: datetime) -> Sequence[LegalHold]:
    """The holds that last because of a legal demand, oldest first."""
    query = select(LegalHold).where(
        col(LegalHold.organization_id) == demand.organization_id, col(LegalHold.demand_id) == demand.id, lasting(at)
    )
    return session.execute(query.order_by(col(LegalHold.id))).scalars().all()


def holds(actor: Actor, *, at: datetime) -> Select[LegalHold]:
    """Every hold of the caller's organization that lasts, newest first. Raises NotAllowed."""
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    query = select(LegalHold).where(col(LegalHold.organization_id) == actor.organization, lasting(at))
    return query.order_by(col(LegalHold.id).desc())
