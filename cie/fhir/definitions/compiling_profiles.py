"""The profiles of the guide from their definitions: what each asks for beyond its base type, no prose.

Their snapshots hold what their parents ask for, so a parent is only read when a resource claims it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cie.fhir.definitions.compiling_types import as_text

BASE = "http://hl7.org/fhir/StructureDefinition/"
ANYTHING = BASE + "Resource"
FOLDERS = ("profiles", "extensions", "deps-us-core-7.0.0", "deps-r4-base")
ADDITIONAL_BINDING = "http://hl7.org/fhir/tools/StructureDefinition/additional-binding"
SAID_OF_EVERY_ELEMENT = ("ele-1", "ext-1", "dom-")
"""Invariants that come with the base types."""
Facts = dict[str, Any]
Definitions = dict[str, Facts]


def compile_profiles(source: Path, target: Path) -> None:
    """Write `profiles.json` into the folder `target`, from the guide in the folder `source`."""
    (target / "profiles.json").write_text(as_text(profiles_from(source)), "utf-8")


def profiles_from(folder: Path) -> dict[str, dict[str, Facts]]:
    """By canonical address: facts by element id, those of the profile itself under "".

    A base type is there too, with the types that its references may point to.
    """
    known = _definitions(folder)
    versions = _versions(folder)
    found = {BASE + kind: _compiled_base(known[BASE + kind]) for kind in _bases(known)}
    for canonical in _reachable(folder, known):
        found[canonical] = _compiled(known[canonical], known, versions)
    return found


def _definitions(folder: Path) -> Definitions:
    paths = [path for each in FOLDERS for path in sorted((folder / each).glob("*StructureDefinition-*.json"))]
    return {definition["url"]: definition for definition in map(_read, paths)}


def _read(path: Path) -> Facts:
    found: Facts = json.loads(path.read_text("utf-8"))
    return found


def _versions(folder: Path) -> Mapping[str, str]:
    """The version of each guide, by the beginning of its addresses: a definition does not always say it."""
    guide = _read(next(folder.glob("ImplementationGuide-*.json")))
    named = {each["uri"]: each["version"] for each in guide["dependsOn"]} | {guide["url"]: guide["version"]}
    return {uri.partition("ImplementationGuide/")[0]: version for uri, version in named.items()}


def _bases(known: Definitions) -> list[str]:
    return [each["type"] for each in known.values() if each.get("derivation") != "constraint"]


def _reachable(folder: Path, known: Definitions) -> set[str]:
    """The guide's profiles, those its examples claim, what their references name, and the parents of all."""
    claimed = (_read(path).get("meta", {}).get("profile", ()) for path in sorted(folder.glob("examples/*.json")))
    roots = {_read(path)["url"] for each in FOLDERS[:2] for path in (folder / each).glob("*.json")}
    roots |= {bare(each) for several in claimed for each in several} & known.keys()
    found = roots | {each for root in roots for each in _named_by(known[root], ("profile", "targetProfile"))}
    waiting = list(found & known.keys())
    while waiting:
        definition = known[waiting.pop()]
        more = ({*_named_by(definition, ("profile",)), bare(definition["baseDefinition"])} & known.keys()) - found
        waiting += more
        found |= more
    return {each for each in found & known.keys() if known[each].get("derivation") == "constraint"}


def _named_by(definition: Facts, properties: Iterable[str]) -> set[str]:
    types = [kind for element in definition["snapshot"]["element"] for kind in element.get("type", ())]
    return {bare(each) for kind in types for name in properties for each in kind.get(name, ())}


def _compiled_base(definition: Facts) -> dict[str, Facts]:
    elements = {element["id"]: {"types": _types(element)} for element in definition["snapshot"]["element"]}
    pointing = {id_: facts for id_, facts in elements.items() if _points_somewhere(facts["types"])}
    return {"": {"type": definition["type"], "version": definition["version"]}, **pointing}


def _points_somewhere(types: list[Facts]) -> bool:
    return any(kind.get("targets", [ANYTHING]) != [ANYTHING] for kind in types)


def _compiled(definition: Facts, known: Definitions, versions: Mapping[str, str]) -> dict[str, Facts]:
    base = known.get(BASE + definition["type"], {"snapshot": {"element": []}})
    of_base = {element["path"]: element for element in base["snapshot"]["element"]}
    elements: dict[str, Facts] = {}
    for element in definition["snapshot"]["element"]:
        facts = _facts(element, of_base.get(element["path"], {}))
        if facts or "sliceName" in element:
            elements[element["id"]] = facts
    for element in definition["snapshot"]["element"]:
        same = element.get("contentReference", "").partition("#")[2]
        if same and any(each.startswith(same + ".") for each in elements):
            elements.setdefault(element["id"], {})["same_as"] = same
    head = {
        "type": definition["type"],
        "version": definition.get("version") or _version(definition["url"], versions),
        "base": bare(definition["baseDefinition"]),
        "abstract": definition["abstract"],
        "targets": _types_of_targets(definition, known),
        "invariants": _invariants(definition, elements),
    }
    return {"": head, **elements}


def _version(canonical: str, versions: Mapping[str, str]) -> str:
    return versions[max((each for each in versions if canonical.startswith(each)), key=len)]


def _facts(element: Facts, base: Facts) -> Facts:
    """What an element asks for that its base type does not."""
    facts: Facts = {}
    is_slice = "sliceName" in element
    if element["min"] != (0 if is_slice else element["base"]["min"]):
        facts["min"] = element["min"]
    if element["max"] != element["base"]["max"]:
        facts["max"] = int(element["max"])
    if _is_narrowed(element, base):
        facts["types"] = _types(element)
    for name, value in element.items():
        if name.startswith(("fixed", "pattern")):
            facts["fixed" if name.startswith("fixed") else "pattern"] = value
    facts |= _bindings(element.get("binding", {}), base.get("binding", {}))
    if "slicing" in element:
        facts["slicing"] = _slicing(element["slicing"])
    if element.get("mustSupport"):
        facts["must_support"] = True
    inherited = {each["key"] for each in base.get("constraint", ())}
    keys = [each["key"] for each in element.get("constraint", ()) if each["key"] not in inherited]
    if own := [key for key in keys if not key.startswith(SAID_OF_EVERY_ELEMENT)]:
        facts["constraints"] = own
    return facts


def _is_narrowed(element: Facts, base: Facts) -> bool:
    """An element of a data type, which has no base here, is narrowed when it is a choice or names a profile."""
    types = _types(element)
    if base:
        return types != _types(base)
    return element["path"].endswith("[x]") or any(len(each) > 1 for each in types)


def _types(element: Facts) -> list[Facts]:
    return [_type(each) for each in element.get("type", ()) if "fhirpath" not in each["code"]]


def _type(kind: Facts) -> Facts:
    profiles = {"profiles": [bare(each) for each in kind["profile"]]} if "profile" in kind else {}
    targets = {"targets": [bare(each) for each in kind["targetProfile"]]} if "targetProfile" in kind else {}
    return {"code": kind["code"], **profiles, **targets}


def _slicing(slicing: Facts) -> Facts:
    by = [[each["type"], each["path"]] for each in slicing.get("discriminator", ())]
    return {"by": by, "rules": slicing["rules"], "ordered": slicing.get("ordered", False)}


def _bindings(binding: Facts, base: Facts) -> Facts:
    facts: Facts = {}
    if binding.get("strength") == "required" and binding != base:
        facts["binding"] = bare(binding["valueSet"])
    if by_category := dict(_by_category(binding)):
        facts["bindings"] = by_category
    return facts


def _by_category(binding: Facts) -> Iterator[tuple[str, str]]:
    """Where the resource has this category, the code comes from this value set."""
    for extension in binding.get("extension", ()):
        parts = {each["url"]: each for each in extension.get("extension", ())}
        is_kept = extension["url"] == ADDITIONAL_BINDING and "usage" in parts
        if is_kept and parts["purpose"]["valueCode"] in ("extensible", "required"):
            category = parts["usage"]["valueUsageContext"]["valueCodeableConcept"]["coding"][0]["code"]
            yield category, bare(parts["valueSet"]["valueCanonical"])


def _invariants(definition: Facts, elements: Mapping[str, Facts]) -> dict[str, list[str]]:
    """Severity and expression of the rules that the profile adds."""
    added = {key for facts in elements.values() for key in facts.get("constraints", ())}
    every = [each for element in definition["snapshot"]["element"] for each in element.get("constraint", ())]
    return {each["key"]: [each["severity"], each["expression"]] for each in every if each["key"] in added}


def _types_of_targets(definition: Facts, known: Definitions) -> dict[str, str]:
    """The resource type of each profile that a reference may point to; none for a profile that is not at hand."""
    targets = sorted(_named_by(definition, ("targetProfile",)) & known.keys())
    return {each: known[each]["type"] for each in targets if not each.startswith(BASE)}


def bare(canonical: str) -> str:
    """An address without the version that it names."""
    return canonical.partition("|")[0]
