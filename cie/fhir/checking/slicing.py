"""Which slice of a list an item belongs to, told by the discriminators of the slicing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from cie.fhir.checking.examination import Examination
from cie.fhir.checking.nodes import UNSET, Item, Node, items_of
from cie.fhir.checking.values import fits, is_bound

Test = Callable[[Item, Examination], bool]
Expectation = Callable[[list[Any], Examination], bool]
_STEP = re.compile(r"extension\('([^']+)'\)|resolve\(\)|[A-Za-z$]+")


@cache
def membership(node: Node) -> list[tuple[Node, list[Test]]]:
    """For each slice of a node, the tests that an item of it passes. A slice that nothing tells apart has none."""
    return [
        (each, [test for kind, path in node.slicing["by"] for test in _tests(kind, path, each)]) for each in node.slices
    ]


def _tests(kind: str, path: str, slice_: Node) -> Iterator[Test]:
    steps = steps_of(path)
    if kind in ("value", "pattern"):
        yield from _value_tests(steps, slice_)
    elif kind == "exists":
        yield from _presence_tests(steps, slice_)
    elif kind in ("type", "profile"):
        yield from _type_tests(steps, slice_)
    else:
        raise ValueError(f"{slice_.id}: no slices are told apart by {kind}")


def steps_of(path: str) -> list[str]:
    """A discriminator's path, step by step: a name, "resolve()", or the address of an extension."""
    found = [match[1] or match[0] for match in _STEP.finditer(path)]
    return [step for step in found if step != "$this"]


def _value_tests(steps: list[str], slice_: Node) -> Iterator[Test]:
    expected = _expectation(slice_, steps)
    if expected:
        yield lambda item, exam: expected([each.value for each in reached(item, steps, exam)], exam)


def _expectation(slice_: Node, steps: list[str]) -> Expectation | None:
    """What the slice prescribes at the end of the path: by a node there, or by the pattern of a node on the way."""
    node, left = slice_, steps
    while True:
        wanted = _wanted(node.pattern if node.fixed is UNSET else node.fixed, left)
        if wanted:
            return lambda values, exam: fits(values, wanted)
        below = node.child(left[0]) if left else None
        if below is None:
            break
        node, left = below, left[1:]
    if node.binding and not left:
        return lambda values, exam: any(is_bound(each, node.binding, exam.value_sets) is True for each in values)
    if steps == ["url"] and slice_.profiles:
        return lambda values, exam: values == [slice_.profiles[0]]
    return None


def _wanted(prescribed: Any, steps: list[str]) -> list[Any]:
    """What a prescribed value holds at the end of a path; nothing for UNSET."""
    found = [] if prescribed is UNSET else [prescribed]
    for step in steps:
        parts = [each[step] for each in found if isinstance(each, Mapping) and step in each]
        found = [item for part in parts for item in (part if isinstance(part, list) else [part])]
    return found


def _presence_tests(steps: list[str], slice_: Node) -> Iterator[Test]:
    node: Node | None = slice_
    for step in steps:
        node = _below(node, step) if node else None
    if node and node.max == 0:
        yield lambda item, exam: not any(reached(item, steps, exam))
    elif node and node.min:
        yield lambda item, exam: any(reached(item, steps, exam))


def _below(node: Node, step: str) -> Node | None:
    """The node of an element, or of the slice of the extensions with an address."""
    if ":" not in step:
        return node.child(step)
    extensions = node.child("extension")
    return next((each for each in extensions.slices if step in each.profiles), None) if extensions else None


def _type_tests(steps: list[str], slice_: Node) -> Iterator[Test]:
    if steps and steps[-1] == "resolve()":
        node = _at_end(slice_, steps[:-1])
        if node and (targets := node.targets):
            yield lambda item, exam: any(
                exam.type_of_target(each.value) in targets for each in reached(item, steps[:-1], exam)
            )
        return
    node = _at_end(slice_, steps)
    codes = _codes(node) if node else frozenset()
    if codes:
        yield lambda item, exam: any(each.code in codes for each in reached(item, steps, exam))


def _at_end(node: Node, steps: list[str]) -> Node | None:
    found: Node | None = node
    for step in steps:
        found = found.child(step) if found else None
    return found


def _codes(node: Node) -> frozenset[str]:
    """The types that a node allows: its own, or where it is sliced by type those of its slices."""
    if node.codes is not None:
        return node.codes
    return frozenset().union(*(each.codes or frozenset() for each in node.slices))


def reached(item: Item, steps: list[str], exam: Examination) -> list[Item]:
    """The values at the end of a path that begins at an item."""
    items = [item]
    for step in steps:
        items = [found for each in items for found in _next(each, step, exam)]
    return items


def _next(item: Item, step: str, exam: Examination) -> Iterator[Item]:
    if step == "resolve()":
        target = exam.resolve(item.value)
        if target is not None:
            yield Item(target, str(target.get("resourceType")), item.place)
    elif isinstance(item.value, Mapping):
        if ":" in step:
            extensions = items_of("extension", item.value, item.place)
            yield from (each for each in extensions if fits(each.value, {"url": step}))
        else:
            name = step if step in item.value or "_" + step in item.value else f"{step}[x]"
            yield from items_of(name, item.value, item.place)
