"""Facts of other organizations come, go and change, and no answer of the API, no export and no notice shows it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from flask import Response, request
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from sqlmodel import func, select

from cie.access import is_allowed
from cie.db import Database, reading
from cie.events import AuditEntry, IdempotencyKey
from cie.privacy import declared_flows
from cie.settings import Settings
from tests.api.receiver import listening
from tests.noninterference import hidden
from tests.noninterference.comparing import Key, Output, differences
from tests.noninterference.hidden import Act
from tests.noninterference.keeping import everything
from tests.noninterference.leaks import possible
from tests.noninterference.place import acting
from tests.noninterference.program_hidden import ENDINGS, FACTS, facts_hidden_from, make_true, usual
from tests.noninterference.program_place import APP, CLINIC, COUNTY, EVERYBODY, PANTRY, READERS, make_program_place
from tests.noninterference.program_reading import Look, Programs, ProgramWorlds, rules_for_tokens
from tests.noninterference.reading import FOR_TOKENS, stop_the_clock
from tests.noninterference.test_flows import CARELESS
from tests.support.web import make_app

SEED = st.integers(0, 10**6)
EXAMPLES = 150
AT_REFERRALS = partial(Programs.reads, only=("api_referrals.", "api_webhooks.notices"))
AT_ONE_OF_EACH = partial(Programs.reads, one_of_each=True)
FLOWS = {
    "full": (PANTRY, partial(Programs.reads, only=("api_services.", "api_referrals.index"))),
    "many": (PANTRY, partial(Programs.reads, only=("api_measures.", "api_referrals.index"))),
    "outreach": (COUNTY, AT_REFERRALS),
}
"""By the name of the flow, a program that it reaches, and where one looks."""

GUARDS: dict[str, tuple[Callable[..., Any], Look]] = {
    "cie.referrals.activity._is_of_sender": (lambda *_both: True, AT_REFERRALS),
    "cie.api.referral_record.standing": (lambda loop, _tasks: {"closing": loop.closing}, AT_REFERRALS),
    "cie.referrals.queries.is_out_of_sight": (lambda *_both: False, Programs.done),
}
"""What keeps from a sender how it goes on at a protected service: how it is where one is careless, and where it shows.
"""


@pytest.fixture
def worlds(database: Database, migrated: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProgramWorlds]:
    stop_the_clock(monkeypatch)
    with ExitStack() as open_:
        receivers = {name: open_.enter_context(listening()) for name in EVERYBODY}
        place = make_program_place(make_app(migrated), {name: each.url for name, each in receivers.items()})
        yield ProgramWorlds(place, everything(), Programs(place, receivers))


def every_fact(reader: str) -> list[Act]:
    """All that is hidden from a program, by chance another for each."""
    return [(name, READERS.index(reader)) for name in facts_hidden_from(reader)]


@st.composite
def readers_and_acts(draw: st.DrawFn) -> tuple[str, list[Act]]:
    """A program, and some of what is hidden from it, in any order."""
    reader = draw(st.sampled_from(READERS))
    act = st.tuples(st.sampled_from(facts_hidden_from(reader)), SEED)
    acts = draw(st.lists(act, min_size=1, unique_by=lambda each: each[0]))
    return reader, acts


@pytest.mark.both_databases
def test_no_answer_changes_when_a_hidden_fact_does(worlds: ProgramWorlds, request: pytest.FixtureRequest) -> None:
    is_long = request.config.getoption("--prove")
    readers = READERS if is_long else EVERYBODY
    before = {reader: worlds.given(reader, [], usual(reader)) for reader in readers}
    everything_was_drawn(worlds, before)
    for given_before in before.values():
        every_output_would_show_a_leak(given_before)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(readers_and_acts())
    def changes_nothing(drawn: tuple[str, list[Act]]) -> None:
        reader, acts = drawn
        found = differences(before[reader], worlds.given(reader, acts, usual(reader)))
        note("\n".join(map(str, found)))
        assert found == []

    for reader in readers:
        assert differences(before[reader], worlds.given(reader, every_fact(reader), usual(reader))) == []
    if is_long:
        changes_nothing()


def everything_was_drawn(worlds: ProgramWorlds, before: dict[str, dict[Key, Output]]) -> None:
    """Each route that reads answered a program, and each program was told something; so the proof is what it seems."""
    answers = [output for given_before in before.values() for output in given_before.values()]
    shown = {output.endpoint for output in answers if output.status == 200}
    in_app = {
        output.endpoint for (who, _asked), output in before[PANTRY].items() if who == APP and output.status == 200
    }

    assert {rule.endpoint for rule in rules_for_tokens(worlds.programs.app)} - shown == set()
    assert open_to_staff(worlds) - in_app == set()
    assert {output.status for output in answers if output.status >= 500} == set()
    assert [reader for reader in EVERYBODY if not before[reader][reader, "notices"].body] == []


def open_to_staff(worlds: ProgramWorlds) -> set[str]:
    """The routes that a member of staff at the pantry may read, in an app as anywhere."""
    app, user = worlds.programs.app, worlds.place.readers["caseworker"]
    assert user is not None
    found = {rule.endpoint: app.view_functions[rule.endpoint] for rule in rules_for_tokens(app)}
    return {name for name, view in found.items() if is_allowed(acting(user), getattr(view, "permission", None))}


def every_output_would_show_a_leak(given_before: dict[Key, Output]) -> None:
    """One planted byte is seen in what any endpoint answers, with each of its statuses, and in the notices."""
    kinds = {(output.endpoint, output.status): (key, output) for key, output in given_before.items()}
    for key, output in kinds.values():
        for leak in possible(output.body):
            planted = replace(output, body=leak(output.body))
            assert differences({key: output}, {key: planted}), f"{leak.__name__} in {key} goes unseen"


def test_each_fact_comes_to_be(worlds: ProgramWorlds) -> None:
    for name in FACTS.keys() - hidden.FACTS.keys():
        before = deeds()

        make_true(worlds.place, [(name, 1)])

        assert deeds() > before, name


def deeds() -> int:
    """How many acts are on record, and keys of requests."""
    with reading() as session:
        return sum(session.exec(select(func.count()).select_from(each)).one() for each in (AuditEntry, IdempotencyKey))


def test_what_may_be_told_is_told_and_nothing_else(worlds: ProgramWorlds) -> None:
    for reader, endings in ENDINGS:
        one, *others = [worlds.given(reader, [], ending, look=AT_REFERRALS) for ending in endings]

        assert differences(worlds.given(reader, [], look=AT_REFERRALS), one) != []
        assert [differences(one, other) for other in others] == [[] for _each in others]
    for flow, (reader, look) in FLOWS.items():
        before, after = (worlds.given(reader, acts, look=look) for acts in ([], [(flow, 1)]))

        assert differences(before, after) != []
        assert differences(before, after, allowed=declared_flows()[flow].endpoints) == []


def test_what_a_careless_app_would_tell_is_seen(worlds: ProgramWorlds) -> None:
    for leak, one, other in CARELESS:
        worlds.programs.app.after_request_funcs[None].append(adding(leak, worlds))

        found = differences(*(worlds.given(PANTRY, acts, look=AT_ONE_OF_EACH) for acts in (one, other)))

        worlds.programs.app.after_request_funcs[None].pop()
        seen = {difference.endpoint for difference in found if difference.what == "body"}
        assert seen == {rule.endpoint for rule in rules_for_tokens(worlds.programs.app)}, leak.__name__
    for guard, (careless, look) in GUARDS.items():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(guard, careless)

            found = differences(*(worlds.given(CLINIC, acts, look=look) for acts in ([], [("went_on_there", 1)])))

        assert "body" in {difference.what for difference in found}, guard


def adding(leak: Callable[[Any], bytes], worlds: ProgramWorlds) -> Callable[[Response], Response]:
    """A careless app: it adds what it must not tell to each answer of the API."""

    def add_it(response: Response) -> Response:
        if (request.endpoint or "").startswith(FOR_TOKENS) and response.status_code == 200:
            response.set_data(response.get_data() + leak(worlds.place))
        return response

    return add_it
