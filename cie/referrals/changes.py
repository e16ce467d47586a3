"""What changed, for programs that ask again and again: the referrals that each side may know by their last event.

A change may be given twice, never not at all: a cursor does not go past the last half minute, since a transaction that
began before may still be written.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlmodel import Session, col

from cie.access import Actor, Permission, check
from cie.errors import Invalid
from cie.referrals.last_events import PROVIDER, SENDER
from cie.referrals.models import Referral, ReferralActivity, ReferralStatus
from cie.referrals.states import Side

SIDES = {Side.REQUESTER: SENDER, Side.PERFORMER: PROVIDER}
"""How the lines of the worklist name the sides."""
SETTLED_AFTER = timedelta(seconds=30)


@dataclass(frozen=True)
class ChangePage:
    """Some referrals, oldest change first. `next` is None on the last page; `cursor` is where to go on later."""

    items: Sequence[ReferralActivity]
    next: str | None
    cursor: str


def changes(
    session: Session,
    actor: Actor,
    *,
    updated_since: datetime | None = None,
    side: Side | None = None,
    status: ReferralStatus | None = None,
    cursor: str = "",
    limit: int = 50,
    at: datetime,
) -> ChangePage:
    """The referrals of the caller's organization, by their last change. Raises NotAllowed; Invalid (the cursor).

    `status` is that of loops which it sent; those with a protected service are in no such list, since they tell none.
    """
    check(actor, Permission.REFERRAL_READ)
    place = (col(ReferralActivity.changed_at), col(ReferralActivity.referral_id))
    query = select(ReferralActivity).where(col(ReferralActivity.organization_id) == actor.organization)
    if updated_since is not None:
        query = query.where(place[0] >= updated_since)
    if side is not None:
        query = query.where(col(ReferralActivity.side) == SIDES[side])
    if status is not None:
        query = query.where(col(ReferralActivity.referral_id).in_(_sent_in(actor, status)))
    if cursor:
        query = query.where(tuple_(*place) > _read(cursor))
    rows = session.execute(query.order_by(*place).limit(limit + 1)).scalars().all()
    items = rows[:limit]
    return ChangePage(items, _written(items[-1]) if len(rows) > limit else None, _settled(items, cursor, at))


def _sent_in(actor: Actor, status: ReferralStatus) -> Select[UUID]:
    return select(col(Referral.id)).where(
        col(Referral.organization_id) == actor.organization,
        col(Referral.status) == status,
        col(Referral.masked).is_(False),
    )


def _written(item: ReferralActivity) -> str:
    text = f"{item.changed_at.isoformat()} {item.referral_id}"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _settled(items: Sequence[ReferralActivity], cursor: str, at: datetime) -> str:
    """The place of the last item that nothing can come before any more."""
    settled = [item for item in items if item.changed_at <= at - SETTLED_AFTER]
    return _written(settled[-1]) if settled else cursor


def _read(cursor: str) -> tuple[datetime, UUID]:
    try:
        when, _, referral_id = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(" ")
        return datetime.fromisoformat(when), UUID(referral_id)
    except ValueError as error:
        raise Invalid("This cursor is none that we gave", "cursor") from error
