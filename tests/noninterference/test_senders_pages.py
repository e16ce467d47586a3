"""Facts of those whom it asked come, go and change, and no page of the sender's staff shows it.

The other readers work where one is asked; these work where somebody asked others, once of them a protected service.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from cie.access import Role
from cie.db import Database, transaction
from cie.settings import Settings
from tests.factories import make_staff
from tests.noninterference.comparing import Key, Output, differences
from tests.noninterference.hidden import Act
from tests.noninterference.keeping import Rows, everything, put_back
from tests.noninterference.program_hidden import facts_hidden_from, make_true
from tests.noninterference.program_place import CLINIC, EVERYBODY, ProgramPlace, make_program_place
from tests.noninterference.reading import APART, Readers, addresses_of, readable, stop_the_clock
from tests.support.web import make_app

OF_LOOPS = {"referral_id", "task_id"}
SHOWN_TO_STAFF = {"answered_protected"}
"""Whether a protected service said yes or no is told on pages, though never why."""

SEEDS, PROVE_SEEDS = 1, 12


@pytest.fixture
def readers(database: Database, migrated: Settings, monkeypatch: pytest.MonkeyPatch) -> Readers:
    """A navigator of the clinic that asked."""
    stop_the_clock(monkeypatch)
    place = make_program_place(make_app(migrated), dict.fromkeys(EVERYBODY, "http://127.0.0.1:9/"))
    with transaction() as session:
        navigator = make_staff(session, place.hidden.clinic, Role.NAVIGATOR, name="Rue Alder")
    place.readers, place.ids = {"navigator": navigator}, {**place.ids, **_ids(place)}
    return Readers(place, migrated)


def _ids(place: ProgramPlace) -> Mapping[str, list[Any]]:
    """What the clinic's staff may know of its loops: on pages also the tasks of protected services."""
    return {name: place.known[CLINIC][name] for name in OF_LOOPS}


def given(readers: Readers, rows: Rows, acts: list[Act]) -> dict[Key, Output]:
    """Every page about a loop or a task, and the worklist, when these facts hold."""
    put_back(rows)
    make_true(readers.place, acts)  # the place of programs
    readers.texts()
    readers.begin_again()
    rules = [rule for rule in readable(readers.app) if rule.endpoint not in APART and is_of_loops(rule)]
    every = addresses_of(readers.app, rules, readers.ids, {"worklist.index": ("?team=all", "?owed=others")})
    return readers.all_of_these("navigator", every)


def is_of_loops(rule: Any) -> bool:
    return rule.endpoint == "worklist.index" or bool(rule.arguments) and rule.arguments <= OF_LOOPS


def test_no_page_changes_when_a_hidden_fact_does(readers: Readers, request: pytest.FixtureRequest) -> None:
    rows, seeds = everything(), PROVE_SEEDS if request.config.getoption("--prove") else SEEDS
    facts = [name for name in facts_hidden_from(CLINIC) if name not in SHOWN_TO_STAFF]
    before = given(readers, rows, [])

    for seed in range(1, seeds + 1):
        assert [str(each) for each in differences(before, given(readers, rows, [(name, seed) for name in facts]))] == []

    assert len([output for output in before.values() if output.status == 200]) > len(readers.ids["referral_id"])
