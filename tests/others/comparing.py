"""Where two checkers judge a resource differently, and which of these differences are explained."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from cie.fhir.checking import Fault
from tests.others.validator import Error

OURS, THEIRS = "ours", "theirs"
_ASIDE = re.compile(r"/\*.*?\*/|\.ofType\([^)]*\)|\[[\dx]+\]")
_WHOLE = ("", "$", "Resource")
"""Places of what is held against a resource as a whole, which is then not looked at any further."""


class Difference(NamedTuple):
    """What one side alone holds against a resource. `place`: without the numbers of lists."""

    resource: str
    side: str
    rule: str
    place: str
    words: str

    def __str__(self) -> str:
        return f"{self.resource}: {self.side} alone, {self.rule} at {self.place}: {self.words}"


@dataclass(frozen=True)
class Explanation:
    """Why one side alone holds something against resources. Each part is a pattern of file names."""

    side: str
    reason: str
    rule: str = "*"
    place: str = "*"
    words: str = "*"
    resource: str = "*"

    def fits(self, found: Difference) -> bool:
        parts = ("side", "rule", "place", "words", "resource")
        return all(fnmatchcase(getattr(found, part), getattr(self, part)) for part in parts)


def explanations() -> list[Explanation]:
    file = Path(__file__).with_name("differences.toml")
    return [Explanation(**each) for each in tomllib.loads(file.read_text("utf-8"))["difference"]]


def differences(resource: str, ours: Iterable[Fault], theirs: Iterable[Error]) -> Iterator[Difference]:
    """What has no like on the other side, at the same place, inside it or around it."""
    here = [Difference(resource, OURS, each.rule, _plain(each.place), each.words) for each in ours]
    there = [Difference(resource, THEIRS, each.rule, _plain(each.place), each.words) for each in theirs]
    yield from _alone(here, there)
    yield from _alone(there, here)


def _alone(several: list[Difference], others: list[Difference]) -> Iterator[Difference]:
    for each in several:
        if not any(_is_near(each.place, other.place) for other in others):
            yield each


def _is_near(one: str, other: str) -> bool:
    """The same place, or one inside the other; what is said of a resource is like what is said of an element of it."""
    if one in _WHOLE or other in _WHOLE or one == other:
        return True
    outer, inner = sorted((one, other), key=len)
    depth = inner.count(".") - outer.count(".")
    return inner.startswith(f"{outer}.") and (depth == 1 or "." in outer)


def _plain(place: str) -> str:
    return _ASIDE.sub("", place).strip()


def unexplained(
    found: Iterable[Difference], known: Iterable[Explanation]
) -> tuple[list[Difference], list[Explanation]]:
    """The differences that nothing explains, and the explanations of what no longer differs."""
    known = list(known)
    fitting = {each: next((one for one in known if one.fits(each)), None) for each in found}
    left = [each for each, one in fitting.items() if one is None]
    return left, [one for one in known if one not in fitting.values()]
