"""Whoever opens a person's own page, the person or somebody else, sees nothing change that is not theirs to know."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask import Response, request
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from sqlmodel import col, func, select

from cie.db import Database, reading, transaction
from cie.events import AuditEntry, DeliveryState, Outbox
from cie.people import Person, PersonProxy
from cie.referrals import Entry, Referral
from cie.settings import Settings
from tests.noninterference.comparing import Key, Output, differences
from tests.noninterference.hidden_ids import KNOWN_TO_ALL, TABLES
from tests.noninterference.keeping import everything, put_back
from tests.noninterference.leaks import possible
from tests.noninterference.normaliser import without
from tests.noninterference.own_hidden import ENDINGS, FACTS, Act, facts_hidden_from, make_true
from tests.noninterference.own_place import (
    EVERYBODY,
    FINDER,
    MINOR,
    PARENT,
    PERSON,
    PHONE,
    SEES_SAID,
    OwnPlace,
    make_own_place,
)
from tests.noninterference.own_reading import BACK, OwnReaders, OwnWorlds
from tests.noninterference.reading import own_rules, stop_the_clock

SEED = st.integers(0, 10**6)
EXAMPLES, PROVE_EXAMPLES = 3, 300


@pytest.fixture
def worlds(database: Database, migrated: Settings, monkeypatch: pytest.MonkeyPatch) -> OwnWorlds:
    stop_the_clock(monkeypatch)
    with transaction() as session:
        place = make_own_place(session)
    readers = OwnReaders(place, migrated)
    return OwnWorlds(place, everything(), readers)


def every_fact(reader: str) -> list[Act]:
    """All that is hidden from a reader, by chance another for each."""
    return [(name, EVERYBODY.index(reader)) for name in facts_hidden_from(reader)]


@st.composite
def readers_and_acts(draw: st.DrawFn) -> tuple[str, list[Act]]:
    """A reader, and some of what is hidden from them, in any order."""
    reader = draw(st.sampled_from(EVERYBODY))
    act = st.tuples(st.sampled_from(facts_hidden_from(reader)), SEED)
    return reader, draw(st.lists(act, min_size=1, unique_by=lambda each: each[0]))


def test_no_page_changes_when_a_hidden_fact_does(worlds: OwnWorlds, request: pytest.FixtureRequest) -> None:
    prove = request.config.getoption("--prove")
    before = {reader: worlds.given(reader, []) for reader in EVERYBODY}
    everything_was_drawn(worlds, before)
    for given_before in before.values():
        every_output_would_show_a_leak(given_before)

    @settings(
        max_examples=PROVE_EXAMPLES if prove else EXAMPLES,
        deadline=None,
        phases=[Phase.generate, Phase.shrink] if prove else [Phase.generate],
        derandomize=not prove,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(readers_and_acts())
    def changes_nothing(drawn: tuple[str, list[Act]]) -> None:
        reader, acts = drawn
        found = differences(before[reader], worlds.given(reader, acts))
        note("\n".join(map(str, found)))
        assert found == []

    for reader in EVERYBODY:
        assert differences(before[reader], worlds.given(reader, every_fact(reader))) == []
    changes_nothing()


def everything_was_drawn(worlds: OwnWorlds, before: dict[str, dict[Key, Output]]) -> None:
    """Each route under the page gave its page to somebody; so the proof is about what it seems to be."""
    answers = [output for given_before in before.values() for output in given_before.values()]
    shown = {output.endpoint for output in answers if output.status == 200}

    assert {rule.endpoint for rule in own_rules(worlds.readers.app)} - shown == set()
    assert {output.status for output in answers if output.status >= 500} == set()
    assert before[PHONE][PHONE, "texts"].body, "the parent gets no text to compare"


def every_output_would_show_a_leak(given_before: dict[Key, Output]) -> None:
    """One planted byte is seen in what any endpoint answers, with each of its statuses."""
    kinds = {(output.endpoint, output.status): (key, output) for key, output in given_before.items()}
    for key, output in kinds.values():
        for leak in possible(output.body):
            planted = replace(output, body=leak(output.body))
            assert differences({key: output}, {key: planted}), f"{leak.__name__} in {key} goes unseen"


def test_each_fact_comes_to_be(worlds: OwnWorlds) -> None:
    for name in FACTS:
        reader = next(each for each in EVERYBODY if name in facts_hidden_from(each))
        before = deeds()

        make_true(worlds.place, reader, [(name, 1)])

        assert deeds() > before, name
        put_back(worlds.rows)


def deeds() -> int:
    """How many acts are on record, and how many deliveries are in hand."""
    in_hand = select(func.count()).select_from(Outbox).where(col(Outbox.state) == DeliveryState.CLAIMED)
    with reading() as session:
        return session.exec(select(func.count()).select_from(AuditEntry)).one() + session.exec(in_hand).one()


def test_that_a_release_ended_is_told_and_never_why(worlds: OwnWorlds) -> None:
    for reader, endings in ENDINGS.items():
        one, *others = [worlds.given(reader, [], ending) for ending in endings]

        assert differences(worlds.given(reader, []), one) != []
        assert [differences(one, other) for other in others] == [[] for _each in others]


def existence(place: OwnPlace) -> bytes:
    """Whether a protected service was asked."""
    return b"+" if count(place) != b"\0" else b"-"


def value(place: OwnPlace) -> bytes:
    """One byte that hangs on what staff keep of the person."""
    with reading() as session:
        person = session.get_one(Person, place.abouts[PERSON].person.id)
        kept = f"{person.given_name} {person.street} {person.pronouns} {person.zip}"
    return bytes([sum(kept.encode()) % 256])


def count(place: OwnPlace) -> bytes:
    """To how many protected services the person was referred."""
    with reading() as session:
        return bytes([session.exec(select(func.count()).select_from(Referral).where(col(Referral.masked))).one()])


def order(place: OwnPlace) -> bytes:
    """Who wrote a note first."""
    with reading() as session:
        notes = select(Entry.organization_id).order_by(col(Entry.id))
        return session.exec(notes).first().bytes[-1:]  # there are some


ONE_NOTE, ANOTHER = ("noted", 4), ("masked", 1)
CARELESS: list[tuple[Callable[[OwnPlace], bytes], list[Act], list[Act]]] = [
    (existence, [], [("masked", 1)]),
    (value, [], [("corrected", 1)]),
    (count, [("masked", 1)], [("masked", 1), ("masked", 2)]),
    (order, [ONE_NOTE, ANOTHER], [ANOTHER, ONE_NOTE]),
]


def test_a_byte_that_hangs_on_a_hidden_fact_is_seen_in_every_kind_of_output(worlds: OwnWorlds) -> None:
    for leak, one, other in CARELESS:
        worlds.readers.app.after_request_funcs[None].append(adding(leak, worlds.place))

        pairs = [pages(worlds, reader, one, other) for reader in (PERSON, FINDER)]
        found = [difference for before, after in pairs for difference in differences(before, after)]

        worlds.readers.app.after_request_funcs[None].pop()
        seen = {difference.endpoint for difference in found if difference.what == "body"}
        drawn = {rule.endpoint for rule in own_rules(worlds.readers.app)} | {"my.create_copy"}
        assert drawn - seen == set(), leak.__name__


def pages(worlds: OwnWorlds, reader: str, *worlds_acts: list[Act]) -> list[dict[Key, Output]]:
    """What a reader is given in each of these worlds, who takes nothing back."""
    return [worlds.given(reader, acts, pages_alone=True) for acts in worlds_acts]


def adding(leak: Callable[[OwnPlace], bytes], place: OwnPlace) -> Callable[[Response], Response]:
    """A careless app: it adds what it must not tell to each answer under the page."""

    def add_it(response: Response) -> Response:
        if request.path.startswith("/my") and response.status_code == 200:
            response.set_data(response.get_data() + leak(place))
        return response

    return add_it


GUARDS: dict[str, tuple[Any, str, str]] = {
    "cie.consent.own_sight.protected_places": (frozenset(), PERSON, "said_of_protected"),
    "cie.consent.own_sight.Sight.rests_on_shown": (True, PERSON, "masked"),
    "cie.consent.own_sight._is_minors_word": (False, PARENT, "minors_own_word"),
    "cie.people.sees_protected": (True, MINOR, "masked"),
    "cie.people.require_scope": (None, SEES_SAID, "sent_elsewhere"),
    "cie.consent.is_minors_own": (False, PHONE, "minors_own_word"),
}
"""What guards a page: the answer of one who is careless, and who would then see what."""


def test_without_its_guard_a_page_changes(worlds: OwnWorlds) -> None:
    for guard, (careless, reader, fact) in GUARDS.items():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(guard, lambda *_arguments, _answer=careless, **_values: _answer)

            found = differences(*pages(worlds, reader, [], [(fact, 1)]))

        assert "body" in {difference.what for difference in found}, guard


def test_a_hidden_record_answers_like_one_that_does_not_exist(worlds: OwnWorlds) -> None:
    found = []
    for reader in worlds.readers.kept:
        put_back(worlds.rows)
        make_true(worlds.place, reader, every_fact(reader))
        worlds.readers.begin_again()
        worlds.readers.browsers[reader].get("/help")
        for ask, name, id_ in tries(worlds, reader):
            real, none = (answer(worlds.readers, reader, ask, {name: each}) for each in (id_, UUID(int=id_.int ^ 1)))
            found += differences({(reader, ask): none}, {(reader, ask): real})

    assert [str(each) for each in found] == []


ENDED = "POST /my/others/{proxy_id}/end"
"""What changes something by the id of a record, beside taking back."""


def tries(worlds: OwnWorlds, reader: str) -> Iterator[tuple[str, str, UUID]]:
    """What can be asked with an id, the name under which it holds one, and the first and the last that are hidden."""
    rules = own_rules(worlds.readers.app)
    asked = {(f"GET {rule.rule}", name) for rule in rules for name in rule.arguments - KNOWN_TO_ALL}
    asked |= {("GET /my?stopped={consent_id}", "consent_id"), (f"POST {BACK}", "consent_id"), (ENDED, "proxy_id")}
    for ask, name in sorted(asked):
        hidden = hidden_ids(worlds, reader, name)
        for id_ in sorted({hidden[0], hidden[-1]}):
            yield ask.replace(f"<uuid:{name}>", f"{{{name}}}").replace("<part>", "1"), name, id_


def hidden_ids(worlds: OwnWorlds, reader: str, name: str) -> list[UUID]:
    """All records of this kind but those that the reader knew before."""
    table = {**TABLES, "proxy_id": PersonProxy}[name]
    known = set(worlds.place.known(reader).get(name, ()))
    with reading() as session:
        query = select(table.id).where(table.id.not_in(known))
        if name == "proxy_id" and reader == PERSON:  # the person knows of each
            query = query.where(table.person_id != worlds.place.abouts[reader].person.id)
        return list(session.exec(query.order_by(table.id)))


def answer(readers: OwnReaders, reader: str, ask: str, asked: dict[str, UUID]) -> Output:
    """What the reader is given, but for the id that they sent themselves."""
    method, _, path = ask.format(**asked).partition(" ")
    to = {"GET": lambda browser: browser.get(path), "POST": lambda browser: browser.post(path, page="/help")}
    output = readers.draw(reader, to[method]).normal()
    headers = tuple((header, without(asked, value.encode()).decode()) for header, value in output.headers)
    return replace(output, body=without(asked, output.body), headers=headers)
