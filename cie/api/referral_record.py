"""One referral as the caller's side may know it, for programs.

The sender reads the loop: every task, what the person said, what was written to it. A side that was asked reads its own
tasks, and of the person what is released to it at this moment. Of a loop with a protected service the sender reads that
it was sent, and no more: not even a version that grows with each act of that service.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import consent, directory, events, participants, people, referrals
from cie.access import Actor
from cie.consent import DataSet, Obligation
from cie.referrals import Reason, Referral, ReferralActivity, ReferralTask, Side, WithheldAnswer
from cie.referrals.changes import SIDES

_SETS = (DataSet.REFERRAL, DataSet.OFFER)


def record_of(session: Session, actor: Actor, referral_id: UUID, *, at: datetime) -> dict[str, Any]:
    """The referral with everything that hangs on it; that it showed the person is recorded. Raises NotFound."""
    if referrals.side_of(session, actor, referral_id) == Side.REQUESTER:
        return _for_sender(session, actor, referral_id, at)
    return _for_receiver(session, actor, referral_id)


def _for_sender(session: Session, actor: Actor, referral_id: UUID, at: datetime) -> dict[str, Any]:
    referral = referrals.get_referral(session, actor, referral_id)
    people.person_or_erased(session, actor, referral.person_id)
    tasks = [] if referral.masked else referrals.tasks_of(session, referral)
    words = [] if referral.masked else referrals.words_of(session, referral)
    return {
        **_loop(referral),
        "side": Side.REQUESTER,
        "version": 0 if referral.masked else referrals.seen_of_loop(session, referral).version,
        **standing(referral, tasks),
        "dhcs": referrals.reported_by(session, actor, [(referral, tasks)], at=at).get(referral.id),
        "person_words": words,
        "duties": [] if referral.masked else _duties(session, actor, referral.id),
        **_parts(session, actor, referral.id, tasks),
    }


def _loop(referral: Referral) -> dict[str, Any]:
    names = (
        "id", "person_id", "need_code", "title", "kind", "urgency", "masked", "in_order", "replaces_id",
        "at_person_request", "follow_up_on", "created_at", "first_sent_at", "closed_at",
    )  # fmt: skip
    known = {name: getattr(referral, name) for name in names}
    if referral.masked:
        known |= {"title": "", "closed_at": None}
    return {**known, "requester_id": referral.organization_id, "message": referral.message}


def standing(referral: Referral, tasks: Sequence[ReferralTask]) -> dict[str, Any]:
    """How far the loop is for its sender; of one with a protected service nothing after it was sent."""
    if referral.masked:
        return {"status": referral.status if referral.first_sent_at is None else None, "closing": None}
    return {"status": referral.status, "closing": referrals.closing_code(referral, tasks)}


def _for_receiver(session: Session, actor: Actor, referral_id: UUID) -> dict[str, Any]:
    tasks = referrals.tasks_asked_of(session, actor, referral_id)
    events.showed(session, actor, tasks[-1].person_id)
    return {
        "id": referral_id,
        "side": Side.PERFORMER,
        "requester_id": tasks[-1].requester_id,
        "first_sent_at": tasks[0].requested_at,
        "version": sum(task.version for task in tasks),
        "shared": _shared(session, tasks),
        "duties": _duties(session, actor, referral_id),
        **_parts(session, actor, referral_id, tasks),
    }


def _duties(session: Session, actor: Actor, referral_id: UUID) -> list[dict[str, str]]:
    """What goes along with all that the caller may read of it, in words."""
    return duties_said(consent.duties_to(session, actor.organization, [referral_id]))


def duties_said(duties: Iterable[Obligation], *, before_sending: bool = False) -> list[dict[str, str]]:
    """Duties as a program reads them: the code, and the statement that stays with the record."""
    said = consent.duties_in_words(duties, before_sending=before_sending)
    return [{"code": duty.value, "statement": words} for duty, words in said.items()]


def _shared(session: Session, tasks: Sequence[ReferralTask]) -> list[dict[str, Any]]:
    """What may be read of the person through each task now, newest task first."""
    found = []
    for task in reversed(tasks):
        live = (consent.released_to(session, task.performer_id, task.id, data_set) for data_set in _SETS)
        released = next((each for each in live if each), None)
        if released:
            found.append({"task_id": task.id, "data_set": released.release.data_set, "elements": released.elements})
    return found


def _parts(session: Session, actor: Actor, referral_id: UUID, tasks: Sequence[ReferralTask]) -> dict[str, Any]:
    ids = {task.id for task in tasks}
    attempts = referrals.attempts_for(session, actor, referral_id)
    own = referrals.withheld_answers(session, actor, ids)
    reasons = referrals.reasons_told(session, actor, tasks)
    ended = {task.id: _ended(task, reasons[task.id], own.get(task.id)) for task in tasks}
    return {
        "tasks": [{**_task(session, actor, task), **ended[task.id]} for task in tasks],
        "entries": referrals.entries_for(session, actor, referral_id, tasks),
        "contact_attempts": [each for each in attempts if each.task_id in ids],
        "results": referrals.results_for(session, actor, tasks),
    }


def _ended(task: ReferralTask, reason: Reason | None, own: WithheldAnswer | None) -> dict[str, Any]:
    """How it ended is told to its sender where that may go back; who gave the answer always knows it."""
    if not task.outcome_withheld:
        return {"status": task.status, "reason": reason, "details_shared": True}
    told = {"status": own.status if own else None, "reason": own.reason if own else None}
    return {**told, "details_shared": False}


def _task(session: Session, actor: Actor, task: ReferralTask) -> dict[str, Any]:
    """One task; how many were asked before is its sender's to know."""
    names = (
        "id", "performer_id", "service_id", "is_offer", "proposed_service_id", "requested_at", "answered_at",
        "ended_at", "waitlist_until", "hold_until", "due_at", "told_by_voice", "version",
    )  # fmt: skip
    return {
        **{name: getattr(task, name) for name in names},
        **({"position": task.position} if task.requester_id == actor.organization_id else {}),
        "performer_name": participants.get_participant(session, task.performer_id).name,
        "service_name": directory.get_service(session, task.service_id).name,
    }


_SIDES = {word: side for side, word in SIDES.items()}


def lines_of(
    session: Session, actor: Actor, items: Sequence[ReferralActivity], *, at: datetime
) -> list[dict[str, Any]]:
    """What changed last of each referral and, for its sender, how far the loop is."""
    loops = referrals.loops_sent_by(session, actor, [item.referral_id for item in items])
    reported = referrals.reported_by(session, actor, loops, at=at)
    standings = {referral.id: standing(referral, tasks) for referral, tasks in loops}
    nothing = {"status": None, "closing": None}
    return [
        {
            "id": item.referral_id,
            "task_id": item.task_id,
            "side": _SIDES[item.side],
            "changed_at": item.changed_at,
            "change": item.change,
            **standings.get(item.referral_id, nothing),
            "dhcs": reported.get(item.referral_id),
        }
        for item in items
    ]
