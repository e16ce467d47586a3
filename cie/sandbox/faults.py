"""What the pretend network does wrong on purpose, for how many more requests."""

from dataclasses import asdict, dataclass, fields
from threading import Lock
from typing import Any

LONGEST_HANG_SECONDS = 120.0


@dataclass(frozen=True)
class Fault:
    """How the next requests go wrong. `remaining` counts texts handed over and replies written."""

    hang_seconds: float = 0.0
    refuse_code: int | None = None
    answer_twice: bool = False
    lose_answer: bool = False
    remaining: int = 1


NONE = Fault(remaining=0)


class Faults:
    """The fault in force, kept for as long as the process lives."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._fault = NONE

    def put(self, given: dict[str, Any]) -> Fault:
        """Replace the fault in force by another. Raises ValueError naming the field that is wrong."""
        fault = _read(given)
        with self._lock:
            self._fault = fault
        return fault

    def now(self) -> dict[str, Any]:
        """The fault in force."""
        return asdict(self._fault)

    def take(self) -> Fault:
        """The fault for this one request, which uses it up by one."""
        with self._lock:
            fault = self._fault
            if fault.remaining <= 0:
                return NONE
            self._fault = Fault(**asdict(fault) | {"remaining": fault.remaining - 1})
            return fault


def _read(given: dict[str, Any]) -> Fault:
    unknown = given.keys() - {field.name for field in fields(Fault)}
    if unknown:
        raise ValueError(f"Unknown: {', '.join(sorted(unknown))}")
    fault = Fault(**given)
    _check_number("hang_seconds", fault.hang_seconds, 0, LONGEST_HANG_SECONDS)
    _check_number("remaining", fault.remaining, 0, 1_000_000, whole=True)
    if fault.refuse_code is not None:
        _check_number("refuse_code", fault.refuse_code, 10_000, 99_999, whole=True)
    for name in ("answer_twice", "lose_answer"):
        if not isinstance(getattr(fault, name), bool):
            raise ValueError(f"{name}: give true or false")
    return fault


def _check_number(name: str, value: object, least: float, most: float, *, whole: bool = False) -> None:
    if isinstance(value, int if whole else int | float) and not isinstance(value, bool) and least <= value <= most:
        return
    raise ValueError(f"{name}: give a {'whole ' if whole else ''}number from {least} to {most}")
