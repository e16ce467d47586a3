"""What a program asks for in a Subscription, as the R5 Subscriptions Backport 1.1.0 writes it in R4.

All that is not served is refused at once, each at its element: an unknown topic or filter, a channel, an address.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cie.fhir.answering import JSON, XML
from cie.fhir.refusals import Fault, NotTaken, NotUnderstood
from cie.fhir.searching.periods import span_of
from cie.fhir.subscribing.channels import RULES, Caller, Payload, payload_of
from cie.fhir.subscribing.models import Channel, ContentLevel, SubscriptionStatus
from cie.fhir.subscribing.topics import TOPICS, Topic, criteria_of

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
LONGEST_SECONDS = 31_536_000
MOST_FILTERS, LONGEST_FILTER = 20, 2_000
Resource = dict[str, Any]


@dataclass(frozen=True)
class Wish:
    """What a Subscription asks for. `headers` is None when it says none; `said` is the resource without them."""

    status: SubscriptionStatus
    topic: str
    filters: list[str]
    channel: Channel
    endpoint: str
    headers: list[str] | None
    content: ContentLevel
    payload: Payload
    heartbeat_seconds: int | None
    timeout_seconds: int | None
    most_events: int | None
    ends_at: datetime | None
    said: Resource


def read_wish(resource: Resource, caller: Caller, *, at: datetime) -> Wish:
    """What a Subscription asks for. Raises NotTaken with all that is not served."""
    channel = resource["channel"]
    faults = [*_topic_faults(resource, caller), *_channel_faults(channel, caller), *_time_faults(resource, at)]
    payload = None if faults else payload_of(channel)
    if payload is None:
        raise NotTaken(faults)
    end = span_of(resource.get("end", ""))
    return Wish(
        SubscriptionStatus(resource["status"]),
        _topic_in(resource),
        [text.replace(f"{caller.base}/", "") for text in _filters(resource)],
        Channel(channel["type"]),
        channel["endpoint"],
        channel.get("header"),
        ContentLevel(_extended(channel.get("_payload"), "backport-payload-content", "valueCode")),
        payload,
        _extended(channel, "backport-heartbeat-period", "valueUnsignedInt"),
        _extended(channel, "backport-timeout", "valueUnsignedInt"),
        _extended(channel, "backport-max-count", "valuePositiveInt"),
        end.from_at if end else None,
        {**resource, "channel": {name: part for name, part in channel.items() if name not in ("header", "_header")}},
    )


def _extensions(element: Any, name: str, value: str) -> list[Any]:
    found = element.get("extension", []) if isinstance(element, Mapping) else []
    return [each.get(value) for each in found if each.get("url") == f"{BACKPORT}{name}"]


def _extended(element: Any, name: str, value: str) -> Any:
    return next(iter(_extensions(element, name, value)), None)


def _topic_in(resource: Resource) -> str:
    criteria: str = resource.get("criteria", "")
    return criteria.partition("|")[0]


def _filters(resource: Resource) -> list[str]:
    return [text or "" for text in _extensions(resource.get("_criteria"), "backport-filter-criteria", "valueString")]


def _topic_faults(resource: Resource, caller: Caller) -> Iterator[Fault]:
    topic = TOPICS.get(_topic_in(resource))
    if topic is None:
        yield Fault("not-supported", f"Name one of these topics: {', '.join(TOPICS)}", "Subscription.criteria")
        return
    for resource_type in topic.heard:
        if not caller.may_read(resource_type):
            words = f"To hear of this a token must open system/{resource_type}.r"
            yield Fault("forbidden", words, "Subscription.criteria")
    filters = _filters(resource)
    if len(filters) > MOST_FILTERS:
        yield Fault("too-costly", f"Give {MOST_FILTERS} filters at most", "Subscription.criteria.extension")
    for number, text in enumerate(filters[:MOST_FILTERS]):
        place = f"Subscription.criteria.extension[{number}]"
        yield from (Fault(code, words, place) for code, words in _filter_faults(topic, text, caller))


def _filter_faults(topic: Topic, text: str, caller: Caller) -> Iterator[tuple[str, str]]:
    about, mark, query = text.replace(f"{caller.base}/", "").partition("?")
    if about not in topic.heard or not mark or not query or len(text) > LONGEST_FILTER:
        yield "value", f"Write a filter as {next(iter(topic.heard))}?parameter=value"
        return
    names = {re.split("[:.]", part.partition("=")[0])[0] for part in query.split("&")}
    if names - topic.filters or "." in "".join(part.partition("=")[0] for part in query.split("&")):
        yield "not-supported", f"This topic is filtered by {', '.join(sorted(topic.filters))}"
        return
    try:
        criteria = criteria_of(about, query)
    except NotUnderstood as error:
        yield from ((fault.code, fault.words) for fault in error.faults)
        return
    if any(criterion.is_personal for criterion in criteria):
        yield "not-supported", "A filter names references by their address"


def _channel_faults(channel: Resource, caller: Caller) -> Iterator[Fault]:
    if channel.get("type") not in caller.channels:
        words = f"Notifications go by {' or '.join(caller.channels)} alone"
        yield Fault("not-supported", words, "Subscription.channel.type")
        return
    rules, content = RULES[channel["type"]], _extended(channel.get("_payload"), "backport-payload-content", "valueCode")
    yield from rules.faults(channel, content, caller)
    if payload_of(channel) is None:
        yield Fault("not-supported", f"Ask for {JSON} or {XML}", "Subscription.channel.payload")
    if content not in list(ContentLevel):
        words = f"Say by the extension backport-payload-content how much: {', '.join(ContentLevel)}"
        yield Fault("required", words, "Subscription.channel.payload.extension")
    heartbeat = _extended(channel, "backport-heartbeat-period", "valueUnsignedInt")
    if heartbeat is not None and not rules.shortest_heartbeat <= heartbeat <= LONGEST_SECONDS:
        words = f"Ask for a heartbeat of {rules.shortest_heartbeat} seconds or more"
        yield Fault("value", words, "Subscription.channel.extension")


def _time_faults(resource: Resource, at: datetime) -> Iterator[Fault]:
    end = span_of(resource.get("end", ""))
    if end is not None and end.from_at <= at and resource["status"] != SubscriptionStatus.OFF:
        yield Fault("value", "This end is past", "Subscription.end")
