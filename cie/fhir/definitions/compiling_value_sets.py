"""The value sets of the guide and of US Core as lists of codes, no words.

What is licensed is not among them: a set that names all codes of SNOMED CT, LOINC or CPT keeps the system alone.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cie.fhir.definitions.compiling_profiles import bare
from cie.fhir.definitions.compiling_types import as_text

FOLDERS = ("valuesets", "codesystems", "deps-us-core-7.0.0")
Facts = dict[str, Any]


def compile_value_sets(source: Path, target: Path) -> None:
    """Write `value_sets.json` into the folder `target`, from the guide in the folder `source`."""
    (target / "value_sets.json").write_text(as_text(value_sets_from(source)), "utf-8")


def value_sets_from(folder: Path) -> dict[str, dict[str, Facts]]:
    """`sets`: by address, codes by system, systems of which codes are not listed, and sets that belong to it."""
    files = [path for each in FOLDERS for path in sorted((folder / each).glob("*.json"))]
    found = [
        json.loads(path.read_text("utf-8")) for path in files if path.name.startswith(("ValueSet-", "CodeSystem-"))
    ]
    systems = {each["url"]: _codes(each) for each in found if each["resourceType"] == "CodeSystem"}
    sets = [each for each in found if each["resourceType"] == "ValueSet"]
    return {"sets": {each["url"]: _compiled(each["compose"], systems) for each in sets}}


def _codes(nested: Mapping[str, Any]) -> list[str]:
    concepts = nested.get("concept", ())
    return [each["code"] for each in concepts] + [code for each in concepts for code in _codes(each)]


def _compiled(compose: Facts, systems: Mapping[str, list[str]]) -> Facts:
    facts = _parts(compose["include"], systems)
    if "exclude" in compose:
        facts["without"] = _parts(compose["exclude"], systems)
    return facts


def _parts(several: list[Facts], systems: Mapping[str, list[str]]) -> Facts:
    codes: dict[str, list[str]] = {}
    whole: list[str] = []
    sets: list[str] = []
    for part in several:
        sets += [bare(each) for each in part.get("valueSet", ())]
        system = bare(part.get("system", ""))
        if "concept" in part:
            codes.setdefault(system, []).extend(each["code"] for each in part["concept"])
        elif system in systems and "filter" not in part:
            codes.setdefault(system, []).extend(systems[system])
        elif system and system not in whole:
            whole.append(system)
    return {name: found for name, found in (("codes", codes), ("systems", whole), ("sets", sets)) if found}
