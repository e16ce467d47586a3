"""The profiles that resources here are written to, as facts: the SDOH Clinical Care guide and what it builds upon.

`compiling` makes the file that this reads. What is asked for is read once and kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

BASE = "http://hl7.org/fhir/StructureDefinition/"
GUIDE = "http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a profile asks for beyond its base type.

    `elements`: facts by element id. `invariants`: severity and expression by key. `targets`: the resource type of each
    profile that a reference may point to.
    """

    canonical: str
    type: str
    version: str
    base: str
    is_abstract: bool
    targets: Mapping[str, str]
    invariants: Mapping[str, tuple[str, str]]
    elements: Mapping[str, Mapping[str, Any]]


@cache
def _compiled() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]]
    found = orjson.loads(Path(__file__).with_name("profiles.json").read_bytes())
    return found


def profile_of(canonical: str) -> Profile | None:
    """The profile at an address, which may name a version (`...|7.0.0`); None when it, or that version, is not here."""
    address, _, version = canonical.partition("|")
    # only what is here is kept: addresses come from clients
    found = _built(address) if address in _compiled() else None
    return found if found is not None and version in ("", found.version) else None


@cache
def _built(canonical: str) -> Profile:
    elements = dict(_compiled()[canonical])
    head = elements.pop("")
    return Profile(
        canonical,
        head["type"],
        head["version"],
        head.get("base", ""),
        head.get("abstract", False),
        head.get("targets", {}),
        {key: (severity, expression) for key, (severity, expression) in head.get("invariants", {}).items()},
        elements,
    )


def canonicals() -> list[str]:
    """The addresses of all profiles, base types left out."""
    return [each for each in _compiled() if not (each.startswith(BASE) and "base" not in _compiled()[each][""])]


def must_support_of(canonical: str) -> tuple[str, ...]:
    """The ids of the elements that a system must be able to fill and to read ("Task.input:AdditionalContent").

    Raises KeyError for a profile that is not here.
    """
    profile = profile_of(canonical)
    if profile is None:
        raise KeyError(canonical)
    return tuple(id_ for id_, facts in profile.elements.items() if facts.get("must_support"))
