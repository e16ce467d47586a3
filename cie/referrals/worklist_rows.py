"""The read model of the worklist: a projector writes the lines of every loop that something happened to.

What a line says of the past is what its organization may know: the other side's notes and tries leave it as it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select
from sqlmodel import Session, col

from cie import consent
from cie.db import insert_rows, table_of
from cie.events import Event
from cie.people import Person
from cie.referrals.last_events import PROVIDER, SENDER, Last, Viewer, last_of
from cie.referrals.models import (
    ContactAttempt,
    Entry,
    EntryKind,
    Referral,
    ReferralStatus,
    ReferralTask,
    Urgency,
    WordOfPerson,
    WorklistItem,
)
from cie.referrals.touched import Loop, loop_of
from cie.referrals.worklist import GROUPS, NOTHING_OWED, Line, performers_line, requesters_line

NEVER = datetime(9000, 1, 1, tzinfo=UTC)
KNOWN_ELEMENTS = ("need", "urgency", "language")
Key = tuple[UUID, UUID]


_ITEM = table_of(WorklistItem).c
_LASTS = select(_ITEM.organization_id, _ITEM.item_id, _ITEM.last_event, _ITEM.last_event_at).where(
    _ITEM.referral_id == bindparam("about")
)
_CLEAR = delete(table_of(WorklistItem)).where(_ITEM.referral_id == bindparam("about"))


def project(session: Session, events: Sequence[Event], loops: Mapping[UUID, Loop]) -> None:
    """Write anew the lines of every loop that something happened to, and of those that were replaced."""
    for referral_id, loop in loops.items():
        rebuild(session, loop, [e for e in events if e.referral_id == referral_id])
        replaced = loop.referral.replaces_id
        if replaced and replaced not in loops:
            rebuild(session, loop_of(session, session.get_one(Referral, replaced)))


def rebuild(session: Session, loop: Loop, events: Sequence[Event] = ()) -> None:
    """The lines of one loop, as its rows now stand after these events."""
    about = {"about": loop.referral.id}
    before = {(row.organization_id, row.item_id): Last(row[2], row[3]) for row in session.execute(_LASTS, about)}
    session.execute(_CLEAR, about)
    insert_rows(session, WorklistItem, list(_rows(session, loop, events, before)))


def _rows(
    session: Session, loop: Loop, events: Sequence[Event], before: Mapping[Key, Last]
) -> Iterable[dict[str, object]]:
    referral, person, tasks = loop.referral, loop.person, loop.tasks
    if referral.status == ReferralStatus.ENTERED_IN_ERROR:
        return
    line = senders_line(session, referral, tasks, loop.words)
    if line is not NOTHING_OWED and person.erased_at is None:
        viewer = Viewer(referral.organization_id, SENDER)
        sent = Last("referral.send", referral.first_sent_at or referral.created_at)
        last = last_of(session, viewer, events) or before.get((referral.organization_id, referral.id), sent)
        row = row_of(referral, line, referral.id, viewer, last, referral.assignee_id)
        yield row | _of_sender(referral, line, person)
    for task in tasks:
        line = performers_line(task)
        if line is not NOTHING_OWED and task.requested_at:
            viewer = Viewer(task.performer_id, PROVIDER, task.id)
            asked = Last("task.requested", task.requested_at)
            last = last_of(session, viewer, events) or before.get((task.performer_id, task.id), asked)
            yield row_of(referral, line, task.id, viewer, last, task.assignee_id) | _of_provider(
                session, referral, task
            )


def senders_line(
    session: Session, referral: Referral, tasks: Sequence[ReferralTask], words: Sequence[WordOfPerson]
) -> Line:
    """The sender's line of a loop as its rows now stand."""
    return requesters_line(referral, tasks, words, acted_at=_acted_at(session, referral, words))


def _acted_at(session: Session, referral: Referral, words: Sequence[WordOfPerson]) -> datetime | None:
    """When the sender last reached the person, wrote to the other side or referred again, once they said a word."""
    if not words:
        return None
    own = referral.organization_id
    reached = select(func.max(col(ContactAttempt.entered_at))).where(
        col(ContactAttempt.referral_id) == referral.id,
        col(ContactAttempt.organization_id) == own,
        col(ContactAttempt.reached),
    )
    written = select(func.max(col(Entry.written_at))).where(
        col(Entry.referral_id) == referral.id, col(Entry.organization_id) == own, col(Entry.kind) == EntryKind.MESSAGE
    )
    again = select(func.max(col(Referral.first_sent_at))).where(
        col(Referral.organization_id) == own,
        col(Referral.person_id) == referral.person_id,
        col(Referral.replaces_id) == referral.id,
    )
    found: Sequence[datetime | None] = session.execute(
        select(reached.scalar_subquery(), written.scalar_subquery(), again.scalar_subquery())
    ).one()
    return max((at for at in found if at is not None), default=None)


def row_of(
    referral: Referral, line: Line, item_id: UUID, viewer: Viewer, last: Last, assignee_id: UUID | None
) -> dict[str, object]:
    """One line as a row; what its organization may filter and sort by is added by side."""
    return {
        "organization_id": viewer.organization_id,
        "item_id": item_id,
        "referral_id": referral.id,
        "task_id": line.task.id if line.task else None,
        "side": viewer.side,
        "owed": line.owed,
        "group": line.group,
        "group_rank": GROUPS[line.owed].index(line.group),
        "due_at": line.due_at,
        "order_at": line.due_at or NEVER,
        "sent_at": referral.first_sent_at or referral.created_at,
        "assignee_id": assignee_id,
        "last_event": last.code,
        "last_event_at": last.at,
    }


def _of_sender(referral: Referral, line: Line, person: Person) -> dict[str, object]:
    """What the sender may filter and sort by; of a masked loop nothing that tells what it is about."""
    if referral.masked:
        return {"counterpart_id": None, "need_code": "", "language": "", "urgency_rank": Urgency.NOT_URGENT.rank}
    return {
        "counterpart_id": line.task.performer_id if line.task else None,
        "need_code": referral.need_code,
        "language": person.language,
        "urgency_rank": referral.urgency.rank,
    }


def _of_provider(session: Session, referral: Referral, task: ReferralTask) -> dict[str, object]:
    """What the organization asked may filter and sort by: only what was released to it, as it was released."""
    known: dict[str, Any] = consent.released_about(session, task.performer_id, [task.id], elements=KNOWN_ELEMENTS).get(
        task.id, {}
    )
    return {
        "counterpart_id": task.requester_id,
        "need_code": referral.need_code if "need" in known else "",
        "language": known.get("language", {}).get("code", ""),
        "urgency_rank": Urgency(known.get("urgency", Urgency.NOT_URGENT)).rank,
    }
