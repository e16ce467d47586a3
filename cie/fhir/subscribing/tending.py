"""Looking after the subscriptions of an organization's programs: how each stands, and trying its address."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor, Permission, check
from cie.errors import NotFound, NotPossibleNow
from cie.events import DeliveryState, Outbox
from cie.fhir.subscribing.models import Subscription, SubscriptionStatus
from cie.fhir.subscribing.noticing import HANDSHAKE, HEARTBEAT, KIND, queue_heartbeat
from cie.fhir.subscribing.registering import ask_again


@dataclass(frozen=True)
class SubscriptionStanding:
    """How one subscription stands. `topic`: the last part of its name; `status`: as FHIR says it.

    `told_at`: when an event arrived last. `reached_at`, `failed_at`: when anything did, and did not; `is_tried_now`: a
    handshake or heartbeat is on its way.
    """

    id: UUID
    client_id: UUID
    topic: str
    endpoint: str
    status: str
    told_at: datetime | None
    reached_at: datetime | None
    failed_at: datetime | None
    is_tried_now: bool


def standings_of(session: Session, actor: Actor) -> Iterator[SubscriptionStanding]:
    """The subscriptions of the caller's organization that are not off, in the order of their making.

    Raises NotAllowed.
    """
    check(actor, Permission.WEBHOOK_TEND)
    mine = (col(Subscription.organization_id) == actor.organization, col(Subscription.status) != SubscriptionStatus.OFF)
    for row in session.execute(select(Subscription).where(*mine).order_by(col(Subscription.id))).scalars().all():
        yield SubscriptionStanding(
            id=row.id,
            client_id=row.client_id,
            topic=row.topic.rpartition("/")[2],
            endpoint=row.endpoint,
            status=row.status.value,
            told_at=_told_at(session, row),
            reached_at=row.reached_at,
            failed_at=row.failed_at,
            is_tried_now=_is_tried_now(session, row),
        )


def _told_at(session: Session, subscription: Subscription) -> datetime | None:
    settled = select(col(Outbox.settled_at)).where(
        col(Outbox.destination_id) == subscription.id,
        col(Outbox.kind) == KIND,
        col(Outbox.order_key) == str(subscription.id),
        col(Outbox.state) == DeliveryState.SENT,
    )
    return session.execute(settled.order_by(col(Outbox.id).desc()).limit(1)).scalar_one_or_none()


def _is_tried_now(session: Session, subscription: Subscription) -> bool:
    waiting = select(col(Outbox.id)).where(
        col(Outbox.order_key).in_([f"{subscription.id}:{HANDSHAKE}", f"{subscription.id}:{HEARTBEAT}"]),
        col(Outbox.state).in_([DeliveryState.WAITING, DeliveryState.CLAIMED]),
    )
    return session.execute(waiting.limit(1)).first() is not None


def try_subscription(session: Session, actor: Actor, subscription_id: UUID, *, at: datetime) -> None:
    """Send a heartbeat to see whether the address answers; one that stopped is asked whether it wants to hear again.

    Raises NotFound, NotAllowed, NotPossibleNow (it is off).
    """
    row = session.get(Subscription, subscription_id, with_for_update={"key_share": True})
    if row is None or row.organization_id != actor.organization:
        raise NotFound("There is no such record")
    check(actor, Permission.WEBHOOK_TEND, row)
    if row.status is SubscriptionStatus.OFF:
        raise NotPossibleNow("This subscription has ended")
    if row.status is SubscriptionStatus.ACTIVE:
        queue_heartbeat(session, row, at=at)
    else:
        ask_again(session, row, at)
    events.record(session, actor, "subscription.try", row, at=at)
