"""The programs of the demo's partners, which come in by the doors that real ones use.

What was taken, what was refused and why, and how it goes with each address is what those doors left. Nobody keeps
their keys: an administrator who wants to use one gives it new ones.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask
from sqlmodel import Session
from werkzeug.test import TestResponse

from cie import events, fhir, identity, jobs
from cie.access import Actor, ActorKind
from cie.db import transaction
from cie.events import Claimed, Deliverer, DeliveryState, Outcome
from cie.fhir.answering import JSON
from cie.fhir.subscribing.delivery import Prepared
from cie.identity import ClientKind, Registration
from cie.oauth.backend import BackendProgram
from cie.sandbox.hooks import SHUT
from cie.seeding.cast import participant_named
from cie.seeding.messages import MESSAGES
from cie.story.by_fhir import wish

Resource = dict[str, Any]


class Partner:
    """A program with a token; it asks the app itself, without a server."""

    def __init__(self, app: Flask, program: BackendProgram) -> None:
        self.http = app.test_client()
        token = self.http.post("/oauth/token", data=program.form()).get_json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}", "Accept": JSON, "Content-Type": JSON}

    def first(self, path: str) -> Resource:
        """The first that a search finds."""
        return _first(self.http.get(f"/fhir/{path}", headers=self.headers))

    def matched(self, known: Resource) -> Resource:
        """The person of whom the program knows this."""
        said = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": known}]}
        return _first(self.send("POST", "Patient/$match", said))

    def send(self, method: str, path: str, resource: Resource) -> TestResponse:
        """How a message is answered."""
        body = orjson.dumps(resource)
        return self.http.open(f"/fhir/{path}", method=method, headers=self.headers, data=body)


def _first(answer: TestResponse) -> Resource:
    resource: Resource = answer.get_json()["entry"][0]["resource"]
    return resource


def seed_partners(app: Flask, rows: list[Mapping[str, Any]]) -> Iterator[str]:
    """Register each program, let it send what it has to send, and tell it of what happened; how many there are."""
    composition, settings = app.extensions["cie"], app.extensions["cie-settings"]
    programs = [(row, _register(row, settings.public_url)) for row in rows]
    builder = jobs.Builder(composition.upkeep.next_turn, composition.upkeep.make_part)
    while builder.make_next():
        pass
    statuses = []
    for row, program in programs:
        partner = Partner(app, program)
        partner.first("Task?_count=1")
        if row["hears_at"]:
            partner.send("POST", "Subscription", wish(f"{settings.sandbox_url}/hooks/{row['hears_at']}"))
            _deliver(composition.deliverers[fhir.KIND])
        statuses += [partner.send(*MESSAGES[name](partner)).status_code for name in row["sends"]]
    _deliver(composition.deliverers[fhir.KIND])
    refused = sum(status >= HTTPStatus.BAD_REQUEST for status in statuses)
    yield f"programs of partners: {len(programs)}, messages of theirs that were refused: {refused}"


def _register(row: Mapping[str, Any], base_url: str) -> BackendProgram:
    program = BackendProgram(base_url, " ".join(row["scopes"]))
    registration = Registration(row["name"], ClientKind.SYSTEM, row["scopes"], jwks=program.key_set)
    with transaction() as session:
        organization = participant_named(session, row["organization"])
        actor = _administrator(session, row["administrator"])
        client, _secret = identity.register_client(session, actor, organization.id, registration, at=datetime.now(UTC))
        program.client_id = str(client.id)
    return program


def _administrator(session: Session, email: str) -> Actor:
    user = identity.account_for(session, email)
    assert user is not None
    return Actor(ActorKind.STAFF, user.id, user.organization_id, user.roles)


def _deliver(deliverer: Deliverer) -> None:
    """Tell the programs what waits for them, as the sandbox will answer once it is served."""
    while True:
        with transaction() as session:
            now = datetime.now(UTC)
            claimed = events.claim(session, [fhir.KIND], at=now)
            for each in claimed:
                events.settle(session, each, _answered(session, deliverer, each, now), deliverer, at=now)
        if not claimed:
            return


def _answered(session: Session, deliverer: Deliverer, claimed: Claimed, at: datetime) -> Outcome:
    row = events.held(session, claimed)
    assert row is not None
    prepared = deliverer.prepare(session, row, at=at)
    if not isinstance(prepared, Prepared):
        return prepared
    is_shut = prepared.packed.url.endswith(SHUT)
    return (
        Outcome(DeliveryState.DEAD, f"answered {HTTPStatus.SERVICE_UNAVAILABLE}")
        if is_shut
        else Outcome(DeliveryState.SENT)
    )
