"""How a server is spoiled: what a fault is, and the ways in which answers are changed on the way."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import orjson

from tests.conformance.proxy import Asked, Forward, Said, Spoil

Resource = dict[str, Any]
Change = Callable[[Resource], object]


@dataclass(frozen=True)
class Fault:
    name: str
    rows: frozenset[str]
    spoil: Spoil

    @property
    def needs_value_sets(self) -> bool:
        """Whether it shows only where the licensed value sets are at hand."""
        return "goal-1" in self.rows


FAULTS: dict[str, Fault] = {}


def fault(name: str, *rows: str) -> Callable[[Spoil], Spoil]:
    def add(spoil: Spoil) -> Spoil:
        assert name not in FAULTS
        FAULTS[name] = Fault(name, frozenset(rows), spoil)
        return spoil

    return add


def together(names: Iterable[str]) -> Spoil:
    """Several faults at once."""
    spoil = sound
    for name in names:
        spoil = partial(_within, FAULTS[name].spoil, spoil)
    return spoil


def _within(outer: Spoil, inner: Spoil, asked: Asked, forward: Forward) -> Said:
    return outer(asked, lambda changed: inner(changed, forward))


def sound(asked: Asked, forward: Forward) -> Said:
    """Nothing is wrong."""
    return forward(asked)


def resources(said: Any) -> Iterator[Resource]:
    """A resource, and those in a Bundle."""
    if isinstance(said, dict):
        yield said
        for entry in said.get("entry", []) if said.get("resourceType") == "Bundle" else []:
            yield from resources(entry.get("resource"))


def in_answers(resource_type: str, change: Change, *, when: Callable[[Asked], bool] = lambda _asked: True) -> Spoil:
    """Change every resource of a type in answers as JSON."""

    def spoil(asked: Asked, forward: Forward) -> Said:
        said = forward(asked)
        found = said.json if when(asked) else None
        if found is None:
            return said
        for each in resources(found):
            if each.get("resourceType") == resource_type:
                change(each)
        return said.saying(found)

    return spoil


def forgets(resource_type: str, *names: str) -> Spoil:
    """Ignore parameters of a search."""
    return lambda asked, forward: forward(asked.without(*names) if asked.type == resource_type else asked)


def answers(status: int, when: Callable[[Asked], bool], body: Any = None) -> Spoil:
    """Answer by itself."""
    text = b"" if body is None else orjson.dumps(body)
    named = {"content-type": "application/fhir+json"} if text else {}
    return lambda asked, forward: Said(status, named, text) if when(asked) else forward(asked)


def heads(when: Callable[[Asked], bool], **changed: str | None) -> Spoil:
    """Change headers of answers."""

    def spoil(asked: Asked, forward: Forward) -> Said:
        said = forward(asked)
        return said.with_headers(**changed) if when(asked) else said

    return spoil


def instead(was: int, now: int, when: Callable[[Asked], bool]) -> Spoil:
    """Answer with another status."""

    def spoil(asked: Asked, forward: Forward) -> Said:
        said = forward(asked)
        return replace(said, status=now) if said.status == was and when(asked) else said

    return spoil


def any_time(_asked: Asked) -> bool:
    return True


def read_of(resource_type: str) -> Callable[[Asked], bool]:
    return lambda asked: asked.is_read and asked.type == resource_type


def search_of(resource_type: str, *names: str) -> Callable[[Asked], bool]:
    return lambda asked: asked.is_search and asked.type == resource_type and all(map(asked.asks, names))


def made(resource_type: str) -> Callable[[Asked], bool]:
    return lambda asked: asked.method == "POST" and asked.path.strip("/") == resource_type


def no_such(asked: Asked) -> bool:
    return asked.path.endswith("sdohcc-suite-none")


EMPTY = {"resourceType": "Bundle", "type": "searchset"}
