"""Break-glass: whoever treats a person reads more of their referral for a few hours, under everybody's eyes.

The gate decides, as always (42 CFR 2.51; 45 CFR 164.506(c), 164.512(j)). What it keeps back answers like what is not
there. Both organizations' privacy officers see who opened what, when and why, and say whether it was right.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import calendar, consent, events, identity, participants
from cie.access import Actor, Permission, Purpose, check
from cie.consent import DataSet, Disclosure, EmergencyAccess, EmergencyKind
from cie.errors import Ended, Invalid, NotAllowed, NotPossibleNow
from cie.referrals.models import Referral, ReferralTask
from cie.referrals.queries import get_task, lock_loop
from cie.referrals.sending import disclosure_to
from cie.referrals.states import OPEN

LONGEST_REASON = 4000
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Emergency:
    """What a member of staff says before more opens. `cannot_ask`: the person cannot be asked in time."""

    kind: EmergencyKind | None
    reason: str
    cannot_ask: bool


@dataclass(frozen=True)
class OpenEmergency:
    """What was opened and can be read at this moment, by element code."""

    access: EmergencyAccess
    elements: dict[str, Any]


def require_treating(session: Session, actor: Actor, task: ReferralTask) -> None:
    """Only those who treat, for a request of others that is open with them. Raises NotAllowed, Ended."""
    check(actor, Permission.EMERGENCY_OPEN, task)
    is_own = actor.organization == task.requester_id
    if is_own or not participants.get_participant(session, actor.organization).treats:
        raise NotAllowed("Only a place that treats people can open more in an emergency")
    if task.status not in OPEN:
        raise Ended("This has already ended")


def open_emergency(
    session: Session, actor: Actor, task_id: UUID, said: Emergency, *, at: datetime
) -> EmergencyAccess | None:
    """Let the caller's organization read for a few hours what the gate lets go in this emergency.

    None when there is nothing more, or nothing more that may go: one is not told from the other. Each try is counted
    and recorded. Raises NotFound, NotAllowed, Ended, NotPossibleNow (more is open already), Invalid, TooMany.
    """
    task = get_task(session, actor, task_id)
    require_treating(session, actor, task)
    _check(said)
    referral = lock_loop(session, task)
    require_treating(session, actor, task)
    if consent.emergency_open_now(session, actor.organization, task.id, at=at):
        raise NotPossibleNow("More is open already")
    _count_try(session, actor, at=at)
    disclosure = _what_opens(session, referral, task, said, at)
    events.record(session, actor, "emergency.ask", task, at=at)
    return _opened(session, actor, task, disclosure, said.reason.strip(), at) if disclosure.elements else None


def _check(said: Emergency) -> None:
    faults = []
    if said.kind is None:
        faults.append(Invalid("What kind of emergency is it: choose one", "kind"))
    if not said.reason.strip():
        faults.append(Invalid("What happened: write it down", "reason"))
    if len(said.reason) > LONGEST_REASON:
        faults.append(Invalid("What happened: use at most %(most)s characters", "reason", most=LONGEST_REASON))
    if not said.cannot_ask:
        faults.append(Invalid("Confirm that the person cannot be asked in time, or ask them", "cannot_ask"))
    if faults:
        raise Invalid.all(faults)


def _count_try(session: Session, actor: Actor, *, at: datetime) -> None:
    """Nobody opens a whole caseload: each member of staff has a few tries a day. Raises TooMany."""
    limit = consent.emergency_limit(calendar.local_day(at)).tries_a_day
    events.count_attempt(session, f"emergency:{actor.id}", limit=limit, window=DAY, at=at)


def _what_opens(session: Session, referral: Referral, task: ReferralTask, said: Emergency, at: datetime) -> Disclosure:
    """What the gate lets go in this emergency beyond what can be read already. The same is asked whatever is there.

    Of a protected service nothing more is told to anybody, and nothing of it may show on the sender's pages.
    """
    whole = replace(
        disclosure_to(session, referral, task, DataSet.EMERGENCY, at),
        purpose=Purpose.EMERGENCY,
        emergency=said.kind,
    )
    ruling = consent.preview(session, whole, at=at)
    known = consent.released_about(session, task.performer_id, [task.id]).get(task.id, {})
    return replace(whole, elements=[e for e in ruling.permitted if e.code not in known and not referral.masked])


def _opened(
    session: Session, actor: Actor, task: ReferralTask, disclosure: Disclosure, reason: str, at: datetime
) -> EmergencyAccess:
    release = consent.release(session, actor, disclosure, referral_id=task.referral_id, subject_id=task.id, at=at)
    assert disclosure.emergency is not None and actor.id is not None
    access = EmergencyAccess(
        organization_id=task.requester_id,
        recipient_id=task.performer_id,
        person_id=task.person_id,
        referral_id=task.referral_id,
        task_id=task.id,
        release_id=release.id,
        kind=disclosure.emergency,
        opened_by_id=actor.id,
        opened_at=at,
        until_at=at + consent.emergency_limit(calendar.local_day(at)).open_for,
    )
    access.reason, access.record = reason, _names(session, actor, task)
    session.add(access)
    session.flush()
    for side in (access.organization_id, access.recipient_id):
        events.record(session, actor, "emergency.open", access, at=at, organization_id=side, kind=access.kind.value)
    return access


def _names(session: Session, actor: Actor, task: ReferralTask) -> dict[str, str]:
    """Who received it and where they work, and who disclosed it, as they are called now: 42 CFR 2.51(c)(1) and (2)."""
    names = participants.names_of(session, {task.requester_id, task.performer_id})
    return {
        "receiver": identity.own_account(session, actor).name,
        "affiliation": names[task.performer_id],
        "discloser": names[task.requester_id],
    }


def emergency_now(session: Session, actor: Actor, task: ReferralTask, *, at: datetime) -> OpenEmergency | None:
    """What the caller's organization may read now of a task beyond the referral itself; None when its time is over.

    That it showed the person is recorded. Raises NotAllowed.
    """
    check(actor, Permission.EMERGENCY_OPEN, task)
    found = consent.emergency_open_now(session, actor.organization, task.id, at=at)
    if found is None:
        return None
    access, release = found
    events.showed(session, actor, access.person_id)
    return OpenEmergency(access, consent.elements_of(session, release.id))
