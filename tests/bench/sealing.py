"""What a sealed value costs: of most organizations, of a victim service under its own key, and with no choice of keys.

The floor is the property as it was when there was one keyring, before organizations had keys of their own.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import select

from cie.db import current, place_of, reading
from cie.participants import STAND_APART, Participant
from cie.people import Person

ROUNDS, EACH = 200, 200
VALUE = "Aster Guadalupe"


@dataclass(frozen=True)
class Cost:
    """Microseconds of CPU of one value."""

    floor: float
    network: float
    own: float

    def __str__(self) -> str:
        others = f"of most {self.network:.2f} ({self.network / self.floor:.3f}x)"
        return f"floor {self.floor:.2f}, {others}, of a victim service {self.own:.2f} ({self.own / self.floor:.3f}x)"


def microseconds_a_value() -> dict[str, Cost]:
    """Of writing and of reading one value, each kind in turn so that all meet the same moments."""
    with reading() as session:
        kinds = {p.kind in STAND_APART: p.id for p in session.execute(select(Participant)).scalars()}
    network, own = (_person(kinds[stands_apart]) for stands_apart in (False, True))
    Person.floor = _Floor("given_name_sealed")  # for this measurement alone
    try:
        return {
            "write": _cost(*(lambda p=p, n=n: setattr(p, n, VALUE) for p, n in _ways(network, own))),
            "read": _cost(*(lambda p=p, n=n: getattr(p, n) for p, n in _ways(network, own))),
        }
    finally:
        del Person.floor


def _ways(network: Person, own: Person) -> list[tuple[Person, str]]:
    return [(network, "floor"), (network, "given_name"), (own, "given_name")]


def _person(organization_id: UUID) -> Person:
    person = Person(organization_id=organization_id, created_at=datetime.now(UTC))
    person.given_name = VALUE
    return person


class _Floor(property):
    """A sealed value as it was when there was one keyring."""

    def __init__(self, column: str) -> None:
        self._column = column
        super().__init__(self._read, self._write)

    def _read(self, record: Any) -> Any:
        sealed = getattr(record, self._column)
        return None if sealed is None else current().keyring.open(self._place(record), sealed)

    def _write(self, record: Any, value: Any) -> None:
        sealed = None if value is None else current().keyring.seal(self._place(record), value)
        setattr(record, self._column, sealed)

    def _place(self, record: Any) -> str:
        return place_of(record.__tablename__, self._column, record.id)


def _cost(*ways: Callable[[], object]) -> Cost:
    taken: list[list[float]] = [[] for _way in ways]
    for _round in range(ROUNDS):
        for times, way in zip(taken, ways, strict=True):
            start = time.process_time()
            for _n in range(EACH):
                way()
            times.append((time.process_time() - start) / EACH * 1e6)
    return Cost(*map(median, taken))
