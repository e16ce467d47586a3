"""How a value compares with what a definition prescribes: fixed, a pattern, or a code of a value set."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from cie.fhir.definitions.value_sets import ValueSets

LARGEST_INTEGER = 2**31 - 1
_DAY = len("2026-11-27")


def exists(value: Any, code: str) -> bool:
    """Whether a primitive that is written as its type is written can be: a day of the calendar, a number of 32 bits."""
    if isinstance(value, int) and code != "decimal":
        return abs(value) <= LARGEST_INTEGER
    if code not in ("date", "dateTime", "instant") or len(value) < _DAY:
        return True
    try:
        date.fromisoformat(value[:_DAY])
    except ValueError:
        return False
    return True


def fits(value: Any, pattern: Any) -> bool:
    """Whether all that the pattern says is in the value: each item of a list in it matches some item of the value's."""
    if isinstance(pattern, Mapping):
        return isinstance(value, Mapping) and all(fits(value.get(name), part) for name, part in pattern.items())
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(fits(each, part) for each in value) for part in pattern)
    return type(value) is type(pattern) and bool(value == pattern)


def is_bound(value: Any, canonical: str, value_sets: ValueSets) -> bool | None:
    """Whether one of the codings of a value is in a value set; None when it cannot be told.

    A measured value without a coded unit has nothing to tell it by.
    """
    answers = [value_sets.holds(canonical, system, code) for system, code in codings_of(value)]
    if True in answers:
        return True
    is_measured = isinstance(value, Mapping) and "value" in value
    return None if None in answers or (is_measured and not answers) else False


def codings_of(value: Any) -> Iterator[tuple[str | None, str]]:
    """System and code of a code, Coding, CodeableConcept or Quantity. A code alone has no system, so any will do."""
    if isinstance(value, str):
        yield None, value
    elif isinstance(value, Mapping):
        inner = value.get("coding")
        for each in inner if isinstance(inner, list) else (value,):
            if isinstance(each, Mapping) and isinstance(each.get("code"), str):
                system = each.get("system")
                yield system if isinstance(system, str) else "", each["code"]
