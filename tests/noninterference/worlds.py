"""Two worlds that begin alike, and what the readers are given in each."""

from collections.abc import Collection
from dataclasses import dataclass

from tests.noninterference.comparing import Key, Output
from tests.noninterference.hidden import Act, make_true
from tests.noninterference.keeping import Rows, put_back
from tests.noninterference.place import Place
from tests.noninterference.reading import Readers


@dataclass
class Worlds:
    """One world as it was before any hidden fact, and what the readers are given in it."""

    place: Place
    rows: Rows
    readers: Readers

    def given(
        self, acts: list[Act], ending: int = 0, *, only: Collection[str] = (), first: int | None = None
    ) -> dict[Key, Output]:
        """What the readers are given when these facts hold; `only` of some endpoints, or to the `first` readers."""
        put_back(self.rows)
        make_true(self.place, acts, ending)
        return {**self.readers.texts(), **self.readers.everything(only, first=first)}
