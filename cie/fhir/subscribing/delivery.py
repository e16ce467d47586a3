"""Delivering notifications: rendered when they go, from what the organization may read at that moment.

At least once, by the schedule of webhooks: what was not taken is tried again for about a day, and holds back what came
after it; then the subscription is in error until its program takes it up again. Where the channel says that it is of
no use, that is so at once. Whatever was not told by then is told after the next handshake.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events, identity
from cie.access import SYSTEM, Actor, Door, Purpose, is_allowed
from cie.access.scopes import Level, opens
from cie.events import STUCK, DeliveryState, Outbox, Outcome
from cie.fhir.opening import READ_WITH
from cie.fhir.subscribing.carrying import Carrier, HookCarrier, MailCarrier
from cie.fhir.subscribing.models import Channel, ContentLevel, Subscription, SubscriptionStatus
from cie.fhir.subscribing.noticing import EVENT, HANDSHAKE, HEARTBEAT, KIND, last_number
from cie.fhir.subscribing.notifications import Told, events_between, notification, told_of
from cie.fhir.subscribing.registering import next_beat
from cie.fhir.subscribing.topics import TOPICS
from cie.identity import Client
from cie.mail import MailDeliverer

LOOKS_AGAIN = timedelta(minutes=15)
"""How soon is looked again whether a handshake may go, or was answered; the answer itself lets events go at once."""
HELD_BACK = "may not hear of it"
MOST_TOLD_AGAIN = 10_000


@dataclass(frozen=True)
class Prepared:
    """A notification ready to be sent, as its channel takes it."""

    type: str
    carrier: Carrier
    packed: Any


@dataclass(frozen=True)
class SubscriptionDeliverer:
    """Delivers outbox rows of kind `fhir-subscription`. `base`: the address of this server."""

    base: str
    carriers: Mapping[Channel, Carrier]

    def prepare(self, session: Session, row: Outbox, *, at: datetime) -> Prepared | Outcome:
        """Whether it may still go, and what it says; whom it shows is recorded as when they read."""
        subscription = session.get_one(Subscription, row.destination_id)
        carrier = self.carriers[subscription.channel]
        stays = _stays(subscription, row, at) or carrier.holds(session, subscription, at=at)
        if stays is not None:
            return stays
        client = identity.client_for(session, subscription.client_id, at=at)
        if client is None or not _may_hear(client, subscription):
            return _held_back(row, at)
        told = self._told(session, subscription, client, row)
        type = row.codes["type"]
        body = notification(subscription, type, last_number(session, subscription.id), told, base=self.base)
        return Prepared(type, carrier, carrier.packed(session, subscription, row, body, at=at))

    def _told(self, session: Session, subscription: Subscription, client: Client, row: Outbox) -> list[Told]:
        if row.codes["type"] != EVENT:
            return []
        number = int(row.codes["number"])
        found = events_between(session, subscription, number, number, most=1)
        told = told_of(session, subscription, found, subscription.content)
        shown = {each.row.person_id for each in told if each.row and each.row.person_id}
        if shown and subscription.content is ContentLevel.FULL_RESOURCE:
            events.showed(session, _actor(client), *shown)
        return told

    def send(self, prepared: Prepared, *, interrupted: bool) -> Outcome:
        """Send it. One that may have arrived goes again: its number tells the receiver."""
        outcome = prepared.carrier.carry(prepared.packed, prepared.type)
        is_missed = prepared.type == HEARTBEAT and outcome.state is not DeliveryState.SENT
        return Outcome(DeliveryState.DROPPED, outcome.result) if is_missed else outcome

    def settled(self, session: Session, row: Outbox, outcome: Outcome, *, at: datetime) -> None:
        """Note whether the address answers; a handshake that was answered lets go what waits for it."""
        subscription = session.get_one(Subscription, row.destination_id, with_for_update={"key_share": True})
        if outcome.state is DeliveryState.SENT:
            subscription.reached_at, subscription.beats_at = at, next_beat(subscription, at)
        elif outcome.state in (DeliveryState.RETRY, *STUCK) or row.codes["type"] == HEARTBEAT:
            subscription.failed_at = at
        session.add(subscription)
        if not _decides(subscription, row):
            return
        if row.codes["type"] == HANDSHAKE and outcome.state is DeliveryState.SENT:
            subscription.status = SubscriptionStatus.ACTIVE
            _let_go(session, subscription, at)
            events.record(session, SYSTEM, "subscription.active", subscription, at=at)
        elif outcome.state in STUCK:
            subscription.status, subscription.fault = SubscriptionStatus.ERROR, outcome.result
            events.record(session, SYSTEM, "subscription.error", subscription, at=at)


def deliverer_for(base: str, mail: MailDeliverer, *, may_be_private: bool) -> SubscriptionDeliverer:
    """The deliverer with every channel. `may_be_private`: addresses of this machine will do, for demo."""
    hook, letters = HookCarrier(may_be_private), MailCarrier(mail, base)
    return SubscriptionDeliverer(base, {Channel.REST_HOOK: hook, Channel.EMAIL: letters})


def _may_hear(client: Client, subscription: Subscription) -> bool:
    """Whether the program may read, by its own scopes and trust, all that the topic tells of."""
    actor = _actor(client)
    return all(
        opens(client.scopes, Level.SYSTEM, resource_type, "r") and is_allowed(actor, READ_WITH[resource_type])
        for resource_type in TOPICS[subscription.topic].heard
    )


def _actor(client: Client) -> Actor:
    purpose = Purpose(client.purposes[0]) if client.purposes else Purpose.CARE_COORDINATION
    return identity.system_actor(client, purpose, Door.FHIR)


def _stays(subscription: Subscription, row: Outbox, at: datetime) -> Outcome | None:
    """How it ends without being sent, or waits; None when it may go."""
    if subscription.ends_at is not None and subscription.ends_at <= at:
        return Outcome(DeliveryState.DROPPED, "ended")
    if row.codes["type"] == HANDSHAKE:
        return None if _decides(subscription, row) else Outcome(DeliveryState.DROPPED, "asked again")
    if subscription.status is SubscriptionStatus.REQUESTED and row.codes["type"] == EVENT:
        return Outcome(DeliveryState.WAITING, "no handshake yet", due_at=at + LOOKS_AGAIN)
    is_active = subscription.status is SubscriptionStatus.ACTIVE
    return None if is_active else Outcome(DeliveryState.DROPPED, subscription.status.value)


def _held_back(row: Outbox, at: datetime) -> Outcome:
    """Nothing goes to a program that may not hear of it now; a handshake waits until it may."""
    if row.codes["type"] == HANDSHAKE:
        return Outcome(DeliveryState.WAITING, HELD_BACK, due_at=at + LOOKS_AGAIN)
    return Outcome(DeliveryState.DROPPED, HELD_BACK)


def _decides(subscription: Subscription, row: Outbox) -> bool:
    """Whether what becomes of a notification changes how the subscription stands: not when it was asked again since."""
    if row.codes["type"] != HANDSHAKE:
        return subscription.status is SubscriptionStatus.ACTIVE
    is_newest = row.codes["number"] == str(subscription.round)
    return subscription.status is SubscriptionStatus.REQUESTED and is_newest


def _let_go(session: Session, subscription: Subscription, at: datetime) -> None:
    """All events that were not told by now go, oldest first."""
    held: list[DeliveryState] = [state for state in DeliveryState if state is not DeliveryState.SENT]
    waiting = select(col(Outbox.id)).where(
        col(Outbox.destination_id) == subscription.id,
        col(Outbox.kind) == KIND,
        col(Outbox.order_key) == str(subscription.id),
        col(Outbox.state).in_(held),
    )
    events.reopen(session, waiting.order_by(col(Outbox.id)).limit(MOST_TOLD_AGAIN), at=at)
