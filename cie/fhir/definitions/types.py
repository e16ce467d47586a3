"""The elements of each type of FHIR R4 (4.0.1), as the server reads, checks and writes them.

What is asked for is built once and kept. `compiling` makes the file that this reads.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from cie.fhir.definitions.primitives import PRIMITIVES, is_primitive

__all__ = [
    "PRIMITIVES",
    "RESOURCE_TYPES",
    "Element",
    "Invariant",
    "elements_of",
    "invariants_of",
    "is_primitive",
    "type_of",
]
_VALUE_SETS = "http://hl7.org/fhir/ValueSet/"
_NESTED = ("BackboneElement", "Element")
_ABSTRACT = frozenset({"Resource", "DomainResource"})


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type.

    `types`: codes of its types; "Resource" is any resource. `path`: where its own children are found, empty when its
    type says so. `max`: None for any number. `binding`: the address of a required value set, without version.
    """

    name: str
    types: tuple[str, ...]
    min: int
    max: int | None
    path: str
    binding: str


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule in FHIRPath on every value at its path. `severity`: "error" or "warning"."""

    key: str
    severity: str
    expression: str


@cache
def elements_of(path: str) -> Mapping[str, Element]:
    """The elements of a type ("Patient", "HumanName") or of a part of one ("Patient.contact"), in their order.

    By the name of the JSON property: a choice comes once for each of its types, each time with the same element.
    Raises KeyError for what there is not.
    """
    found: dict[str, Element] = {}
    facts = dict(_TYPES[path])
    if "is" in facts:
        found.update(elements_of(facts.pop("is")))
    for name, words in facts.items():
        element = _element(f"{path}.{name}", name, words)
        found.update(dict.fromkeys(_properties(element), element))
    return MappingProxyType(found)


def type_of(name: str, element: Element) -> str:
    """The type that a JSON property has: "valueString" of "value[x]" is a string. Raises KeyError for another name."""
    if not element.name.endswith("[x]"):
        return element.types[0]
    code = name[len(element.name) - 3 :]
    for known in (code, code[:1].lower() + code[1:]):
        if code[:1].isupper() and known in element.types:
            return known
    raise KeyError(name)


@cache
def invariants_of(path: str) -> tuple[Invariant, ...]:
    """The rules of a type, of a part of one, or of one element ("Organization.telecom"), those it builds upon first.

    None for a path that has no rules, whether or not it is known.
    """
    base = _TYPES.get(path, {}).get("is")
    inherited = invariants_of(base) if base else ()
    return inherited + tuple(_invariant(key, words) for key, words in _INVARIANTS.get(path, {}).items())


def _element(place: str, name: str, words: str) -> Element:
    """An element in the notation of `datatypes.toml`."""
    span, codes, *more = words.split(" ")
    low, high = span.split("..")
    types = ("BackboneElement",) if codes.startswith("#") else tuple(codes.split("|"))
    path = codes.removeprefix("#") if codes.startswith("#") else place if types[0] in _NESTED else ""
    return Element(name, types, int(low), None if high == "*" else int(high), path, _value_set(more))


def _value_set(words: list[str]) -> str:
    if not words:
        return ""
    named = words[0].removeprefix("=")
    return named if ":" in named else _VALUE_SETS + named


def _properties(element: Element) -> Iterator[str]:
    if not element.name.endswith("[x]"):
        yield element.name
        return
    for code in element.types:
        yield element.name.removesuffix("[x]") + code[0].upper() + code[1:]


def _invariant(key: str, words: str) -> Invariant:
    if words.startswith("warning: "):
        return Invariant(key, "warning", words.removeprefix("warning: "))
    return Invariant(key, "error", words)


def _is_resource(path: str) -> bool:
    return path in _ABSTRACT or (path in _TYPES and _is_resource(_TYPES[path].get("is", "")))


_FACTS: dict[str, dict[str, dict[str, Any]]] = orjson.loads(Path(__file__).with_name("types.json").read_bytes())
_TYPES, _INVARIANTS = _FACTS["types"], _FACTS["invariants"]
RESOURCE_TYPES = frozenset(path for path in _TYPES if path not in _ABSTRACT and _is_resource(path))
"""The types of resources that are known here."""
