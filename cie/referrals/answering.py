"""The end that a service gives to a task, and whether its sender may learn which end.

The gate decides, as of everything that goes back: an outcome is as sensitive as the service and the need, and a record
of the program that gives it. Where it may not go, the sender learns that there was an answer and nothing else, whatever
the answer was; so no later step tells it either: the loop stays the sender's to close, and nobody else is asked by
itself. That somebody was taken on, waits or is paused is how the two work together and goes back as it is; so an answer
without a yes before it was no help, though never why.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from cie import consent
from cie.access import Actor
from cie.consent import DataSet
from cie.referrals import moves
from cie.referrals.entries import to_other_side
from cie.referrals.models import Referral, ReferralTask, WithheldAnswer
from cie.referrals.states import Closing, Reason, Side, TaskStatus

NOT_SHARED = "not-shared"
"""How a loop ended of which nobody here may know more than that it was answered."""


def closing_code(referral: Referral, tasks: Sequence[ReferralTask]) -> str | None:
    """How a loop ended, as its sender knows it. Without a reason of its own after an answer that is not shared: so."""
    if referral.closing == Closing.OTHER and any(task.outcome_withheld for task in tasks):
        return NOT_SHARED
    return referral.closing.value if referral.closing else None


def end_task(
    session: Session,
    actor: Actor,
    referral: Referral,
    task: ReferralTask,
    to: TaskStatus,
    *,
    at: datetime,
    reason: Reason | None = None,
    told_by: str | None = None,
) -> bool:
    """The service ends a task. Whether its sender learns how; else only that it answered.

    Raises NotPossibleNow (the table has no such move), Invalid (the reason).
    """
    value = {"status": to.value, "reason": reason.value if reason else None}
    told = to_other_side(session, actor, task, "outcome", value, data_set=DataSet.ANSWER)
    is_asked = is_asked_about(actor, referral, task)
    if is_asked and consent.preview(session, told, at=at).refusal is not None:
        _keep_apart(session, actor, referral, task, to, reason, at=at)
        return False
    moves.move(session, actor, referral, task, to, Side.PERFORMER, at=at, reason=reason, told_by=told_by)
    if is_asked:
        consent.release(session, actor, told, referral_id=referral.id, subject_id=task.id, at=at)
    return True


def is_asked_about(actor: Actor, referral: Referral, task: ReferralTask) -> bool:
    """Whether an answer goes from one place to another: none that the sender heard by voice or gave itself does.

    What a protected service says is masked for its sender wherever it would show.
    """
    return actor.organization == task.performer_id != task.requester_id and not referral.masked


def _keep_apart(
    session: Session,
    actor: Actor,
    referral: Referral,
    task: ReferralTask,
    to: TaskStatus,
    reason: Reason | None,
    *,
    at: datetime,
) -> None:
    moves.move_apart(session, actor, task, to, reason, at=at)
    row = WithheldAnswer(
        organization_id=actor.organization,
        referral_id=referral.id,
        task_id=task.id,
        person_id=task.person_id,
        status=to,
        reason=reason,
        at=at,
    )
    session.add(row)
    session.flush()


def withheld_answers(session: Session, actor: Actor, task_ids: Collection[UUID]) -> dict[UUID, WithheldAnswer]:
    """How the caller's organization answered where the sender does not know, by task."""
    asked = {"task_ids": list(task_ids), "own": actor.organization_id}
    return {row.task_id: row for row in session.execute(_WITHHELD, asked).scalars()} if task_ids else {}


_WITHHELD = select(WithheldAnswer).where(
    col(WithheldAnswer.task_id).in_(bindparam("task_ids", expanding=True)),
    col(WithheldAnswer.organization_id) == bindparam("own"),
)
