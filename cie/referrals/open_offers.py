"""Open requests as those read them who could help: each its own, and nothing of the others until one of them says yes.

Who leaves it to others only puts it off its own list: the sender cannot tell, nor can anybody else.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from cie import consent, events
from cie.access import SYSTEM, Actor, Permission, check
from cie.consent import DataSet, Release
from cie.errors import Ended, NotFound, NotPossibleNow
from cie.referrals.models import OpenOffer, Referral, ReferralStatus
from cie.referrals.owed import COUNTED_TO
from cie.referrals.queries import lock_referral
from cie.referrals.states import Reason, TaskStatus


def offers_open_to(actor: Actor) -> Select[OpenOffer]:
    """What the caller's organization may take now and still reads something of: by urgency, then by when it is due."""
    readable = select(col(Release.id)).where(
        col(Release.recipient_id) == col(OpenOffer.performer_id),
        col(Release.subject_id) == col(OpenOffer.task_id),
        col(Release.data_set) == DataSet.OFFER,
        col(Release.ended_at).is_(None),
    )
    return (
        select(OpenOffer)
        .where(
            col(OpenOffer.performer_id) == actor.organization_id,
            col(OpenOffer.status) == TaskStatus.REQUESTED,
            readable.exists(),
        )
        .order_by(*(col(each) for each in (OpenOffer.urgency_rank, OpenOffer.due_at, OpenOffer.sent_at, OpenOffer.id)))
    )


def count_open_offers(session: Session, actor: Actor) -> int:
    """How many there are, exact to 99."""
    few = offers_open_to(actor).limit(COUNTED_TO).subquery()
    count: int = session.execute(select(func.count()).select_from(few)).scalar_one()
    return count


def offers_of(session: Session, referral_id: UUID) -> Sequence[OpenOffer]:
    """Who could have taken an open request; no rows for any other."""
    query = select(OpenOffer).where(col(OpenOffer.referral_id) == referral_id).order_by(col(OpenOffer.id))
    return session.execute(query).scalars().all()


def lock_offer(session: Session, actor: Actor, task_id: UUID) -> tuple[Referral, OpenOffer]:
    """What the caller's organization may still answer, locked. Raises NotFound, NotAllowed, NotPossibleNow."""
    query = select(OpenOffer).where(
        col(OpenOffer.task_id) == task_id, col(OpenOffer.performer_id) == actor.organization_id
    )
    offer = session.execute(query).scalar_one_or_none()
    if offer is None:
        raise NotFound("There is no such record")
    check(actor, Permission.TASK_ANSWER, offer)
    referral = lock_referral(session, offer.referral_id)
    session.refresh(offer)
    if offer.status != TaskStatus.REQUESTED:
        raise _why_not(offer)
    return referral, offer


def _why_not(offer: OpenOffer) -> NotPossibleNow:
    if offer.reason is Reason.RECALLED:
        return Ended("Someone else just said yes. Thank you for answering")
    if offer.status == TaskStatus.ACCEPTED:
        return NotPossibleNow("This cannot be done at this point")
    return Ended("This has already ended")


def pass_by(session: Session, actor: Actor, task_id: UUID, *, at: datetime, reason: Reason | None = None) -> None:
    """Leave an open request to others: it goes off this organization's list, and nobody is told.

    What it could read stays written down as readable until the request ends: its sender would see the end of it.
    Raises NotFound, NotAllowed, NotPossibleNow (taken, ended).
    """
    _referral, offer = lock_offer(session, actor, task_id)
    offer.status, offer.reason, offer.ended_at = TaskStatus.REJECTED, reason, at
    session.add(offer)
    events.record(session, actor, "offer.pass", offer, at=at)


def end_offers(
    session: Session,
    actor: Actor,
    referral: Referral,
    to: TaskStatus,
    *,
    at: datetime,
    reason: Reason | None = None,
) -> None:
    """Nobody may take a locked open request any more, nor read of it, but who took it; nothing for any other."""
    if referral.open_due_at is None:
        return
    for offer in offers_of(session, referral.id):
        if offer.status == TaskStatus.ACCEPTED:
            continue
        consent.end_releases_of(session, actor, offer.task_id, offer.performer_id, at=at)
        if offer.status == TaskStatus.REQUESTED:
            offer.status, offer.reason, offer.ended_at = to, reason, at
            session.add(offer)
    referral.open_due_at = None
    session.add(referral)


def unclaimed(session: Session, *, at: datetime, limit: int = 200) -> Sequence[UUID]:
    """The ids of the open requests that nobody took in time and whose sender was not told so yet."""
    query = (
        select(col(Referral.id))
        .where(col(Referral.open_due_at) <= at, col(Referral.open_returned_at).is_(None))
        .order_by(col(Referral.open_due_at))
        .limit(limit)
    )
    return session.execute(query).scalars().all()


def return_unclaimed(session: Session, referral_id: UUID, *, at: datetime) -> None:
    """Nobody took it in time: the sender owes the next step. A late yes still counts."""
    referral = lock_referral(session, referral_id)
    is_late = referral.open_due_at is not None and referral.open_due_at <= at
    if referral.status != ReferralStatus.ACTIVE or not is_late or referral.open_returned_at is not None:
        return
    referral.open_returned_at = at
    referral.version += 1
    session.add(referral)
    events.record(session, SYSTEM, "referral.unclaimed", referral, at=at)
