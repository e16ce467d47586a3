"""Adding a subscription, changing it, taking it up again, and what the clock does to it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col
from uuid_utils.compat import uuid7

from cie import events, mail
from cie.access import SYSTEM, Actor, Permission, check
from cie.errors import NotAllowed, NotFound, NotPossibleNow
from cie.fhir.refusals import not_taken
from cie.fhir.subscribing.channels import MAILTO, Caller
from cie.fhir.subscribing.models import Channel, Subscription, SubscriptionStatus
from cie.fhir.subscribing.noticing import forget_old_events, queue_handshake, queue_heartbeat
from cie.fhir.subscribing.wishes import Wish, read_wish

MOST = 20
Resource = dict[str, Any]


def subscribe(session: Session, actor: Actor, resource: Resource, caller: Caller, *, at: datetime) -> Subscription:
    """Tell the program of what it asks for, once its address said yes to a handshake.

    Raises NotAllowed, NotTaken, NotPossibleNow (20 are there).
    """
    check(actor, Permission.WEBHOOK_MANAGE)
    wish = read_wish(resource, caller, at=at)
    if wish.status is not SubscriptionStatus.REQUESTED:
        raise not_taken("Subscription.status", "A new subscription is requested", "value")
    client_id = _client_in(actor)
    if _live_ones(session, client_id) >= MOST:
        raise NotPossibleNow(f"{MOST} subscriptions are there already. Turn one off first")
    subscription = Subscription(
        id=uuid7(),
        organization_id=actor.organization,
        client_id=client_id,
        topic=wish.topic,
        endpoint="",
        content=wish.content,
        created_at=at,
    )
    _follow(subscription, wish)
    _name_mailbox(session, actor, subscription, wish, at)
    ask_again(session, subscription, at)
    events.record(session, actor, "subscription.add", subscription, at=at, topic=wish.topic)
    return subscription


def _client_in(actor: Actor) -> UUID:
    if actor.id is None:
        raise NotAllowed("Only a program can be told")
    return actor.id


def _live_ones(session: Session, client_id: UUID) -> int:
    is_live = col(Subscription.status) != SubscriptionStatus.OFF
    query = select(func.count()).where(col(Subscription.client_id) == client_id, is_live)
    return int(session.execute(query).scalar_one())


def _follow(subscription: Subscription, wish: Wish) -> None:
    """What is sent replaces what was. Headers, which nobody reads back, stay as long as the address does."""
    if wish.headers is not None or _is_elsewhere(subscription, wish) or subscription.headers is None:
        subscription.headers = wish.headers or []
    subscription.topic, subscription.filters = wish.topic, wish.filters
    subscription.endpoint = wish.endpoint if wish.channel is Channel.REST_HOOK else ""
    subscription.content, (subscription.is_xml, subscription.is_bare) = wish.content, wish.payload
    subscription.heartbeat_seconds, subscription.timeout_seconds = wish.heartbeat_seconds, wish.timeout_seconds
    subscription.most_events, subscription.ends_at, subscription.said = wish.most_events, wish.ends_at, wish.said


def _is_elsewhere(subscription: Subscription, wish: Wish) -> bool:
    """Whether another address is to hear than before."""
    before = (subscription.said or {}).get("channel", {})
    return (before.get("type"), before.get("endpoint")) != (wish.channel, wish.endpoint)


def _name_mailbox(session: Session, actor: Actor, subscription: Subscription, wish: Wish, at: datetime) -> None:
    """Whoever reads an e-mail address is asked first, by an e-mail of its own; the handshake waits for their yes."""
    is_mailed = wish.channel is Channel.EMAIL
    named = mail.name_address(session, actor, wish.endpoint.removeprefix(MAILTO), at=at) if is_mailed else None
    subscription.mail_address_id = named.id if named else None


def ask_again(session: Session, subscription: Subscription, at: datetime) -> None:
    """A handshake decides; one that is still on its way counts no more."""
    subscription.status, subscription.fault = SubscriptionStatus.REQUESTED, ""
    subscription.round += 1
    session.add(subscription)
    session.flush()
    queue_handshake(session, subscription, at=at)


def change_subscription(
    session: Session, actor: Actor, subscription_id: UUID, resource: Resource, caller: Caller, *, at: datetime
) -> Subscription:
    """Take it as it is sent now: `requested`, or another address, asks by a handshake once more; `off` ends it.

    Raises NotFound, NotAllowed (of another program), NotTaken.
    """
    # not for the key, which events point at as they are written
    subscription = session.get(Subscription, subscription_id, with_for_update={"key_share": True})
    if subscription is None or subscription.organization_id != actor.organization:
        raise NotFound("There is no such record")
    check(actor, Permission.WEBHOOK_MANAGE, subscription)
    if subscription.client_id != actor.id:
        raise NotAllowed("This subscription is of another program")
    wish = read_wish(resource, caller, at=at)
    if wish.status not in (SubscriptionStatus.REQUESTED, SubscriptionStatus.OFF, subscription.status):
        raise not_taken("Subscription.status", "Ask for requested or off", "business-rule")
    is_asked_again = wish.status is SubscriptionStatus.REQUESTED or (
        _is_elsewhere(subscription, wish) and wish.status is not SubscriptionStatus.OFF
    )
    _follow(subscription, wish)
    if is_asked_again:
        _name_mailbox(session, actor, subscription, wish, at)
        ask_again(session, subscription, at)
    else:
        subscription.status = wish.status
        subscription.beats_at = next_beat(subscription, at)
        session.add(subscription)
    events.record(session, actor, "subscription.change", subscription, at=at, status=subscription.status.value)
    return subscription


def next_beat(subscription: Subscription, at: datetime) -> datetime | None:
    """When it hears that we are there if nothing else is told until then."""
    period = subscription.heartbeat_seconds
    return at + timedelta(seconds=period) if period else None


def look_after_subscriptions(session: Session, *, at: datetime) -> None:
    """Turn off those whose end is past, and let those hear of us that have heard nothing for their period.

    What can be asked for no more is forgotten.
    """
    is_live = col(Subscription.status) != SubscriptionStatus.OFF
    for subscription in _held(session, is_live, col(Subscription.ends_at) <= at):
        subscription.status = SubscriptionStatus.OFF
        session.add(subscription)
        events.record(session, SYSTEM, "subscription.end", subscription, at=at)
    is_active = col(Subscription.status) == SubscriptionStatus.ACTIVE
    for subscription in _held(session, is_active, col(Subscription.beats_at) <= at):
        subscription.beats_at = next_beat(subscription, at)
        session.add(subscription)
        queue_heartbeat(session, subscription, at=at)
    forget_old_events(session, at=at)


def _held(session: Session, *which: Any) -> list[Subscription]:
    query = select(Subscription).where(*which).order_by(col(Subscription.id))
    return list(session.execute(query.with_for_update(key_share=True, skip_locked=True)).scalars())
