"""One organization and the resources of others: over FHIR it gets for them exactly what it gets for nothing."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select
from sqlmodel import col

from cie.db import reading
from cie.fhir.searching.parameters import COMMON, PARAMETERS, Kind
from cie.fhir.store import EVERYONE, Indexed, Stored
from cie.identity import refusals
from cie.quarantine import keeping
from tests.fhir.place import make_all
from tests.fhir.readers import Reader
from tests.fhir.sending import bundle, entry, patient
from tests.fhir.subscribing.setting import wish
from tests.noninterference.comparing import Output, differences
from tests.noninterference.keeping import everything
from tests.noninterference.normaliser import ID, without
from tests.noninterference.program_hidden import FACTS, make_true
from tests.noninterference.program_place import CLINIC, COUNTY, EVERYBODY, PANTRY, make_program_place
from tests.noninterference.reading import know_who_has_keys, stop_the_clock
from tests.noninterference.work import drawn
from tests.support.web import make_app

JSON = {"Content_Type": "application/fhir+json"}
Ask = tuple[str, str, Any, dict[str, str]]


@pytest.fixture
def place(database, migrated, monkeypatch):
    """The exchange with all that is hidden, read over FHIR by the pantry's program, and by those whose records are."""
    stop_the_clock(monkeypatch)
    # all are kept, so that the work of each is alike
    monkeypatch.setattr(refusals, "KEPT_OF_ITS_OWN", 100_000)
    monkeypatch.setattr(keeping, "KEPT_IN_WINDOW", 100_000)
    monkeypatch.setattr(keeping, "MOST_BYTES", 2**30)
    made = make_program_place(make_app(migrated), dict.fromkeys(EVERYBODY, "http://127.0.0.1:9/"))
    make_true(made, [(name, 3) for name in FACTS])
    made.over_fhir = {
        name: Reader(made.systems[name].app, made.systems[name].owner) for name in (PANTRY, CLINIC, COUNTY)
    }
    assert all(reader.token for reader in made.over_fhir.values())
    make_all()
    for reader in made.over_fhir.values():
        kept = reader.call("POST", "", orjson.dumps(bundle(entry(patient(), "p"), entry(wish(), "s"))), **JSON)
        assert kept.status_code == 200, kept.get_json()
    know_who_has_keys()
    return made


@pytest.fixture
def pantry(place) -> Reader:
    return place.over_fhir[PANTRY]


def theirs(pantry: Reader) -> dict[str, list[str]]:
    """By type, the first and the last id that the pantry cannot read and others can."""
    own = {pantry.owner.id, EVERYONE}
    with reading() as session:
        rows = session.execute(select(col(Stored.resource_type), col(Stored.resource_id), col(Stored.organization_id)))
        every = sorted((kind, id, whose) for kind, id, whose in rows)
    known = {(kind, id) for kind, id, whose in every if whose in own}
    found: dict[str, list[str]] = {}
    for kind, id, _whose in every:
        if (kind, id) not in known:
            found.setdefault(kind, []).append(id)
    return {kind: [ids[0], ids[-1]] for kind, ids in found.items()}


def nobodys(value: str) -> str:
    """A value beside this one, of nothing, and as long."""
    if "-" in value and ID.fullmatch(value.encode()):
        return str(UUID(int=UUID(value).int ^ 1))
    return value[:-1] + ("0" if value[-1] != "0" else "1")


def answer(reader: Reader, ask: Ask, asked: str) -> Output:
    """What the reader is given, but for the value that it sent itself."""
    method, path, body, headers = ask
    sent = None if body is None else orjson.dumps(body)
    output = drawn(reader.app, lambda: reader.call(method, path, sent, **headers))
    named = {"asked": asked}
    kept = tuple((name, without(named, value.encode()).decode()) for name, value in output.headers)
    return replace(output, body=without(named, output.body), headers=kept)


def compared(reader: Reader, asks: list[tuple[str, Ask, Ask, str]]) -> list[str]:
    """Where what is asked with a value of others is answered otherwise than with one of nothing."""
    found = []
    for value, real, none, other in asks:
        outputs = [answer(reader, *each) for each in ((none, other), (real, value), (none, other))]
        # what is learned once, by whichever is asked first, is learned by then
        assert outputs[1].status < 500, real
        found += [str(each) for each in differences({(real[0], real[1]): outputs[2]}, {(real[0], real[1]): outputs[1]})]
    return found


def both(make: Any, value: str) -> tuple[str, Ask, Ask, str]:
    return value, make(value), make(nobodys(value)), nobodys(value)


def reads(kind: str, id: str) -> Iterator[Ask]:
    """Each way to read one resource, or to write it, by its id."""
    for path in (f"/{kind}/{id}", f"/{kind}/{id}/_history", f"/{kind}/{id}/_history/1", f"/{kind}/{id}/_history/2"):
        yield "GET", path, None, {}
    if kind == "Subscription":
        yield from (("GET", f"/{kind}/{id}/${each}", None, {}) for each in ("status", "events"))
        yield "GET", f"/Subscription/$status?id={id}", None, {}
    written = {**_OF_TYPE.get(kind, {}), "resourceType": kind}
    yield "PUT", f"/{kind}/{id}", {**written, "id": id}, JSON
    yield "PUT", f"/{kind}/{id}", {**written, "id": id}, {**JSON, "If_Match": 'W/"1"'}
    yield "PUT", f"/{kind}?_id={id}", written, JSON


def searches(kind: str, id: str) -> Iterator[Ask]:
    """Each search in which the id may stand."""
    yield "GET", f"/{kind}?_id={id}", None, {}
    yield "GET", f"/{kind}?_id={id}&_include=*&_revinclude=*", None, {"Prefer": "handling=lenient"}
    yield "POST", f"/{kind}/_search?_id={id}&_total=accurate", None, {}
    for source, name in references_to(kind):
        yield "GET", f"/{source}?{name}={kind}/{id}", None, {}
        yield "GET", f"/{source}?{name}:{kind}._id={id}", None, {}
        yield "GET", f"/{kind}?_id={id}&_revinclude={source}:{name}", None, {}
        yield "GET", f"/{source}?{name}={kind}/{id}&_include={source}:{name}&_total=accurate", None, {}


def references_to(kind: str) -> Iterator[tuple[str, str]]:
    for source, listed in PARAMETERS.items():
        for name, parameter in listed.items():
            if parameter.kind is Kind.REFERENCE and kind in (parameter.targets or PARAMETERS):
                yield source, name


def sent(kind: str, id: str) -> Iterator[Ask]:
    """Resources that name it."""
    named = {"reference": f"{kind}/{id}"}
    goal = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "Eat well"}}
    document = {
        "resourceType": "Basic",
        "code": {"text": "note"},
        "extension": [{"url": "http://x.example", "valueReference": named}],
    }
    yield "POST", "/Basic", document, JSON
    yield "POST", "/Basic", {**document, "extension": []}, {**JSON, "If_None_Exist": f"_id={id}"}
    yield "POST", "", bundle(entry({**goal, "subject": named}, "g"), entry({**document}, "b")), JSON
    if kind in PARAMETERS and kind in ("Patient", "Goal"):
        yield "POST", f"/{kind}", {"resourceType": kind}, {**JSON, "If_None_Exist": f"_id={id}"}


_OF_TYPE: dict[str, Any] = {"Patient": patient(), "Subscription": wish()}


class TestIds:
    def test_by_any_id_of_others_it_reads_and_writes_as_by_one_of_nothing(self, pantry):
        before, asks = rows_of_others(pantry), []
        known = theirs(pantry)
        assert {"Patient", "Task", "ServiceRequest", "Consent", "Condition", "Subscription"} <= known.keys()

        for kind, ids in known.items():
            for number, id in enumerate(dict.fromkeys(ids)):
                ways = [list(way(kind, id)) for way in (reads, searches, sent)]
                nones = [list(way(kind, nobodys(id))) for way in (reads, searches, sent)]
                every = [*zip(sum(ways, []), sum(nones, []), strict=True)]
                # all that can be asked with the first id; with the last what a search may stumble over
                asks += [(id, real, none, nobodys(id)) for real, none in (every if number == 0 else every[:6])]

        assert compared(pantry, asks) == []
        assert rows_of_others(pantry) == before


class TestValues:
    def test_what_only_others_are_found_by_finds_what_nothing_is_found_by(self, pantry):
        values = values_of_others(pantry)
        assert {("Patient", "identifier"), ("Consent", "patient")} <= values.keys()

        asks = [
            both(lambda value, k=kind, n=name: ("GET", f"/{k}?{n}={value}", None, {}), value)
            for (kind, name), value in values.items()
        ]

        assert compared(pantry, asks) == []

    def test_whom_others_serve_it_does_not_match(self, pantry):
        """By the name of somebody whom the county serves, and by one of nobody."""
        asks = [("Sage", matching("Sage", "Tarn"), matching("Bage", "Varn"), "Bage")]

        assert compared(pantry, asks) == []


def matching(given: str, family: str) -> Ask:
    name = [{"given": [given], "family": family}]
    return "POST", "/Patient/$match", patient(name=name, telecom=[], birthDate="1992-03-27") | {"telecom": PHONE}, JSON


PHONE = [{"system": "phone", "use": "mobile", "value": "(559) 555-0187"}]


def values_of_others(pantry: Reader) -> dict[tuple[str, str], str]:
    """By type and parameter, a value by which something of others is found and nothing that the pantry reads."""
    own = [pantry.owner.id, EVERYONE]
    columns = (col(Indexed.resource_type), col(Indexed.name), col(Indexed.value))
    with reading() as session:
        mine = {tuple(row) for row in session.execute(select(*columns).where(col(Indexed.organization_id).in_(own)))}
        rows = session.execute(select(*columns).where(col(Indexed.organization_id).not_in(own)).order_by(*columns))
        found = {(kind, name): value for kind, name, value in rows if value and (kind, name, value) not in mine}
    return {key: value for key, value in found.items() if key[1] in {**PARAMETERS[key[0]], **COMMON}}


def rows_of_others(pantry: Reader) -> Any:
    return {
        table: [row for row in rows if row["organization_id"] != pantry.owner.id]
        for table, rows in everything().items()
        if "organization_id" in table.c
        and table.name in ("person", "referral", "referral_task", "open_offer", "consent", "fhir_resource")
    }
