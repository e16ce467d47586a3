"""What hidden facts change over FHIR for whom they are hidden from: no byte of any search, read, history or error."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col
from uuid_utils.compat import uuid7

from cie import consent, referrals
from cie.db import reading, transaction
from cie.fhir.projecting import loop as projecting
from cie.fhir.searching.kinds import Kind
from cie.fhir.searching.parameters import PARAMETERS
from cie.fhir.store import EVERYONE, Earlier, Indexed, Stored
from tests.factories import NOON
from tests.fhir.place import make_all, make_reading_loop
from tests.fhir.readers import Reader
from tests.fhir.sending import patient
from tests.noninterference.comparing import Key, Output, differences
from tests.noninterference.hidden import Act
from tests.noninterference.keeping import Rows, everything, put_back
from tests.noninterference.leaks import possible
from tests.noninterference.normaliser import without_new
from tests.noninterference.program_hidden import facts_hidden_from, make_end, make_true, usual
from tests.noninterference.program_place import CLINIC, COUNTY, EVERYBODY, PANTRY, ProgramPlace, make_program_place
from tests.noninterference.reading import know_who_has_keys, stop_the_clock
from tests.noninterference.work import drawn
from tests.support.web import make_app

JSON = {"Content_Type": "application/fhir+json"}
NOBODY = "01a21b9e-c037-72fc-9391-649d8235db61"
_PAGE = re.compile(rb"_page=[A-Za-z0-9_-]+")
SEED, EXAMPLES = st.integers(0, 10**6), 100
VALUES = 2
"""So many values are searched for by each parameter."""


@dataclass
class World:
    """The exchange before anything hidden happens, and the programs that read it over FHIR."""

    place: ProgramPlace
    rows: Rows
    readers: dict[str, Reader]
    asks: dict[str, list[str]]

    def given(self, name: str, acts: list[Act]) -> dict[Key, Output]:
        """All that a program is given when these facts hold."""
        put_back(self.rows)
        make_true(self.place, acts)
        since = uuid7()
        ending = usual(name)
        if ending is not None:
            make_end(self.place, ending)
        found = {(name, path): self._drawn(name, "GET", path) for path in self.asks[name]}
        found |= {(name, f"match {body['name']}"): self._drawn(name, "POST", "/Patient/$match", body) for body in ALIKE}
        found |= self._after_it_acts(name)
        return {key: _without_new(output, since) for key, output in found.items()}

    def _after_it_acts(self, name: str) -> dict[Key, Output]:
        """Everybody adds somebody, the pantry says yes; what follows, but for the work: it may touch what is unseen."""
        found = {(name, "adds"): self._drawn(name, "POST", "/Patient", ALIKE[0])}
        if name == PANTRY:
            task = self.readers[name].get(f"/Task/{self.place.hidden.asked_task.id}").get_json()
            found[name, "accepts"] = self._drawn(name, "PUT", f"/Task/{task['id']}", {**task, "status": "accepted"})
            task = self.readers[name].get(f"/Task/{self.place.hidden.open.open_task_id}").get_json()
            taken = {"status": "accepted", "owner": {"reference": f"Organization/{self.readers[name].owner.id}"}}
            found[name, "takes"] = self._drawn(name, "PUT", f"/Task/{task['id']}", {**task, **taken})
        lists = [f"/{kind}?_count=200" for kind in ("Task", "ServiceRequest", "Patient", "Procedure", "Consent")]
        found |= {(name, f"after it: {path}"): self._drawn(name, "GET", path) for path in lists}
        return {key: replace(output, statements=0, key_operations=0) for key, output in found.items()}

    def _drawn(self, name: str, method: str, path: str, body: Any = None) -> Output:
        reader, sent = self.readers[name], None if body is None else orjson.dumps(body)
        return drawn(reader.app, lambda: reader.call(method, path, sent, **JSON))


ALIKE = [
    patient(name=[{"given": [given], "family": family}], birthDate="1992-03-27")
    for given, family in (("Aster", "Moreno"), ("Quilla", "Zabrin"))
]


def _without_new(output: Output, since: Any) -> Output:
    # the address of a next page is sealed anew each time: its length is left
    body = _PAGE.sub(lambda page: b"_page=%d" % len(page[0]), without_new(output.body, since))
    headers = tuple((name, without_new(value.encode(), since).decode()) for name, value in output.headers)
    length = [(name, "*" if name == "Content-Length" and body != output.body else value) for name, value in headers]
    return replace(output, body=body, headers=tuple(length))


@pytest.fixture
def world(database, migrated, monkeypatch) -> World:
    stop_the_clock(monkeypatch)
    place = make_program_place(make_app(migrated), dict.fromkeys(EVERYBODY, "http://127.0.0.1:9/"))
    readers = {name: Reader(place.systems[name].app, place.systems[name].owner) for name in (PANTRY, CLINIC, COUNTY)}
    assert all(reader.token for reader in readers.values())
    make_all()
    know_who_has_keys()
    asks = {name: list(dict.fromkeys(asked(reader))) for name, reader in readers.items()}
    return World(place, everything(), readers, asks)


def asked(reader: Reader) -> Iterator[str]:
    """Every address that shows something, and each search by what it finds there."""
    own = [reader.owner.id, EVERYONE]
    for kind in PARAMETERS:
        yield from (f"/{kind}?_count=200&_total=accurate", f"/{kind}/{NOBODY}", f"/{kind}?_sort=-_lastUpdated&_count=2")
        yield f"/{kind}?unknown=1"
    with reading() as session:
        query = select(col(Stored.resource_type), col(Stored.resource_id), col(Stored.organization_id))
        rows = session.execute(
            query.where(col(Stored.organization_id).in_(own)).order_by(col(Stored.resource_id))
        ).all()
        columns = (col(Indexed.resource_type), col(Indexed.name), col(Indexed.value), col(Indexed.from_at))
        found = session.execute(select(*columns).where(col(Indexed.organization_id).in_(own)).order_by(*columns)).all()
    for kind, id, whose in rows:
        if whose == reader.owner.id:
            yield from (f"/{kind}/{id}", f"/{kind}/{id}/_history", f"/{kind}?_id={id}&_summary=true")
    yield from _searches(found)


def _searches(found: Any) -> Iterator[str]:
    seen: dict[tuple[str, str], int] = {}
    for kind, name, value, from_at in found:
        known = PARAMETERS[kind].get(name)
        if known is None or not (value or from_at) or seen.get((kind, name), 0) >= VALUES:
            continue
        seen[kind, name] = seen.get((kind, name), 0) + 1
        yield f"/{kind}?{name}={value or f'ge{from_at:%Y-%m-%d}'}&_total=accurate"
        yield f"/{kind}?{name}:missing=true"
        if known.kind is Kind.REFERENCE and not known.is_canonical:
            yield f"/{kind}?_include={kind}:{name}"
            for target in known.targets or ():
                yield f"/{kind}?{name}:{target}._id={value}"
                yield f"/{target}?_revinclude={kind}:{name}" if target in PARAMETERS else f"/{kind}"


def every_fact(reader: str) -> list[Act]:
    return [(name, 1) for name in facts_hidden_from(reader)]


@st.composite
def readers_and_acts(draw: st.DrawFn) -> tuple[str, list[Act]]:
    reader = draw(st.sampled_from((PANTRY, CLINIC, COUNTY)))
    act = st.tuples(st.sampled_from(facts_hidden_from(reader)), SEED)
    return reader, draw(st.lists(act, min_size=1, unique_by=lambda each: each[0]))


def test_no_answer_changes_when_a_hidden_fact_does(world, request):
    before = {name: world.given(name, []) for name in (PANTRY, CLINIC, COUNTY)}
    for name, outputs in before.items():
        assert {output.status for output in outputs.values()} <= {200, 201, 400, 404, 409, 422}, name
        shown = [output for output in outputs.values() if output.status == 200]
        assert all(leak(each.body) != each.body for each in shown[:20] for leak in possible(each.body))

        found = differences(outputs, world.given(name, every_fact(name)))
        assert [str(each) for each in found] == []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(readers_and_acts())
    def changes_nothing(drawn_now: tuple[str, list[Act]]) -> None:
        name, acts = drawn_now
        found = differences(before[name], world.given(name, acts))
        note("\n".join(map(str, found)))
        assert found == []

    if request.config.getoption("--prove"):
        changes_nothing()


def test_what_would_leak_is_seen(world, monkeypatch):
    """A server that forgets that a service is protected tells its sender how it goes on there."""
    monkeypatch.setattr(projecting, "_for_sender", careless(projecting._for_sender))
    before = kept_bytes(world.place)

    make_true(world.place, [("went_on_there", 2)])

    assert kept_bytes(world.place) != before


def careless(for_sender: Any) -> Any:
    def show(session: Any, referral: Any, tasks: Any) -> Any:
        masked = referral.masked
        set_committed_value(referral, "masked", False)
        sight = for_sender(session, referral, tasks)
        set_committed_value(referral, "masked", masked)
        return sight

    return show


WORDS = ("Moreno", "Aster", "93702", "Mornings", "Quist")
"""What is released with a yes, and what the clinic writes to the pantry."""


class TestLaterTakenBack:
    @pytest.fixture
    def loop(self, database):
        return make_reading_loop()

    def test_no_word_that_was_released_is_left_with_whom_it_was_released_to(self, loop):
        with transaction() as session:
            sent = referrals.send(session, loop.navigator, loop.request(message="Mornings"), previewed=None, at=NOON)
            (task,) = referrals.tasks_of(session, sent)
        for verb in (referrals.accept, referrals.start):
            with transaction() as session:
                verb(session, loop.caseworker, task.id, at=NOON)
        assert [word for word in WORDS[:4] if word not in kept_for(loop.pantry)] == []

        with transaction() as session:
            (record,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
            consent.revoke(session, loop.navigator, record.id, method=record.method, at=NOON)

        assert [word for word in WORDS if word in kept_for(loop.pantry)] == []
        assert f"Patient/{loop.person.id}" not in kept_for(loop.pantry)


def kept_for(organization: Any) -> str:
    """All bodies of an audience as they open, newest and earlier, what its programs sent, by what they are found."""
    with reading() as session:
        bodies = session.execute(select(Stored).where(col(Stored.organization_id) == organization.id)).scalars().all()
        earlier = (
            session.execute(select(Earlier).where(col(Earlier.organization_id) == organization.id)).scalars().all()
        )
        query = select(col(Indexed.value)).where(col(Indexed.organization_id) == organization.id)
        found = session.execute(query).scalars().all()
    texts = [*(row.body for row in bodies), *(row.sent for row in bodies), *(row.body for row in earlier), *found]
    return " ".join(filter(None, texts))


def test_how_a_protected_service_goes_on_changes_nothing_for_its_sender(world):
    """Not a version, moment or tag of anything that the sender reads, whatever the service does."""
    place = world.place
    before = kept_bytes(place)

    for name, seed in (("answered_protected", 1), ("went_on_there", 2)):
        make_true(place, [(name, seed)])

    assert kept_bytes(place) == before


def kept_bytes(place: ProgramPlace) -> Any:
    owner = place.systems[CLINIC].owner.id
    columns = (col(Stored.resource_id), col(Stored.version), col(Stored.updated_at), col(Stored.body_sealed))
    with reading() as session:
        rows = session.execute(select(*columns).where(col(Stored.organization_id) == owner).order_by(columns[0])).all()
        return [tuple(row) for row in rows]
