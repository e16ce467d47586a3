"""FHIR JSON (FHIR R4, 2.6.2): fast where nothing is special, and nothing lost where something is.

The fast parser keeps the last of two properties with one name and turns decimals into floating point. Both show in the
text that is outside of strings, so that is looked at: a colon stands for a property, and digits for numbers.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import orjson

from cie.fhir.formats.faults import DEEPEST, MOST_VALUES, require_size, too_deep, too_many, unreadable
from cie.fhir.formats.numbers import number_as_sent

_LOST_AS_FLOATS = re.compile(rb"[0-9][.eE]|[0-9]{18}|-0")
_ALL_BUT_NUMBERS = bytes(set(range(256)) - set(b",+-.0123456789eE"))
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"{}[]"))
_STRING_OR_BRACE = re.compile(rb'("(?:[^"\\]|\\.)*")(\s*:)?|[{}]', re.DOTALL)


def read_json(data: bytes) -> dict[str, Any]:
    """The resource that a JSON document holds. Raises Unreadable."""
    require_size(data)
    outside = _outside_strings(data)
    if outside.count(b",") > MOST_VALUES:
        raise too_many()
    found = _parsed(data)
    _require_depth(outside)
    if outside.count(b":") != _outside_strings(orjson.dumps(found)).count(b":"):
        raise _given_twice(data)
    is_lossy = _LOST_AS_FLOATS.search(outside.translate(None, _ALL_BUT_NUMBERS))
    return _with_numbers_as_sent(data) if is_lossy else found


def write_json(resource: dict[str, Any]) -> bytes:
    """A resource as JSON, its decimals as they were sent."""
    return orjson.dumps(resource, default=_number)


def _number(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value))
    raise TypeError


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        words = f"This is not JSON in UTF-8: mend line {error.lineno}, column {error.colno}"
        raise unreadable(words) from None
    if not isinstance(found, dict):
        raise unreadable("This is JSON but not an object. Send one resource, in braces")
    return found


def _outside_strings(data: bytes) -> bytes:
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(data.split(b'"')[::2])


def _require_depth(outside: bytes) -> None:
    brackets = outside.translate(_BRACKETS, _ALL_BUT_BRACKETS)
    for _level in range(DEEPEST):
        brackets = brackets.replace(b"[]", b"")
        if not brackets:
            return
    raise too_deep()


def _with_numbers_as_sent(data: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(data, parse_float=number_as_sent, parse_int=number_as_sent)
    except ValueError:
        raise unreadable("A number here is too long or too large. Send fewer digits", "value") from None
    return found


def _given_twice(data: bytes) -> Exception:
    at = next(_repeated_properties(data))
    line = data.count(b"\n", 0, at) + 1
    column = at - data.rfind(b"\n", 0, at)
    return unreadable(f"A property is here for the second time: send it once. Line {line}, column {column}")


def _repeated_properties(data: bytes) -> Iterator[int]:
    """Where, in bytes, each property is whose object has one of that name already."""
    open_objects: list[set[str]] = []
    for token in _STRING_OR_BRACE.finditer(data):
        if token[0] == b"{":
            open_objects.append(set())
        elif token[0] == b"}":
            open_objects.pop()
        elif token[2] is not None:
            name = orjson.loads(token[1])
            if name in open_objects[-1]:
                yield token.start()
            open_objects[-1].add(name)
