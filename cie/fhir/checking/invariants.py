"""The rules of FHIR and of the guides in FHIRPath, run by an engine, or natively where engine or rule falls short."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

import fhirpathpy
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models
from fhirpathpy.parser import parse

from cie.fhir.checking.examination import Examination, Rule
from cie.fhir.checking.native_rules import NATIVE_RULES
from cie.fhir.checking.values import is_bound
from cie.fhir.checking.wording import WORDS

_MODEL = models["r4"]
T = TypeVar("T")


def run(rule: Rule) -> None:
    """Note a fault when a value breaks a rule."""
    if not holds(rule):
        key = rule.invariant.key
        words = _named(WORDS, rule) or f"Keep to the rule {key} of the definition"
        rule.within.faults.add(key, rule.place, words)


def holds(rule: Rule) -> bool:
    """Whether a value keeps to a rule; a rule that gives no answer is not kept."""
    native = _named(NATIVE_RULES, rule)
    if native is not None:
        return native(rule.value, rule.within)
    return evaluate(rule.invariant.expression, rule.value, rule.path, rule.within) not in ([], [False])


def _named(table: Mapping[str, T], rule: Rule) -> T | None:
    """What a table has for a rule, by its key, or where several types have that key by type and key."""
    return table.get(rule.invariant.key) or table.get(f"{rule.path} {rule.invariant.key}")


def evaluate(expression: str, value: Any, path: str, exam: Examination) -> list[Any]:
    """What an expression gives for a value, whose type is `path`."""
    node = value if isinstance(value, Mapping) and "resourceType" in value else ResourceNode.create_node(value, path)
    around = {"resource": exam.resource, "rootResource": exam.container}
    found: list[Any] = fhirpathpy.apply_parsed_path(node, _parsed(expression), around, _MODEL, _functions(exam))
    return found


@lru_cache(maxsize=1024)
def _parsed(expression: str) -> Any:
    return parse(expression)


def _functions(exam: Examination) -> dict[str, Any]:
    """What the engine does not have: it asks for the value set, the target, or the value of what it is at."""

    def member_of(values: list[Any], canonical: str) -> list[bool]:
        return [is_bound(value, canonical, exam.value_sets) is not False for value in values]

    def resolve(values: list[Any]) -> list[Any]:
        return [target for target in map(exam.resolve, values) if target is not None]

    def has_value(values: list[Any]) -> list[bool]:
        return [len(values) == 1 and not isinstance(values[0], Mapping)]

    return {
        # the engine would print what a rule traces
        "traceFn": lambda *traced: None,
        "userInvocationTable": {
            "memberOf": {"fn": member_of, "arity": {1: ["String"]}},
            "resolve": {"fn": resolve, "arity": {0: []}},
            "hasValue": {"fn": has_value, "arity": {0: []}},
        },
    }
