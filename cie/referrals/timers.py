"""Clocks of a task: by when somebody owes the next step, and what happens when the time has passed.

"Needed today" runs in clock hours, everything else in business days of California. The figures are data of the network.
Masked referrals have no clocks.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from cie import calendar, events
from cie.access import SYSTEM
from cie.referrals.models import Referral, ReferralTask, Urgency
from cie.referrals.queries import lock_loop
from cie.referrals.states import TaskStatus

ANSWER_HOURS_TODAY = 2
CONTACT_HOURS_TODAY = 4
ANSWER_DAYS = {Urgency.TWO_DAYS: 1, Urgency.WEEK: 2, Urgency.NOT_URGENT: 3}
CONTACT_DAYS = {Urgency.TWO_DAYS: 1, Urgency.WEEK: 2, Urgency.NOT_URGENT: 5}
UPDATE_DAYS = 5
RETURN_AFTER_DAYS = 1
REVIEW_DAYS = 5


def due_at(referral: Referral, task: ReferralTask, *, at: datetime) -> datetime | None:
    """By when the next step of a task is owed, counted from `at`; None when no clock runs."""
    if referral.masked:
        return None
    if task.status == TaskStatus.REQUESTED:
        return _waitlist_review(task) or answer_due(referral.urgency, at=at)
    if task.status == TaskStatus.ACCEPTED:
        return _due(referral.urgency, at, CONTACT_HOURS_TODAY, CONTACT_DAYS)
    if task.status == TaskStatus.IN_PROGRESS:
        return calendar.due_after_business_days(at, UPDATE_DAYS)
    if task.status == TaskStatus.ON_HOLD and task.hold_until:
        return calendar.instant(task.hold_until, calendar.CLOSES)
    return None


def answer_due(urgency: Urgency, *, at: datetime) -> datetime:
    """By when an organization asked at this moment should answer."""
    return _due(urgency, at, ANSWER_HOURS_TODAY, ANSWER_DAYS)


def _due(urgency: Urgency, at: datetime, hours: int, days: dict[Urgency, int]) -> datetime:
    if urgency == Urgency.TODAY:
        return at + timedelta(hours=hours)
    return calendar.due_after_business_days(at, days[urgency])


def _waitlist_review(task: ReferralTask) -> datetime | None:
    return calendar.instant(task.waitlist_until, calendar.CLOSES) if task.waitlist_until else None


def overdue(session: Session, *, at: datetime, limit: int = 200) -> Sequence[ReferralTask]:
    """Requested tasks whose answer is late and not yet reminded, or reminded and not yet returned."""
    query = (
        select(ReferralTask)
        .where(
            col(ReferralTask.status) == TaskStatus.REQUESTED,
            col(ReferralTask.due_at) <= at,
            col(ReferralTask.waitlist_until).is_(None),
            col(ReferralTask.returned_at).is_(None),
        )
        .order_by(col(ReferralTask.due_at))
        .limit(limit)
    )
    return session.execute(query).scalars().all()


def remind_or_return(session: Session, task: ReferralTask, *, at: datetime) -> None:
    """A late answer is reminded once, then returned: the sender owes the next step. A late yes still counts.

    What the sender reminded of before it was late does not count as that.
    """
    lock_loop(session, task)
    if task.status != TaskStatus.REQUESTED or task.due_at is None or task.due_at > at or task.returned_at:
        return
    if task.reminded_at is None or task.reminded_at < task.due_at:
        task.reminded_at = at
        events.record(session, SYSTEM, "task.remind", task, at=at)
    elif at >= calendar.due_after_business_days(task.due_at, RETURN_AFTER_DAYS):
        task.returned_at = at
        events.record(session, SYSTEM, "task.return", task, at=at)
    session.add(task)
