"""Open requests over FHIR: a Task without an owner, which the first program that names its own organization takes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import referrals
from cie.access import Actor
from cie.fhir.receiving.loop_reading import check_fixed, placed, reason_in, status_in
from cie.fhir.receiving.references import key_in
from cie.fhir.refusals import not_taken
from cie.referrals import Closing, Reason, Referral, Request, TaskStatus

Resource = dict[str, Any]


def send_openly(
    session: Session,
    actor: Actor,
    tasks: Sequence[Resource],
    request: Request,
    *,
    codes: Sequence[str],
    draft_id: UUID | None,
    at: datetime,
) -> tuple[UUID, list[UUID]]:
    """Ask whoever can help: the ids of the loop and of its one task. Raises NotTaken, NotPossibleNow, NotFound.

    Of the needs that are meant (`codes`), the first that somebody meets. A Consent that comes along opens nothing here:
    it does not say to whom.
    """
    if len(tasks) > 1:
        words = "Whoever can help is asked by one Task alone. Name who is asked in each of these"
        raise not_taken("Task.owner", words, "business-rule")
    meant = (replace(request, need_code=code) for code in codes)
    met = next((each for each in meant if referrals.candidates(session, actor, each, at=at)), request)
    referral: Referral = placed(
        lambda: referrals.ask_openly(session, actor, met, previewed=None, at=at, draft_id=draft_id)
    )
    assert referral.open_task_id is not None
    return referral.id, [referral.open_task_id]


def change_open_task(
    session: Session, actor: Actor, task_id: UUID, task: Resource, seen: Resource, *, base: str, at: datetime
) -> None:
    """Take what nobody owns, leave it to others, or end it as its sender. `seen`: the task as the caller read it.

    Raises NotTaken, NotPossibleNow (Ended when somebody else was first), ConsentRequired, NotFound.
    """
    check_fixed(task, seen, ("focus", "for", "requester", "intent"))
    own, to = ("Organization", str(actor.organization)), status_in(task)
    is_sender = key_in(seen["requester"], base) == own
    owner = key_in(task.get("owner"), base) if "owner" in task else None
    if "owner" in task and (is_sender or owner != own or to != TaskStatus.ACCEPTED):
        words = "An open task is taken with the status accepted and your own Organization as its owner"
        raise not_taken("Task.owner", words, "business-rule")
    if to == status_in(seen):
        return
    if is_sender:
        _end(session, actor, UUID(seen["focus"]["reference"].rpartition("/")[2]), to, task, at)
    elif to == TaskStatus.ACCEPTED:
        _take(session, actor, task_id, owner is not None, at)
    elif to == TaskStatus.REJECTED:
        reason, _words = reason_in(task, to)
        referrals.pass_by(session, actor, task_id, at=at, reason=reason)
    else:
        words = f"Nobody has an open task: it cannot go to {to.value} before somebody takes it"
        raise not_taken("Task.status", words, "business-rule")


def _take(session: Session, actor: Actor, task_id: UUID, is_named: bool, at: datetime) -> None:
    if not is_named:
        raise not_taken("Task.owner", "Name your own Organization as the owner of what you take", "required")
    referrals.claim(session, actor, task_id, at=at)


_CLOSED_FOR: Mapping[Reason, Closing] = {Reason.PERSON_DECLINES: Closing.NO_LONGER_NEEDS}


def _end(session: Session, actor: Actor, referral_id: UUID, to: TaskStatus, task: Resource, at: datetime) -> None:
    """Its sender takes it back: since nobody else was asked, the loop ends with it."""
    if to == TaskStatus.ENTERED_IN_ERROR:
        referrals.mark_in_error(session, actor, referral_id, at=at)
    elif to == TaskStatus.CANCELLED:
        reason, _words = reason_in(task, to)
        closing = _CLOSED_FOR.get(reason, Closing.OTHER)
        referrals.close_loop(session, actor, referral_id, closing=closing, at=at)
    else:
        words = f"You asked whoever can help: cancel it, or wait. It does not go to {to.value} from your side"
        raise not_taken("Task.status", words, "business-rule")
