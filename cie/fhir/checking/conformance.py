"""Whether a resource holds to a profile: what the profile asks for beyond the shape of the type."""

from collections.abc import Iterable, Mapping
from typing import Any

from cie.fhir.checking.examination import Examination
from cie.fhir.checking.nodes import UNSET, Item, Node, tree_of
from cie.fhir.checking.slicing import membership
from cie.fhir.checking.values import codings_of, fits, is_bound

CATEGORIES = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"


def check_profile(exam: Examination, canonical: str, value: Mapping[str, Any], place: str) -> None:
    """Note what a value, a resource or an extension, lacks of a profile that is known."""
    Conformance(exam).item(tree_of(canonical), Item(value, None, place))


class Conformance:
    """Goes down the tree of a profile and the resource side by side."""

    def __init__(self, exam: Examination) -> None:
        self.exam, self.faults = exam, exam.faults

    def item(self, node: Node, item: Item) -> None:
        """What a node asks of one value."""
        self.exam.met.add(node.id)
        value, code, place = item
        if value is None:
            return
        if node.codes is not None and code is not None and code not in node.codes:
            self.faults.add("type", place, f"Give a value of type {_either(node.codes)}")
            return
        self._value(node, value, place)
        if node.targets is not None and (code is None or code == "Reference"):
            self._target(node, value, place)
        for invariant in node.invariants:
            self.exam.queue(invariant, value, code or node.path, place)
        if isinstance(value, Mapping):
            for child in node.children:
                self._element(child, value, place)

    def _element(self, node: Node, value: Mapping[str, Any], place: str) -> None:
        items = list(node.items_in(value, place))
        here = f"{place}.{node.label}"
        for each in items:
            self.item(node, each)
        is_short = self._slices(node, items, here) if node.slices else False
        if len(items) < node.min and not is_short:
            self.faults.add("min", here, f"Give at least {node.min} of {node.label}")
        if node.max is not None and len(items) > node.max:
            words = f"Give at most {node.max} of {node.label}" if node.max else f"Leave out {node.label}"
            self.faults.add("max", here, words)

    def _slices(self, node: Node, items: list[Item], place: str) -> bool:
        """Whether a slice lacks an item."""
        members: dict[Node, list[Item]] = {each: [] for each in node.slices}
        order = []
        for item in items:
            slice_ = self._slice_of(node, item)
            order.append(node.slices.index(slice_) if slice_ else None)
            if slice_:
                members[slice_].append(item)
        self._arrangement(node, items, order)
        for slice_, several in members.items():
            self._slice(slice_, several, place)
        return any(len(several) < slice_.min for slice_, several in members.items())

    def _slice_of(self, node: Node, item: Item) -> Node | None:
        for slice_, tests in membership(node):
            if tests and all(test(item, self.exam) for test in tests):
                return slice_
        return None

    def _arrangement(self, node: Node, items: list[Item], order: list[int | None]) -> None:
        """Where items of no slice may stand, and in which order the slices come."""
        rules, last, is_past_slices = node.slicing["rules"], -1, False
        for item, index in zip(items, order, strict=True):
            if index is None:
                is_past_slices = True
                if rules == "closed":
                    self.faults.add("slice", item.place, f"Leave it out: it is none of {_names(node.slices)}")
            elif is_past_slices and rules == "openAtEnd":
                self.faults.add("slice", item.place, f"Put {_names(node.slices)} before all else")
            elif index < last and node.slicing["ordered"]:
                self.faults.add("slice", item.place, f"Keep to the order {_names(node.slices)}")
            else:
                last = index

    def _slice(self, node: Node, items: list[Item], place: str) -> None:
        if len(items) < node.min:
            self.faults.add("slice", place, f"Give at least {node.min} of the kind {node.slice}")
        if node.max is not None and len(items) > node.max:
            words = f"Give at most {node.max} of the kind {node.slice}"
            self.faults.add("slice", place, words if node.max else f"Leave out what is of the kind {node.slice}")
        for each in items:
            self.item(node, each)
        if node.slices:
            self._slices(node, items, place)

    def _value(self, node: Node, value: Any, place: str) -> None:
        if node.fixed is not UNSET and value != node.fixed:
            self.faults.add("pattern", place, "Give the value that the profile fixes")
        if node.pattern is not UNSET and not fits(value, node.pattern):
            self.faults.add("pattern", place, "Give what the profile's pattern holds")
        if node.binding and is_bound(value, node.binding, self.exam.value_sets) is False:
            self.faults.add("binding", place, f"Use a code of {node.binding}")
        if node.bindings:
            self._bound_by_category(node, value, place)

    def _bound_by_category(self, node: Node, value: Any, place: str) -> None:
        """A code that is right for one of the resource's SDOH categories is right (cond-1, cond-2 and their like)."""
        categories = _categories(self.exam.resource.get("category"))
        sets = [node.bindings[each] for each in categories if each in node.bindings]
        answers = [is_bound(value, each, self.exam.value_sets) for each in sets]
        if answers and all(each is False for each in answers):
            self.faults.add("binding", place, f"Use a code of {_either(sets)}, as the category asks")

    def _target(self, node: Node, value: Any, place: str) -> None:
        assert node.targets is not None
        kind = self.exam.type_of_target(value)
        if kind is not None and kind not in node.targets:
            self.faults.add("type", place, f"Point to {_either(node.targets)}")


def _categories(category: Any) -> list[str]:
    several = category if isinstance(category, list) else [category]
    return [code for each in several for system, code in codings_of(each) if system == CATEGORIES]


def _names(slices: Iterable[Node]) -> str:
    return ", ".join(each.slice for each in slices)


def _either(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))
