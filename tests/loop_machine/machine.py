"""What the verbs of the machine share: the world that they act in, dice, and what is looked at after each act."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from hypothesis.stateful import RuleBasedStateMachine, invariant

from cie.access import Actor
from cie.messaging import TextDeliverer
from cie.referrals import Referral, ReferralTask
from tests.loop_machine.promises import OVER
from tests.loop_machine.world import World

T = TypeVar("T")
Verb = Callable[..., None]


class Dice:
    """Chances that hang on one drawn number alone: the same number, the same act."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def one_of(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def some_of(self, choices: Sequence[T], count: int) -> list[T]:
        return self._random.sample(choices, count)

    def once_in(self, times: int) -> bool:
        return self._random.randrange(times) == 0

    def number(self, first: int, last: int) -> int:
        return self._random.randint(first, last)


class Machine(RuleBasedStateMachine):
    """A fresh exchange; after each act all that always holds is looked at."""

    deliverer: ClassVar[TextDeliverer]

    def __init__(self) -> None:
        super().__init__()
        self.world, self.acts = World(self.deliverer), 0

    @invariant()
    def what_holds_at_every_moment(self) -> None:
        self.world.check_standing()

    def tasks(self) -> list[Any]:
        return sorted(self.world.record[ReferralTask].values(), key=lambda t: t.id)

    def task(self, dice: Dice, *wanted: str) -> Any:
        """A task that stands as wanted, else one that is not over, now and then any."""
        tasks = self.tasks()
        fitting = self.fitting(wanted)
        chosen = tasks if not fitting or dice.once_in(6) else fitting
        return dice.one_of(chosen) if chosen else None

    def fitting(self, wanted: tuple[str, ...]) -> list[Any]:
        return [t for t in self.tasks() if (t.status in wanted if wanted else t.status not in OVER)]

    def loop(self, dice: Dice, *wanted: str, contact_given: bool = False) -> Any:
        loops = sorted(self.world.record[Referral].values(), key=lambda r: r.id)
        chosen = [r for r in loops if r.status in wanted] or loops
        if contact_given:
            chosen = [r for r in chosen if r.kind == "informational"] or chosen
        return dice.one_of(chosen) if chosen else None

    def someone(self, dice: Dice, *likely: UUID) -> Actor:
        """Mostly a worker of the likely organizations, now and then anybody of anywhere."""
        if dice.once_in(9):
            place = dice.one_of([*self.world.places, self.world.stranger])
            return self.world.staff(place.id, dice.number(0, 99), idle=dice.once_in(3))
        return self.world.staff(dice.one_of(likely), dice.number(0, 99), idle=dice.once_in(25))

    def meanwhile(self, dice: Dice, person_id: UUID) -> None:
        """Something about the person changes."""

    def agree_apart(self, dice: Dice, person_id: UUID | None = None) -> None:
        """The person says yes in two consents."""
