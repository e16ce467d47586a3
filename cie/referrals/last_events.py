"""Which of the events of a loop one organization may see on its worklist, and the code that its words are found by.

A code is the action with what its words need: "contact.attempt:phone:no:2", "person.word:got-help:text".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from cie.consent import Release
from cie.events import Event
from cie.referrals.models import Attachment, ContactAttempt, Entry

SENDER, PROVIDER = "sender", "provider"


@dataclass(frozen=True)
class Last:
    """What happened last, as a code, and when."""

    code: str
    at: datetime


@dataclass(frozen=True)
class Viewer:
    """One side of a loop; a provider looks at its own task."""

    organization_id: UUID
    side: str
    task_id: UUID | None = None


def last_of(session: Session, viewer: Viewer, events: Sequence[Event]) -> Last | None:
    """The newest of the events that this side may see; of several at one moment, the first recorded."""
    seen = all_of(session, viewer, events)
    return max(seen, key=lambda last: last.at) if seen else None


def all_of(session: Session, viewer: Viewer, events: Sequence[Event]) -> list[Last]:
    """Each of the events that this side may see, in the order in which they were recorded."""
    return [Last(code, e.at) for e in events if (code := code_of(session, viewer, e)) is not None]


def code_of(session: Session, viewer: Viewer, event: Event) -> str | None:
    """The code of one event, or None when this side may not see it or has nothing to read of it."""
    rule = RULES.get(event.action)
    return rule(session, viewer, event) if rule else None


Rule = Callable[[Session, Viewer, Event], str | None]


def _both(_session: Session, _viewer: Viewer, event: Event) -> str | None:
    return event.action


def _sender(_session: Session, viewer: Viewer, event: Event) -> str | None:
    return event.action if viewer.side == SENDER else None


def _task(_session: Session, viewer: Viewer, event: Event) -> str | None:
    """A step of a task: the sender sees every one with its reason, a provider those of its own."""
    if viewer.side == PROVIDER:
        return event.action if event.subject_id == viewer.task_id else None
    reason = event.codes.get("reason")
    return f"{event.action}:{reason}" if reason else event.action


def _assigned(_session: Session, viewer: Viewer, event: Event) -> str | None:
    """Who is in charge on one side is for that side alone."""
    if viewer.side == SENDER:
        return "assign" if event.action == "referral.assign" else None
    return "assign" if event.subject_id == viewer.task_id else None


def _written(session: Session, viewer: Viewer, event: Event) -> str | None:
    """Messages and files that go to the other side of one task; what was only written for oneself is no news there."""
    if event.actor.organization_id == viewer.organization_id:
        return f"{event.action}:us" if viewer.side == SENDER or _task_of(session, event) == viewer.task_id else None
    readable = select(col(Release.id)).where(
        col(Release.recipient_id) == viewer.organization_id, col(Release.subject_id) == event.subject_id
    )
    if session.execute(readable.limit(1)).first() is None:
        return None
    return f"{event.action}:{PROVIDER if viewer.side == SENDER else SENDER}"


def _task_of(session: Session, event: Event) -> UUID | None:
    model = Attachment if event.action == "file.add" else Entry
    return session.execute(select(col(model.task_id)).where(col(model.id) == event.subject_id)).scalar()


def _gave(_session: Session, viewer: Viewer, event: Event) -> str | None:
    return f"{event.action}:us" if event.actor.organization_id == viewer.organization_id else None


def _told(_session: Session, viewer: Viewer, event: Event) -> str | None:
    """What came of it, once it may be read by the sender."""
    return f"{event.action}:{PROVIDER}" if viewer.side == SENDER else None


def _noted(_session: Session, viewer: Viewer, event: Event) -> str | None:
    return event.action if event.actor.organization_id == viewer.organization_id else None


def _attempt(session: Session, viewer: Viewer, event: Event) -> str | None:
    """One's own tries alone, with how many there are."""
    if event.actor.organization_id != viewer.organization_id:
        return None
    query = select(func.count()).where(
        col(ContactAttempt.referral_id) == event.referral_id,
        col(ContactAttempt.organization_id) == viewer.organization_id,
        col(ContactAttempt.method) == event.codes["method"],
        col(ContactAttempt.reached) == event.codes["reached"],
    )
    count = session.execute(query).scalar_one()
    return f"{event.action}:{event.codes['method']}:{'yes' if event.codes['reached'] else 'no'}:{count}"


def _word(_session: Session, viewer: Viewer, event: Event) -> str | None:
    if viewer.side != SENDER:
        return None
    return f"{event.action}:{event.codes['word']}:{event.actor.door.value}"


RULES: dict[str, Rule] = {
    "referral.send": _both,
    "referral.draft": _sender,
    "referral.give-contact": _sender,
    "referral.close": _sender,
    "referral.unclaimed": _sender,
    "referral.assign": _assigned,
    "task.assign": _assigned,
    "task.requested": _task,
    "task.accepted": _task,
    "task.in-progress": _task,
    "task.on-hold": _task,
    "task.completed": _task,
    "task.answered": _task,
    "task.failed": _task,
    "task.rejected": _task,
    "task.cancelled": _task,
    "task.waitlist": _task,
    "task.remind": _task,
    "task.return": _sender,
    "entry.message": _written,
    "file.add": _written,
    "entry.note": _noted,
    "result.give": _gave,
    "result.tell": _told,
    "contact.attempt": _attempt,
    "person.word": _word,
}
"""By action; what is not here changes no line: releases and their ends, mistakes, reasons (they come with a step)."""
