"""What goes out over FHIR: what tests see, and what both sides of a running exchange read."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import requests

from cie.fhir.definitions.types import RESOURCE_TYPES
from tests.conformance.place import Place, Program

ASIDE = ("metadata", "Task/none", "Task?_count=1&_include=Task:focus", "Task?_summary=true&_count=1", "Nothing")
"""The CapabilityStatement, refusals, and a search as a whole."""


def by_tests(folder: Path) -> None:
    """Let the tests of FHIR leave in a folder what they see going out. One that fails has left it before.

    Not those that throw dice: what comes back to its sender would be other nonsense each time.
    """
    folder.mkdir()
    aside = [f"--ignore=tests/fhir/{name}" for name in ("checking", "test_fuzz.py")]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "tests/fhir", *aside]
    subprocess.run(command, env={**os.environ, "CIE_OUTGOING": str(folder)}, check=False)


def by_story(place: Place) -> Mapping[str, Any]:
    """Play the story by the door for record systems, and read what each side may."""
    exchange = place.exchange
    exchange.cie("story", "--door", "fhir", "--base-url", exchange.url)
    sides = {"asks": place.asks, "is asked": place.is_asked}
    return {f"story {side} {name}": each for side, program in sides.items() for name, each in _read_by(program)}


def _read_by(program: Program) -> Iterator[tuple[str, Any]]:
    http = requests.Session()
    http.headers["Authorization"] = f"Bearer {program.token()}"
    base = f"{program.url}/fhir"
    for path in ASIDE:
        yield path, http.get(f"{base}/{path}", timeout=60).json()
    for kind in sorted(RESOURCE_TYPES):
        for number, resource in enumerate(_all(http, f"{base}/{kind}?_count=100")):
            yield f"{kind} {number}", resource


def _all(http: requests.Session, url: str) -> Iterator[Any]:
    """All that a search finds, page after page; nothing where a type is not searched."""
    while url:
        answer = http.get(url, timeout=60).json()
        yield from (each["resource"] for each in answer.get("entry", ()))
        url = next((each["url"] for each in answer.get("link", ()) if each["relation"] == "next"), "")
