"""One organization and the records of others: by the API each gets for them exactly what it gets for nothing."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from joserfc import jwt
from sqlmodel import select
from uuid_utils.compat import uuid7

from cie.db import Database, reading
from cie.events import Outbox
from cie.identity import UserAccount, refusals
from cie.oauth.keys import signing_key
from cie.settings import Settings
from cie.webhooks import KIND
from tests.api.place import StaffApp
from tests.api.slots import KINDS, OF_ALL, Operation, Slot, ids_of_others, operations, slots
from tests.factories import NOON
from tests.noninterference.comparing import Output, differences
from tests.noninterference.keeping import Rows, everything
from tests.noninterference.normaliser import without
from tests.noninterference.program_hidden import FACTS, make_true
from tests.noninterference.program_place import CLINIC, EVERYBODY, PANTRY, ProgramPlace, make_program_place
from tests.noninterference.reading import FOR_TOKENS, know_who_has_keys, stop_the_clock
from tests.noninterference.work import drawn
from tests.support.web import make_app, signed_in

NOBODY = UUID("01a21b9e-c037-72fc-9391-649d8235db61")


@pytest.fixture
def place(database: Database, migrated: Settings, monkeypatch: pytest.MonkeyPatch) -> ProgramPlace:
    stop_the_clock(monkeypatch)
    # all are kept, so that the work of each is alike
    monkeypatch.setattr(refusals, "KEPT_OF_ITS_OWN", 100_000)
    made = make_program_place(make_app(migrated), dict.fromkeys(EVERYBODY, "http://127.0.0.1:9/"))
    make_true(made, [(name, 3) for name in FACTS])
    know_who_has_keys()
    return made


@pytest.fixture
def app(place: ProgramPlace) -> Flask:
    found: Flask = place.systems[PANTRY].app
    return found


def every_slot(place: ProgramPlace, app: Flask) -> list[Slot]:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    return [slot for operation in operations(place, app) for slot in slots(operation, document)]


def answer(place: ProgramPlace, app: Flask, operation: Operation, **asked: UUID) -> Output:
    """What the pantry's program is given, but for the id that it sent itself."""
    system, path = place.systems[PANTRY], operation.path(app)
    output = drawn(app, lambda: system.call(operation.method, path, operation.body, **operation.headers))
    return without_asked(output, asked)


def without_asked(output: Output, asked: Mapping[str, UUID]) -> Output:
    headers = tuple((name, without(asked, value.encode()).decode()) for name, value in output.headers)
    return replace(output, body=without(asked, output.body), headers=headers)


def nobodys(id_: UUID) -> UUID:
    """An id beside this one, of nothing."""
    return UUID(int=id_.int ^ 1)


def tried(slot: Slot, others: Mapping[str, list[UUID]], number: int, *, all_kinds: bool) -> Iterator[UUID]:
    """The first and the last id of the kind that belongs there, and one of some other kind, or of each."""
    kinds = list(KINDS) if all_kinds else [list(KINDS)[number % len(KINDS)]]
    for kind in {*kinds, *([slot.kind] if slot.kind else [])}:
        yield from {others[kind][0], others[kind][-1]} if kind == slot.kind else [others[kind][0]]


class TestEveryRoute:
    @pytest.mark.both_databases
    def test_with_any_id_of_others_it_answers_as_with_one_of_nothing(self, place, app, request):
        others, before = ids_of_others(place), rows_of_others(place)
        all_kinds, found = request.config.getoption("--prove"), []
        assert [kind for kind, ids in others.items() if not ids] == []
        assert {slot.name for slot in every_slot(place, app) if slot.kind is None} <= OF_ALL

        for number, slot in enumerate(every_slot(place, app)):
            for id_ in tried(slot, others, number, all_kinds=all_kinds):
                real, none = (answer(place, app, slot.holding(each), id=each) for each in (id_, nobodys(id_)))
                key = (slot.operation.name, f"{slot.name}: {id_}")
                found += differences({key: none}, {key: real})
                assert real.status == 404 or slot.where, key

        assert [str(each) for each in found] == []
        assert rows_of_others(place) == before

    def test_in_a_batch_as_well(self, place, app):
        others, asks = ids_of_others(place), []
        for slot in every_slot(place, app):
            if slot.kind and not slot.where and "." not in slot.operation.rule.rule:
                asks.append([slot.holding(each(others[slot.kind][0])) for each in (lambda id_: id_, nobodys)])

        answers = [batch(place, app, [pair[way] for pair in asks]) for way in (0, 1)]

        assert differences({("", ""): answers[0]}, {("", ""): answers[1]}) == []

    def test_with_its_own_each_does_what_it_says(self, place, app):
        wrong = {}
        for operation in operations(place, app):
            output = answer(place, app, operation)
            if output.status >= 300 and operation.rule.endpoint != "api_measures.show":
                wrong[operation.name] = (output.status, output.body)

        assert wrong == {}


def batch(place: ProgramPlace, app: Flask, asked: list[Operation]) -> Output:
    """What all of these are answered in one request, but for the ids."""
    items = [item(app, operation) for operation in asked]
    output = drawn(app, lambda: place.systems[PANTRY].post("/batch", {"items": items}))
    assert output.status == 200, output.body
    return output


def item(app: Flask, operation: Operation) -> dict[str, Any]:
    headers = {name.replace("_", "-"): value for name, value in operation.headers.items()}
    body = {"body": operation.body} if operation.body is not None else {}
    return {"method": operation.method, "path": f"/api/v1{operation.path(app)}", "headers": headers, **body}


def rows_of_others(place: ProgramPlace) -> Rows:
    own = place.hidden.loop.pantry.id
    return {
        table: [row for row in rows if row["organization_id"] != own]
        for table, rows in everything().items()
        if "organization_id" in table.columns
    }


def test_a_careless_app_would_be_seen(place, app, monkeypatch):
    """One that says of a record that it is not for you, in place of that there is none."""
    others = ids_of_others(place)
    slot = next(each for each in every_slot(place, app) if each.kind == "person_id")
    monkeypatch.setattr("cie.access._may_know", lambda _actor, _subject: True)

    real, none = (answer(place, app, slot.holding(each), id=each) for each in (others["person_id"][0], NOBODY))

    assert {each.what for each in differences({("", ""): none}, {("", ""): real})} >= {"status", "body"}


class TestTokens:
    def test_one_of_others_answers_as_one_that_was_never_given(self, place, app):
        theirs = place.systems[CLINIC].token
        for address in ADDRESSES:
            drawn(app, asking(place, app, address, unknown(theirs)))
            real, none = (drawn(app, asking(place, app, address, token)) for token in (theirs, unknown(theirs)))

            assert [str(each) for each in differences({("", address): none}, {("", address): real})] == []
            assert place.systems[CLINIC].get("/me").status_code == 200

    @pytest.mark.both_databases
    def test_so_does_a_refresh_token_whose_app_goes_on_working(self, place, app):
        clinics = app_of_the_clinic(place, app)
        theirs = clinics.tokens["refresh_token"]
        for address in ADDRESSES:
            drawn(app, asking(place, app, address, unknown_refresh(theirs)))
            real, none = (drawn(app, asking(place, app, address, token)) for token in (theirs, unknown_refresh(theirs)))

            assert [str(each) for each in differences({("", address): none}, {("", address): real})] == []
        assert clinics.get("/me").status_code == 200
        assert renewed(clinics, theirs).status_code == 200

    def test_no_token_of_others_reads_otherwise_than_any_word(self, place, app):
        theirs = (place.systems[CLINIC].token, app_of_the_clinic(place, app).tokens["refresh_token"])
        for address, token in product(ADDRESSES, theirs):
            real, none = (asking(place, app, address, each)() for each in (token, token_urlsafe(52)))

            assert (real.status_code, real.get_data(), list(real.headers)) == (200, none.get_data(), list(none.headers))


ADDRESSES = ("/oauth/introspect", "/oauth/revoke")


def app_of_the_clinic(place: ProgramPlace, app: Flask) -> StaffApp:
    with reading() as session:
        user = session.get_one(UserAccount, place.hidden.navigator.id)
    found = StaffApp(app, place.hidden.clinic, user=user)
    assert found.token
    return found


def unknown_refresh(token: str) -> str:
    """A refresh token written as this one is, of something that was never allowed."""
    raw = bytearray(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[15] ^= 1
    return urlsafe_b64encode(raw).decode().rstrip("=")


def renewed(app: StaffApp, token: str) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token, **app.proof()}
    return app.app.test_client().post("/oauth/token", data=form)


def asking(place: ProgramPlace, app: Flask, address: str, token: str) -> Callable[[], Any]:
    """To ask, as the pantry's program, about a token."""
    form = {"token": token, **place.systems[PANTRY].proof()}
    return lambda: app.test_client().post(address, data=form)


def unknown(token: str) -> str:
    """A token that says the same under an id that was never given."""
    claims = jwt.decode(token, signing_key(NOON), algorithms=["ES256"]).claims
    header = {"alg": "ES256", "typ": "at+jwt", "kid": signing_key(NOON).kid}
    return jwt.encode(header, {**claims, "jti": str(uuid7())}, signing_key(NOON))


class TestPages:
    def test_a_program_of_others_and_what_is_its_answer_as_those_of_nobody(self, place, app):
        browser, others = signed_in(app, place.readers["administrator"]), ids_of_others(place)
        own, found = own_of(place), []
        browser.get("/help")

        for rule in pages_of(app, own):
            for method, name in product(sorted((rule.methods or set()) & {"GET", "POST"}), sorted(rule.arguments)):
                theirs, key = others[name][0], (method, f"{rule.rule} by {name}")
                none, real = (page(app, browser, method, rule, own, {name: id_}) for id_ in (nobodys(theirs), theirs))
                found += differences({key: none}, {key: real})
                assert real.status == 404, key

        assert [str(each) for each in found] == []


def pages_of(app: Flask, names: Mapping[str, UUID]) -> list[Any]:
    """The pages of staff whose address holds an id by one of these names."""
    rules = (rule for rule in app.url_map.iter_rules() if rule.arguments & names.keys())
    return [rule for rule in rules if not rule.endpoint.startswith(FOR_TOKENS)]


def own_of(place: ProgramPlace) -> dict[str, UUID]:
    """The pantry's program, where it is told, and one notice."""
    with reading() as session:
        own = select(Outbox.id).where(Outbox.organization_id == place.hidden.loop.pantry.id, Outbox.kind == KIND)
        notice = session.exec(own).first()
    ids = {"client_id": place.systems[PANTRY].client.id, "webhook_id": place.known[PANTRY]["webhook_id"][0]}
    return {**ids, "notice_id": notice}


def page(
    app: Flask, browser: Any, method: str, rule: Any, own: Mapping[str, UUID], asked: Mapping[str, UUID]
) -> Output:
    """One page of staff, read or sent with all that any of its forms needs, but for the id that they sent."""
    with app.test_request_context():
        path = app.url_for(rule.endpoint, **{name: {**own, **asked}[name] for name in rule.arguments})
    fields = {"days": "7", "jwks": "{}", "jwks_url": "https://example.org/keys"}
    ask = {"GET": lambda: browser.get(path), "POST": lambda: browser.post(path, page="/help", **fields)}
    return without_asked(drawn(app, ask[method]).normal(), asked)
