"""The declared flows: facts that may be learned although they hang on what the reader may not know. Loadable data.

Everything else is held to the rule that no output changes when a fact changes that its reader may not know.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cie.resources import resource


@dataclass(frozen=True)
class Flow:
    """One permitted flow: the fact, who learns it, why, in which outputs in words and by endpoint of the route map."""

    code: str
    fact: str
    reader: str
    reason: str
    where: str
    endpoints: frozenset[str]


@cache
def declared_flows() -> Mapping[str, Flow]:
    """Every flow that is permitted, by code. Raises TypeError for an entry that is not whole."""
    rows = tomllib.loads(resource("seed_data", "privacy", "flows.toml").read_text("utf-8"))["flow"]
    return {row["code"]: Flow(**{**row, "endpoints": frozenset(row["endpoints"])}) for row in rows}
