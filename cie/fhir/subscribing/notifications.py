"""Notifications and the status of subscriptions, as the R5 Subscriptions Backport 1.1.0 writes them in R4."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlmodel import Session, col

from cie.fhir.formats import read_json
from cie.fhir.moments import instant
from cie.fhir.store import Stored, unsealed
from cie.fhir.subscribing.models import ContentLevel, Subscription, SubscriptionEvent, SubscriptionStatus
from cie.fhir.subscribing.wishes import BACKPORT

NOTIFICATION, STATUS = f"{BACKPORT}backport-subscription-notification-r4", f"{BACKPORT}backport-subscription-status-r4"
ERRORS = "http://terminology.hl7.org/CodeSystem/subscription-error"
QUERY_STATUS, QUERY_EVENT = "query-status", "query-event"
Resource = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """An event as it is told now. `row`: what it is about; None where nothing is said of that."""

    event: SubscriptionEvent
    row: Stored | None = None


def events_between(
    session: Session, subscription: Subscription, first: int, last: int, *, most: int
) -> Sequence[SubscriptionEvent]:
    """The events with these numbers, both included, in their order."""
    number = col(SubscriptionEvent.number)
    mine = (col(SubscriptionEvent.subscription_id) == subscription.id, number >= first, number <= last)
    return session.execute(select(SubscriptionEvent).where(*mine).order_by(number).limit(most)).scalars().all()


def told_of(
    session: Session, subscription: Subscription, events: Iterable[SubscriptionEvent], content: ContentLevel
) -> list[Told]:
    """These events with what the organization may read of them now; of what it may not, only that something was."""
    if content is ContentLevel.EMPTY:
        return [Told(event) for event in events]
    organization_id = subscription.organization_id
    return [Told(each, unsealed(session, organization_id, each.resource_type, each.resource_id)) for each in events]


def notification(
    subscription: Subscription,
    type: str,
    count: int,
    told: Collection[Told] = (),
    *,
    base: str,
    content: ContentLevel | None = None,
) -> Resource:
    """A Bundle with the status first, and the resources as far as the content level goes.

    `count`: of the events since the subscription began. `content`: less than the subscription asks for.
    """
    status, address = status_of(subscription, type, count, told, base=base), _address(subscription, base)
    first = {
        "fullUrl": f"urn:uuid:{status['id']}",
        "resource": status,
        "request": {"method": "GET", "url": f"{address}/$status"},
        "response": {"status": "200"},
    }
    is_whole = (content or subscription.content) is ContentLevel.FULL_RESOURCE
    rows = {(row.resource_type, row.resource_id): row for each in told if (row := each.row)}
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [NOTIFICATION]},
        "type": "history",
        "timestamp": instant(datetime.now(UTC)),
        "entry": [first, *(_entry(row, base, is_whole=is_whole) for row in rows.values())],
    }


def _address(subscription: Subscription, base: str) -> str:
    return f"{base}/Subscription/{subscription.id}"


def _entry(row: Stored, base: str, *, is_whole: bool) -> Resource:
    address, is_new = f"{row.resource_type}/{row.resource_id}", row.version == 1
    request = {"method": "POST", "url": row.resource_type} if is_new else {"method": "PUT", "url": address}
    return {
        "fullUrl": f"{base}/{address}",
        **({"resource": read_json(row.body.encode())} if is_whole and row.body else {}),
        "request": request,
        "response": {"status": "201" if is_new else "200"},
    }


def status_of(subscription: Subscription, type: str, count: int, told: Iterable[Told] = (), *, base: str) -> Resource:
    """How a subscription stands, as Parameters."""
    parameters = [
        {"name": "subscription", "valueReference": {"reference": _address(subscription, base)}},
        {"name": "topic", "valueCanonical": subscription.topic},
        {"name": "status", "valueCode": subscription.status.value},
        {"name": "type", "valueCode": type},
        {"name": "events-since-subscription-start", "valueString": str(count)},
        *(_event(each, base) for each in told),
    ]
    if subscription.status is SubscriptionStatus.ERROR:
        parameters.append({"name": "error", "valueCodeableConcept": _error(subscription)})
    return {
        "resourceType": "Parameters",
        "id": str(uuid4()),
        "meta": {"profile": [STATUS]},
        "parameter": parameters,
    }


def _event(told: Told, base: str) -> Resource:
    event, row = told.event, told.row
    parts: list[Resource] = [
        {"name": "event-number", "valueString": str(event.number)},
        {"name": "timestamp", "valueInstant": instant(event.at)},
    ]
    if row is not None:
        focus = {"reference": f"{base}/{row.resource_type}/{row.resource_id}"}
        parts.append({"name": "focus", "valueReference": focus})
    return {"name": "notification-event", "part": parts}


def _error(subscription: Subscription) -> Resource:
    return {"coding": [{"system": ERRORS, "code": "no-response"}], "text": subscription.fault}
