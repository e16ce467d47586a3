"""The machine that draws verbs, actors, doors and clocks, on both databases; `--prove` runs many seeds."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import initialize, invariant, run_state_machine_as_test

from cie import events, messaging, schema
from cie.app import compose
from cie.db import Database, reading
from cie.messaging import TextDeliverer
from cie.settings import Settings
from tests.loop_machine.loop_verbs import LoopVerbs
from tests.loop_machine.person_verbs import PersonVerbs
from tests.loop_machine.world import World

EXAMPLES, PROVE_EXAMPLES, STEPS = 4, 100, 50


@pytest.fixture
def deliverer(database: Database, migrated: Settings) -> Iterator[TextDeliverer]:
    """The deliverer of texts, with the hours of a network that lets people sleep."""
    found = compose(migrated.model_copy(update={"text_hours": "9-20"})).deliverers[messaging.KIND]
    assert isinstance(found, TextDeliverer)
    yield found
    compose(migrated)


def empty(database: Database) -> None:
    with database.engine.begin() as connection:
        for table in reversed(schema.metadata.sorted_tables):
            connection.execute(table.delete())


def test_random_verbs_never_break_the_loop(
    database: Database, deliverer: TextDeliverer, request: pytest.FixtureRequest
) -> None:
    class LoopMachine(PersonVerbs, LoopVerbs):
        @initialize()
        def open_the_exchange(self) -> None:
            self.world = World(deliverer)

        @invariant()
        def what_holds_at_every_moment(self) -> None:
            self.world.check_standing()

        def teardown(self) -> None:
            with reading() as session:
                faults = events.verify(session).faults
            empty(database)
            assert faults == ()

    prove = request.config.getoption("--prove")
    chosen = settings(
        max_examples=PROVE_EXAMPLES if prove else EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        phases=[Phase.generate, Phase.shrink] if prove else [Phase.generate],
        derandomize=not prove,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(LoopMachine, settings=chosen)
