"""What can be wrong with a resource, and how it is said: never with a value of the resource."""

from collections.abc import Iterator
from dataclasses import dataclass

CODES = {
    "unknown": "structure",
    "type": "structure",
    "max": "structure",
    "slice": "structure",
    "min": "required",
    "format": "value",
    "pattern": "value",
    "binding": "code-invalid",
    "not-supported": "not-supported",
}
"""The IssueType of each rule. The rest are keys of invariants."""

_OF_SHAPE = frozenset({"unknown", "type", "format", "not-supported", "ele-1", "ext-1"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend.

    `code`: an IssueType. `place`: in FHIRPath, as "Task.input[0].type". `rule`: one of CODES, or the key of an
    invariant, as "SDOH-Con-1". `words`: what to do.
    """

    code: str
    place: str
    rule: str
    words: str


class Faults:
    """The faults of one resource as they are found: each rule is broken once at a place, whichever profile asks."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Fault] = {}
        self.is_sound = True
        """All that is there has a name and a type that belong there, so that rules can be run on it."""

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._found.values())

    def add(self, rule: str, place: str, words: str) -> None:
        self._found.setdefault((rule, place), Fault(CODES.get(rule, "invariant"), place, rule, words))
        if rule in _OF_SHAPE:
            self.is_sound = False
