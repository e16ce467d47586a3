"""Facts of another organization come, go and change, and nobody's pages, files or texts show it."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, example, given, note, settings
from hypothesis import strategies as st

from tests.noninterference.comparing import Key, Output, differences
from tests.noninterference.hidden import ENDINGS, FACTS, Act
from tests.noninterference.leaks import possible
from tests.noninterference.reading import APART, LEAD_ELSEWHERE, Readers, own_rules, readable
from tests.noninterference.worlds import Worlds

SEED = st.integers(0, 10**6)
ACTS = st.lists(st.tuples(st.sampled_from(sorted(FACTS)), SEED), min_size=1, unique_by=lambda act: act[0])
EVERY_FACT: list[Act] = [(name, 1) for name in FACTS]
EXAMPLES, PROVE_EXAMPLES = 1, 40


def everything_was_drawn(readers: Readers, given: dict[Key, Output]) -> None:
    """Each route gave its page or file to somebody, or says why not; so the proof is about what it seems to be."""
    shown = {output.endpoint for output in given.values() if output.status == 200}
    routes = {rule.endpoint for rule in readable(readers.app)}
    never = {*APART, *LEAD_ELSEWHERE, *(rule.endpoint for rule in own_rules(readers.app))}

    assert routes - shown - never == set()
    assert shown & never == set()
    assert {status for status in (output.status for output in given.values()) if status >= 500} == set()
    assert given["their person", "texts"].body, "their person gets no text to compare"


def every_output_would_show_a_leak(given: dict[Key, Output]) -> None:
    """One planted byte is seen in what any endpoint answers, with each of its statuses."""
    kinds = {(output.endpoint, output.status): (key, output) for key, output in given.items()}
    for key, output in kinds.values():
        for leak in possible(output.body):
            planted = replace(output, body=leak(output.body))
            assert differences({key: output}, {key: planted}), f"{leak.__name__} in {key} goes unseen"


def test_no_output_changes_when_a_hidden_fact_does(worlds: Worlds, request: pytest.FixtureRequest) -> None:
    prove = request.config.getoption("--prove")
    before = worlds.given([])
    everything_was_drawn(worlds.readers, before)
    every_output_would_show_a_leak(before)

    @settings(
        max_examples=PROVE_EXAMPLES if prove else EXAMPLES,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink] if prove else [Phase.explicit, Phase.generate],
        derandomize=not prove,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @example(EVERY_FACT, 1)
    @given(ACTS, st.integers(0, len(ENDINGS) - 1))
    def changes_nothing(acts: list[Act], ending: int) -> None:
        # those who are drawn first are drawn as if nobody came after them
        first = None if prove or acts == EVERY_FACT else 1
        after = worlds.given(acts, ending, first=first)
        found = differences({key: before[key] for key in before if first is None or key in after}, after)
        note("\n".join(map(str, found)))
        assert found == []

    changes_nothing()
