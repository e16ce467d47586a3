"""Who is in charge of a referral on each side, and handing a whole caseload over."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor, Permission, check
from cie.errors import Invalid
from cie.identity.models import UserAccount
from cie.referrals.models import Referral, ReferralStatus, ReferralTask
from cie.referrals.queries import get_referral, get_task
from cie.referrals.states import TERMINAL


def assign_task(session: Session, actor: Actor, task_id: UUID, user_id: UUID | None, *, at: datetime) -> ReferralTask:
    """Put a worker of the performer in charge of a task, or nobody. Raises NotFound, NotAllowed, Invalid."""
    task = get_task(session, actor, task_id)
    check(actor, Permission.TASK_ANSWER, task)
    _check_colleague(session, actor, user_id)
    task.assignee_id = user_id
    session.add(task)
    events.record(session, actor, "task.assign", task, at=at, to=str(user_id) if user_id else None)
    return task


def assign_referral(
    session: Session, actor: Actor, referral_id: UUID, user_id: UUID | None, *, at: datetime
) -> Referral:
    """Put a worker of the sender in charge of a loop, or nobody. Raises NotFound, NotAllowed, Invalid."""
    referral = get_referral(session, actor, referral_id)
    check(actor, Permission.REFERRAL_WRITE, referral)
    _check_colleague(session, actor, user_id)
    referral.assignee_id = user_id
    session.add(referral)
    events.record(session, actor, "referral.assign", referral, at=at, to=str(user_id) if user_id else None)
    return referral


def _check_colleague(session: Session, actor: Actor, user_id: UUID | None) -> None:
    if user_id is None:
        return
    user = session.get(UserAccount, user_id)
    if user is None or user.organization_id != actor.organization_id or not user.is_active:
        raise Invalid("Who is in charge: choose a colleague", "assignee")


def hand_over(session: Session, actor: Actor, from_id: UUID, to_id: UUID | None, *, at: datetime) -> int:
    """Give everything open that one worker is in charge of to another, or to nobody; returns how much that was."""
    check(actor, Permission.REFERRAL_ASSIGN)
    referrals = select(Referral).where(
        col(Referral.organization_id) == actor.organization_id,
        col(Referral.assignee_id) == from_id,
        col(Referral.status).in_([ReferralStatus.ACTIVE, ReferralStatus.DRAFT]),
    )
    tasks = select(ReferralTask).where(
        col(ReferralTask.performer_id) == actor.organization_id,
        col(ReferralTask.assignee_id) == from_id,
        col(ReferralTask.status).not_in(TERMINAL),
    )
    count = 0
    for referral in session.execute(referrals).scalars().all():
        assign_referral(session, actor, referral.id, to_id, at=at)
        count += 1
    for task in session.execute(tasks).scalars().all():
        assign_task(session, actor, task.id, to_id, at=at)
        count += 1
    return count
