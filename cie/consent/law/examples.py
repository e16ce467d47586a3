"""What the rules are tested against, as one sentence a case: read by privacy officers beside the rules."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from cie.resources import resource


@dataclass(frozen=True)
class Example:
    """One case of the decision table: who tells whom what, whether it goes, and where that stands."""

    name: str
    permitted: bool
    rule_ids: tuple[str, ...]
    citation: str


@cache
def examples() -> Mapping[str, Sequence[Example]]:
    """The cases by the rules that decide them or that they weigh against each other."""
    found: dict[str, list[Example]] = {}
    for path in sorted(resource("seed_data", "consent", "cases").glob("*.toml")):
        for entry in tomllib.loads(path.read_text("utf-8"))["case"]:
            decided = entry["rule"].split("+")
            rules = tuple(dict.fromkeys((*decided, *entry.get("conflict", ()))))
            case = Example(entry["name"], entry["expect"] == "permit", rules, entry["cites"])
            for rule in rules:
                found.setdefault(rule, []).append(case)
    return found
