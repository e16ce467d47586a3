"""The elements of a resource at a path, step by step through lists."""

from collections.abc import Iterator
from typing import Any


def elements(value: Any, path: str) -> Iterator[Any]:
    """All elements at `path` (`output.valueReference`); a step that ends in a star is at any depth (`item*.code`).

    An empty path is the value itself.
    """
    step, _, rest = path.partition(".")
    if not step:
        yield from _each(value)
        return
    for holder in _each(value):
        if isinstance(holder, dict):
            for found in _at(holder, step.rstrip("*"), any_depth=step.endswith("*")):
                yield from elements(found, rest)


def _at(holder: dict[str, Any], name: str, *, any_depth: bool) -> Iterator[Any]:
    for found in _each(holder.get(name)):
        yield found
        if any_depth and isinstance(found, dict):
            yield from _at(found, name, any_depth=True)


def _each(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from (each for each in value if each is not None)
    elif value is not None:
        yield value
