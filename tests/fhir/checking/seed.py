"""What makes a right resource wrong, and what must be said of it."""

from typing import Any, NamedTuple


class Seed(NamedTuple):
    """`path`: as `changed` reads it; `value`: what is put there."""

    profile: str
    path: str
    value: Any
    rule: str
    place: str
