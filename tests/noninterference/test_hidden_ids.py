"""A record that the reader may not know of answers exactly like one that does not exist, and takes as much work."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from cie.db import Database
from cie.settings import Settings
from tests.noninterference.comparing import Difference, Key, Output, differences
from tests.noninterference.hidden import FACTS, make_true
from tests.noninterference.hidden_ids import IN_QUESTIONS, KNOWN_TO_ALL, TABLES, hidden_ids
from tests.noninterference.normaliser import without
from tests.noninterference.place import READERS, make_place
from tests.noninterference.reading import APART, Readers, readable, stop_the_clock

EACH = 2
"""So many hidden records of each kind are tried: the first and the last."""


@pytest.fixture
def readers(database: Database, migrated: Settings, monkeypatch: pytest.MonkeyPatch) -> Readers:
    """The readers where every hidden fact holds."""
    stop_the_clock(monkeypatch)
    place = make_place()
    readers = Readers(place, migrated)
    make_true(place, [(name, 3) for name in FACTS])
    return readers


def tries(readers: Readers) -> Iterator[tuple[str, str, dict[str, UUID], dict[str, UUID]]]:
    """Of each route and each id that its address can hold: the same with a hidden one, and with one of nothing."""
    hidden = hidden_ids(readers.place)
    for rule in readable(readers.app):
        if rule.endpoint in APART:
            continue
        known = {name: readers.ids[name][0] for name in rule.arguments}
        asked = {name: name for name in rule.arguments if name in TABLES} | IN_QUESTIONS.get(rule.endpoint, {})
        for name, kind in asked.items():
            for found in {hidden[kind][0], hidden[kind][-1]}:
                yield rule.endpoint, name, {**known, name: found}, {**known, name: UUID(int=found.int ^ 1)}


def answer(readers: Readers, reader: str, endpoint: str, name: str, values: dict[str, Any]) -> Output:
    """What the reader is given, but for the id that they sent themselves."""
    with readers.app.test_request_context():
        path = readers.app.url_for(endpoint, **values)
    output = readers.draw(reader, lambda browser: browser.get(path)).normal()
    asked = {name: values[name]}
    headers = tuple((header, without(asked, value.encode()).decode()) for header, value in output.headers)
    return replace(output, body=without(asked, output.body), headers=headers)


def test_a_hidden_record_answers_like_one_that_does_not_exist(readers: Readers) -> None:
    found: list[Difference] = []
    for reader in READERS:
        readers.browsers[reader].get("/help")
        for endpoint, name, hidden, nothing in tries(readers):
            key: Key = (reader, f"{endpoint} by {name}")
            real, none = (answer(readers, reader, endpoint, name, values) for values in (hidden, nothing))
            found += differences({key: none}, {key: real})

    assert [str(each) for each in found] == []


def test_every_name_in_an_address_is_tried_or_known_to_all(readers: Readers) -> None:
    names = {name for rule in readable(readers.app) if rule.endpoint not in APART for name in rule.arguments}

    assert names - TABLES.keys() - KNOWN_TO_ALL == set()
    assert [name for name, found in hidden_ids(readers.place).items() if not found] == []
