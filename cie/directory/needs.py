"""Our short list of needs, keyed to the Gravity SDOH categories; loaded data, never codes in code."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from cie.directory.models import Category
from cie.errors import Invalid
from cie.resources import resource


@dataclass(frozen=True)
class Coding:
    """A code of a terminology with its display."""

    code: str
    display: str


@dataclass(frozen=True)
class NeedTerm:
    """One need: its names by language, its Gravity category, the codes proposed for it, the data category it tells."""

    code: str
    label: Mapping[str, str]
    phrase: Mapping[str, str]
    gravity: str
    icd10: Coding | None
    snomed: Coding | None
    category: Category
    words: Mapping[str, tuple[str, ...]]


@cache
def needs() -> Mapping[str, NeedTerm]:
    """All needs by code, in the order of the list."""
    data = orjson.loads(resource("seed_data", "needs.json").read_bytes())
    return {row["code"]: _term(row) for row in data["needs"]}


def _term(row: dict[str, Any]) -> NeedTerm:
    values = dict(row)
    for name in ("icd10", "snomed"):
        coding = values[name]
        values[name] = Coding(**coding) if isinstance(coding, dict) else None
    values["category"] = Category(str(values["category"]))
    return NeedTerm(**values)


def need(code: str) -> NeedTerm:
    """One need. Raises Invalid for a code that the list does not have."""
    try:
        return needs()[code]
    except KeyError as error:
        raise Invalid("Need: choose one of the list", "need") from error
