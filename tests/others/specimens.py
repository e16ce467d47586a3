"""What both checkers judge: what is known to be right, what is known to be wrong, and what comes from dice."""

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson

from tests.conformance.faults import FAULTS
from tests.conformance.proxy import Asked, Said
from tests.conformance.spoiling import EMPTY
from tests.fhir.checking.changing import changed
from tests.fhir.checking.made import PROFILES, made
from tests.fhir.checking.test_seeded_faults import SEEDS
from tests.fhir.mutating import Mutating

Resources = Mapping[str, Any]
DAMAGED = 400
"""How many resources are damaged by dice."""


def published(gravity: Path) -> Resources:
    """The examples of the guide, and those of US Core for screening."""
    folders = (gravity / "examples", gravity / "us-core-screening-examples")
    paths = [path for folder in folders for path in sorted(folder.glob("*.json"))]
    return {f"example {path.stem}": json.loads(path.read_text("utf-8")) for path in paths}


def right() -> Resources:
    return {f"right {profile}": made(profile) for profile in PROFILES}


def seeded() -> Resources:
    """Each breaks one rule of one profile."""
    return {
        f"seeded {number} {each.profile}, {each.rule} at {each.place}": changed(
            made(each.profile), each.path, each.value
        )
        for number, each in enumerate(SEEDS)
    }


def left_in(folder: Path) -> Resources:
    """What tests kept for an audience."""
    return {f"outgoing {path.stem[:12]}": json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}


def spoiled(resources: Iterable[Any]) -> Resources:
    """What the faults of the conformance suite make of resources, one of each fault and type."""
    found = {}
    for name, fault in FAULTS.items():
        for resource in resources:
            kind = resource["resourceType"]
            if f"spoiled {name} {kind}" not in found:
                changed_ones = [each for each in _through(fault.spoil, resource) if each not in (None, resource, EMPTY)]
                found |= {f"spoiled {name} {kind}": each for each in changed_ones}
    return found


def _through(spoil: Any, resource: Any) -> Iterator[Any]:
    """A resource as the fault lets it pass, when it was read and when it was found."""
    said = Said(200, {"content-type": "application/fhir+json"}, orjson.dumps(resource))
    for path in (f"/{resource['resourceType']}/1", f"/{resource['resourceType']}"):
        yield spoil(Asked("GET", path, (("_count", "20"),), {}), lambda _asked: said).json


def damaged(resources: Iterable[Any]) -> Resources:
    """One place of each is changed, as a number says; it may still be right."""
    kept, found = sorted(resources, key=orjson.dumps), {}
    for number in range(DAMAGED):
        mutating = Mutating([], number)
        whole = random.Random(number).choice(kept)
        found[f"damaged {number} {whole['resourceType']}"] = mutating.changed(deepcopy(whole))
    return found
