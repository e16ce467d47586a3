"""What is declared to flow does flow, there and nowhere else; and what would flow undeclared is seen."""

import html
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Response, request
from sqlmodel import col, func, select

from cie import events
from cie.db import reading, transaction
from cie.people import Person
from cie.privacy import declared_flows
from cie.referrals import Entry, EntryKind
from cie.screening import Need
from tests.factories import NOON
from tests.noninterference.comparing import differences
from tests.noninterference.hidden import FLOWS, MANY, Act
from tests.noninterference.place import Place
from tests.noninterference.worlds import Worlds
from tests.support.web import Browser

DIRECTORY = ("directory.show", "directory.public_show", "directory.index", "directory.find_help")
LOOKED_AT = {
    "full": (*DIRECTORY, "worklist.index"),
    "many": ("measures.index", "measures.download", "worklist.index"),
    "taken": ("open_requests.index", "worklist.index", "measures.index"),
    "permission": ("permission_queries.create", "consents.shared", "worklist.index"),
    "stopped": ("asked.index", "asking.new", "people.show", "referrals.show", "worklist.index"),
}
TEXTS = {"stopped": ("texts",)}
"""Flows that show in what is texted as well: that nothing goes is what was asked for."""
KINDS = {"worklist.index": "page", "measures.download": "table", "health.readyz": "state", "attachments.show": "file"}
"""One endpoint of each kind of output."""


class TestDeclared:
    @pytest.mark.parametrize("name", FLOWS)
    def test_the_fact_changes_what_is_declared_and_nothing_else(self, worlds: Worlds, name: str) -> None:
        before = worlds.given([], only=LOOKED_AT[name], first=1)

        after = worlds.given([(name, 1)], only=LOOKED_AT[name], first=1)

        assert differences(before, after) != []
        allowed = (*declared_flows()[name].endpoints, *TEXTS.get(name, ()))
        assert differences(before, after, allowed=allowed) == []

    def test_fewer_than_that_many_change_nothing(self, worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
        before = worlds.given([], only=LOOKED_AT["many"], first=1)
        monkeypatch.setattr("tests.noninterference.hidden.MANY", MANY // 2)

        after = worlds.given([("many", 1)], only=LOOKED_AT["many"], first=1)

        assert differences(before, after) == []

    def test_a_delivery_that_waits_shows_in_the_state_alone(self, worlds: Worlds) -> None:
        before = worlds.given([], only=declared_flows()["late"].endpoints)
        with transaction() as session:
            clinic = worlds.place.hidden.clinic.id
            row = {"kind": "text", "organization_id": clinic, "destination_id": clinic, "order_key": "x"}
            events.queue(session, **row, dedup_key="late", due_at=NOON - timedelta(minutes=2))
        browser = Browser(worlds.readers.app)

        state, metrics = browser.get("/readyz").json, browser.get("/metrics").text

        known = next(o for (who, path), o in before.items() if path == "/readyz" and who == "anonymous visitor")
        assert b'"queue_seconds":0.0' in known.body.replace(b" ", b"")
        assert state == {"ready": True, "database": "here", "migrations": "current", "queue_seconds": 120.0}
        assert "cie_outbox_oldest_due_seconds 120.0" in metrics

    def test_the_page_lists_each_with_whom_it_reaches_and_why(self, worlds: Worlds) -> None:
        page = html.unescape(Browser(worlds.readers.app).get("/consents/flows").text)

        flows = declared_flows().values()
        assert all(words in page for flow in flows for words in (flow.fact, flow.reader, flow.reason, flow.where))
        assert {endpoint for flow in flows for endpoint in flow.endpoints} <= worlds.readers.app.view_functions.keys()


def existence(place: Place) -> bytes:
    """Whether anybody wrote a note on the other side."""
    return b"+" if count(place) != b"\0" else b"-"


def value(place: Place) -> bytes:
    """One byte that hangs on what is kept of a person."""
    with reading() as session:
        person = session.get_one(Person, place.hidden.person.id)
        kept = f"{person.given_name} {person.street} {person.pronouns} {person.zip}"
    return bytes([sum(kept.encode()) % 256])


def count(place: Place) -> bytes:
    """How many notes there are on the other side."""
    with reading() as session:
        own = col(Entry.organization_id) == place.hidden.clinic.id, col(Entry.kind) == EntryKind.NOTE
        return bytes([session.exec(select(func.count()).select_from(Entry).where(*own)).one()])


def order(place: Place) -> bytes:
    """Which need of a person came first."""
    with reading() as session:
        needs = select(Need.need_code).where(col(Need.person_id) == place.hidden.person.id).order_by(col(Need.id))
        return session.exec(needs).first().encode()[:1]  # there are two


NEEDS: list[Act] = [("needing", 1), ("needing", 2)]
CARELESS: list[tuple[Callable[[Place], bytes], list[Act], list[Act]]] = [
    (existence, [], [("noted", 1)]),
    (value, [], [("corrected", 1)]),
    (count, [("noted", 1)], [("noted", 1), ("noted", 1)]),
    (order, NEEDS, NEEDS[::-1]),
]


class TestUndeclared:
    def test_a_byte_that_hangs_on_a_hidden_fact_is_seen_in_every_kind_of_output(self, worlds: Worlds) -> None:
        for leak, one, other in CARELESS:
            worlds.readers.app.after_request_funcs[None].append(adding(leak, worlds.place))

            found = differences(*(worlds.given(acts, only=KINDS, first=1) for acts in (one, other)))

            worlds.readers.app.after_request_funcs[None].pop()
            seen = {KINDS[each.endpoint] for each in found if each.what == "body"}
            assert seen == set(KINDS.values()), leak.__name__


def adding(leak: Callable[[Place], bytes], place: Place) -> Callable[[Response], Response]:
    """A careless app: it adds what it must not tell to each answer of these kinds."""

    def add_it(response: Response) -> Response:
        if request.endpoint in KINDS and response.status_code == 200:
            response.direct_passthrough = False
            response.set_data(response.get_data() + leak(place))
        return response

    return add_it
