"""Codes are of the value sets that a profile prescribes: listed ones, those of a system, and those of a category."""

import json

import pytest

from cie.fhir.checking import faults_in, sets_not_loaded
from cie.fhir.checking.values import is_bound
from cie.fhir.definitions.profiles import GUIDE, canonicals, profile_of
from cie.fhir.definitions.types import RESOURCE_TYPES, elements_of
from cie.fhir.definitions.value_sets import FHIR, ValueSets, value_sets_in
from tests.fhir.checking.conftest import FOOD_REQUESTS, RACES
from tests.fhir.checking.made import FOOD, LOINC, RACE, SNOMED, UNSPECIFIED, coded, made

US_CORE = "http://hl7.org/fhir/us/core/ValueSet/"
GUIDES = "http://hl7.org/fhir/us/sdoh-clinicalcare/ValueSet/SDOHCC-ValueSet"
REQUEST = f"{GUIDE}SDOHCC-ServiceRequest"
STRESS = coded("http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes", "stress")
PANTRY = coded(SNOMED, "467771000124109")
OTHER = coded(SNOMED, "225365006")
BARE = ValueSets()


@pytest.mark.parametrize(
    ("value", "canonical", "answer"),
    [
        ("draft", f"{FHIR}task-status", True),
        ("new", f"{FHIR}task-status", False),
        ("ready", f"{GUIDES}ReferralTaskStatus", False),
        ("accepted", f"{GUIDES}ReferralTaskStatus", True),
        ({"system": "http://hl7.org/fhir/task-status", "code": "draft"}, f"{FHIR}task-status", True),
        ({"system": "https://example.org", "code": "draft"}, f"{FHIR}task-status", False),
        ({"code": "draft"}, f"{FHIR}task-status", False),
        ({"text": "Draft"}, f"{FHIR}task-status", False),
        ({"coding": [{"code": "x"}, *FOOD["coding"]]}, f"{GUIDES}SDOHCategory", True),
        (coded(LOINC, "88121-9"), f"{US_CORE}us-core-survey-codes", None),
        (coded(SNOMED, "1"), f"{US_CORE}us-core-survey-codes", False),
        (coded(RACE, "2028-9"), RACES, None),
        ({"value": 4, "unit": "a week"}, "http://terminology.hl7.org/ValueSet/v3-UnitsOfMeasureCaseSensitive", None),
        ({"coding": "draft"}, f"{FHIR}task-status", False),
        ({"coding": [5, {"code": 5, "system": 5}]}, f"{FHIR}task-status", False),
    ],
)
def test_a_code_belongs_to_a_set_or_not_or_it_cannot_be_told(value, canonical, answer):
    assert is_bound(value, canonical, BARE) is answer


def test_a_licensed_set_tells_its_codes_where_the_operator_has_it(value_sets):
    assert is_bound(coded(RACE, "2028-9"), RACES, value_sets) is True
    assert is_bound(coded(RACE, "1"), RACES, value_sets) is False


def test_a_set_that_is_not_loaded_is_told_of(value_sets):
    assert FOOD_REQUESTS in sets_not_loaded(REQUEST, BARE)
    assert FOOD_REQUESTS not in sets_not_loaded(REQUEST, value_sets)
    with pytest.raises(KeyError):
        sets_not_loaded("https://example.org/unknown", BARE)


@pytest.mark.parametrize(
    ("categories", "code", "rules"),
    [
        ([FOOD], PANTRY, []),
        ([FOOD], OTHER, ["binding"]),
        ([FOOD], {"coding": OTHER["coding"] + PANTRY["coding"]}, []),
        ([FOOD, FOOD], OTHER, ["binding"]),
        ([FOOD, UNSPECIFIED], OTHER, []),
        ([FOOD, STRESS], OTHER, []),
        ([], OTHER, []),
    ],
)
def test_a_code_is_right_for_one_of_the_categories(categories, code, rules, value_sets):
    """Stress has a set of its own, which is not loaded: it cannot be told that the code is wrong."""
    request = made("ServiceRequest", category=categories, code=code)
    if not categories:
        del request["category"]

    faults = faults_in(request, value_sets=value_sets)

    assert [(fault.rule, fault.place) for fault in faults] == [(rule, "ServiceRequest.code") for rule in rules]


def test_without_the_licensed_sets_only_the_system_counts():
    assert faults_in(made("ServiceRequest", code=OTHER)) == []


@pytest.mark.parametrize("folder", [None, "licensed"])
def test_a_folder_is_read_once(folder, licensed):
    path = licensed if folder else None

    assert value_sets_in(path) is value_sets_in(path)


def test_every_set_that_fhir_prescribes_for_a_resource_is_listed():
    bound = {each.binding for kind in RESOURCE_TYPES for path in _paths(kind) for each in elements_of(path).values()}

    assert {each for each in bound - {""} if not BARE.is_loaded(each)} == set()


def test_every_set_of_the_guide_that_is_not_licensed_is_listed():
    profiles = [profile_of(each) for each in canonicals() if each.startswith(GUIDE)]
    bound = {facts.get("binding", "") for profile in profiles for facts in profile.elements.values()} - {""}

    assert {each for each in bound if not BARE.is_loaded(each)} == {
        RACES,
        "http://cts.nlm.nih.gov/fhir/ValueSet/2.16.840.1.114222.4.11.877",
        f"{US_CORE}detailed-race",
    }


def test_the_codes_that_the_definitions_show_are_listed(reference):
    """A definition shows some codes of an element at its head, as in "draft | requested | +"."""
    shown = 0
    for file in (reference / "gravity" / "deps-r4-base").glob("StructureDefinition-*.json"):
        for element in json.loads(file.read_text("utf-8"))["snapshot"]["element"]:
            binding = element.get("binding", {})
            if binding.get("strength") == "required" and " | " in element["short"]:
                canonical = binding["valueSet"].partition("|")[0]
                codes = [each.strip() for each in element["short"].split(" | ") if each.strip().strip("+")]
                assert [code for code in codes if BARE.holds(canonical, None, code.partition(" ")[0]) is False] == []
                shown += 1
    assert shown > 50


def _paths(path):
    yield path
    for each in elements_of(path).values():
        if each.path and each.path != path and each.path.startswith(f"{path}."):
            yield from _paths(each.path)
        elif not each.path:
            yield from (code for code in each.types if code[0].isupper() and code not in ("Resource", "Extension"))
