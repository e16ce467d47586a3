"""Searches that nobody would write: each is answered or refused, none breaks."""

from random import Random

import pytest

from cie.fhir.refusals import NotUnderstood
from cie.fhir.searching.parameters import COMMON, PARAMETERS
from tests.fhir.searching.shelf import concept, reference

PIECES = [
    "",
    "x",
    "1",
    "|",
    ",",
    "$",
    "\\",
    "\0",
    "é",
    "🍎",
    "%",
    "_",
    "'",
    '"',
    ";",
    "gt",
    "ap",
    "2026",
    "-",
    "T",
    ":",
    "/",
]
PIECES += [
    "9999-12-31",
    "0001-01-01",
    "Patient/p1",
    "http://s|c",
    "true",
    " ",
    "+",
    "\n",
    "\u202e",
    "𝟗",
    "*",
    ".",
    "(",
    "a" * 400,
]
MODIFIERS = [
    "",
    "",
    "",
    ":not",
    ":missing",
    ":exact",
    ":identifier",
    ":Patient",
    ":",
    ":contains",
    ".",
    "._id",
    ".status",
]
RESULTS = ["_count", "_sort", "_summary", "_elements", "_total", "_include", "_revinclude", "_include:iterate", "_has"]


def odd(random: Random) -> str:
    resource_type = random.choice(list(PARAMETERS))
    names = [*PARAMETERS[resource_type], *COMMON]
    parts = []
    for _ in range(random.randint(1, 2)):
        name = random.choice(names) + random.choice(MODIFIERS) if random.random() < 0.8 else random.choice(RESULTS)
        parts.append(f"{name}={''.join(random.choices(PIECES, k=random.randint(1, 2)))}")
    return f"{resource_type}?{'&'.join(parts)}"


@pytest.mark.parametrize("seed", range(4))
def test_each_is_answered_or_refused(shelf, seed):
    shelf.put("Task", "t1", status="requested", code=concept("http://s|c"), **{"for": reference("Patient/p1")})
    shelf.put("Patient", "p1", identifier=[{"system": "http://s", "value": "c"}])
    random, answered = Random(seed), 0

    for _ in range(250):
        try:
            shelf.search(odd(random))
            answered += 1
        except NotUnderstood:
            continue

    assert answered > 25
