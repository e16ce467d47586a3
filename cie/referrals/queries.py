"""Finding referrals and tasks, and locking the loop before it changes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.sql import Select
from sqlmodel import Session, col

from cie.access import Actor, Permission, check
from cie.errors import NotFound, Stale
from cie.referrals.models import Referral, ReferralTask, TaskHistory, WordOfPerson


def visible_to(actor: Actor) -> Select[Referral]:
    """The referrals that the actor's organization sent or was asked to answer."""
    received = select(col(ReferralTask.referral_id)).where(
        col(ReferralTask.performer_id) == actor.organization_id, col(ReferralTask.requested_at).is_not(None)
    )
    return select(Referral).where(
        or_(col(Referral.organization_id) == actor.organization_id, col(Referral.id).in_(received))
    )


def get_referral(session: Session, actor: Actor, referral_id: UUID) -> Referral:
    """A referral that the caller's organization sent. Raises NotFound."""
    referral = session.get(Referral, referral_id)
    if referral is None:
        raise NotFound("There is no such record")
    check(actor, Permission.REFERRAL_READ, referral)
    return referral


def get_task(session: Session, actor: Actor, task_id: UUID) -> ReferralTask:
    """A task of either side; a receiver sees it from the moment that it was requested. Raises NotFound."""
    task = session.get(ReferralTask, task_id)
    if task is None or (task.requested_at is None and actor.organization_id != task.requester_id):
        raise NotFound("There is no such record")
    check(actor, Permission.REFERRAL_READ, task)
    return task


def lock_loop(session: Session, task: ReferralTask, *, seen_version: int | None = None) -> Referral:
    """Lock the loop of a task and read both afresh, so that exactly one answer wins.

    Raises Stale when the task moved on since the caller saw `seen_version` of it.
    """
    referral = lock_referral(session, task.referral_id)
    session.refresh(task)
    if seen_version is not None and task.version != seen_version:
        raise Stale("This changed while you were typing. What you typed is still here")
    return referral


def lock_referral(session: Session, referral_id: UUID) -> Referral:
    """The referral, locked until the end of the transaction."""
    return session.get_one(Referral, referral_id, with_for_update=True, populate_existing=True)


def tasks_of(session: Session, referral: Referral) -> Sequence[ReferralTask]:
    """The tasks of a loop, in the order in which they are asked."""
    query = (
        select(ReferralTask)
        .where(
            col(ReferralTask.organization_id) == referral.organization_id,
            col(ReferralTask.referral_id) == referral.id,
        )
        .order_by(col(ReferralTask.position), col(ReferralTask.id))
    )
    return session.execute(query).scalars().all()


def words_of(session: Session, referral: Referral) -> Sequence[WordOfPerson]:
    """What the person said, newest first."""
    query = (
        select(WordOfPerson)
        .where(
            col(WordOfPerson.organization_id) == referral.organization_id,
            col(WordOfPerson.referral_id) == referral.id,
        )
        .order_by(col(WordOfPerson.said_at).desc(), col(WordOfPerson.id).desc())
    )
    return session.execute(query).scalars().all()


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


def open_task(session: Session, actor: Actor, task: ReferralTask, *, at: datetime) -> None:
    """A worker of the receiving side looks at a task; colleagues see that. It locks nothing."""
    if actor.organization_id == task.performer_id and task.opened_by_id != actor.id:
        task.opened_by_id, task.opened_at = actor.id, at
        session.add(task)
