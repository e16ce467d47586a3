"""The JSON shape of each type, made once from its elements, so that a walk looks up and does not search."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from re import Pattern

from cie.fhir.definitions.primitives import PRIMITIVES
from cie.fhir.definitions.types import Element, Invariant, elements_of, invariants_of, type_of

RUN_BY_THE_WALK = frozenset({"ele-1", "ext-1"})
"""Invariants of nearly every element, which the walk sees to itself."""
_JSON_TYPES = {"boolean": (bool,), "integer": (int,), "positiveInt": (int,), "unsignedInt": (int,)}
_NUMBER = (int, float, Decimal)


@dataclass(frozen=True, slots=True)
class Slot:
    """One JSON property.

    `label`: its name in FHIRPath, "value" for "valueString". `path`: where its own properties are found. `most`: None
    for a list without end. `pattern`: what a primitive looks like, None for what has properties of its own.
    """

    element: Element
    label: str
    code: str
    path: str
    is_list: bool
    most: int | None
    pattern: Pattern[str] | None
    json_types: tuple[type, ...]
    binding: str
    invariants: tuple[Invariant, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """`required`: label and properties, one of which must be there. `choices`: those of which no two may be there."""

    slots: Mapping[str, Slot]
    required: tuple[tuple[str, tuple[str, ...]], ...]
    choices: tuple[tuple[str, frozenset[str]], ...]
    invariants: tuple[Invariant, ...]


@cache
def shape_of(path: str) -> Shape:
    """The shape of a type ("Patient", "HumanName") or of a part of one ("Patient.contact")."""
    elements = elements_of(path)
    slots = {name: _slot(path, name, element) for name, element in elements.items()}
    properties: dict[Element, list[str]] = {}
    for name, element in elements.items():
        properties.setdefault(element, []).append(name)
    return Shape(
        slots,
        tuple((_label(each), tuple(names)) for each, names in properties.items() if each.min),
        tuple((_label(each), frozenset(names)) for each, names in properties.items() if len(names) > 1),
        tuple(each for each in invariants_of(path) if each.key not in RUN_BY_THE_WALK and each.severity == "error"),
    )


def _slot(owner: str, name: str, element: Element) -> Slot:
    code = type_of(name, element)
    return Slot(
        element,
        _label(element),
        code,
        element.path or code,
        element.max != 1,
        element.max,
        PRIMITIVES.get(code),
        _NUMBER if code == "decimal" else _JSON_TYPES.get(code, (str,)),
        element.binding,
        tuple(
            each for each in invariants_of(f"{owner}.{element.name}") if each.severity == "error" and not element.path
        ),
    )


def _label(element: Element) -> str:
    return element.name.removesuffix("[x]")
