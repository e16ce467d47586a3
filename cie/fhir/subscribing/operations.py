"""The operations of subscriptions: how they stand, and the events that a program missed."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, request
from sqlalchemy import select
from sqlmodel import Session, col

from cie import events
from cie.access import Permission
from cie.db import reading
from cie.errors import NotFound
from cie.fhir.answering import answer_with, base, format_asked
from cie.fhir.opening import require_prepared, require_scope
from cie.fhir.receiving.views import read_body
from cie.fhir.refusals import Fault, NotUnderstood
from cie.fhir.subscribing.models import ContentLevel, Subscription
from cie.fhir.subscribing.noticing import last_number
from cie.fhir.subscribing.notifications import (
    QUERY_EVENT,
    QUERY_STATUS,
    events_between,
    notification,
    status_of,
    told_of,
)
from cie.fhir.subscribing.topics import TOPICS
from cie.http import requires

MOST_EVENTS = 200
_LEVELS = list(ContentLevel)
Resource = dict[str, Any]


def add_routes(blueprint: Blueprint) -> None:
    """The addresses of the operations, by GET and by POST."""
    for name, address, view in (
        ("status_of_all", "/fhir/Subscription/$status", _status_of_all),
        ("status", "/fhir/Subscription/<subscription_id>/$status", _status),
        ("events", "/fhir/Subscription/<subscription_id>/$events", _events),
    ):
        opened = requires(Permission.WEBHOOK_MANAGE)(view)
        blueprint.add_url_rule(address, f"subscription_{name}", opened, methods=["GET", "POST"])


def _status(subscription_id: str) -> Response:
    """How one subscription stands."""
    return _statuses(lambda session: [_of_organization(session, subscription_id)])


def _status_of_all() -> Response:
    """How the subscriptions of the calling program stand: those named by id, those of a status, or all."""
    wanted = list(_asked())
    ids = {text for name, text in wanted if name == "id"}
    statuses = {text for name, text in wanted if name == "status"}

    def own(session: Session) -> list[Subscription]:
        query = select(Subscription).where(col(Subscription.client_id) == g.actor.id).order_by(col(Subscription.id))
        found = session.execute(query).scalars()
        return [
            each for each in found if (not ids or str(each.id) in ids) and (not statuses or each.status in statuses)
        ]

    return _statuses(own)


def _statuses(among: Callable[[Session], Sequence[Subscription]]) -> Response:
    require_scope("Subscription", "r")
    format_asked()
    with reading() as session:
        require_prepared(session)
        entries = [
            {
                "fullUrl": f"urn:uuid:{told['id']}",
                "resource": told,
                "search": {"mode": "match"},
            }
            for each in among(session)
            for told in [status_of(each, QUERY_STATUS, last_number(session, each.id), base=base())]
        ]
    found: Resource = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
    return answer_with({**found, **({"entry": entries} if entries else {})})


def _events(subscription_id: str) -> Response:
    """The events with the numbers that are named, as many as one answer holds, told as they may be read now."""
    require_scope("Subscription", "r")
    format_asked()
    wanted = dict(_asked())
    first, last = _number(wanted, "eventsSinceNumber", 1), _number(wanted, "eventsUntilNumber", 2**31 - 1)
    with reading() as session:
        require_prepared(session)
        subscription = _of_organization(session, subscription_id)
        for resource_type in TOPICS[subscription.topic].heard:
            require_scope(resource_type, "r")
        content = _content(subscription, wanted.get("content"))
        found = events_between(session, subscription, first, last, most=MOST_EVENTS)
        told = told_of(session, subscription, found, content)
        shown = {each.row.person_id for each in told if each.row and each.row.person_id}
        if shown and content is ContentLevel.FULL_RESOURCE:
            events.showed(session, g.actor, *shown)
        count = last_number(session, subscription.id)
    return answer_with(notification(subscription, QUERY_EVENT, count, told, base=base(), content=content))


def _of_organization(session: Session, subscription_id: str) -> Subscription:
    """Raises NotFound alike for what is another's and for what there is not."""
    try:
        found = session.get(Subscription, UUID(subscription_id))
    except ValueError:
        found = None
    if found is None or found.organization_id != g.actor.organization:
        raise NotFound("There is no such resource")
    return found


def _asked() -> Iterator[tuple[str, str]]:
    """The parameters of the address, and of Parameters that were sent."""
    yield from request.args.items(multi=True)
    if request.method == "POST" and request.get_data():
        for each in read_body().get("parameter", []):
            yield each.get("name", ""), next((str(part) for name, part in each.items() if name != "name"), "")


def _number(wanted: dict[str, str], name: str, usual: int) -> int:
    text = wanted.get(name)
    if text is None:
        return usual
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotUnderstood([Fault("value", "Write the number of an event", name)])
    return int(text)


def _content(subscription: Subscription, wanted: str | None) -> ContentLevel:
    """As much as was asked for, and no more than the subscription gives."""
    if wanted is None:
        return subscription.content
    if wanted not in _LEVELS:
        raise NotUnderstood([Fault("value", f"Write {', '.join(_LEVELS)}", "content")])
    return min(ContentLevel(wanted), subscription.content, key=_LEVELS.index)
