"""Referring again: a new request that follows an earlier one which nobody could answer."""

from datetime import datetime

from sqlmodel import Session

from cie.access import Actor
from cie.referrals.loop import close
from cie.referrals.models import Referral, ReferralStatus
from cie.referrals.queries import lock_referral, tasks_of
from cie.referrals.states import OPEN, Closing


def end_replaced(session: Session, actor: Actor, referral: Referral, *, at: datetime) -> None:
    """End the loop that this one replaces, unless somebody there may still help.

    The person is asked about the new one alone.
    """
    if referral.replaces_id is None:
        return
    earlier = lock_referral(session, referral.replaces_id)
    still_asked = any(task.status in OPEN for task in tasks_of(session, earlier))
    if earlier.status == ReferralStatus.ACTIVE and not still_asked:
        close(session, actor, earlier, Closing.OTHER, at=at, ask=False)
