"""A profile as a tree of nodes, built once from its facts: what is asked of each element that the profile speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from cie.fhir.definitions.primitives import is_primitive
from cie.fhir.definitions.profiles import BASE, Profile, profile_of
from cie.fhir.definitions.types import Invariant

ANYTHING = frozenset({"Resource", "DomainResource"})
UNSET: Any = object()


class Item(NamedTuple):
    """A value that is there. `code`: its type, when the property of a choice tells it. A value may be None, with an
    extension in its place."""

    value: Any
    code: str | None
    place: str


@dataclass(slots=True, eq=False)
class Node:
    """What a profile asks of an element, or of a slice of it.

    `name`: as in the definition, "value[x]" for a choice. `codes`: the types allowed in a choice. `targets`: the
    resource types that a reference may point to; None for any. `slice`: the name of the slice, or empty.
    """

    id: str
    name: str
    slice: str = ""
    min: int = 0
    max: int | None = None
    codes: frozenset[str] | None = None
    targets: frozenset[str] | None = None
    profiles: tuple[str, ...] = ()
    fixed: Any = UNSET
    pattern: Any = UNSET
    binding: str = ""
    bindings: Mapping[str, str] = field(default_factory=dict)
    invariants: tuple[Invariant, ...] = ()
    slicing: Mapping[str, Any] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    slices: list[Node] = field(default_factory=list)

    @property
    def label(self) -> str:
        return self.name.removesuffix("[x]")

    @property
    def path(self) -> str:
        """The id without the names of slices."""
        return ".".join(part.partition(":")[0] for part in self.id.split("."))

    def child(self, name: str) -> Node | None:
        """The node of an element inside this one, a choice by its stem."""
        return next((each for each in self.children if each.label == name), None)

    def items_in(self, value: Mapping[str, Any], place: str) -> Iterator[Item]:
        """The values that this element has in an object."""
        return items_of(self.name, value, place)


def items_of(name: str, value: Mapping[str, Any], place: str) -> Iterator[Item]:
    """The values of an element ("code", or a choice: "value[x]") in an object."""
    if not name.endswith("[x]"):
        if name in value or "_" + name in value:
            yield from _items(value.get(name), None, f"{place}.{name}")
        return
    label = name[:-3]
    start = len(label)
    for each in {each.lstrip("_"): None for each in value}:
        if each.startswith(label) and each[start : start + 1].isupper():
            yield from _items(value.get(each), _type_code(each[start:]), f"{place}.{label}")


def _items(found: Any, code: str | None, place: str) -> Iterator[Item]:
    if isinstance(found, list):
        return (Item(each, code, f"{place}[{index}]") for index, each in enumerate(found))
    return iter((Item(found, code, place),))


@cache
def tree_of(canonical: str) -> Node:
    """The root node of a profile that is known. Raises KeyError for another."""
    profile = profile_of(canonical)
    if profile is None:
        raise KeyError(canonical)
    return grown_from(profile)


def grown_from(profile: Profile) -> Node:
    root = Node(profile.type, profile.type)
    nodes = {profile.type: root}
    for id_ in sorted(profile.elements, key=lambda each: each.count(".")):
        _fill(_node(nodes, id_), profile, profile.elements[id_])
    for id_, facts in profile.elements.items():
        if "same_as" in facts:
            _share(nodes[id_], nodes[facts["same_as"]])
    return root


def _node(nodes: dict[str, Node], id_: str) -> Node:
    """The node with this id, made with those above it when it is asked for first."""
    if id_ in nodes:
        return nodes[id_]
    owner, _, last = id_.rpartition(".")
    name, _, slice_name = last.partition(":")
    made = nodes[id_] = Node(id_, name, slice_name)
    if slice_name:
        _node(nodes, f"{owner}.{name}").slices.append(made)
    else:
        _node(nodes, owner).children.append(made)
    return made


def _fill(node: Node, profile: Profile, facts: Mapping[str, Any]) -> None:
    node.min = facts.get("min", node.min)
    node.max = facts.get("max", node.max)
    node.fixed = facts.get("fixed", UNSET)
    node.pattern = facts.get("pattern", UNSET)
    node.binding = facts.get("binding", "")
    node.bindings = facts.get("bindings", node.bindings)
    node.slicing = facts.get("slicing", node.slicing)
    named = (Invariant(key, *profile.invariants[key]) for key in facts.get("constraints", ()))
    node.invariants = tuple(each for each in named if each.severity == "error")
    types = facts.get("types", ())
    if types:
        node.codes = frozenset(each["code"] for each in types) if node.name.endswith("[x]") else None
        node.targets = _targets(profile, types)
        node.profiles = tuple(name for each in types for name in each.get("profiles", ()))


def _targets(profile: Profile, types: list[Mapping[str, Any]]) -> frozenset[str] | None:
    named = [name for each in types if each["code"] == "Reference" for name in each.get("targets", ())]
    found = {profile.targets.get(name) or name.removeprefix(BASE) for name in named}
    is_any = not found or found & ANYTHING or any(":" in each for each in found)
    return None if is_any else frozenset(found)


def _share(node: Node, same: Node) -> None:
    """An element that repeats another (`contentReference`) is asked for the same."""
    node.children, node.slices, node.slicing, node.invariants = (
        same.children,
        same.slices,
        same.slicing,
        same.invariants,
    )


def _type_code(suffix: str) -> str:
    lowered = suffix[:1].lower() + suffix[1:]
    return lowered if is_primitive(lowered) else suffix
