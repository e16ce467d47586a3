"""The published definitions as HAPI FHIR reads them: what is not at hand is left open, as our checker leaves it."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

FOLDERS = ("profiles", "extensions", "codesystems", "valuesets", "deps-us-core-7.0.0", "vsac-gravity-valuesets")
KINDS = frozenset({"StructureDefinition", "ValueSet", "CodeSystem"})
FHIR = "http://hl7.org/fhir/"
OF_GUIDES = (f"{FHIR}us/", f"{FHIR}uv/")
LICENSED = (
    "http://snomed.info/sct",
    "http://loinc.org",
    "http://www.ama-assn.org/go/cpt",
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "http://www.cms.gov/Medicare/Coding/ICD10",
    "http://www.ada.org/cdt",
    "http://hl7.org/fhir/sid/icd-10-cm",
    "urn:oid:2.16.840.1.113883.6.238",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://nucc.org/provider-taxonomy",
)
Definition = dict[str, Any]


def lay_out(gravity: Path, folder: Path, resources: Iterable[Any]) -> None:
    """Write the definitions of the guide and of US Core to a folder of their own, to judge these resources by."""
    found = {each["url"]: each for each in _read(gravity)}
    judged = [each for each in found.values() if each["resourceType"] != "ValueSet" or _is_told(each, found)]
    judged = [_without_filters(each) for each in judged]
    for number, each in enumerate([*judged, *_stand_ins(found), *_licensed(judged, resources)]):
        (folder / f"{number}.json").write_text(json.dumps(each), "utf-8")


def _read(gravity: Path) -> Iterator[Definition]:
    for name in FOLDERS:
        for path in sorted((gravity / name).glob("*.json")):
            definition = json.loads(path.read_text("utf-8"))
            if definition["resourceType"] in KINDS:
                yield definition


def _is_told(value_set: Definition, found: Mapping[str, Definition]) -> bool:
    """Every set of a guide or of VSAC that a value set is made of is here too."""
    named = {each.partition("|")[0] for part in _parts(value_set) for each in part.get("valueSet", ())}
    return all(
        (_is_told(found[each], found) if each in found else not each.startswith(("http://cts.nlm", *OF_GUIDES)))
        for each in named
    )


def _parts(value_set: Definition) -> list[Definition]:
    compose = value_set.get("compose", {})
    return [*compose.get("include", ()), *compose.get("exclude", ())]


def _without_filters(definition: Definition) -> Definition:
    """Nobody here has SNOMED CT or LOINC: where some of their codes belong to a set, all of them do."""
    for part in _parts(definition):
        part.pop("filter", None)
    return definition


def _stand_ins(found: Mapping[str, Definition]) -> Iterator[Definition]:
    """For each extension that a profile names and whose definition is not here, one that may hold anything."""
    named = {name for each in found.values() for name in _extensions_named_by(each)}
    for url in sorted(named - found.keys()):
        if url.startswith(OF_GUIDES):
            yield {
                "resourceType": "StructureDefinition",
                "url": url,
                "name": "StandIn",
                "status": "draft",
                "fhirVersion": "4.0.1",
                "kind": "complex-type",
                "abstract": False,
                "context": [{"type": "element", "expression": "Element"}],
                "type": "Extension",
                "baseDefinition": f"{FHIR}StructureDefinition/Extension",
                "derivation": "constraint",
                "differential": {"element": [{"id": "Extension.url", "path": "Extension.url", "fixedUri": url}]},
            }


def _extensions_named_by(definition: Definition) -> Iterator[str]:
    for element in definition.get("snapshot", {}).get("element", ()):
        for each in element.get("type", ()):
            if each["code"] == "Extension":
                yield from (name.partition("|")[0] for name in each.get("profile", ()))


def _licensed(definitions: Iterable[Definition], resources: Iterable[Any]) -> Iterator[Definition]:
    """The code systems that nobody here has: every code that anybody names as one of theirs is one."""
    parts = [part for each in definitions for part in _parts(each)]
    codes: dict[str, set[str]] = defaultdict(set)
    for part in parts:
        codes[part.get("system", "")] |= {each["code"] for each in part.get("concept", ())}
    for system, code in _codings_in(list(resources)):
        codes[system].add(code)
    for system in LICENSED:
        yield {
            "resourceType": "CodeSystem",
            "url": system,
            "status": "active",
            "content": "complete",
            "concept": [{"code": code} for code in sorted(codes[system])],
        }


def _codings_in(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        system, code = value.get("system"), value.get("code")
        if isinstance(system, str) and isinstance(code, str):
            yield system, code
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from _codings_in(part)
