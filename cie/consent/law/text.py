"""The words of each rule: what it says, how it refuses, its source, and since when it holds. Loadable data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from cie.resources import resource


@dataclass(frozen=True)
class RuleText:
    """One rule in words. `says` is read by anybody; `reason` and `remedy` by the one whose data stays.

    `effective_on` and `ends_on` are the first and the last day of the law in this form, as far as they matter here.
    """

    id: str
    says: str
    reason: str
    citation: str
    remedy: str = ""
    effective_on: date | None = None
    ends_on: date | None = None
    verified: bool = True

    def is_in_effect(self, today: date) -> bool:
        """Whether it holds on this day."""
        has_begun = self.effective_on is None or self.effective_on <= today
        return has_begun and (self.ends_on is None or today <= self.ends_on)


@cache
def texts() -> Mapping[str, RuleText]:
    """Every rule in words, by id, in the order of the file. Raises ValueError naming the rule that cannot be read."""
    found = tomllib.loads(resource("seed_data", "consent", "rules.toml").read_text("utf-8"))
    return {code: _text(code, entry) for code, entry in found.items()}


def text_of(code: str) -> RuleText:
    """One rule in words."""
    return texts()[code]


def _text(code: str, entry: Mapping[str, Any]) -> RuleText:
    try:
        return RuleText(id=code, **entry)
    except TypeError as error:
        raise ValueError(f"the rule {code} cannot be read: {error}") from error
