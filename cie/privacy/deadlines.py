"""The days and figures of the privacy officer's clocks, from seed_data/privacy/deadlines.toml. None is a constant.

Each has its source and the day from which it holds; the newest in effect on the day that starts the clock counts.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from cie.privacy.models import RequestKind
from cie.resources import resource


class Unit(StrEnum):
    """What a figure counts. Days are calendar days."""

    DAYS = "days"
    YEARS = "years"
    RESIDENTS = "residents"


class Basis(StrEnum):
    """Whether the law sets the figure, or the network for itself."""

    LAW = "law"
    POLICY = "policy"


RESIDENTS_TOLD = "residents-told"
ATTORNEY_GENERAL_TOLD = "attorney-general-told"
ATTORNEY_GENERAL_MORE_THAN = "attorney-general-more-than"
ACCOUNTING_SPAN = "accounting-span"
PART2_LIST = "part2-list"
PART2_LIST_SPAN = "part2-list-span"
ORAL_SUSPENSION = "accounting-oral-suspension"
CODES: Mapping[str, Unit] = {
    RESIDENTS_TOLD: Unit.DAYS,
    ATTORNEY_GENERAL_TOLD: Unit.DAYS,
    ATTORNEY_GENERAL_MORE_THAN: Unit.RESIDENTS,
    ACCOUNTING_SPAN: Unit.YEARS,
    PART2_LIST: Unit.DAYS,
    PART2_LIST_SPAN: Unit.YEARS,
    ORAL_SUSPENSION: Unit.DAYS,
    **{kind.value: Unit.DAYS for kind in RequestKind},
}
_FIELDS = {"code", "value", "unit", "basis", "source", "effective_on", "extension", "note"}
_REQUIRED = _FIELDS - {"extension", "note"}


@dataclass(frozen=True)
class Figure:
    """One figure as the law or the policy has it from a day on; `extension`: the days that may be added once."""

    code: str
    value: int
    unit: Unit
    basis: Basis
    source: str
    effective_on: date
    extension: int = 0
    note: str = ""

    def due_after(self, day: date) -> date:
        """The last day of a clock that starts on `day`; weekends and holidays do not move it."""
        return day + timedelta(days=self.value)

    def span_before(self, day: date) -> date:
        """The first day of a span of so many years that ends on `day`; where there is no Feb 29, it is Feb 28."""
        year = max(day.year - self.value, date.min.year)
        return date(year, 2, 28) if (day.month, day.day) == (2, 29) else day.replace(year=year)


def figure(code: str, on: date) -> Figure | None:
    """The figure that holds on a day; None when none was in effect."""
    in_effect = [each for each in figures() if each.code == code and each.effective_on <= on]
    return max(in_effect, key=lambda each: each.effective_on, default=None)


@cache
def figures() -> Sequence[Figure]:
    """All figures of the file. Raises ValueError, naming what is wrong."""
    return read_figures(tomllib.loads(resource("seed_data", "privacy", "deadlines.toml").read_text("utf-8")))


def read_figures(data: Mapping[str, Any]) -> Sequence[Figure]:
    """The figures of a loaded file. Raises ValueError unless each is whole and every code is there."""
    found = [_figure(number, row) for number, row in enumerate(data.get("figure", ()), 1)]
    missing = CODES.keys() - {each.code for each in found}
    if missing:
        raise ValueError(f"deadlines: no figure for {', '.join(sorted(missing))}")
    if len({(each.code, each.effective_on) for each in found}) < len(found):
        raise ValueError("deadlines: two figures of one code take effect on the same day")
    return found


def _figure(number: int, row: Mapping[str, Any]) -> Figure:
    where = f"deadlines: entry {number}"
    if row.keys() - _FIELDS or _REQUIRED - row.keys():
        raise ValueError(f"{where} needs {sorted(_REQUIRED)} and may have extension and note")
    if row["code"] not in CODES or row["unit"] != CODES[row["code"]]:
        raise ValueError(f"{where} has a code or a unit that is not known")
    if not all(_is_count(row[name]) for name in ("value", "extension") if name in row):
        raise ValueError(f"{where} needs whole numbers above 0")
    if type(row["effective_on"]) is not date or not str(row["source"]).strip():
        raise ValueError(f"{where} needs a source and a day from which it holds")
    return Figure(**{**row, "unit": Unit(row["unit"]), "basis": Basis(row["basis"])})


def _is_count(value: Any) -> bool:
    return type(value) is int and value > 0
