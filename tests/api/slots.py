"""Every place of the API where an id can stand: in the address of each operation, and in what it is sent."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any
from uuid import UUID

from flask import Flask
from sqlmodel import col, select
from werkzeug.routing import Rule

from cie.consent import FORM_VERSION
from cie.db import reading, transaction
from cie.events import DeliveryState, Outbox
from cie.exports import Export
from cie.identity import AccessToken
from cie.referrals import ContactAttempt, Entry, Result
from cie.screening import Need
from cie.webhooks import Webhook
from tests.noninterference.hidden_ids import TABLES
from tests.noninterference.place import BEFORE
from tests.noninterference.program_place import PANTRY, ProgramPlace

KINDS: dict[str, Any] = {
    **TABLES,
    "need_id": Need,
    "webhook_id": Webhook,
    "export_id": Export,
    "notice_id": Outbox,
    "entry_id": Entry,
    "attempt_id": ContactAttempt,
    "result_id": Result,
    "token_id": AccessToken,
}
"""Every kind of id that an organization has, by the name under which an address holds it."""

IN_BODIES = {"person_id": "person_id", "need_id": "need_id", "replaces_id": "referral_id", "after": "notice_id"}
"""Ids in bodies, by the name of the field."""

OF_ALL = {"service_id", "service_ids", "proposed_service_id", "recipient_ids", "instrument_id", "file_name"}
"""Names that hold what is the same for everybody: the directory, the organizations, the instruments, words."""


@dataclass(frozen=True)
class Operation:
    """One method of one address, with what makes it good when it is the caller's own."""

    rule: Rule
    method: str
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, UUID | str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.method} {self.rule.rule}"

    def path(self, app: Flask) -> str:
        with app.test_request_context():
            return app.url_for(self.rule.endpoint, **self.ids).removeprefix("/api/v1")


@dataclass(frozen=True)
class Slot:
    """One place where an id can stand; `where` is the way to it in the body, empty in the address."""

    operation: Operation
    name: str
    where: tuple[str, ...] = ()

    @property
    def kind(self) -> str | None:
        """Of which kind the ids are that belong there; None for what is the same for everybody."""
        names = IN_BODIES if self.where else {name: name for name in KINDS}
        return None if self.name in OF_ALL else names[self.name]

    def holding(self, id_: UUID) -> Operation:
        """The operation with this id there."""
        if not self.where:
            return replace(self.operation, ids={**self.operation.ids, self.name: id_})
        body: dict[str, Any] = deepcopy(dict(self.operation.body or {}))
        *way, last = self.where
        inner = reduce(lambda found, name: found[name], way, body)
        inner[last] = [str(id_)] if isinstance(inner.get(last), list) else str(id_)
        return replace(self.operation, body=body)


def operations(place: ProgramPlace, app: Flask) -> list[Operation]:
    """All that the API can do, each for something of the pantry's own; what ends a record comes last."""
    rules = (rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api_"))
    found = [_operation(place, rule, method) for rule in rules for method in (rule.methods or set()) & METHODS]
    return sorted(found, key=lambda each: (METHOD_ORDER.index(each.method), each.name))


METHOD_ORDER = ("GET", "PUT", "PATCH", "POST", "DELETE")
METHODS = set(METHOD_ORDER)


def _operation(place: ProgramPlace, rule: Rule, method: str) -> Operation:
    ids = {name: _own(place, rule.endpoint, name) for name in rule.arguments}
    bodies, headers = bodies_of(place), {"api_people.correct": {"If_Match": f'"{_version(place)}"'}}
    return Operation(rule, method, bodies.get(rule.endpoint), headers.get(rule.endpoint, {}), ids)


def _own(place: ProgramPlace, endpoint: str, name: str) -> UUID | str:
    """Something of the pantry's own to stand in an address."""
    hidden, known = place.hidden, place.known[PANTRY]
    chosen: dict[str, UUID | str] = {"task_id": hidden.asked_task.id, "service_id": hidden.third.id}
    chosen["result_id"] = hidden.told_result.id
    if endpoint == "api_referrals.close":
        chosen["referral_id"] = place.ids["referral_id"][0]  # the one that it sent itself
    if endpoint == "api_screenings.create":
        chosen["person_id"] = hidden.fern  # of whom nobody asked these questions yet
    if endpoint == "api_referrals.record_enrollment":
        chosen["task_id"] = hidden.reported_task.id  # to which it said yes
    if name == "notice_id":
        return _stuck_notice(known["webhook_id"][0])
    return chosen.get(name) or known[name][0]


def _stuck_notice(webhook_id: UUID) -> UUID:
    """A notice that may be sent once more."""
    with transaction() as session:
        row = session.exec(select(Outbox).where(col(Outbox.destination_id) == webhook_id)).first()
        assert row is not None
        row.state = DeliveryState.DEAD
        session.add(row)
        return row.id


def _version(place: ProgramPlace) -> int:
    version: int = place.systems[PANTRY].get(f"/people/{place.known[PANTRY]['person_id'][0]}").get_json()["version"]
    return version


def slots(operation: Operation, document: Mapping[str, Any]) -> Iterator[Slot]:
    """Each place of an operation where an id can stand."""
    yield from (Slot(operation, name) for name in sorted(operation.rule.arguments))
    path = operation.rule.rule.replace("<uuid:", "{").replace("<", "{").replace(">", "}")
    said = document["paths"][path][operation.method.lower()]
    for content in said.get("requestBody", {}).get("content", {}).values():
        for where in _ways_to_ids(content["schema"], document):
            yield Slot(operation, where[-1], where)
    for each in said.get("parameters", []):
        assert each.get("in") != "query" or each["schema"].get("format") != "uuid", f"{path}: {each['name']}"


def _ways_to_ids(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The ways to all fields of a body that hold an id."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    sent = {name: inner for name, inner in schema.get("properties", {}).items() if not inner.get("readOnly")}
    for name, inner in sent.items():
        one = inner.get("items", inner)
        if one.get("format") == "uuid":
            yield (name,)
        yield from ((name, *way) for way in _ways_to_ids(one, document))


def bodies_of(place: ProgramPlace) -> dict[str, dict[str, Any]]:
    """A good body of each operation that takes one, by endpoint: all of it the pantry's own."""
    hidden, (person_id, *_others) = place.hidden, place.known[PANTRY]["person_id"]
    asked = {"person_id": str(person_id), "need_code": "food", "urgency": "routine"}
    asked |= {"service_ids": [str(hidden.third.id)]}
    return {
        "api_people.match": {"given_name": "Briar"},
        "api_people.create": {"given_name": "Wilder", "family_name": "Quince"},
        "api_people.correct": {"zip": "93703"},
        "api_people.add_contact": {"kind": "sms", "value": "559 555 0199"},
        "api_people.add_identifier": {"namespace": "cin", "value": "97654321C"},
        "api_screenings.create": {
            "instrument_id": str(hidden.instrument.id),
            "answers": [{"link_id": "/88122-7", "codes": ["LA28397-0"]}],
        },
        "api_needs.create": {"need_code": "legal-help"},
        "api_needs.set_wish": {"wish": "wants-help"},
        "api_consents.create": {
            "decision": "share", "categories": ["general"], "method": "in-person", "wording_version": FORM_VERSION,
            "recipient_ids": [str(hidden.house.id)],
        },
        "api_consents.revoke": {"method": "in-person"},
        "api_referrals.preview": asked,
        "api_referrals.send": asked,
        "api_referrals.close": {"closing": "no-longer-needs"},
        "api_referrals.give_answer": {
            "answer": "reject", "reason": "other-fits-better", "proposed_service_id": str(hidden.third.id),
        },
        "api_referrals.write": {"text": "Come on Friday"},
        "api_referrals.record_attempt": {"method": "phone", "reached": False, "happened_at": BEFORE.isoformat()},
        "api_referrals.record_enrollment": {"program": "snap", "status": "enrolled"},
        "api_exports.create": {"kinds": ["people"]},
        "api_webhooks.create": {"url": "http://127.0.0.1:9/"},
        "api_webhooks.replay": {"since": BEFORE.isoformat()},
        "api_batch.carry_out": {"items": [{"method": "GET", "path": "/api/v1/me"}]},
    }  # fmt: skip


def ids_of_others(place: ProgramPlace) -> dict[str, list[UUID]]:
    """Every record of the other organizations by kind, but for what they sent to the pantry."""
    own, known = place.hidden.loop.pantry.id, place.known[PANTRY]
    with reading() as session:
        return {
            kind: [
                id_
                for id_ in session.exec(select(table.id).where(col(table.organization_id) != own).order_by(table.id))
                if id_ not in {*known.get(kind, ()), *place.ids.get(kind, ())}
            ]
            for kind, table in KINDS.items()
        }
