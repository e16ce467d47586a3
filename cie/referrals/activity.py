"""The read model of what changed: a projector notes, for each side of a loop, the newest event that it may see."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from cie.db import current, table_of
from cie.events import Event
from cie.referrals.last_events import PROVIDER, SENDER, Last, Viewer, all_of, last_of
from cie.referrals.models import Referral, ReferralActivity, ReferralTask
from cie.referrals.touched import Loop

_KEY = ["organization_id", "referral_id"]
_OWN = "referral."
"""How the acts of the sender itself begin."""


def project_activity(session: Session, events: Sequence[Event], loops: Mapping[UUID, Loop]) -> None:
    """Note what each side may know of these events."""
    rows = [
        row
        for id, loop in loops.items()
        for row in rows_of(session, loop.referral, loop.tasks, [event for event in events if event.referral_id == id])
    ]
    if rows:
        session.connection().execute(_note(sqlite if current().is_sqlite else postgresql), rows)


@cache
def _note(dialect: Any) -> Executable:
    # of the table, so that all rows are one statement whatever is empty in them
    insert = dialect.insert(table_of(ReferralActivity))
    changed = {name: insert.excluded[name] for name in ("side", "task_id", "change", "changed_at")}
    newer = insert.excluded.changed_at >= table_of(ReferralActivity).c.changed_at
    statement: Executable = insert.on_conflict_do_update(index_elements=_KEY, set_=changed, where=newer)
    return statement


def rows_of(
    session: Session, referral: Referral, tasks: Sequence[ReferralTask], events: Sequence[Event]
) -> Iterator[dict[str, object]]:
    """One row for each organization that may know of one of the events; the sender's first."""
    seen: set[UUID] = set()
    for viewer in _viewers(referral, tasks):
        last = last_of(session, viewer, _open_to(viewer, referral, events))
        if last is None or viewer.organization_id in seen:
            continue
        seen.add(viewer.organization_id)
        yield {
            "organization_id": viewer.organization_id,
            "referral_id": referral.id,
            "side": viewer.side,
            "task_id": viewer.task_id,
            "change": last.code,
            "changed_at": last.at,
        }


def news(session: Session, loop: Loop, events: Sequence[Event]) -> dict[UUID, list[Last]]:
    """What each organization may know of what just happened to one referral, in the order in which it was recorded."""
    referral = loop.referral
    own = [event for event in events if event.referral_id == referral.id]
    found: dict[UUID, list[Last]] = {}
    for viewer in _viewers(referral, loop.tasks):
        seen = all_of(session, viewer, _open_to(viewer, referral, own))
        if seen:
            found.setdefault(viewer.organization_id, seen)
    return found


def _open_to(viewer: Viewer, referral: Referral, events: Sequence[Event]) -> list[Event]:
    """Those that a side may know of at all: of a masked loop the sender its own acts alone."""
    is_held_back = viewer.side == SENDER and referral.masked
    return [event for event in events if not is_held_back or _is_of_sender(referral, event)]


def _is_of_sender(referral: Referral, event: Event) -> bool:
    """Whether the sender itself did this; a service that ends what it was asked ends the loop as well."""
    return event.action.startswith(_OWN) and event.actor.organization_id == referral.organization_id


def _viewers(referral: Referral, tasks: Sequence[ReferralTask]) -> Iterator[Viewer]:
    yield Viewer(referral.organization_id, SENDER)
    for task in reversed(tasks):
        if task.requested_at is not None:
            yield Viewer(task.performer_id, PROVIDER, task.id)
