"""Who is in charge of a referral on each side, and handing a whole caseload over."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from cie import events, identity
from cie.access import Actor, Permission, Role, check
from cie.errors import Invalid
from cie.identity.models import UserAccount
from cie.referrals.models import Referral, ReferralStatus, ReferralTask
from cie.referrals.queries import get_referral, get_task, side_of, tasks_asked_of
from cie.referrals.states import TERMINAL, Side

CASE_ROLES = frozenset({Role.CASEWORKER, Role.SUPERVISOR, Role.NAVIGATOR})


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


def assign(session: Session, actor: Actor, referral_id: UUID, user_id: UUID | None, *, at: datetime) -> None:
    """Put a colleague in charge of the caller's side of a loop, or nobody: of the loop, or of the tasks asked of them.

    Raises NotFound, NotAllowed, Invalid.
    """
    if side_of(session, actor, referral_id) == Side.REQUESTER:
        assign_referral(session, actor, referral_id, user_id, at=at)
        return
    for task in tasks_asked_of(session, actor, referral_id):
        assign_task(session, actor, task.id, user_id, at=at)


def colleagues(session: Session, actor: Actor) -> list[UserAccount]:
    """Who of the caller's own organization may be put in charge: those who work with people and are still there."""
    return [user for user in identity.staff_of(session, actor) if _may_be_in_charge(user)]


def _may_be_in_charge(user: UserAccount) -> bool:
    return user.is_active and bool(user.roles & CASE_ROLES)


def _check_colleague(session: Session, actor: Actor, user_id: UUID | None) -> None:
    if user_id is None:
        return
    user = session.get(UserAccount, user_id)
    if user is None or user.organization_id != actor.organization_id or not _may_be_in_charge(user):
        raise Invalid("Who is in charge: choose a colleague", "assignee")


def caseload_of(session: Session, actor: Actor, user_id: UUID) -> int:
    """How much open a colleague is in charge of: loops of ours and tasks of ours. Raises NotFound, NotAllowed."""
    user = identity.get_staff(session, actor, user_id)
    check(actor, Permission.CASELOAD_HAND_OVER, user)
    counts = (select(func.count()).select_from(query.subquery()) for query in _open_of(user))
    return sum(int(session.execute(count).scalar_one()) for count in counts)


def _open_of(user: UserAccount) -> tuple[Select[Referral], Select[ReferralTask]]:
    referrals = select(Referral).where(
        col(Referral.organization_id) == user.organization_id,
        col(Referral.assignee_id) == user.id,
        col(Referral.status).in_([ReferralStatus.ACTIVE, ReferralStatus.DRAFT]),
    )
    tasks = select(ReferralTask).where(
        col(ReferralTask.performer_id) == user.organization_id,
        col(ReferralTask.assignee_id) == user.id,
        col(ReferralTask.status).not_in(TERMINAL),
    )
    return referrals, tasks


def hand_over(session: Session, actor: Actor, from_id: UUID, to_id: UUID | None, *, at: datetime) -> int:
    """Give everything open that one worker is in charge of to another, or to nobody; returns how much that was.

    An administrator does this without reading any of it. Raises NotFound, NotAllowed, Invalid.
    """
    user = identity.get_staff(session, actor, from_id)
    check(actor, Permission.CASELOAD_HAND_OVER, user)
    _check_colleague(session, actor, to_id)
    if to_id == user.id:
        raise Invalid("Who takes over: choose somebody else", "assignee")
    referrals, tasks = _open_of(user)
    to, count = str(to_id) if to_id else None, 0
    for action, query in (("referral.assign", referrals), ("task.assign", tasks)):
        for record in session.execute(query.with_for_update()).scalars().all():
            record.assignee_id = to_id
            session.add(record)
            events.record(session, actor, action, record, at=at, to=to)
            count += 1
    return count
