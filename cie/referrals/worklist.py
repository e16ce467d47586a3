"""The worklist: for each organization, what is owed, by whom, by when.

The rule: from the state of one loop to the lines that its two sides see. `worklist_rows` keeps them as a read model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cie import calendar
from cie.referrals.asks import ENDS_ASKING
from cie.referrals.models import (
    Kind,
    Owed,
    PersonWord,
    Referral,
    ReferralStatus,
    ReferralTask,
    Urgency,
    WordOfPerson,
)
from cie.referrals.states import OPEN, OUT_OF_SIGHT, UNDER_WAY, Closing, Reason, TaskStatus
from cie.referrals.timers import ANSWER_HOURS_TODAY

READ_TEXT = "read-text"
"""The group of the texts that a person must read; they are no lines of a loop."""

GROUPS: dict[Owed, tuple[str, ...]] = {
    Owed.US: ("answer", "next-step", "differ", "choose", "call-them", READ_TEXT, "draft", "not-shared"),
    Owed.PERSON: ("waiting-reply", "papers"),
    Owed.OTHERS: ("waiting-answer", "waiting-list", "under-way"),
}
"""The groups of the worklist in the order in which they are shown."""

CALL_WITHIN_DAYS = 1


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
        return _paused(task)
    return NOTHING_OWED


def _paused(task: ReferralTask) -> Line:
    if task.reason == Reason.MISSING_PAPERS:
        return Line(Owed.PERSON, "papers", task, task.due_at)
    return Line(Owed.OTHERS, "under-way", task, task.due_at)


def requesters_line(
    referral: Referral,
    tasks: Sequence[ReferralTask],
    words: Sequence[WordOfPerson],
    *,
    acted_at: datetime | None = None,
) -> Line:
    """What the sender sees of the whole loop.

    A "not yet", or a last word that does not fit the closing, is the sender's to follow up until they acted on it:
    reached the person, wrote to the other side or referred again, last at `acted_at`. Masked loops owe no answer from
    the person.
    """
    if referral.status == ReferralStatus.DRAFT:
        return Line(Owed.US, "draft", None)
    if referral.kind == Kind.INFORMATIONAL:
        return _contact_line(referral)
    if referral.masked and any(task.status in OUT_OF_SIGHT for task in tasks):
        return NOTHING_OWED
    newest = tasks[-1] if tasks else None
    word = words[0] if words else None
    if word and _must_be_checked(referral, tasks, word, acted_at):
        return Line(Owed.US, "differ", _asked(tasks) or newest, _call_by(referral, word.said_at))
    if referral.status == ReferralStatus.ACTIVE:
        return _open_line(referral, tasks)
    if _is_waiting_for_word(referral, word):
        return Line(Owed.PERSON, "waiting-reply", newest)
    return NOTHING_OWED


def _contact_line(referral: Referral) -> Line:
    """A contact that was given is owed by nobody, unless a day was set to look again."""
    if referral.status != ReferralStatus.ACTIVE or referral.follow_up_on is None:
        return NOTHING_OWED
    return Line(Owed.US, "next-step", None, calendar.instant(referral.follow_up_on, calendar.CLOSES))


def _must_be_checked(
    referral: Referral, tasks: Sequence[ReferralTask], word: WordOfPerson, acted_at: datetime | None
) -> bool:
    """Whether the person's newest word and what the loop says do not fit, and nobody dealt with that yet."""
    if referral.masked or referral.status == ReferralStatus.ENTERED_IN_ERROR:
        return False
    is_open = referral.status == ReferralStatus.ACTIVE
    if is_open and word.word in ENDS_ASKING:
        return True
    if acted_at is not None and acted_at > word.said_at:
        return False
    if is_open:
        return _asked(tasks) is not None
    received = referral.closing == Closing.SERVICES_RECEIVED
    if word.word in ENDS_ASKING:
        return received != (word.word == PersonWord.GOT_HELP)
    return referral.closed_at is not None and word.said_at >= referral.closed_at


def _asked(tasks: Sequence[ReferralTask]) -> ReferralTask | None:
    return next((task for task in tasks if task.status in OPEN), None)


def _is_waiting_for_word(referral: Referral, word: WordOfPerson | None) -> bool:
    """After the provider's word the person is asked; a "not yet" from before that is no answer to it."""
    if referral.masked or referral.closing != Closing.SERVICES_RECEIVED or referral.closed_at is None:
        return False
    return word is None or (word.word not in ENDS_ASKING and word.said_at < referral.closed_at)


def _unclaimed_line(referral: Referral) -> Line:
    """Nobody took an open request yet."""
    if referral.open_returned_at is not None:
        return Line(Owed.US, "choose", None, _call_by(referral, referral.open_returned_at))
    return Line(Owed.OTHERS, "waiting-answer", None, referral.open_due_at)


def _open_line(referral: Referral, tasks: Sequence[ReferralTask]) -> Line:
    if referral.open_task_id is not None and not tasks:
        return _unclaimed_line(referral)
    for task in tasks:
        if task.status == TaskStatus.ON_HOLD:
            return _paused(task)
        if task.status in UNDER_WAY:
            return Line(Owed.OTHERS, "under-way", task, task.due_at)
    waiting = [t for t in tasks if t.status == TaskStatus.REQUESTED]
    on_list = [t for t in waiting if t.waitlist_until]
    silent = [t for t in waiting if t.returned_at and not t.waitlist_until]
    asked = [t for t in waiting if t not in on_list and t not in silent]
    if asked:
        return Line(Owed.OTHERS, "waiting-answer", asked[0], asked[0].due_at)
    if silent:
        return Line(Owed.US, "call-them", silent[0], _call_by(referral, silent[0].returned_at))
    if on_list:
        return Line(Owed.US, "choose", on_list[0], on_list[0].due_at)
    newest = max(tasks, key=lambda t: t.ended_at or referral.created_at, default=None)
    group = "not-shared" if newest is not None and newest.outcome_withheld else "choose"
    return Line(Owed.US, group, newest, _call_by(referral, newest.ended_at if newest else None))


def _call_by(referral: Referral, since: datetime | None) -> datetime | None:
    """By when the sender owes the next step that fell to them; needed today runs in clock hours."""
    if referral.masked or since is None:
        return None
    if referral.urgency == Urgency.TODAY:
        return since + timedelta(hours=ANSWER_HOURS_TODAY)
    return calendar.due_after_business_days(since, CALL_WITHIN_DAYS)
