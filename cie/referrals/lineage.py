"""Referring again: a new request that follows an earlier one which nobody could answer."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from cie.access import Actor
from cie.referrals.loop import close
from cie.referrals.models import Referral, ReferralStatus
from cie.referrals.queries import is_out_of_sight, lock_referral, tasks_of
from cie.referrals.states import OPEN, Closing


def end_replaced(session: Session, actor: Actor, referral: Referral, *, at: datetime) -> None:
    """End the loop that this one replaces, unless somebody there may still help.

    The person is asked about the new one alone.
    """
    if referral.replaces_id is None:
        return
    earlier = lock_referral(session, referral.replaces_id)
    still_asked = any(task.status in OPEN for task in tasks_of(session, earlier)) or is_out_of_sight(session, earlier)
    if earlier.status == ReferralStatus.ACTIVE and not still_asked:
        close(session, actor, earlier, Closing.OTHER, at=at, ask=False)


def neighbours_of(session: Session, referral: Referral) -> tuple[Referral | None, Referral | None]:
    """The request that this one follows, and the newest one sent after it; both of the same sender and person."""
    earlier = session.get(Referral, referral.replaces_id) if referral.replaces_id else None
    query = (
        select(Referral)
        .where(
            col(Referral.organization_id) == referral.organization_id,
            col(Referral.person_id) == referral.person_id,
            col(Referral.replaces_id) == referral.id,
            col(Referral.first_sent_at).is_not(None),
        )
        .order_by(col(Referral.id).desc())
        .limit(1)
    )
    return earlier, session.execute(query).scalar_one_or_none()
