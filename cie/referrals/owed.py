"""Reading the worklist: counts by who owes the next step, and the lines of each group, urgent and due first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import Session, col

from cie.access import Actor
from cie.referrals.models import Owed, WorklistItem

COUNTED_TO = 100
GROUP_ROWS = 20


@dataclass(frozen=True)
class Filters:
    """What of the worklist is shown. Without `whole_team`: mine and not assigned."""

    whole_team: bool = False
    need_code: str | None = None
    language: str | None = None
    counterpart_id: UUID | None = None
    late: bool = False


def _conditions(actor: Actor, filters: Filters, at: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [col(WorklistItem.organization_id) == actor.organization_id]
    if not filters.whole_team:
        found.append(or_(col(WorklistItem.assignee_id).is_(None), col(WorklistItem.assignee_id) == actor.id))
    if filters.need_code:
        found.append(col(WorklistItem.need_code) == filters.need_code)
    if filters.language:
        found.append(col(WorklistItem.language) == filters.language)
    if filters.counterpart_id:
        found.append(col(WorklistItem.counterpart_id) == filters.counterpart_id)
    if filters.late:
        found += [col(WorklistItem.owed) == Owed.US, col(WorklistItem.due_at) < at]
    return found


def owed_counts(session: Session, actor: Actor, filters: Filters, *, at: datetime) -> dict[Owed, int]:
    """How much is owed by whom, each exact to 99."""
    return {owed: _count(session, [*_conditions(actor, filters, at), col(WorklistItem.owed) == owed]) for owed in Owed}


def late_count(session: Session, actor: Actor, filters: Filters, *, at: datetime) -> int:
    """How many of our own steps are late, exact to 99."""
    late = Filters(filters.whole_team, filters.need_code, filters.language, filters.counterpart_id, late=True)
    return _count(session, _conditions(actor, late, at))


def group_counts(session: Session, actor: Actor, owed: Owed, filters: Filters, *, at: datetime) -> Mapping[str, int]:
    """How many lines each group holds, exact to 99; empty groups are left out."""
    conditions = [*_conditions(actor, filters, at), col(WorklistItem.owed) == owed]
    found = {}
    for group in _groups_present(session, conditions):
        found[group] = _count(session, [*conditions, col(WorklistItem.group) == group])
    return found


def _groups_present(session: Session, conditions: Sequence[ColumnElement[bool]]) -> list[str]:
    query = (
        select(col(WorklistItem.group), col(WorklistItem.group_rank))
        .where(*conditions)
        .distinct()
        .order_by(col(WorklistItem.group_rank))
    )
    return [group for group, _rank in session.execute(query)]


def _count(session: Session, conditions: Sequence[ColumnElement[bool]]) -> int:
    few = select(col(WorklistItem.item_id)).where(*conditions).limit(COUNTED_TO).subquery()
    count: int = session.execute(select(func.count()).select_from(few)).scalar_one()
    return count


def lines(
    session: Session,
    actor: Actor,
    owed: Owed,
    group: str,
    filters: Filters,
    *,
    at: datetime,
    page: int = 1,
    size: int = GROUP_ROWS,
) -> Sequence[WorklistItem]:
    """One page of a group: by urgency, then by when it is due, then by when it was sent; one more row than `size`
    when there is a next page.
    """
    query = (
        select(WorklistItem)
        .where(*_conditions(actor, filters, at), col(WorklistItem.owed) == owed, col(WorklistItem.group) == group)
        .order_by(
            col(WorklistItem.group_rank),
            col(WorklistItem.urgency_rank),
            col(WorklistItem.due_at),
            col(WorklistItem.sent_at),
        )
        .offset((page - 1) * size)
        .limit(size + 1)
    )
    return session.execute(query).scalars().all()
