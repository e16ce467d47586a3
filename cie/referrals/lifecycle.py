"""What the two sides do with a task: answer, help, pause, close, cancel. Every answer acts at once, by every door."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from cie import calendar, consent, directory, events, messaging, participants
from cie.access import Actor, Permission, check
from cie.consent import DataSet
from cie.errors import ConsentRequired, Ended, Invalid, NotPossibleNow
from cie.people import Person
from cie.referrals import moves
from cie.referrals.answering import end_task
from cie.referrals.entries import end_what_was_shared, write_reason
from cie.referrals.loop import close
from cie.referrals.models import ContactAttempt, Referral, ReferralStatus, ReferralTask
from cie.referrals.queries import Seen, get_task, lock_loop, require_in_sight, tasks_of
from cie.referrals.sending import ask, may_be_told, release_to
from cie.referrals.states import UNDER_WAY, Closing, Reason, Side, TaskStatus


@dataclass(frozen=True)
class Told:
    """An answer that the performer gave by voice: who told it to whom is kept, until the performer confirms."""

    by: str


def _begin(
    session: Session, actor: Actor, task_id: UUID, seen: Seen | None, told: Told | None
) -> tuple[Referral, ReferralTask]:
    task = get_task(session, actor, task_id)
    check(actor, Permission.ANSWER_RECORD if told else Permission.TASK_ANSWER, task)
    referral = lock_loop(session, task, seen=seen)
    if told:
        require_in_sight(session, referral)
    task.told_by_voice = told is not None
    return referral, task


def accept(
    session: Session,
    actor: Actor,
    task_id: UUID,
    *,
    at: datetime,
    seen: Seen | None = None,
    told: Told | None = None,
) -> ReferralTask:
    """The organization asked takes the person on, and the person is told by text.

    The first yes wins; the others are recalled. Raises NotFound, NotAllowed, ConsentRequired, NotPossibleNow, Stale.
    """
    referral, task = _begin(session, actor, task_id, seen, told)
    others = [other for other in tasks_of(session, referral) if other.id != task.id]
    if any(other.status in UNDER_WAY for other in others):
        raise Ended("Someone else just said yes. Thank you for answering")
    moves.move(session, actor, referral, task, TaskStatus.ACCEPTED, Side.PERFORMER, at=at, told_by=_by(told))
    task.answered_at, task.waitlist_until, task.returned_at = at, None, None
    for other in others:
        if other.status in (TaskStatus.REQUESTED, TaskStatus.DRAFT):
            recall(session, actor, referral, other, at=at)
    if task.is_offer:
        _show_who_it_is(session, actor, referral, task, at=at)
    _tell(session, referral, "someone-can-help", task, at=at)
    return task


def _show_who_it_is(session: Session, actor: Actor, referral: Referral, task: ReferralTask, *, at: datetime) -> None:
    """Let the winner read the referral. When the person no longer allows it, the one who was asked never hears why."""
    try:
        release_to(session, actor, referral, task, DataSet.REFERRAL, at=at)
    except ConsentRequired as error:
        if actor.organization_id == referral.organization_id:
            raise
        raise consent.refusal_error(consent.NO_FURTHER_UPDATES) from error


def _by(told: Told | None) -> str | None:
    return told.by if told else None


def recall(session: Session, actor: Actor, referral: Referral, task: ReferralTask, *, at: datetime) -> None:
    """Take an open offer back: its receiver sees nothing more of it."""
    task.recalled = True
    if task.status == TaskStatus.DRAFT:
        moves.move(session, actor, referral, task, TaskStatus.ENTERED_IN_ERROR, Side.REQUESTER, at=at)
        return
    moves.move(session, actor, referral, task, TaskStatus.CANCELLED, Side.REQUESTER, at=at, reason=Reason.RECALLED)
    end_what_was_shared(session, actor, task, at=at)


def reject(
    session: Session,
    actor: Actor,
    task_id: UUID,
    *,
    reason: Reason,
    at: datetime,
    words: str | None = None,
    proposed_service_id: UUID | None = None,
    seen: Seen | None = None,
    told: Told | None = None,
) -> ReferralTask:
    """The organization asked cannot help; the sender owes the next step, and the person is not told "no".

    A decline for want of room changes the capacity of the service at once; "we no longer offer this" takes it out of
    search. With offers in order the next service is asked. Whom the decliner names (`proposed_service_id`) is asked
    only when the sender says so. Raises Invalid (reason, words, proposed_service_id), NotPossibleNow, Stale.
    """
    if reason == Reason.OTHER and not words:
        raise Invalid("Tell them why in your own words", "words")
    referral, task = _begin(session, actor, task_id, seen, told)
    _check_proposal(session, task, reason, proposed_service_id, told)
    is_known = end_task(session, actor, referral, task, TaskStatus.REJECTED, at=at, reason=reason, told_by=_by(told))
    task.answered_at, task.proposed_service_id = at, proposed_service_id if is_known else None
    if words:
        write_reason(session, actor, referral, task, words, at=at)
    end_what_was_shared(session, actor, task, at=at)
    if is_known:
        directory.learn_from_decline(session, actor, task.service_id, reason.value, at=at)
        _ask_next(session, actor, referral, at=at)
    return task


def _check_proposal(
    session: Session, task: ReferralTask, reason: Reason, service_id: UUID | None, told: Told | None
) -> None:
    if reason != Reason.OTHER_FITS_BETTER:
        if service_id is not None:
            raise Invalid("Which one: only when another organization fits better", "proposed_service_id")
        return
    if service_id is None and told is None:
        raise Invalid("Which one: choose a service of the list", "proposed_service_id")
    if service_id is not None and directory.get_service(session, service_id).id == task.service_id:
        raise Invalid("Which one: choose another service than your own", "proposed_service_id")


def _ask_next(session: Session, actor: Actor, referral: Referral, *, at: datetime) -> None:
    """Ask the next in order that may still be told; who may not is passed over, and the decliner sees nothing of it."""
    tasks = tasks_of(session, referral)
    if not referral.in_order or any(t.status == TaskStatus.REQUESTED for t in tasks):
        return
    for task in (t for t in tasks if t.status == TaskStatus.DRAFT and t.is_offer):
        if may_be_told(session, referral, task, at=at):
            ask(session, actor, referral, task, at=at)
            return
        recall(session, actor, referral, task, at=at)


def put_on_waitlist(
    session: Session,
    actor: Actor,
    task_id: UUID,
    *,
    until: date,
    at: datetime,
    seen: Seen | None = None,
    told: Told | None = None,
) -> ReferralTask:
    """A waiting list is not a no: the task stays requested, the answer clock stops, a review clock starts.

    It never wins and recalls nobody: sender and person choose. The directory learns of it, but for a protected service,
    whose sender would see the answer there. Raises Invalid (the day), NotPossibleNow, Stale.
    """
    referral, task = _begin(session, actor, task_id, seen, told)
    if task.status != TaskStatus.REQUESTED:
        raise NotPossibleNow("This cannot be done at this point")
    if until <= calendar.local_day(at):
        raise Invalid("Look again: choose a day to come", "until")
    task.waitlist_until, task.answered_at, task.returned_at = until, task.answered_at or at, None
    task.version += 1
    moves.keep_due(referral, task, at=at)
    session.add(task)
    events.record(session, actor, "task.waitlist", task, at=at)
    if not referral.masked:
        directory.learn_waitlist(session, actor, task.service_id, at=at)
    return task


def start(session: Session, actor: Actor, task_id: UUID, *, at: datetime, seen: Seen | None = None) -> ReferralTask:
    """Help has started, or goes on after a pause."""
    referral, task = _begin(session, actor, task_id, seen, None)
    moves.move(session, actor, referral, task, TaskStatus.IN_PROGRESS, Side.PERFORMER, at=at)
    task.hold_until = None
    return task


def hold(
    session: Session,
    actor: Actor,
    task_id: UUID,
    *,
    reason: Reason,
    until: date,
    at: datetime,
    seen: Seen | None = None,
) -> ReferralTask:
    """Help is paused until a day on which somebody looks again. Raises Invalid (reason, day)."""
    if until <= calendar.local_day(at):
        raise Invalid("Look again: choose a day to come", "until")
    referral, task = _begin(session, actor, task_id, seen, None)
    task.hold_until = until
    moves.move(session, actor, referral, task, TaskStatus.ON_HOLD, Side.PERFORMER, at=at, reason=reason)
    return task


def complete(
    session: Session,
    actor: Actor,
    task_id: UUID,
    *,
    at: datetime,
    words: str | None = None,
    seen: Seen | None = None,
    told: Told | None = None,
) -> ReferralTask:
    """The performer says that help was given: the loop closes as services received, and the person is asked."""
    referral, task = _begin(session, actor, task_id, seen, told)
    is_known = end_task(session, actor, referral, task, TaskStatus.COMPLETED, at=at, told_by=_by(told))
    if words:
        write_reason(session, actor, referral, task, words, at=at)
    if is_known:
        close(session, actor, referral, Closing.SERVICES_RECEIVED, at=at)
    else:
        end_what_was_shared(session, actor, task, at=at)
    return task


def fail(
    session: Session,
    actor: Actor,
    task_id: UUID,
    *,
    reason: Reason,
    at: datetime,
    words: str | None = None,
    seen: Seen | None = None,
    told: Told | None = None,
) -> ReferralTask:
    """Help could not be given after a yes; the sender chooses what is next.

    "We cannot reach them" needs the configured number of tries on record. Raises Invalid, NotPossibleNow, Stale.
    """
    referral, task = _begin(session, actor, task_id, seen, told)
    if reason == Reason.UNABLE_TO_REACH and not told:
        _check_attempts(session, task)
    is_known = end_task(session, actor, referral, task, TaskStatus.FAILED, at=at, reason=reason, told_by=_by(told))
    if words:
        write_reason(session, actor, referral, task, words, at=at)
    if not is_known:
        end_what_was_shared(session, actor, task, at=at)
    elif reason == Reason.PERSON_DECLINES:
        close(session, actor, referral, Closing.NO_LONGER_NEEDS, at=at)
    return task


def _check_attempts(session: Session, task: ReferralTask) -> None:
    needed = participants.get_participant(session, task.performer_id).attempts_before_unreachable
    have = attempts_on_record(session, task)
    if have < needed:
        raise NotPossibleNow("Needs %(needed)s tries on record. You have %(have)s", "reason", needed=needed, have=have)


def attempts_on_record(session: Session, task: ReferralTask) -> int:
    """How often the performer tried to reach the person in vain, as recorded."""
    query = select(func.count()).where(
        col(ContactAttempt.task_id) == task.id,
        col(ContactAttempt.organization_id) == task.performer_id,
        col(ContactAttempt.reached).is_(False),
    )
    count: int = session.execute(query).scalar_one()
    return count


def cancel(
    session: Session,
    actor: Actor,
    task_id: UUID,
    *,
    reason: Reason,
    at: datetime,
    words: str | None = None,
    seen: Seen | None = None,
) -> ReferralTask:
    """Either side ends a task; the other side is told. Raises Invalid (reason), NotPossibleNow, Stale."""
    task = get_task(session, actor, task_id)
    check(actor, Permission.TASK_CANCEL, task)
    referral = lock_loop(session, task, seen=seen)
    if actor.organization_id == task.requester_id:
        require_in_sight(session, referral)
        moves.move(session, actor, referral, task, TaskStatus.CANCELLED, Side.REQUESTER, at=at, reason=reason)
    else:
        end_task(session, actor, referral, task, TaskStatus.CANCELLED, at=at, reason=reason)
    end_what_was_shared(session, actor, task, at=at)
    if words:
        write_reason(session, actor, referral, task, words, at=at)
    return task


def _tell(session: Session, referral: Referral, template: str, task: ReferralTask, *, at: datetime) -> None:
    if referral.masked or referral.status != ReferralStatus.ACTIVE:
        return
    person = session.get_one(Person, referral.person_id)
    due = task.due_at.isoformat() if task.due_at else at.isoformat()
    messaging.tell(session, person, template, task.id, at=at, codes={"by": due})
