"""Which codes belong to which value set.

Those of FHIR and of the guides are here. Licensed ones (SNOMED CT, LOINC, CPT) are read from a folder of expanded
ValueSets that the operator names; of a set that is not there, and of a set that is all of a code system, nothing is
known but its systems.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson

FHIR = "http://hl7.org/fhir/ValueSet/"
_HERE = Path(__file__)


@dataclass(frozen=True, slots=True)
class ValueSet:
    """`open_systems`: systems of which some codes belong here, but not told which. `is_whole`: no part is missing."""

    codes: frozenset[tuple[str, str]] = frozenset()
    open_systems: frozenset[str] = frozenset()
    without: frozenset[tuple[str, str]] = frozenset()
    is_whole: bool = True
    bare_codes: frozenset[str] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        object.__setattr__(self, "bare_codes", frozenset(code for _, code in self.codes - self.without))

    def holds(self, system: str | None, code: str) -> bool | None:
        """None when it cannot be told. Without a system, as for an element of type code, any system will do."""
        if system is None:
            is_listed = code in self.bare_codes
        else:
            if (system, code) in self.without:
                return False
            is_listed = (system, code) in self.codes
        is_told = self.is_whole and (not self.open_systems if system is None else system not in self.open_systems)
        return True if is_listed else False if is_told else None


NOT_LOADED = ValueSet(is_whole=False)


class ValueSets:
    """The value sets of this server, with those of the folder `licensed` where there is one."""

    def __init__(self, licensed: Path | None = None) -> None:
        self._loaded = _expansions(licensed) if licensed else {}
        self._known: dict[str, ValueSet] = {}

    def holds(self, canonical: str, system: str | None, code: str) -> bool | None:
        return self._set(canonical).holds(system, code)

    def is_loaded(self, canonical: str) -> bool:
        """Nothing that the set is made of is missing here."""
        return self._set(canonical).is_whole

    def _set(self, canonical: str) -> ValueSet:
        found = self._known.get(canonical)
        if found is None:
            found = self._known[canonical] = self._built(canonical)
        return found

    def _built(self, canonical: str) -> ValueSet:
        if canonical in self._loaded:
            return ValueSet(self._loaded[canonical])
        if canonical in _guides():
            return self._joined(_guides()[canonical])
        return _of_fhir().get(canonical, NOT_LOADED)

    def _joined(self, facts: Mapping[str, Any]) -> ValueSet:
        parts = [self._set(each) for each in facts.get("sets", ())]
        listed = _of_systems(facts.get("systems", ()))
        codes = _pairs(facts.get("codes", {})) | listed
        for part in parts:
            codes |= part.codes - part.without
        systems = frozenset(facts.get("systems", ())) - {system for system, _ in listed}
        without = facts.get("without")
        return ValueSet(
            codes,
            systems.union(*(part.open_systems for part in parts)),
            self._joined(without).codes if without else frozenset(),
            all(part.is_whole for part in parts),
        )


@cache
def value_sets_in(licensed: Path | None) -> ValueSets:
    """Read once for each folder."""
    return ValueSets(licensed)


def _pairs(codes: Mapping[str, Iterable[str]]) -> frozenset[tuple[str, str]]:
    return frozenset((system, code) for system, several in codes.items() for code in several)


@cache
def _guides() -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, dict[str, dict[str, Any]]] = orjson.loads(_HERE.with_name("value_sets.json").read_bytes())
    return found["sets"]


@cache
def _code_lists() -> Mapping[str, Any]:
    return tomllib.loads(_HERE.with_name("code_lists.toml").read_text("utf-8"))


@cache
def _of_fhir() -> Mapping[str, ValueSet]:
    sets = _code_lists()["set"].items()
    listed = {name if ":" in name else FHIR + name: ValueSet(_pairs(_split(systems))) for name, systems in sets}
    opened = {name: ValueSet(open_systems=frozenset({uri})) for name, uri in _code_lists()["open"].items()}
    return listed | opened


def _split(systems: Mapping[str, str]) -> dict[str, list[str]]:
    return {system: codes.split() for system, codes in systems.items()}


def _of_systems(systems: Iterable[str]) -> frozenset[tuple[str, str]]:
    """All codes of those systems that are listed here."""
    known = _split(_code_lists()["system"])
    return _pairs({system: known[system] for system in systems if system in known})


def _expansions(folder: Path) -> dict[str, frozenset[tuple[str, str]]]:
    found = {}
    for path in sorted(folder.glob("*.json")):
        resource = orjson.loads(path.read_bytes())
        if resource.get("resourceType") == "ValueSet" and "contains" in resource.get("expansion", {}):
            found[resource["url"]] = frozenset(_contained(resource["expansion"]["contains"]))
    return found


def _contained(several: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    for each in several:
        if "code" in each and not each.get("abstract"):
            yield each["system"], each["code"]
        yield from _contained(each.get("contains", ()))
