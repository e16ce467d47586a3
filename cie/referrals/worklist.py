"""The worklist: for each organization, what is owed, by whom, by when. A read model kept by a projector.

`lines_of` is the rule: from the state of one loop to the lines that its two sides see. The projector writes them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert
from sqlmodel import Session, col

from cie.events import Event
from cie.people import Person
from cie.referrals.asks import ENDS_ASKING
from cie.referrals.models import Owed, PersonWord, Referral, ReferralStatus, ReferralTask, WordOfPerson, WorklistItem
from cie.referrals.queries import tasks_of, words_of
from cie.referrals.states import UNDER_WAY, Closing, Reason, TaskStatus

GROUPS: dict[Owed, tuple[str, ...]] = {
    Owed.US: ("answer", "next-step", "differ", "choose", "call-them", "draft"),
    Owed.PERSON: ("waiting-reply", "papers"),
    Owed.OTHERS: ("waiting-answer", "waiting-list", "under-way"),
}
"""The groups of the worklist in the order in which they are shown."""


@dataclass(frozen=True)
class Line:
    """Who owes the next step in one group, and which task it is about."""

    owed: Owed
    group: str
    task: ReferralTask | None
    due_at: datetime | None = None


NOTHING_OWED = Line(Owed.NOBODY, "done", None)


def performers_line(task: ReferralTask) -> Line:
    """What the organization asked sees of its own task."""
    if task.status == TaskStatus.REQUESTED:
        if task.waitlist_until:
            return Line(Owed.OTHERS, "waiting-list", task, task.due_at)
        return Line(Owed.US, "answer", task, task.due_at)
    if task.status in (TaskStatus.ACCEPTED, TaskStatus.IN_PROGRESS):
        return Line(Owed.US, "next-step", task, task.due_at)
    if task.status == TaskStatus.ON_HOLD:
        owed = Owed.PERSON if task.reason == Reason.MISSING_PAPERS else Owed.OTHERS
        return Line(owed, "papers" if owed == Owed.PERSON else "under-way", task, task.due_at)
    return NOTHING_OWED


def requesters_line(referral: Referral, tasks: Sequence[ReferralTask], words: Sequence[WordOfPerson]) -> Line:
    """What the sender sees of the whole loop."""
    newest = tasks[-1] if tasks else None
    if referral.status == ReferralStatus.ACTIVE:
        return _open_line(referral, tasks, words)
    if referral.masked or referral.closing != Closing.SERVICES_RECEIVED:
        return NOTHING_OWED
    if not words:
        return Line(Owed.PERSON, "waiting-reply", newest)
    if words[0].word == PersonWord.GOT_HELP:
        return NOTHING_OWED
    return Line(Owed.US, "differ", newest)


def _open_line(referral: Referral, tasks: Sequence[ReferralTask], words: Sequence[WordOfPerson]) -> Line:
    if words and words[0].word in ENDS_ASKING:
        return Line(Owed.US, "differ", tasks[-1] if tasks else None)
    for task in tasks:
        if task.status in UNDER_WAY:
            missing = task.status == TaskStatus.ON_HOLD and task.reason == Reason.MISSING_PAPERS
            return Line(*((Owed.PERSON, "papers") if missing else (Owed.OTHERS, "under-way")), task, task.due_at)
    waiting = [t for t in tasks if t.status == TaskStatus.REQUESTED]
    on_list = [t for t in waiting if t.waitlist_until]
    silent = [t for t in waiting if t.returned_at and not t.waitlist_until]
    asked = [t for t in waiting if t not in on_list and t not in silent]
    if asked:
        return Line(Owed.OTHERS, "waiting-answer", asked[0], asked[0].due_at)
    if silent:
        return Line(Owed.US, "call-them", silent[0], silent[0].due_at)
    if on_list:
        return Line(Owed.US, "choose", on_list[0], on_list[0].due_at)
    return Line(Owed.US, "choose", tasks[-1] if tasks else None)


def project(session: Session, events: Sequence[Event]) -> None:
    """Write anew the lines of every loop that something happened to."""
    session.flush()
    for referral_id in {e.referral_id for e in events if e.referral_id}:
        last = max((e for e in events if e.referral_id == referral_id), key=lambda e: e.at)
        rebuild(session, session.get_one(Referral, referral_id), last.action, last.at)


def rebuild(session: Session, referral: Referral, last_event: str, at: datetime) -> None:
    """The lines of one loop, as its rows now stand."""
    session.execute(delete(WorklistItem).where(col(WorklistItem.referral_id) == referral.id))
    tasks, words = tasks_of(session, referral), words_of(session, referral)
    person = session.get_one(Person, referral.person_id)
    rows = list(_rows(referral, person, tasks, words, last_event, at))
    if rows:
        session.execute(insert(WorklistItem), rows)


def _rows(
    referral: Referral,
    person: Person,
    tasks: Sequence[ReferralTask],
    words: Sequence[WordOfPerson],
    last_event: str,
    at: datetime,
) -> Iterable[dict[str, object]]:
    if referral.status == ReferralStatus.ENTERED_IN_ERROR:
        return
    shared = {
        "referral_id": referral.id,
        "urgency_rank": referral.urgency.rank,
        "sent_at": referral.first_sent_at or referral.created_at,
        "need_code": referral.need_code,
        "language": person.language,
        "last_event": last_event,
        "last_event_at": at,
    }
    line = requesters_line(referral, tasks, words)
    if line is not NOTHING_OWED:
        yield shared | _placed(line, referral.organization_id, referral.id, "sender", referral.assignee_id)
    for task in tasks:
        line = performers_line(task)
        if line is not NOTHING_OWED and task.requested_at:
            yield shared | _placed(line, task.performer_id, task.id, "provider", task.assignee_id)


def _placed(line: Line, organization_id: UUID, item_id: UUID, side: str, assignee_id: UUID | None) -> dict[str, object]:
    task = line.task
    other = None if task is None else task.performer_id if side == "sender" else task.requester_id
    return {
        "organization_id": organization_id,
        "item_id": item_id,
        "task_id": task.id if task else None,
        "side": side,
        "owed": line.owed,
        "group": line.group,
        "group_rank": GROUPS[line.owed].index(line.group),
        "due_at": line.due_at,
        "assignee_id": assignee_id,
        "counterpart_id": other,
    }
