"""A sender's own reminder of an organization that has not answered, beside the one that the clock sends."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from cie import calendar, events
from cie.access import Actor, Permission, check
from cie.errors import NotPossibleNow
from cie.referrals.models import ReferralTask
from cie.referrals.queries import get_task, lock_loop
from cie.referrals.states import TaskStatus


def may_remind(task: ReferralTask, *, at: datetime) -> bool:
    """Whether the answer is still awaited, with a clock that runs, and nobody was reminded on this business day."""
    if task.status != TaskStatus.REQUESTED or task.waitlist_until or task.due_at is None:
        return False
    if task.reminded_at is None:
        return True
    return calendar.next_business_day(calendar.local_day(task.reminded_at)) <= calendar.local_day(at)


def remind(session: Session, actor: Actor, task_id: UUID, *, at: datetime) -> ReferralTask:
    """The sender reminds whom it asked, at most once a business day. Raises NotFound, NotAllowed, NotPossibleNow."""
    task = get_task(session, actor, task_id)
    check(actor, Permission.REFERRAL_WRITE, task)
    lock_loop(session, task)
    if task.status != TaskStatus.REQUESTED or task.waitlist_until or task.due_at is None:
        raise NotPossibleNow("There is no answer to remind them of")
    if not may_remind(task, at=at):
        raise NotPossibleNow("They were reminded already. Remind them again on the next business day")
    task.reminded_at = at
    session.add(task)
    events.record(session, actor, "task.remind", task, at=at)
    return task
