"""Whether a resource has the shape of its type: names, JSON types, formats, counts, and codes that FHIR prescribes.

Invariants are only noted here: they are run when the shape is right.
"""

from collections.abc import Callable, Mapping
from re import Pattern
from typing import Any

from cie.fhir.checking.examination import Examination, Json
from cie.fhir.checking.references import is_resource_type
from cie.fhir.checking.shapes import Shape, Slot, shape_of
from cie.fhir.checking.values import exists, is_bound
from cie.fhir.definitions.types import RESOURCE_TYPES

LONGEST_NAME = 64
MOST_LEVELS = 60
TOO_DEEP = f"Nest it less deep, at most {MOST_LEVELS} levels"
Visit = Callable[[Examination, str], None]
"""What is asked of a resource inside another: its examination, its place."""


class Walk:
    """Goes over a resource once. `visit` is called for each resource inside it, `extension` for each extension."""

    def __init__(self, exam: Examination, visit: Visit, extension: Callable[[Json, str], None]) -> None:
        self.exam, self.faults = exam, exam.faults
        self.visit, self.extension = visit, extension
        self.is_too_deep = False

    def resource(self, place: str) -> bool:
        """Whether the resource is of a type that is known here, and all of it was looked at.

        A resource inside another may be of any type of FHIR R4: of one that is not known here, its name is looked at.
        """
        kind = self.exam.resource.get("resourceType")
        if isinstance(kind, str) and kind in RESOURCE_TYPES:
            self._object(self.exam.resource, shape_of(kind), kind, place)
            return not self.is_too_deep
        if self.exam.within is None or not is_resource_type(kind):
            self.faults.add("not-supported", place, "Name a type of resource that this server knows in resourceType")
        else:
            self._unknown(self.exam.resource, place)
        return False

    def _unknown(self, value: Any, place: str, level: int = 0) -> None:
        """What is inside a resource of a type that is not known here is JSON as FHIR writes it, at least."""
        if level > MOST_LEVELS:
            self.faults.add("not-supported", place, TOO_DEEP)
        elif isinstance(value, Mapping):
            for part in value.values():
                several = part if isinstance(part, list) else [part]
                if not several or any(isinstance(each, list) for each in several) or part is None:
                    self.faults.add("type", place, "Leave out what is empty, and put no list into a list")
                for each in several:
                    self._unknown(each, place, level + 1)

    def _object(self, value: Json, shape: Shape, path: str, place: str) -> None:
        if place.count(".") > MOST_LEVELS:
            self.is_too_deep = True
            self.faults.add("not-supported", place, TOO_DEEP)
            return
        if not any(name != "id" for name in value):
            self.faults.add("ele-1", place, "Give it a value, or leave it out")
        for name, part in value.items():
            slot = shape.slots.get(name)
            if slot is None:
                self._other_property(name, value, shape, place)
            else:
                self._property(slot, part, value.get("_" + name), f"{place}.{slot.label}")
        self._counts(value, shape, place)
        for invariant in shape.invariants:
            self.exam.queue(invariant, value, path, place)

    def _other_property(self, name: str, value: Json, shape: Shape, place: str) -> None:
        """`resourceType`, or what is said of a primitive: its id and extensions, in a property with an underscore."""
        slot = shape.slots.get(name[1:]) if name.startswith("_") else None
        if slot is not None and slot.pattern is not None:
            if name[1:] not in value:
                self._property(slot, None, value[name], f"{place}.{slot.label}")
        elif name != "resourceType" or "meta" not in shape.slots:
            named = f"{place}.{name}" if name.isidentifier() and len(name) <= LONGEST_NAME else place
            self.faults.add("unknown", named, "Leave it out: FHIR R4 has no such property here")

    def _counts(self, value: Json, shape: Shape, place: str) -> None:
        for label, names in shape.required:
            if not any(name in value or "_" + name in value for name in names):
                self.faults.add("min", f"{place}.{label}", f"Give {label}")
        for label, several in shape.choices:
            if len(several & value.keys()) > 1:
                self.faults.add("max", f"{place}.{label}", f"Give {label} in one type only")

    def _property(self, slot: Slot, value: Any, sibling: Any, place: str) -> None:
        if not slot.is_list:
            self._one(slot, value, sibling, place)
            return
        values, siblings = ([] if value is None else value), ([] if sibling is None else sibling)
        if not isinstance(values, list) or not isinstance(siblings, list):
            self.faults.add("type", place, "Give a list")
            return
        if not values and not siblings:
            self.faults.add("ele-1", place, "Give the list a value, or leave it out")
        if values and siblings and len(values) != len(siblings):
            self.faults.add("type", place, "Give the values and what is said of them in lists of the same length")
        if slot.most is not None and len(values) > slot.most:
            self.faults.add("max", place, f"Give at most {slot.most} of {slot.label}")
        for index in range(max(len(values), len(siblings))):
            self._one(slot, _at(values, index), _at(siblings, index), f"{place}[{index}]")

    def _one(self, slot: Slot, value: Any, sibling: Any, place: str) -> None:
        if slot.pattern is not None:
            self._primitive(slot, slot.pattern, value, sibling, place)
        elif not isinstance(value, Mapping):
            self.faults.add("type", place, f"Give an object of type {slot.code}")
        elif slot.code == "Resource":
            self.visit(self.exam.of(value, is_contained=slot.label == "contained"), place)
        else:
            self._complex(slot, value, place)

    def _primitive(self, slot: Slot, pattern: Pattern[str], value: Any, sibling: Any, place: str) -> None:
        if sibling is not None:
            if isinstance(sibling, Mapping):
                self._object(sibling, shape_of("Element"), "Element", place)
            else:
                self.faults.add("type", place, "Give what is said of a primitive as an object")
        if value is None:
            if sibling is None:
                self.faults.add("ele-1", place, "Give it a value, or leave it out")
        elif not isinstance(value, slot.json_types) or (isinstance(value, bool) and slot.code != "boolean"):
            self.faults.add("type", place, f"Give a value of type {slot.code}")
        elif slot.code != "boolean" and not (pattern.fullmatch(str(value)) and exists(value, slot.code)):
            self.faults.add("format", place, f"Write it as FHIR R4 writes a value of type {slot.code}")
        else:
            self._bound(slot, value, place)
            for invariant in slot.invariants:
                self.exam.queue(invariant, value, slot.code, place)

    def _complex(self, slot: Slot, value: Json, place: str) -> None:
        if slot.code == "Extension":
            self._extension(value, place)
        self._object(value, shape_of(slot.path), slot.path, place)
        self._bound(slot, value, place)
        for invariant in slot.invariants:
            self.exam.queue(invariant, value, slot.path, place)

    def _extension(self, value: Json, place: str) -> None:
        has_value = any(name.lstrip("_").startswith("value") for name in value)
        if has_value == ("extension" in value):
            self.faults.add("ext-1", place, "Give the extension either a value or extensions of its own")
        if not isinstance(value.get("url"), str):
            self.faults.is_sound = False
        self.extension(value, place)

    def _bound(self, slot: Slot, value: Any, place: str) -> None:
        if slot.binding and is_bound(value, slot.binding, self.exam.value_sets) is False:
            self.faults.add("binding", place, "Use a code of the value set that FHIR R4 prescribes here")


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else None
