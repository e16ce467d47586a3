"""Referrals that programs send, answer, close and cancel over FHIR, by the verbs that every other door calls."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import calendar, directory, referrals
from cie.access import Actor
from cie.directory import Service
from cie.errors import NotFound, NotPossibleNow, Stale
from cie.fhir.receiving.consents import attest
from cie.fhir.receiving.loop_reading import (
    check_fixed,
    closing_in,
    is_waitlisted,
    last_day_in,
    message_in,
    needs_in,
    placed,
    reason_in,
    status_in,
    urgency_in,
    ways_told,
)
from cie.fhir.receiving.open_loops import change_open_task, send_openly
from cie.fhir.receiving.references import id_in, key_in
from cie.fhir.refusals import not_taken
from cie.referrals import TRANSITIONS, Referral, ReferralTask, Request, Side, TaskStatus

LOOK_AGAIN = timedelta(days=14)
"""When somebody looks again at what is paused or waits, where a Task does not say until when."""
Resource = dict[str, Any]


def send_loop(
    session: Session,
    actor: Actor,
    request: Resource,
    tasks: Sequence[Resource],
    *,
    person_id: UUID,
    draft_id: UUID | None,
    consents: Sequence[Resource],
    base: str,
    at: datetime,
) -> tuple[UUID, list[UUID]]:
    """Ask the owners of these tasks, in one loop, or whoever can help: the ids of the loop and of the tasks, in order.

    `consents`: those that the request brings along.

    One owner gets the whole referral, several an offer without a name. Raises NotTaken, ConsentRequired, NotFound.
    """
    for task in tasks:
        _check_new(actor, task, base)
    codes = needs_in(request)
    is_open = any("owner" not in task for task in tasks)
    services = [] if is_open else [_service(session, task, codes, base) for task in tasks]
    asked = Request(
        person_id=person_id,
        need_code=_need(session, codes, services),
        urgency=urgency_in(*tasks, request),
        service_ids=tuple(service.id for service in services),
        message=message_in(request),
        at_person_request=_is_of_person(request, base),
    )
    if is_open:
        return send_openly(session, actor, tasks, asked, codes=codes, draft_id=draft_id, at=at)
    attest(session, actor, asked, consents, base=base, at=at)
    referral = placed(lambda: referrals.send(session, actor, asked, previewed=None, at=at, draft_id=draft_id))
    return referral.id, [task.id for task in referrals.tasks_of(session, referral)]


def save_request(
    session: Session,
    actor: Actor,
    request: Resource,
    *,
    person_id: UUID,
    draft_id: UUID | None,
    at: datetime,
) -> Referral:
    """Keep a ServiceRequest that nobody was asked by a Task yet. Raises NotTaken, NotFound."""
    asked = Request(
        person_id=person_id,
        need_code=needs_in(request)[0],
        urgency=urgency_in(request),
        service_ids=(),
        message=message_in(request),
    )
    saved: Referral = placed(lambda: referrals.save_draft(session, actor, asked, at=at, draft_id=draft_id))
    return saved


def _check_new(actor: Actor, task: Resource, base: str) -> None:
    if status_in(task) != TaskStatus.REQUESTED:
        raise not_taken("Task.status", "A new task is requested. Send it when it is to be answered", "business-rule")
    require_own_requester(actor, task, base)


def require_own_requester(actor: Actor, task: Resource, base: str) -> None:
    """Refuse a Task that somebody else asks. Raises NotTaken."""
    requester = key_in(task["requester"], base)
    if requester != ("Organization", str(actor.organization)) and (requester or ("",))[0] != "PractitionerRole":
        raise not_taken("Task.requester", "Your own organization asks, or one of its staff by their role")


def _is_of_person(request: Resource, base: str) -> bool:
    """Whether the person asked themselves."""
    return (key_in(request.get("requester"), base) or ("",))[0] in ("Patient", "RelatedPerson")


def _service(session: Session, task: Resource, codes: Sequence[str], base: str) -> Service:
    """The service that is asked: the one that is named, or the one of the organization that meets the need."""
    named = id_in(task["owner"], base, "HealthcareService")
    if named is not None:
        try:
            return directory.get_service(session, named)
        except NotFound as error:
            raise not_taken("Task.owner", "There is no such service here", "not-found") from error
    organization_id = id_in(task["owner"], base, "Organization")
    if organization_id is None:
        raise not_taken("Task.owner", "Name a HealthcareService or an Organization of this server")
    services = directory.services_asked_of(session, organization_id)
    met = directory.needs_met_by(session, [service.id for service in services])
    fitting: Sequence[Service] = [service for service in services if met[service.id] & set(codes)]
    if not services:
        raise not_taken("Task.owner", "This organization takes no referrals here", "business-rule")
    if len(fitting or services) > 1:
        raise not_taken("Task.owner", "This organization has several services. Name the HealthcareService")
    return (fitting or services)[0]


def _need(session: Session, codes: Sequence[str], services: Sequence[Service]) -> str:
    """Of the needs that are meant, the first that the services meet."""
    met = set().union(*directory.needs_met_by(session, [service.id for service in services]).values())
    return next((code for code in codes if code in met), codes[0])


def change_request(session: Session, actor: Actor, referral_id: UUID, request: Resource, *, at: datetime) -> None:
    """The requester changes the loop: a draft as a whole, one that was sent by its end. Raises NotTaken, NotFound."""
    referral = referrals.get_referral(session, actor, referral_id)
    before, after = referral.status.value, request["status"]
    if before == after == "draft":
        save_request(session, actor, request, person_id=referral.person_id, draft_id=referral.id, at=at)
    elif after == "entered-in-error" != before:
        referrals.mark_in_error(session, actor, referral_id, at=at)
    elif after in ("completed", "revoked") and before != after:
        referrals.close_loop(session, actor, referral_id, closing=closing_in(request), at=at)
    elif before != after and not (referral.masked and after == "unknown"):
        raise not_taken("ServiceRequest.status", f"A request cannot go from {before} to {after}", "business-rule")


def change_task(
    session: Session, actor: Actor, task_id: UUID, task: Resource, seen: Resource, *, base: str, at: datetime
) -> None:
    """Do what the new status of a task says, from the side of whoever sends it. `seen`: the task as they read it.

    Raises NotTaken (the state machine has no such step), ConsentRequired, NotFound.
    """
    if "owner" not in seen:
        change_open_task(session, actor, task_id, task, seen, base=base, at=at)
        return
    status, before = status_in(task), status_in(seen)
    check_fixed(task, seen, ("focus", "for", "requester", "owner", "intent"))
    if status == before == TaskStatus.REQUESTED and is_waitlisted(task) and not is_waitlisted(seen):
        placed(lambda: referrals.put_on_waitlist(session, actor, task_id, until=_until(task, at), at=at))
    elif status != before:
        _step(session, actor, task_id, task, _Step(before, status, _sides_of(seen, actor, base)), at)


@dataclass(frozen=True)
class _Step:
    """A move of a task, from where the caller reads that it stands, by the sides on which they are."""

    before: TaskStatus
    to: TaskStatus
    sides: frozenset[Side]

    @property
    def is_for_others(self) -> bool:
        """Whether the table lets only the other side make it."""
        allowed = TRANSITIONS.get((self.before, self.to))
        return allowed is not None and not self.sides & allowed

    @property
    def rule(self) -> str:
        """Where these sides may let the task go."""
        ways = [to.value for to in TaskStatus if self.sides & TRANSITIONS.get((self.before, to), frozenset())]
        return ways_told(self.before.value, ways)


def _sides_of(seen: Resource, actor: Actor, base: str) -> frozenset[Side]:
    own = ("Organization", str(actor.organization))
    ends = ((Side.REQUESTER, "requester"), (Side.PERFORMER, "owner"))
    return frozenset(side for side, end in ends if key_in(seen[end], base) == own)


def _step(session: Session, actor: Actor, task_id: UUID, task: Resource, step: _Step, at: datetime) -> None:
    if step.is_for_others:
        raise not_taken("Task.status", f"This is for the other side to say. {step.rule}", "business-rule")
    try:
        placed(lambda: _move(session, actor, task_id, step.to, task, at))
    except Stale:
        raise
    except NotPossibleNow as error:
        raise not_taken("Task.status", f"{error.message}. {step.rule}", error.code) from error


def _move(session: Session, actor: Actor, task_id: UUID, to: TaskStatus, task: Resource, at: datetime) -> None:
    if to in (TaskStatus.ACCEPTED, TaskStatus.IN_PROGRESS):
        verb = referrals.accept if to == TaskStatus.ACCEPTED else referrals.start
        verb(session, actor, task_id, at=at)
    elif to == TaskStatus.COMPLETED:
        referrals.complete(session, actor, task_id, at=at)
    elif to == TaskStatus.ENTERED_IN_ERROR:
        loop_id = referrals.get_task(session, actor, task_id).referral_id
        referrals.mark_in_error(session, actor, loop_id, at=at)
    elif to == TaskStatus.ON_HOLD:
        reason, _words = reason_in(task, to)
        referrals.hold(session, actor, task_id, reason=reason, until=_until(task, at), at=at)
    elif to in _ENDS:
        reason, words = reason_in(task, to)
        _ENDS[to](session, actor, task_id, reason=reason, words=words, at=at)
    else:
        raise not_taken("Task.status", f"A task does not go back to {to.value}", "business-rule")


_ENDS: dict[TaskStatus, Callable[..., ReferralTask]] = {
    TaskStatus.REJECTED: referrals.reject,
    TaskStatus.FAILED: referrals.fail,
    TaskStatus.CANCELLED: referrals.cancel,
}


def _until(task: Resource, at: datetime) -> date:
    return last_day_in(task) or calendar.local_day(at) + LOOK_AGAIN
