"""One resource under examination: itself, what stands around it, and what was found so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cie.fhir.checking.faults import Faults
from cie.fhir.checking.references import type_named_by
from cie.fhir.definitions.types import Invariant
from cie.fhir.definitions.value_sets import ValueSets

Json = Mapping[str, Any]


@dataclass(slots=True)
class Rule:
    """An invariant that is still to be run. `path`: what the type of the value is called in FHIRPath."""

    invariant: Invariant
    value: Any
    path: str
    place: str
    within: Examination


@dataclass(slots=True)
class Examination:
    """`within`: the resource that contains this one, or the Bundle that it is an entry of."""

    resource: Json
    value_sets: ValueSets
    faults: Faults
    rules: dict[tuple[str, str], Rule]
    within: Examination | None = None
    is_contained: bool = False
    met: set[str] = field(default_factory=set)
    """Ids of the elements of the profiles that the resource has."""
    entries: dict[str, Json] | None = None
    """The resources of a Bundle by address, once they were asked for."""

    def of(self, resource: Json, *, is_contained: bool) -> Examination:
        """The examination of a resource inside this one."""
        return Examination(resource, self.value_sets, self.faults, self.rules, self, is_contained)

    def queue(self, invariant: Invariant, value: Any, path: str, place: str) -> None:
        """Note a rule to be run. At one place a rule is run once, however many definitions ask for it."""
        self.rules.setdefault((invariant.key, place), Rule(invariant, value, path, place, self))

    @property
    def container(self) -> Json:
        """The resource in whose `contained` a local reference is looked up."""
        return self.within.resource if self.within is not None and self.is_contained else self.resource

    def resolve(self, reference: Any) -> Json | None:
        """The resource that a Reference points to, when it is here. Of one elsewhere, its type when that is told."""
        address = reference.get("reference") if isinstance(reference, Mapping) else reference
        if isinstance(address, str):
            found = self._local(address) if address.startswith("#") else self._entry(address)
            if found is not None:
                return found
        kind = type_named_by(reference)
        return {"resourceType": kind} if kind else None

    def type_of_target(self, reference: Any) -> str | None:
        """The type of the resource that a Reference points to; None when it cannot be told."""
        target = self.resolve(reference)
        kind = target.get("resourceType") if target else None
        return kind if isinstance(kind, str) else None

    def _local(self, address: str) -> Json | None:
        if address == "#":
            return self.container
        return next((each for each in _objects(self.container.get("contained")) if each.get("id") == address[1:]), None)

    def _entry(self, address: str) -> Json | None:
        """The resource of an entry of the outermost Bundle, by its whole address or its type and id."""
        outermost = self
        while outermost.within is not None:
            outermost = outermost.within
        if outermost.entries is None:
            outermost.entries = _by_address(outermost.resource)
        return outermost.entries.get(address)


def _by_address(bundle: Json) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for entry in _objects(bundle.get("entry")):
        address, resource = entry.get("fullUrl"), entry.get("resource")
        if isinstance(address, str) and isinstance(resource, Mapping):
            found.setdefault("/".join(address.split("/")[-2:]), resource)
            found[address] = resource
    return found


def _objects(value: Any) -> Iterator[Json]:
    return (each for each in value if isinstance(each, Mapping)) if isinstance(value, list) else iter(())
