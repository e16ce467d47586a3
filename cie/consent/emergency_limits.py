"""How long an emergency opens more, and how often one member of staff may ask for it: loadable data with its source."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from cie.resources import resource

_FIELDS = {"open_hours", "tries_a_day", "source", "effective_on"}


@dataclass(frozen=True)
class EmergencyLimit:
    """The figures that hold from a day on."""

    open_hours: int
    tries_a_day: int
    source: str
    effective_on: date

    @property
    def open_for(self) -> timedelta:
        """How long what was opened can be read."""
        return timedelta(hours=self.open_hours)


def emergency_limit(on: date) -> EmergencyLimit:
    """The figures that hold on a day. Raises ValueError when none did."""
    in_effect = [each for each in _limits() if each.effective_on <= on]
    if not in_effect:
        raise ValueError(f"emergencies: no figures hold on {on}")
    return max(in_effect, key=lambda each: each.effective_on)


@cache
def _limits() -> Sequence[EmergencyLimit]:
    return read_limits(tomllib.loads(resource("seed_data", "privacy", "emergencies.toml").read_text("utf-8")))


def read_limits(data: Mapping[str, Any]) -> Sequence[EmergencyLimit]:
    """The figures of a loaded file. Raises ValueError naming the entry that is not whole."""
    return [_limit(number, entry) for number, entry in enumerate(data.get("limit", ()), 1)]


def _limit(number: int, entry: Mapping[str, Any]) -> EmergencyLimit:
    counts = [entry.get("open_hours"), entry.get("tries_a_day")]
    is_whole = entry.keys() == _FIELDS and all(type(count) is int and count > 0 for count in counts)
    if not is_whole or type(entry["effective_on"]) is not date or not str(entry["source"]).strip():
        raise ValueError(f"emergencies: entry {number} needs {sorted(_FIELDS)}, with whole numbers above 0")
    return EmergencyLimit(**entry)
