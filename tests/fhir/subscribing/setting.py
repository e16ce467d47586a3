"""A program that subscribes, the clock of the worker that tells it, and what its receiver got."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlmodel import col

from cie import mail
from cie.db import reading, transaction
from cie.events import Outbox
from cie.fhir.formats import read_json, read_xml
from cie.fhir.projecting.sent import show
from cie.fhir.store import Content, lock_audiences
from cie.fhir.subscribing import KIND, Subscription, SubscriptionDeliverer, deliverer_for, look_after_subscriptions
from cie.fhir.subscribing.models import SubscriptionEvent
from cie.fhir.subscribing.wishes import BACKPORT
from cie.jobs import deliver_next
from cie.mail import MailDeliverer, NoMail
from tests.fhir.place import make_all
from tests.fhir.readers import Reader
from tests.outbound.peer import says
from tests.support.outbox import deliver_until

GUIDE = "http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/"
TASKS, REQUESTS = f"{GUIDE}Task", f"{GUIDE}Servicerequest"
REFERRALS, CONSENTS = "urn:x-cie:topic:referral-status", "urn:x-cie:topic:consent-change"
JSON, XML = "application/fhir+json", "application/fhir+xml"
TAKEN, BROKEN = says(b"HTTP/1.1 204 No Content\r\n\r\n"), says(b"HTTP/1.1 500 Broken\r\n\r\n")
GONE = says(b"HTTP/1.1 410 Gone\r\n\r\n")
NOWHERE = "http://127.0.0.1:9/hook"
BASE, PAGE, NETWORK = "http://127.0.0.1:8000/fhir", "http://127.0.0.1:8000/mail/", "Valley Exchange"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
Resource = dict[str, Any]
_SUBJECT = {"subject": {"reference": "Patient/p1"}}
_NEEDED = {"Task": {"intent": "order"}, "ServiceRequest": {"intent": "order", **_SUBJECT}, "Procedure": _SUBJECT}
"""What a resource of each type must say."""


def extension(name: str, **value: Any) -> Resource:
    return {"url": f"{BACKPORT}{name}", **value}


def wish(
    endpoint: str = NOWHERE, *, topic: str = TASKS, filters: Any = (), content: str = "id-only", **more: Any
) -> Any:
    """A Subscription as a program sends it. `channel`: parts of the channel; the rest is of the resource."""
    channel = {
        "type": "rest-hook",
        "endpoint": endpoint,
        "payload": JSON,
        "_payload": {"extension": [extension("backport-payload-content", valueCode=content)]},
        **more.pop("channel", {}),
    }
    narrowed = [extension("backport-filter-criteria", valueString=text) for text in filters]
    return {
        "resourceType": "Subscription",
        "meta": {"profile": [f"{BACKPORT}backport-subscription"]},
        "status": "requested",
        "reason": "To know how it goes",
        "criteria": topic,
        **({"_criteria": {"extension": narrowed}} if narrowed else {}),
        "channel": channel,
        **more,
    }


@dataclass
class Listener:
    """A program that subscribes; `now` is the time of the worker, which goes on when a test says so."""

    reader: Reader
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    mails: MailDeliverer = field(default_factory=lambda: MailDeliverer(NoMail(), NETWORK, PAGE))

    def __post_init__(self) -> None:
        assert self.reader.token
        make_all()

    def send(self, method: str, path: str, resource: Resource, **headers: str) -> Any:
        return self.reader.call(method, path, orjson.dumps(resource), **{"Content_Type": JSON, **headers})

    def subscribe(self, endpoint: str = NOWHERE, **said: Any) -> str:
        """Ask to be told; the id of the subscription."""
        answer = self.send("POST", "/Subscription", wish(endpoint, **said))
        assert answer.status_code == 201, answer.get_json()
        return str(answer.get_json()["id"])

    def change(self, id: str, **changed: Any) -> Any:
        """Send what is read, with this changed."""
        return self.send("PUT", f"/Subscription/{id}", {**self.read(id), **changed})

    def read(self, id: str) -> Resource:
        return dict(self.reader.get(f"/Subscription/{id}").get_json())

    def keep(self, resource_type: str, id: str, person_id: UUID | None = None, **elements: Any) -> None:
        """What the organization reads now."""
        body = {"resourceType": resource_type, "id": id, **_NEEDED[resource_type], **elements}
        with transaction() as session:
            (audience,) = lock_audiences(session, [self.reader.owner.id])
            show(session, audience, [Content(body, person_id, is_kept=True)])

    def task(self, id: str, person_id: UUID | None = None, **elements: Any) -> None:
        self.keep("Task", id, person_id, **{"status": "requested", **elements})

    def take(self, resource_type: str, id: str) -> None:
        """The organization may read this no more."""
        with transaction() as session:
            (audience,) = lock_audiences(session, [self.reader.owner.id])
            show(session, audience, [], [(resource_type, id)])

    def deliver(self, after: timedelta = timedelta()) -> None:
        """So long after, the worker delivers what may go then, until nothing is left."""
        # what was asked over HTTP carries the true time
        self.now = max(self.now, datetime.now(UTC)) + after
        while deliver_next({KIND: self.deliverer, mail.KIND: self.mails}, lambda: self.now):
            pass

    @property
    def deliverer(self) -> SubscriptionDeliverer:
        return deliverer_for(BASE, self.mails, may_be_private=True)

    def deliver_until(self, end: datetime) -> None:
        """The worker works on; its clock jumps to whatever is due next."""
        deliver_until(self, end)

    def tend(self, after: timedelta = timedelta()) -> None:
        """What the clock does, so long after."""
        self.now += after
        with transaction() as session:
            look_after_subscriptions(session, at=self.now)

    def row(self, id: str) -> Subscription:
        with reading() as session:
            return session.get_one(Subscription, UUID(id))

    def events(self, id: str) -> list[tuple[int, str]]:
        """The number of each event of a subscription, and what it is about."""
        with reading() as session:
            mine = select(SubscriptionEvent).where(col(SubscriptionEvent.subscription_id) == UUID(id))
            rows = session.execute(mine.order_by(col(SubscriptionEvent.number))).scalars().all()
        return [(row.number, f"{row.resource_type}/{row.resource_id}") for row in rows]

    def states(self, type: str = "event-notification") -> list[tuple[str, str]]:
        """How the notifications of one kind stand, oldest first."""
        with reading() as session:
            rows = session.execute(select(Outbox).where(col(Outbox.kind) == KIND).order_by(col(Outbox.id))).scalars()
            return [(row.state.value, row.result) for row in rows if row.codes["type"] == type]


def bundles(heard: list[bytes]) -> list[Resource]:
    """What a receiver was sent, read by its media type."""
    return [_read(*request.split(b"\r\n\r\n", 1)) for request in heard]


def _read(head: bytes, body: bytes) -> Resource:
    assert head.startswith(b"POST")
    return read_xml(body) if header(head, "Content-Type") == XML else read_json(body)


def header(head: bytes, name: str) -> str:
    """A header of a request; empty where there is none."""
    lines = [line.partition(b": ") for line in head.split(b"\r\n")[1:]]
    return next((value.decode() for key, _, value in lines if key.decode().lower() == name.lower()), "")


def said(bundle: Resource) -> dict[str, Any]:
    """What the status of a notification says, by name."""
    values = {}
    for each in bundle["entry"][0]["resource"]["parameter"]:
        values[each["name"]] = next((part for name, part in each.items() if name.startswith("value")), None)
    return values


def numbers(bundle: Resource) -> list[tuple[int, str]]:
    """The events of a notification: the number of each, and what it is about; nothing where that is not said."""
    found = []
    for each in bundle["entry"][0]["resource"]["parameter"]:
        if each["name"] == "notification-event":
            parts = {part["name"]: part for part in each["part"]}
            focus = parts.get("focus", {}).get("valueReference", {}).get("reference", "")
            found.append((int(parts["event-number"]["valueString"]), focus.removeprefix(f"{BASE}/")))
    return found


def told(heard: list[bytes]) -> list[tuple[int, str]]:
    """The events that came, without handshakes and heartbeats, in the order in which they came."""
    return [event for bundle in bundles(heard) for event in numbers(bundle)]
