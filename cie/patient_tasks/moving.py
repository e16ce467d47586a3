"""Moving a task from one status to the next: the one place where a status changes, with the history of it."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from cie import events
from cie.access import Actor, ActorKind
from cie.errors import Ended, Invalid, NotPossibleNow
from cie.patient_tasks.models import PatientTask, PatientTaskMove, PatientTaskReason
from cie.patient_tasks.reading import get_task
from cie.patient_tasks.states import NEEDS_REASON, OPEN, Party, PatientTaskStatus, may_move

LONGEST_REASON = 1000


def parties_of(actor: Actor) -> frozenset[Party]:
    """For whom the caller acts: a person for themselves, all others for who asked and for the person, as they said."""
    return frozenset({Party.PERSON}) if actor.kind is ActorKind.PERSON else frozenset(Party)


def locked(session: Session, actor: Actor, task_id: UUID) -> PatientTask:
    """A task, read afresh and locked until the end of the transaction. Raises NotFound."""
    task = get_task(session, actor, task_id)
    session.flush()
    session.refresh(task, with_for_update=True)
    return task


def move(
    session: Session,
    actor: Actor,
    task: PatientTask,
    to: PatientTaskStatus,
    *,
    at: datetime,
    reason: PatientTaskReason | None = None,
    words: str = "",
) -> None:
    """Move a task as the table of transitions allows, and keep who did it, when and why.

    Raises NotPossibleNow (the table has no such move; Ended when it is over), Invalid (no reason).
    """
    if not may_move(task.status, to, parties_of(actor)):
        raise _why_not(task, to)
    words = words.strip()
    if to in NEEDS_REASON and reason is None:
        raise Invalid("Reason: say why", "reason")
    if len(words) > LONGEST_REASON:
        raise Invalid("Reason: use at most 1000 characters", "reason")
    before, task.status = task.status, to
    task.reason, task.reason_words = reason, words or None
    task.version += 1
    task.moved_at = at
    session.add(task)
    keep_move(session, actor, task, before, at)
    events.record(session, actor, f"patient-task.{to.value}", task, at=at, reason=reason.value if reason else None)


def _why_not(task: PatientTask, to: PatientTaskStatus) -> NotPossibleNow:
    if task.status not in OPEN:
        return Ended("This has already ended")
    before, after = task.status.value, to.value
    return NotPossibleNow("This does not go from %(before)s to %(after)s", before=before, after=after)


def keep_move(
    session: Session, actor: Actor, task: PatientTask, before: PatientTaskStatus | None, at: datetime
) -> None:
    """Add a move, which was made, to the history."""
    row = PatientTaskMove(
        organization_id=task.organization_id,
        task_id=task.id,
        from_status=before,
        to_status=task.status,
        reason=task.reason,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        door=actor.door.value,
        at=at,
    )
    session.add(row)
