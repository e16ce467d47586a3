"""Moving a task from one status to the next: the one place where a status changes."""

from datetime import datetime

from sqlmodel import Session

from cie import events
from cie.access import Actor
from cie.errors import Ended, Invalid, NotPossibleNow
from cie.referrals import timers
from cie.referrals.models import Referral, ReferralTask, TaskHistory
from cie.referrals.states import NEEDS_REASON, REASONS, TERMINAL, Reason, Side, TaskStatus, may_move


def move(
    session: Session,
    actor: Actor,
    referral: Referral,
    task: ReferralTask,
    to: TaskStatus,
    side: Side,
    *,
    at: datetime,
    reason: Reason | None = None,
    told_by: str | None = None,
) -> None:
    """Move a task as the transition table allows, and keep who did it, when and why.

    Raises NotPossibleNow (the table has no such move; Ended when somebody else was first), Invalid (the reason).
    """
    if not may_move(task.status, to, side):
        raise _why_not(task)
    _check_reason(to, reason)
    session.add(_history(actor, task, to, reason, told_by, at))
    task.status, task.reason = to, reason
    task.version += 1
    task.ended_at = at if to in TERMINAL else None
    task.due_at = timers.due_at(referral, task, at=at)
    session.add(task)
    events.record(session, actor, f"task.{to.value}", task, at=at, reason=reason.value if reason else None)


def move_apart(
    session: Session, actor: Actor, task: ReferralTask, to: TaskStatus, reason: Reason | None, *, at: datetime
) -> None:
    """The performer ends a task, and the task tells no more than that: alike for every end that there is.

    Raises NotPossibleNow (the table has no such move), Invalid (the reason).
    """
    if not may_move(task.status, to, Side.PERFORMER):
        raise _why_not(task)
    _check_reason(to, reason)
    session.add(_history(actor, task, TaskStatus.COMPLETED, None, None, at))
    task.status, task.reason, task.outcome_withheld = TaskStatus.COMPLETED, None, True
    task.version += 1
    task.answered_at, task.ended_at, task.due_at = task.answered_at or at, at, None
    session.add(task)
    events.record(session, actor, "task.answered", task, at=at)


def _why_not(task: ReferralTask) -> NotPossibleNow:
    if task.recalled:
        return Ended("Someone else just said yes. Thank you for answering")
    if task.status in TERMINAL:
        return Ended("This has already ended")
    return NotPossibleNow("This cannot be done at this point")


def _check_reason(to: TaskStatus, reason: Reason | None) -> None:
    if to in NEEDS_REASON and reason is None:
        raise Invalid("Reason: choose one", "reason")
    if reason is not None and reason not in REASONS.get(to, ()):
        raise Invalid("Reason: choose one of the list", "reason")


def _history(
    actor: Actor, task: ReferralTask, to: TaskStatus, reason: Reason | None, told_by: str | None, at: datetime
) -> TaskHistory:
    row = TaskHistory(
        organization_id=task.organization_id,
        referral_id=task.referral_id,
        task_id=task.id,
        from_status=task.status,
        to_status=to,
        reason=reason,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        actor_organization_id=actor.organization_id,
        door=actor.door.value,
        at=at,
    )
    row.told_by = told_by
    return row


def keep_due(referral: Referral, task: ReferralTask, *, at: datetime) -> None:
    """Start the clock that fits the task as it now stands."""
    task.due_at = timers.due_at(referral, task, at=at)
