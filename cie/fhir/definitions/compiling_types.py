"""The types of FHIR R4 from their definitions: names, types, counts, required value sets and invariants, no prose.

The notation is that of `datatypes.toml`.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

BASES = frozenset({"Element", "BackboneElement", "Resource", "DomainResource"})
WRITTEN_BY_HAND = ("datatypes.toml", "resources.toml")
_VALUE_SETS = "http://hl7.org/fhir/ValueSet/"
_FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
_NESTED = ("BackboneElement", "Element")
Table = dict[str, dict[str, Any]]


def compile_types(source: Path, target: Path) -> None:
    """Write `types.json` into the folder `target`, from the definitions in the folder `source`."""
    (target / "types.json").write_text(as_text(types_from(source)), "utf-8")


def types_from(folder: Path) -> dict[str, Table]:
    """`types`: elements by path. `invariants`: severity and expression by path and key.

    `folder`: has the base definitions of resources in `deps-r4-base/`, with snapshots.
    """
    types: Table = {}
    invariants: Table = {}
    for name in WRITTEN_BY_HAND:
        facts = tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))
        invariants |= facts.pop("invariants")
        types |= facts
    for file in sorted((folder / "deps-r4-base").glob("StructureDefinition-*.json")):
        definition = json.loads(file.read_text("utf-8"))
        types |= elements_in(definition)
        invariants |= invariants_in(definition)
    return {"types": types, "invariants": invariants}


def elements_in(definition: Mapping[str, Any]) -> Table:
    """The elements of one StructureDefinition by the path of their owner, without those of the type it builds upon."""
    found: Table = {definition["type"]: {"is": definition["baseDefinition"].rpartition("/")[2]}}
    for element in definition["snapshot"]["element"][1:]:
        if element["base"]["path"].partition(".")[0] in BASES:
            continue
        owner, _, name = element["path"].rpartition(".")
        codes = _codes(element)
        found[owner][name] = f"{element['min']}..{element['max']} {'|'.join(codes)}{_binding(element)}"
        if codes[0] in _NESTED:
            found[element["path"]] = {"is": codes[0]}
    return found


def _codes(element: Mapping[str, Any]) -> list[str]:
    if "contentReference" in element:
        return [element["contentReference"]]
    return list(dict.fromkeys(_code(each) for each in element["type"]))


def _code(kind: Mapping[str, Any]) -> str:
    told = {each["url"]: each.get("valueUrl", "") for each in kind.get("extension", ())}
    code = str(told.get(_FHIR_TYPE, kind["code"]))
    # the outcome of an entry of a Bundle is a resource inside, as `contained` is, though its definition names the type
    return "Resource" if code == "OperationOutcome" else code


def _binding(element: Mapping[str, Any]) -> str:
    binding = element.get("binding", {})
    if binding.get("strength") != "required":
        return ""
    address: str = binding["valueSet"].partition("|")[0]
    return f" ={address.removeprefix(_VALUE_SETS)}"


def invariants_in(definition: Mapping[str, Any]) -> Table:
    """The invariants of one StructureDefinition by path and key, without those that come with a type."""
    found: Table = {}
    for path, rule in _rules(definition):
        severity = "" if rule["severity"] == "error" else f"{rule['severity']}: "
        found.setdefault(path, {})[rule["key"]] = severity + rule["expression"]
    return found


def _rules(definition: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for element in definition["snapshot"]["element"]:
        for rule in element.get("constraint", ()):
            if "source" not in rule or rule["source"] == definition["url"]:
                yield element["path"], rule


def as_text(tables: Mapping[str, Table]) -> str:
    """JSON with one row a line, in the order of the keys, so that a change is seen as what it is."""
    return "{\n" + ",\n".join(f"{json.dumps(name)}:{{\n{_rows(tables[name])}\n}}" for name in sorted(tables)) + "\n}\n"


def _rows(table: Table) -> str:
    rows = (f"{json.dumps(key)}:{json.dumps(table[key], separators=(',', ':'))}" for key in sorted(table))
    return ",\n".join(rows)
