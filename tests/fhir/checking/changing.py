"""Small changes to a resource, named by a path of properties and indices: "input.0.type"."""

from copy import deepcopy
from typing import Any


class _Drop:
    def __str__(self) -> str:
        return "left out"


DROP: Any = _Drop()


def changed(resource: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with another value at a path, without what is there for DROP; an index past the end of a list appends."""
    found: Any = deepcopy(resource)
    *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
    owner = found
    for step in way:
        owner = owner[step]
    if value is DROP:
        del owner[last]
    elif isinstance(owner, list) and last == len(owner):
        owner.append(deepcopy(value))
    else:
        owner[last] = deepcopy(value)
    return found
