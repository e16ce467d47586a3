"""What was done with the tasks of a loop, and why, as far as each side hears it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from cie.access import Actor
from cie.referrals.models import Referral, ReferralTask, TaskHistory
from cie.referrals.states import Reason, TaskStatus


def history_of(session: Session, referral: Referral) -> Sequence[TaskHistory]:
    """Every move of every task of the loop, newest first."""
    query = (
        select(TaskHistory)
        .where(
            col(TaskHistory.organization_id) == referral.organization_id,
            col(TaskHistory.referral_id) == referral.id,
        )
        .order_by(col(TaskHistory.at).desc(), col(TaskHistory.id).desc())
    )
    return session.execute(query).scalars().all()


_CANCELLED_BY_OTHERS = select(col(TaskHistory.task_id)).where(
    col(TaskHistory.organization_id).in_(bindparam("requester_ids", expanding=True)),
    col(TaskHistory.referral_id).in_(bindparam("referral_ids", expanding=True)),
    col(TaskHistory.task_id).in_(bindparam("task_ids", expanding=True)),
    col(TaskHistory.to_status) == TaskStatus.CANCELLED,
    col(TaskHistory.actor_organization_id).is_distinct_from(bindparam("own")),
    col(TaskHistory.reason) != Reason.RECALLED,
)


def reasons_told(session: Session, actor: Actor, tasks: Sequence[ReferralTask]) -> dict[UUID, Reason | None]:
    """Why each task stands as it does, as far as the caller's side hears it.

    The sender hears every reason. Who was asked hears those of its own side, and that somebody else was first; why the
    sender cancelled is not for them.
    """
    asked = [task for task in tasks if task.reason and task.requester_id != actor.organization_id]
    about = {
        "requester_ids": list({task.requester_id for task in asked}),
        "referral_ids": list({task.referral_id for task in asked}),
        "task_ids": [task.id for task in asked],
        "own": actor.organization_id,
    }
    kept = set(session.execute(_CANCELLED_BY_OTHERS, about).scalars()) if asked else set()
    return {task.id: None if task.id in kept else task.reason for task in tasks}
