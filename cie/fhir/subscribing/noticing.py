"""Which subscriptions hear of new versions: each gets the next number of its own, and a row in the outbox."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col
from uuid_utils.compat import uuid7

from cie import events
from cie.fhir.searching.statement import holds
from cie.fhir.store import Stored
from cie.fhir.subscribing.models import Subscription, SubscriptionEvent, SubscriptionStatus
from cie.fhir.subscribing.topics import TOPICS, TYPES, criteria_for

KIND = "fhir-subscription"
EVENT, HANDSHAKE, HEARTBEAT = "event-notification", "handshake", "heartbeat"
ASKED_FOR = timedelta(days=90)
"""So long a missed event can be asked for by its number."""


def notice(session: Session, organization_id: UUID, rows: Sequence[Stored]) -> None:
    """Number these new versions for each subscription of the organization that wants to hear of them.

    Whoever calls this holds the audience until the transaction ends, so that numbers have no gap and grow in the order
    of commits. A subscription in error or not confirmed yet has its events, too: they are told once it is.
    """
    heard = [row for row in rows if row.resource_type in TYPES]
    for subscription in _listening(session, organization_id) if heard else ():
        wanted = list(_wanted(session, subscription, heard))
        first = last_number(session, subscription.id) + 1 if wanted else 0
        for number, row in enumerate(wanted, first):
            _tell(session, subscription, row, number)


def _listening(session: Session, organization_id: UUID) -> Sequence[Subscription]:
    asked = {"organization_id": organization_id, "now": datetime.now(UTC)}
    return session.execute(_LISTENING, asked).scalars().all()


_LISTENING = (
    select(Subscription)
    .where(
        col(Subscription.organization_id) == bindparam("organization_id"),
        col(Subscription.status) != SubscriptionStatus.OFF,
        or_(col(Subscription.ends_at).is_(None), col(Subscription.ends_at) > bindparam("now")),
    )
    .order_by(col(Subscription.id))
)


def _wanted(session: Session, subscription: Subscription, rows: Sequence[Stored]) -> Iterator[Stored]:
    """Those of the new versions that fit the topic and every filter, as a search would find them now."""
    topic = TOPICS[subscription.topic]
    for resource_type, heard in topic.heard.items():
        ours = {
            row.id: row for row in rows if row.resource_type == resource_type and (heard.first_too or row.version > 1)
        }
        query = _fitting(subscription.organization_id, topic.url, resource_type, tuple(subscription.filters))
        found = set(session.execute(query, {"ids": list(ours)}).scalars()) if ours else set()
        yield from (row for id, row in ours.items() if id in found)


@lru_cache(maxsize=2_000)
def _fitting(organization_id: UUID, topic: str, resource_type: str, filters: tuple[str, ...]) -> Select[Any]:
    """Which of some resources (`ids`) fit; kept, since to build it takes longer than to ask it."""
    criteria = criteria_for(TOPICS[topic], resource_type, filters)
    fits = [holds(organization_id, resource_type, criterion) for criterion in criteria]
    return select(col(Stored.id)).where(col(Stored.id).in_(bindparam("ids", expanding=True)), *fits)


def last_number(session: Session, subscription_id: UUID) -> int:
    """How many events a subscription had since it began."""
    query = select(func.max(col(SubscriptionEvent.number))).where(
        col(SubscriptionEvent.subscription_id) == subscription_id
    )
    return session.execute(query).scalar() or 0


def forget_old_events(session: Session, *, at: datetime) -> None:
    """Delete events that can be asked for no more; the newest of a subscription stays, since the next is counted on."""
    later = aliased(SubscriptionEvent)
    has_later = exists().where(
        col(later.subscription_id) == col(SubscriptionEvent.subscription_id),
        col(later.number) > col(SubscriptionEvent.number),
    )
    session.execute(delete(SubscriptionEvent).where(col(SubscriptionEvent.at) < at - ASKED_FOR, has_later))


def _tell(session: Session, subscription: Subscription, row: Stored, number: int) -> None:
    session.add(
        SubscriptionEvent(
            subscription_id=subscription.id,
            number=number,
            organization_id=subscription.organization_id,
            at=row.updated_at,
            resource_type=row.resource_type,
            resource_id=row.resource_id,
        )
    )
    # the next number is asked of the database
    session.flush()
    queue(session, subscription, EVENT, str(number), order=str(subscription.id), at=datetime.now(UTC))


def queue_handshake(session: Session, subscription: Subscription, *, at: datetime) -> None:
    """Ask the address whether it wants to hear; what waits to be told is not before it in the queue."""
    round = str(subscription.round)
    queue(session, subscription, HANDSHAKE, round, order=f"{subscription.id}:{HANDSHAKE}", at=at)


def queue_heartbeat(session: Session, subscription: Subscription, *, at: datetime) -> None:
    """Say that we are there."""
    queue(session, subscription, HEARTBEAT, str(uuid7()), order=f"{subscription.id}:{HEARTBEAT}", at=at)


def queue(session: Session, subscription: Subscription, type: str, number: str, *, order: str, at: datetime) -> None:
    """Put a notification in the outbox: of which kind, and which one."""
    events.queue(
        session,
        kind=KIND,
        organization_id=subscription.organization_id,
        destination_id=subscription.id,
        order_key=order,
        dedup_key=f"{KIND}:{subscription.id}:{type}:{number}",
        due_at=at,
        codes={"type": type, "number": number},
    )
