"""The machine that draws verbs, actors, doors and clocks, on both databases; `--prove` runs many seeds."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis.stateful import rule, run_state_machine_as_test

from cie import events, messaging, schema
from cie.app import compose
from cie.db import Database, reading
from cie.messaging import TextDeliverer
from cie.settings import Settings
from tests.loop_machine.asking import ASKING, SEED
from tests.loop_machine.loop_verbs import ANSWERING, LOOKING_AFTER, LoopVerbs
from tests.loop_machine.machine import Dice
from tests.loop_machine.person_verbs import CLOCK, REACHING, SAYING, PersonVerbs
from tests.loop_machine.trying import IN_VAIN, TryingVerbs

VERBS = (*ASKING, *ANSWERING, *ANSWERING, *LOOKING_AFTER, *IN_VAIN, *SAYING, *REACHING, *CLOCK)
THEN_DAYS_PASS = (*REACHING, "send_apart", "word", "close", "in_error", "give_contact")
EXAMPLES, PROVE_EXAMPLES, STEPS = 6, 250, 60


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
    class LoopMachine(PersonVerbs, LoopVerbs, TryingVerbs):
        @rule(seed=SEED)
        def act(self, seed: int) -> None:
            self.acts += 1
            dice = Dice(seed * 1000 + self.acts)
            verb = dice.one_of(VERBS)
            note(verb)
            getattr(self, verb)(dice)
            if verb in THEN_DAYS_PASS and dice.once_in(2):
                self.days_pass(dice)

        def teardown(self) -> None:
            with reading() as session:
                faults = events.verify(session).faults
            empty(database)
            assert faults == ()

    LoopMachine.deliverer = deliverer
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
