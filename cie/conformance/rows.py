"""What a row of the suite is, and what it can come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cie.conformance.server import Server

Check = Callable[["Server"], str | None]
"""Looks at the server and returns, or raises Fails or DoesNotApply. What it returns is a remark for the reader."""


class Expectation(StrEnum):
    """How strongly the guide asks for something."""

    SHALL = "SHALL"
    SHOULD = "SHOULD"
    MAY = "MAY"
    UNSAID = "not said"


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105  # a verdict
    FAIL = "fail"
    NOT_APPLICABLE = "not applicable"


class Fails(Exception):
    """The server does not do it; the message says what was seen, in plain words."""


class DoesNotApply(Exception):
    """It cannot be seen here, or is not for a server to do; the message says why."""


@dataclass(frozen=True)
class Row:
    """One thing that is looked at. `key`: that of the guide, or cap-, and what it is about."""

    key: str
    group: str
    expectation: Expectation
    title: str
    check: Check
    is_judging: bool = False
    """Looks at all that the server showed in a run, and so runs last."""


ROWS: dict[str, Row] = {}
"""All rows by their keys, in the order in which they are told."""


def row(
    key: str, group: str, expectation: Expectation, title: str, *, is_judging: bool = False
) -> Callable[[Check], Check]:
    """Make a row of a function."""

    def add(check: Check) -> Check:
        if key in ROWS:
            raise ValueError(f"{key} is there already")
        ROWS[key] = Row(key, group, expectation, title, check, is_judging)
        return check

    return add


judge = partial(row, is_judging=True)
"""Make a row of a function that looks at what all others made the server show."""


def expect(holds: object, why: str) -> None:
    """Raises Fails with the reason unless it holds."""
    if not holds:
        raise Fails(why)


def need(holds: object, why: str) -> None:
    """Raises DoesNotApply with the reason unless it holds."""
    if not holds:
        raise DoesNotApply(why)
