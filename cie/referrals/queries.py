"""Finding referrals and tasks, and locking the loop before it changes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, or_, select
from sqlalchemy.sql import Select
from sqlmodel import Session, col

from cie import messaging
from cie.access import Actor, ActorKind, Permission, check, is_allowed
from cie.consent import Release
from cie.errors import NotFound, NotPossibleNow, Stale
from cie.events import AuditEntry, AuditPerson, Outbox
from cie.referrals.models import Referral, ReferralTask, WordOfPerson
from cie.referrals.states import OPEN, OUT_OF_SIGHT, Side


def visible_to(actor: Actor) -> Select[Referral]:
    """The referrals that the actor's organization sent or was asked to answer.

    To a person and their proxies the person's own, but for masked ones: somebody may look over their shoulder.
    """
    if actor.kind in (ActorKind.PERSON, ActorKind.PROXY):
        return select(Referral).where(col(Referral.person_id) == actor.person_id, col(Referral.masked).is_(False))
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


def side_of(session: Session, actor: Actor, referral_id: UUID) -> Side:
    """From which side the caller's organization sees a loop; the sender's when it has both. Raises NotFound."""
    referral = session.get(Referral, referral_id)
    if referral is not None and referral.organization_id == actor.organization_id:
        check(actor, Permission.REFERRAL_READ, referral)
        return Side.REQUESTER
    tasks_asked_of(session, actor, referral_id)
    return Side.PERFORMER


def tasks_asked_of(session: Session, actor: Actor, referral_id: UUID) -> Sequence[ReferralTask]:
    """The tasks of a loop that the caller's organization was asked to answer, in their order. Raises NotFound."""
    query = (
        select(ReferralTask)
        .where(
            col(ReferralTask.referral_id) == referral_id,
            col(ReferralTask.performer_id) == actor.organization_id,
            col(ReferralTask.requested_at).is_not(None),
        )
        .order_by(col(ReferralTask.position), col(ReferralTask.id))
    )
    tasks = session.execute(query).scalars().all()
    if not tasks:
        raise NotFound("There is no such record")
    check(actor, Permission.REFERRAL_READ, tasks[0])
    return tasks


@dataclass(frozen=True)
class Seen:
    """What the caller last saw of a task or a loop: its version and, on the receiving side, through which release."""

    version: int
    release_id: UUID | None = None


def lock_loop(session: Session, task: ReferralTask, *, seen: Seen | None = None) -> Referral:
    """Lock the loop of a task and read both afresh, so that exactly one answer wins.

    Raises Stale when the task moved on since the caller saw it, or what they read of the person is not readable now.
    """
    referral = lock_referral(session, task.referral_id)
    session.refresh(task)
    if seen is not None and (seen.version != task.version or not _is_readable_still(session, task, seen)):
        raise Stale(CHANGED)
    return referral


CHANGED = "This changed while you were typing"


def _is_readable_still(session: Session, task: ReferralTask, seen: Seen) -> bool:
    if seen.release_id is None:
        return True
    release = session.get(Release, seen.release_id)
    return release is not None and release.subject_id == task.id and release.ended_at is None


def seen_of_loop(session: Session, referral: Referral) -> Seen:
    """A loop as it stands for its sender: the version grows with each move of a task and each word of the person.

    That of a loop with a protected service stays the same, since it would tell how it goes on there.
    """
    if referral.masked:
        return Seen(0)
    moves = sum(task.version for task in tasks_of(session, referral))
    return Seen(referral.version + moves + len(words_of(session, referral)))


def require_seen(session: Session, referral: Referral, seen: Seen | None) -> None:
    """Refuse to act on a locked loop that the caller saw otherwise. Raises Stale."""
    if seen is not None and seen != seen_of_loop(session, referral):
        raise Stale(CHANGED)


def is_out_of_sight(session: Session, referral: Referral) -> bool:
    """Whether a protected service that is not the sender's own said yes; what follows is not the sender's to know."""
    others = (task for task in tasks_of(session, referral) if task.performer_id != task.requester_id)
    return referral.masked and any(task.status in OUT_OF_SIGHT for task in others)


def require_in_sight(session: Session, referral: Referral) -> None:
    """Refuse its sender what would work or not by how it goes on out of their sight. Raises NotPossibleNow."""
    if is_out_of_sight(session, referral):
        raise NotPossibleNow("No next step here: the person and the place go on by themselves")


def lock_referral(session: Session, referral_id: UUID) -> Referral:
    """The referral, locked until the end of the transaction."""
    return session.get_one(Referral, referral_id, with_for_update=True, populate_existing=True)


_TASKS = (
    select(ReferralTask)
    .where(
        col(ReferralTask.organization_id) == bindparam("organization_id"),
        col(ReferralTask.referral_id) == bindparam("referral_id"),
    )
    .order_by(col(ReferralTask.position), col(ReferralTask.id))
)
_WORDS = (
    select(WordOfPerson)
    .where(
        col(WordOfPerson.organization_id) == bindparam("organization_id"),
        col(WordOfPerson.referral_id) == bindparam("referral_id"),
    )
    .order_by(col(WordOfPerson.said_at).desc(), col(WordOfPerson.id).desc())
)


def tasks_of(session: Session, referral: Referral) -> Sequence[ReferralTask]:
    """The tasks of a loop, in the order in which they are asked."""
    return session.execute(_TASKS, _which(referral)).scalars().all()


def _which(referral: Referral) -> dict[str, UUID]:
    return {"organization_id": referral.organization_id, "referral_id": referral.id}


def loops_sent_by(
    session: Session, actor: Actor, referral_ids: Collection[UUID]
) -> list[tuple[Referral, Sequence[ReferralTask]]]:
    """Those of the loops that the caller's organization sent, each with its tasks, in a statement each."""
    own = col(Referral.organization_id) == actor.organization
    loops = session.execute(select(Referral).where(own, col(Referral.id).in_(referral_ids))).scalars().all()
    query = (
        select(ReferralTask)
        .where(col(ReferralTask.organization_id) == actor.organization, col(ReferralTask.referral_id).in_(referral_ids))
        .order_by(col(ReferralTask.position), col(ReferralTask.id))
    )
    tasks: dict[UUID, list[ReferralTask]] = {loop.id: [] for loop in loops}
    for task in session.execute(query).scalars():
        tasks[task.referral_id].append(task)
    return [(loop, tasks[loop.id]) for loop in loops]


def words_of(session: Session, referral: Referral) -> Sequence[WordOfPerson]:
    """What the person said, newest first."""
    return session.execute(_WORDS, _which(referral)).scalars().all()


def is_unopened(actor: Actor, task: ReferralTask) -> bool:
    """Whether the caller is a worker of the receiving side whose look at an open task is not noted yet."""
    is_worker = is_allowed(actor, Permission.TASK_ANSWER, task)
    return is_worker and task.status in OPEN and task.opened_by_id != actor.id


def open_task(session: Session, actor: Actor, task: ReferralTask, *, at: datetime) -> None:
    """A worker of the receiving side looks at a task; colleagues see that. It locks nothing."""
    if is_unopened(actor, task):
        task.opened_by_id, task.opened_at = actor.id, at
        session.add(task)


WENT_ON = (
    "task.waitlist",
    "task.remind",
    "task.return",
    "referral.give-contact",
    "referral.open",
    "referral.unclaimed",
    "referral.close",
    "referral.error",
)
"""What happened to a loop apart from the moves of its tasks."""


def steps_of(session: Session, referral_id: UUID, actions: Sequence[str] = WENT_ON) -> Sequence[AuditEntry]:
    """What else happened to a loop, newest first, as the audit chains tell it."""
    query = (
        select(AuditEntry)
        .where(col(AuditEntry.referral_id) == referral_id, col(AuditEntry.action).in_(actions))
        .order_by(col(AuditEntry.at).desc())
    )
    return session.execute(query).scalars().all()


def texts_about(session: Session, referral: Referral, tasks: Sequence[ReferralTask]) -> Sequence[Outbox]:
    """The texts to the person about a loop, sent or planned, newest first."""
    query = (
        select(Outbox)
        .where(
            col(Outbox.organization_id) == referral.organization_id,
            col(Outbox.kind) == messaging.KIND,
            col(Outbox.subject_id).in_([referral.id, *(task.id for task in tasks)]),
        )
        .order_by(col(Outbox.due_at).desc())
    )
    return session.execute(query).scalars().all()


def releases_of(session: Session, referral: Referral) -> Sequence[Release]:
    """What the sender let others read about a loop, newest first, whether it still holds or not."""
    query = (
        select(Release)
        .where(col(Release.referral_id) == referral.id, col(Release.organization_id) == referral.organization_id)
        .order_by(col(Release.released_at).desc(), col(Release.id).desc())
    )
    return session.execute(query).scalars().all()


def looks_at(session: Session, actor: Actor, referral_id: UUID) -> Select[AuditEntry]:
    """Who looked at the person of a loop since it began, at the sender and where it was sent, newest first.

    When a protected service looks is not told. Raises NotFound, also to receivers: who looked is the sender's to know.
    """
    referral = get_referral(session, actor, referral_id)
    if referral.organization_id != actor.organization_id:
        raise NotFound("There is no such record")
    asked = set() if referral.masked else {task.performer_id for task in tasks_of(session, referral)}
    sides = {referral.organization_id, *asked}
    seen = select(col(AuditPerson.entry_id)).where(col(AuditPerson.person_id) == referral.person_id)
    return (
        select(AuditEntry)
        .where(
            col(AuditEntry.id).in_(seen),
            col(AuditEntry.action) == "seen",
            col(AuditEntry.actor_organization_id).in_(sides),
            col(AuditEntry.at) >= referral.created_at,
        )
        .order_by(col(AuditEntry.at).desc(), col(AuditEntry.id).desc())
    )
