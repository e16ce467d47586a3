"""The end of a loop: someone says so, with a reason. Nothing is reopened; after that one refers again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor, Permission, check
from cie.errors import Ended
from cie.people import Person
from cie.referrals import asks, moves
from cie.referrals.entries import end_what_was_shared
from cie.referrals.models import Kind, Referral, ReferralStatus, ReferralTask
from cie.referrals.open_offers import end_offers
from cie.referrals.queries import Seen, get_referral, lock_referral, require_in_sight, require_seen, tasks_of
from cie.referrals.states import OPEN, Closing, Reason, Side, TaskStatus


def close_loop(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    *,
    closing: Closing,
    at: datetime,
    seen: Seen | None = None,
) -> Referral:
    """The sender ends the loop with a reason; whoever is still asked is told that it ended.

    Raises NotFound, NotAllowed, Ended, Stale, NotPossibleNow (it goes on out of the sender's sight).
    """
    referral = get_referral(session, actor, referral_id)
    check(actor, Permission.REFERRAL_WRITE, referral)
    referral = lock_referral(session, referral_id)
    require_seen(session, referral, seen)
    require_in_sight(session, referral)
    if referral.status != ReferralStatus.ACTIVE:
        raise Ended("This has already ended")
    _end_loop(session, actor, referral, closing, at=at)
    return referral


def _end_loop(
    session: Session, actor: Actor, referral: Referral, closing: Closing, *, at: datetime, ask: bool = True
) -> None:
    for task in tasks_of(session, referral):
        if task.status in OPEN:
            _end(session, actor, referral, task, at=at)
    close(session, actor, referral, closing, at=at, ask=ask)


def end_loops_of(session: Session, actor: Actor, person: Person, *, at: datetime) -> None:
    """End every loop of a person whose record is erased: those who are still asked hear that it ended, nobody asks the
    person. A draft, which nobody saw, counts as made by mistake.
    """
    query = select(col(Referral.id)).where(
        col(Referral.organization_id) == person.organization_id, col(Referral.person_id) == person.id
    )
    for referral_id in session.execute(query.order_by(col(Referral.id))).scalars().all():
        referral = lock_referral(session, referral_id)
        if referral.status == ReferralStatus.ACTIVE:
            _end_loop(session, actor, referral, Closing.OTHER, at=at, ask=False)
        elif referral.status == ReferralStatus.DRAFT:
            _undo(session, actor, referral, at=at)


def _end(session: Session, actor: Actor, referral: Referral, task: ReferralTask, *, at: datetime) -> None:
    moves.move(session, actor, referral, task, TaskStatus.CANCELLED, Side.REQUESTER, at=at, reason=Reason.LOOP_CLOSED)
    end_what_was_shared(session, actor, task, at=at)


def close(
    session: Session, actor: Actor, referral: Referral, closing: Closing, *, at: datetime, ask: bool = True
) -> None:
    """Mark a locked loop as ended, and plan to ask the person whether help came; nobody asks about a given contact.

    Nobody may take it any more who could until now.
    """
    received = closing == Closing.SERVICES_RECEIVED
    is_asked = ask and closing != Closing.NO_LONGER_NEEDS and not referral.masked
    is_asked = is_asked and referral.kind != Kind.INFORMATIONAL
    referral.status = ReferralStatus.COMPLETED if received else ReferralStatus.REVOKED
    referral.closed_at, referral.closing = at, closing
    referral.version += 1
    end_offers(session, actor, referral, TaskStatus.CANCELLED, at=at)
    session.add(referral)
    events.record(session, actor, "referral.close", referral, at=at, closing=closing.value)
    if is_asked:
        asks.plan_after_closing(session, session.get_one(Person, referral.person_id), referral, at=at)


def mark_in_error(
    session: Session, actor: Actor, referral_id: UUID, *, at: datetime, seen: Seen | None = None
) -> Referral:
    """The sender takes back a referral that should not exist: it is not counted and nobody reads it any more.

    Raises NotFound, NotAllowed, Ended (it was taken back before), Stale.
    """
    referral = get_referral(session, actor, referral_id)
    check(actor, Permission.REFERRAL_WRITE, referral)
    referral = lock_referral(session, referral_id)
    require_seen(session, referral, seen)
    if referral.status == ReferralStatus.ENTERED_IN_ERROR:
        raise Ended("This has already ended")
    _undo(session, actor, referral, at=at)
    return referral


def _undo(session: Session, actor: Actor, referral: Referral, *, at: datetime) -> None:
    for task in tasks_of(session, referral):
        if task.status != TaskStatus.ENTERED_IN_ERROR:
            moves.move(session, actor, referral, task, TaskStatus.ENTERED_IN_ERROR, Side.REQUESTER, at=at)
            end_what_was_shared(session, actor, task, at=at)
    end_offers(session, actor, referral, TaskStatus.ENTERED_IN_ERROR, at=at)
    referral.status = ReferralStatus.ENTERED_IN_ERROR
    referral.version += 1
    session.add(referral)
    events.record(session, actor, "referral.error", referral, at=at)
