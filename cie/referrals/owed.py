"""Reading the worklist: counts by who owes the next step, and the lines of each group, urgent and due first.

Every question is put to a range of one index and stops at what a page can say, so that it costs the same however many
referrals there are. "Mine and not assigned" is two such ranges.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, literal, select, union_all
from sqlalchemy.orm import load_only
from sqlmodel import Session, col

from cie.access import Actor, Permission, check
from cie.db import table_of
from cie.referrals.models import Owed, Referral, ReferralTask, WorklistItem
from cie.referrals.worklist import GROUPS

COUNTED_TO = 100
GROUP_ROWS = 20
MOST_COUNTERPARTS = 200


@dataclass(frozen=True)
class Filters:
    """What of the worklist is shown. Without `whole_team`: mine and not assigned."""

    whole_team: bool = False
    need_code: str | None = None
    language: str | None = None
    counterpart_id: UUID | None = None
    late: bool = False


@dataclass(frozen=True)
class OwedCounts:
    """How many lines each group holds, each exact to 99; `late` of our own steps, `team` of the whole team."""

    groups: Mapping[str, int]
    late: int
    team: int

    def of(self, owed: Owed) -> int:
        """How much is owed by one side, exact to 99."""
        return min(sum(self.groups.get(group, 0) for group in GROUPS[owed]), COUNTED_TO)


Conditions = Sequence[ColumnElement[bool]]


def _ranges(actor: Actor, filters: Filters) -> list[Conditions]:
    """The ranges of the index in which the lines stand: one, or those of nobody and of the caller."""
    own = col(WorklistItem.organization_id) == actor.organization_id
    if filters.whole_team:
        return [[own]]
    assignee = col(WorklistItem.assignee_id)
    return [[own, assignee.is_(None)], *([[own, assignee == actor.id]] if actor.id else [])]


def _narrowed(filters: Filters, at: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.need_code:
        found.append(col(WorklistItem.need_code) == filters.need_code)
    if filters.language:
        found.append(col(WorklistItem.language) == filters.language)
    if filters.counterpart_id:
        found.append(col(WorklistItem.counterpart_id) == filters.counterpart_id)
    if filters.late:
        found += [col(WorklistItem.owed) == Owed.US, col(WorklistItem.order_at) < at]
    return found


def _in_group(owed: Owed, group: str) -> list[ColumnElement[bool]]:
    return [col(WorklistItem.owed) == owed, col(WorklistItem.group_rank) == GROUPS[owed].index(group)]


def owed_counts(session: Session, actor: Actor, filters: Filters, owed: Owed | None, *, at: datetime) -> OwedCounts:
    """How much is owed in each group, in one statement; `team` is of `owed`, or of everybody. Raises NotAllowed."""
    check(actor, Permission.WORKLIST_READ)
    narrowed, late, team = _narrowed(filters, at), replace(filters, late=True), replace(filters, whole_team=True)
    asked: list[tuple[str, ScalarSelect[Any]]] = []
    for each in GROUPS:
        for group in GROUPS[each]:
            asked += [(group, _count([*r, *_in_group(each, group), *narrowed])) for r in _ranges(actor, filters)]
    asked += [("late", _count([*r, *_narrowed(late, at)])) for r in _ranges(actor, late)]
    side = [col(WorklistItem.owed) == owed] if owed else []
    asked += [("team", _count([*r, *side, *narrowed])) for r in _ranges(actor, team)]
    found: dict[str, int] = {}
    for (name, _query), count in zip(asked, session.execute(select(*(q for _name, q in asked))).one(), strict=True):
        found[name] = min(found.get(name, 0) + count, COUNTED_TO)
    return OwedCounts({n: c for n, c in found.items() if c and n not in ("late", "team")}, found["late"], found["team"])


def _count(conditions: Conditions) -> ScalarSelect[Any]:
    few = select(literal(1)).select_from(WorklistItem).where(*conditions).limit(COUNTED_TO).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


def lines(
    session: Session,
    actor: Actor,
    pages: Mapping[str, int],
    filters: Filters,
    *,
    at: datetime,
    size: int = GROUP_ROWS,
) -> dict[str, list[WorklistItem]]:
    """One page of each group named in `pages`, in one statement: by urgency, then by when it is due, then by when it
    was sent; one more row than `size` when there is a next page. Raises NotAllowed.
    """
    check(actor, Permission.WORKLIST_READ)
    found: dict[str, list[WorklistItem]] = {group: [] for group in pages}
    narrowed = _narrowed(filters, at)
    parts = [
        _page([[*r, *_in_group(owed, group), *narrowed] for r in _ranges(actor, filters)], pages[group], size)
        for owed, groups in GROUPS.items()
        for group in groups
        if group in pages
    ]
    if parts:
        query = select(WorklistItem).from_statement(union_all(*(part.subquery().select() for part in parts)))
        for row in session.execute(query).scalars():
            found[row.group].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: [getattr(row, name) for name in ORDER])
    return found


def _page(ranges: Sequence[Conditions], page: int, size: int) -> "Select[Any]":
    """One page of one group out of the ranges in which its lines stand."""
    firsts = [_sorted(select(_LINES).where(*r), _LINES).limit(page * size + 1).subquery().select() for r in ranges]
    lines = union_all(*firsts).subquery()
    return _sorted(select(lines), lines).offset((page - 1) * size).limit(size + 1)


def _sorted(query: "Select[Any]", lines: Any) -> "Select[Any]":
    return query.order_by(*(lines.c[name] for name in ORDER))


_LINES: Any = table_of(WorklistItem)
ORDER = ("urgency_rank", "order_at", "sent_at", "item_id")


def counterparts(session: Session, actor: Actor) -> Sequence[UUID]:
    """The organizations on the other side of the lines of the whole team, for choosing among them."""
    check(actor, Permission.WORKLIST_READ)
    query = (
        select(col(WorklistItem.counterpart_id))
        .where(
            col(WorklistItem.organization_id) == actor.organization_id, col(WorklistItem.counterpart_id).is_not(None)
        )
        .distinct()
        .limit(MOST_COUNTERPARTS)
    )
    found: Sequence[UUID] = session.execute(query).scalars().all()
    return found


_LOOP: Any = Referral
_TASK: Any = ReferralTask
_SHOWN_OF_LOOPS = load_only(_LOOP.person_id, _LOOP.title, _LOOP.urgency, _LOOP.masked, _LOOP.first_sent_at)
_SHOWN_OF_TASKS = load_only(
    _TASK.person_id, _TASK.status, _TASK.waitlist_until, _TASK.due_at, _TASK.reminded_at, _TASK.opened_by_id,
    _TASK.opened_at,
)  # fmt: skip
"""What a row shows; the rest of the columns is fetched when it is asked for."""


def records_of(
    session: Session, actor: Actor, items: Sequence[WorklistItem]
) -> tuple[dict[UUID, Referral], dict[UUID, ReferralTask]]:
    """The loops and tasks that lines of the caller's own organization are about, by id, in a statement each."""
    own = [item for item in items if item.organization_id == actor.organization_id]
    loops = select(Referral).where(col(Referral.id).in_({item.referral_id for item in own})).options(_SHOWN_OF_LOOPS)
    asked = {item.task_id for item in own if item.task_id}
    tasks = select(ReferralTask).where(col(ReferralTask.id).in_(asked)).options(_SHOWN_OF_TASKS)
    return (
        {row.id: row for row in session.execute(loops).scalars()} if own else {},
        {row.id: row for row in session.execute(tasks).scalars()} if own else {},
    )
