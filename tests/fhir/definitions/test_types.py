"""The compiled types, against an independent model of R4, against the published definitions and against examples."""

import importlib
import json
from itertools import chain

import pytest

from cie.fhir.definitions.compiling_types import as_text, types_from
from cie.fhir.definitions.types import (
    RESOURCE_TYPES,
    elements_of,
    invariants_of,
    is_primitive,
    type_of,
)

DATA_TYPES = [
    "Address",
    "Age",
    "Annotation",
    "Attachment",
    "CodeableConcept",
    "Coding",
    "ContactDetail",
    "ContactPoint",
    "Contributor",
    "Count",
    "DataRequirement",
    "Distance",
    "Dosage",
    "Duration",
    "Expression",
    "Extension",
    "HumanName",
    "Identifier",
    "Meta",
    "Money",
    "Narrative",
    "ParameterDefinition",
    "Period",
    "Quantity",
    "Range",
    "Ratio",
    "Reference",
    "RelatedArtifact",
    "SampledData",
    "Signature",
    "Timing",
    "TriggerDefinition",
    "UsageContext",
]
OF_EVERY_RESOURCE = ["id", "meta", "implicitRules", "language"]
OF_MOST_RESOURCES = [*OF_EVERY_RESOURCE, "text", "contained", "extension", "modifierExtension"]
OTHERWISE_NAMED = {"Reference": "FHIRReference"}
AS_PYTHON = {
    "boolean": "bool",
    "decimal": "float",
    "integer": "int",
    "positiveInt": "int",
    "unsignedInt": "int",
    "date": "FHIRDate",
    "dateTime": "FHIRDateTime",
    "instant": "FHIRInstant",
    "time": "FHIRTime",
}


def model_of(path):
    """The class of the independent model for a type or a part of one: `PatientContact` of "Patient.contact"."""
    root = OTHERWISE_NAMED.get(path.partition(".")[0], path.partition(".")[0])
    name = root + "".join(part[0].upper() + part[1:] for part in path.split(".")[1:])
    return getattr(importlib.import_module(f"fhirclient.models.{root.lower()}"), name)


def as_modelled(name, element):
    """What the independent model says of a property: its Python type, whether it is a list, whether it must be."""
    code = type_of(name, element)
    python = AS_PYTHON.get(code, "str") if is_primitive(code) else model_of(element.path or code).__name__
    return (python, element.max is None, element.min > 0)


def parts_of(path):
    """A type and all parts of it, each once."""
    inner = {element.path for element in elements_of(path).values() if element.path.startswith(f"{path}.")}
    return [path, *chain.from_iterable(parts_of(each) for each in sorted(inner))]


@pytest.mark.parametrize("name", sorted({*RESOURCE_TYPES, *DATA_TYPES}))
def test_an_independent_model_of_r4_has_the_same_elements(name):
    for path in parts_of(name):
        model = model_of(path)().elementProperties()
        said = {jsname: (kind.__name__, is_list, needed) for _, jsname, kind, is_list, _, needed in model}

        assert {each: as_modelled(each, element) for each, element in elements_of(path).items()} == said


def test_the_model_of_a_fhirpath_engine_has_the_same_types():
    model = importlib.import_module("fhirpathpy.models").models["r4"]
    compared = 0
    for path in chain.from_iterable(parts_of(name) for name in sorted({*RESOURCE_TYPES, *DATA_TYPES})):
        for element in elements_of(path).values():
            own = f"{path}.{element.name.removesuffix('[x]')}"
            said = model["choiceTypePaths"].get(own) or [model["path2Type"].get(own, "")]
            if said not in ([""], ["System.String"]):
                compared += 1
                assert [each[0].upper() + each[1:] for each in said] == [
                    code[0].upper() + code[1:] for code in element.types
                ]

    assert compared > 2000


class TestCompiling:
    def test_the_file_is_what_the_definitions_say(self, reference):
        made = types_from(reference / "gravity")

        known = {path: set(elements_of(path)) for path in made["types"]}
        assert as_text(made) == importlib.resources.files("cie.fhir.definitions").joinpath("types.json").read_text()
        assert all(known.values())

    def test_each_resource_that_the_folder_defines_is_known(self, reference):
        files = (reference / "gravity" / "deps-r4-base").glob("StructureDefinition-*.json")

        assert {file.stem.removeprefix("StructureDefinition-") for file in files} < RESOURCE_TYPES

    def test_each_element_that_the_folder_defines_has_its_count_and_place(self, reference):
        for file in (reference / "gravity" / "deps-r4-base").glob("StructureDefinition-*.json"):
            for element in json.loads(file.read_text())["snapshot"]["element"][1:]:
                owner, _, name = element["path"].rpartition(".")
                found = {each.name: each for each in elements_of(owner).values()}[name]

                span = (found.min, "*" if found.max is None else str(found.max))
                assert span == (element["min"], element["max"]), element["path"]


class TestElements:
    def test_they_come_in_the_order_of_the_standard(self):
        assert list(elements_of("HumanName")) == (
            ["id", "extension", "use", "text", "family", "given", "prefix", "suffix", "period"]
        )
        assert list(elements_of("Group"))[:11] == [*OF_MOST_RESOURCES, "identifier", "active", "type"]
        assert list(elements_of("Bundle")) == (
            [*OF_EVERY_RESOURCE, "identifier", "type", "timestamp", "total", "link", "entry", "signature"]
        )
        assert list(elements_of("Task.input"))[:4] == ["id", "extension", "modifierExtension", "type"]

    def test_a_choice_comes_once_for_each_type_with_one_element(self):
        elements = elements_of("Patient")

        assert elements["deceasedBoolean"] is elements["deceasedDateTime"]
        assert elements["deceasedBoolean"].name == "deceased[x]"
        assert elements["deceasedBoolean"].types == ("boolean", "dateTime")

    def test_an_extension_may_hold_any_of_fifty_types(self):
        assert len([name for name in elements_of("Extension") if name.startswith("value")]) == 50

    def test_a_part_is_found_at_its_path_and_a_type_at_its_name(self):
        assert elements_of("Patient")["contact"].path == "Patient.contact"
        assert elements_of("Timing")["repeat"].path == "Timing.repeat"
        assert elements_of("Patient")["name"].path == ""

    @pytest.mark.parametrize(
        ("path", "name", "where"),
        [
            ("Questionnaire.item", "item", "Questionnaire.item"),
            ("QuestionnaireResponse.item.answer", "item", "QuestionnaireResponse.item"),
            ("Parameters.parameter", "part", "Parameters.parameter"),
            ("Bundle.entry", "link", "Bundle.link"),
            ("Consent.provision", "provision", "Consent.provision"),
        ],
    )
    def test_a_part_may_be_defined_elsewhere(self, path, name, where):
        element = elements_of(path)[name]

        assert (element.types, element.path) == (("BackboneElement",), where)

    def test_any_resource_may_be_inside_these(self):
        inside = [("Task", "contained"), ("Bundle.entry", "resource"), ("Parameters.parameter", "resource")]

        assert {elements_of(path)[name].types for path, name in inside} == {("Resource",)}
        assert elements_of("Bundle.entry.response")["outcome"].types == ("Resource",)

    def test_the_id_of_a_resource_is_an_id_and_that_of_an_element_is_text(self):
        assert elements_of("Patient")["id"].types == ("id",)
        assert elements_of("Patient.contact")["id"].types == elements_of("Period")["id"].types == ("string",)
        assert elements_of("Extension")["url"].types == ("uri",)

    @pytest.mark.parametrize(
        ("path", "name", "value_set"),
        [
            ("Task", "status", "http://hl7.org/fhir/ValueSet/task-status"),
            ("Patient", "gender", "http://hl7.org/fhir/ValueSet/administrative-gender"),
            ("ContactPoint", "system", "http://hl7.org/fhir/ValueSet/contact-point-system"),
            ("Condition", "clinicalStatus", "http://hl7.org/fhir/ValueSet/condition-clinical"),
            ("Task", "code", ""),
            ("Task", "intent", "http://hl7.org/fhir/ValueSet/task-intent"),
        ],
    )
    def test_a_value_set_is_named_where_it_is_required(self, path, name, value_set):
        assert elements_of(path)[name].binding == value_set

    def test_every_element_leads_to_something_known(self):
        for path in chain.from_iterable(parts_of(name) for name in sorted({*RESOURCE_TYPES, *DATA_TYPES})):
            for name, element in elements_of(path).items():
                code = element.path or type_of(name, element)
                assert is_primitive(code) or elements_of(code), (path, name)

    @pytest.mark.parametrize("path", ["Moon", "Patient.moon", "Patient.name", "", "string"])
    def test_there_is_nothing_else(self, path):
        with pytest.raises(KeyError):
            elements_of(path)

    @pytest.mark.parametrize(
        ("name", "code"),
        [("valueString", "string"), ("valueCodeableConcept", "CodeableConcept"), ("valueBase64Binary", "base64Binary")],
    )
    def test_the_name_of_a_choice_says_its_type(self, name, code):
        assert type_of(name, elements_of("Extension")[name]) == code

    @pytest.mark.parametrize("name", ["value", "valueMoon", "valuestring"])
    def test_a_choice_has_no_other_names(self, name):
        with pytest.raises(KeyError):
            type_of(name, elements_of("Extension")["valueString"])


class TestInvariants:
    def keys(self, path):
        return [rule.key for rule in invariants_of(path)]

    def test_a_type_has_those_of_what_it_builds_upon(self):
        assert self.keys("Task") == ["dom-2", "dom-3", "dom-4", "dom-5", "dom-6", "inv-1"]
        assert self.keys("Patient.contact") == ["ele-1", "pat-1"]
        assert self.keys("Age") == ["ele-1", "qty-3", "age-1"]
        assert "dom-2" not in self.keys("Bundle")

    def test_one_element_may_have_its_own(self):
        assert self.keys("Organization.telecom") == ["org-3"]
        assert self.keys("Organization.name") == self.keys("Moon") == []

    def test_each_says_how_grave_it_is(self):
        severity = {rule.key: rule.severity for rule in invariants_of("Condition")}

        assert (severity["dom-6"], severity["con-3"], severity["con-5"]) == ("warning", "warning", "error")

    def test_it_is_in_fhirpath(self):
        (rule,) = [each for each in invariants_of("Extension") if each.key == "ext-1"]

        assert rule.expression == "extension.exists() != value.exists()"


def walk(value, path):
    """Each element of a resource, as far as it is known."""
    elements = elements_of(path)
    for name, given in value.items():
        if name == "resourceType":
            continue
        element = elements[name.removeprefix("_")]
        for each in given if isinstance(given, list) else [given]:
            code = element.path or type_of(name.removeprefix("_"), element)
            if isinstance(each, dict):
                code = "Element" if is_primitive(code) else each["resourceType"] if code == "Resource" else code
                yield from walk(each, code)
            yield f"{path}.{name}"


def test_every_example_is_made_of_known_elements(reference):
    files = sorted((reference / "gravity" / "examples").glob("*.json"))

    for file in files:
        resource = json.loads(file.read_text("utf-8"))
        assert list(walk(resource, resource["resourceType"])), file.name
    assert len(files) == 46
