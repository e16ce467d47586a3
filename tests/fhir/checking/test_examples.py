"""What others published as right is taken, and each rule of each profile runs on it."""

import json
from collections import defaultdict

import pytest

from cie.fhir.checking import faults_in, filled_in, knows, must_support_of
from cie.fhir.checking.examination import Examination
from cie.fhir.checking.faults import Faults
from cie.fhir.checking.invariants import evaluate
from cie.fhir.checking.native_rules import NATIVE_RULES
from cie.fhir.definitions.profiles import GUIDE, canonicals, profile_of
from cie.fhir.definitions.types import RESOURCE_TYPES, invariants_of
from cie.fhir.definitions.value_sets import ValueSets
from tests.fhir.checking.made import PROFILES, made

EXAMPLES = 46
US_CORE_EXAMPLES = 33
DEFECTS: dict[str, list[str]] = {}
"""Faults that an example of the guide has, by its file; there are none in SDOH Clinical Care 3.0.0."""


def _read(folder):
    return {path.name: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


@pytest.fixture(scope="module")
def examples(reference):
    return _read(reference / "gravity" / "examples")


@pytest.fixture(scope="module")
def vsac(reference):
    return ValueSets(reference / "gravity" / "vsac-gravity-valuesets")


def _faults(resources, value_sets=None):
    found = {name: [fault.rule for fault in faults_in(each, value_sets=value_sets)] for name, each in resources.items()}
    return {name: rules for name, rules in found.items() if rules}


def test_the_examples_of_the_guide_hold_to_what_they_claim(examples, vsac):
    claimed = {profile for each in examples.values() for profile in each.get("meta", {}).get("profile", ())}

    assert len(examples) == EXAMPLES
    assert [profile for profile in claimed if not knows(profile)] == []
    assert _faults(examples) == DEFECTS
    assert _faults(examples, vsac) == DEFECTS


def test_the_screening_examples_of_us_core_are_taken(reference):
    examples = _read(reference / "gravity" / "us-core-screening-examples")

    assert len(examples) == US_CORE_EXAMPLES
    assert _faults(examples) == {}


def test_what_is_made_for_tests_holds_to_the_licensed_sets_too(vsac):
    assert _faults({profile: made(profile) for profile in PROFILES}, vsac) == {}


def test_a_bundle_of_all_examples_is_taken(examples, vsac):
    entries = [
        {"fullUrl": f"https://example.org/fhir/{each['resourceType']}/{each['id']}", "resource": each}
        for each in examples.values()
    ]

    assert faults_in({"resourceType": "Bundle", "type": "collection", "entry": entries}, value_sets=vsac) == []


def _rules():
    """Every expression that the engine is to run, with the type that it is run on."""
    for kind in sorted(RESOURCE_TYPES):
        yield from ((kind, each.key, each.expression) for each in invariants_of(kind))
    for canonical in canonicals():
        profile = profile_of(canonical)
        yield from ((profile.type, key, expression) for key, (_, expression) in profile.invariants.items())


def test_the_engine_runs_every_rule(examples):
    resources = defaultdict(list)
    for each in examples.values():
        resources[each["resourceType"]].append(each)

    for kind, key, expression in _rules():
        if key not in NATIVE_RULES:
            for resource in [{"resourceType": kind}, *resources[kind]]:
                evaluate(expression, resource, kind, Examination(resource, ValueSets(), Faults(), {}))


@pytest.mark.parametrize("name", PROFILES)
def test_what_must_be_supported_is_known(name):
    profile = f"{GUIDE}SDOHCC-{name}"

    must = must_support_of(profile)

    assert must
    assert filled_in(made(name), profile) & set(must)
    assert all(id_.partition(".")[0] == profile_of(profile).type for id_ in must)


def test_the_examples_show_most_of_what_a_referral_must_support(examples):
    profile = f"{GUIDE}SDOHCC-TaskForReferralManagement"
    claiming = [each for each in examples.values() if profile in each.get("meta", {}).get("profile", ())]

    shown = {id_ for each in claiming for id_ in filled_in(each, profile)}

    missing = set(must_support_of(profile)) - shown
    assert missing == {
        "Task.priority",
        "Task.statusReason",
        "Task.statusReason.text",
        "Task.output:PerformedActivityCode",
    }


def test_a_profile_that_is_not_here_is_not_known():
    assert not knows("https://example.org/StructureDefinition/other")
    assert not knows(f"{GUIDE}SDOHCC-Condition|2.3.0")
    assert knows(f"{GUIDE}SDOHCC-Condition|3.0.0")
    with pytest.raises(KeyError):
        must_support_of("https://example.org/StructureDefinition/other")


def test_a_profile_of_another_type_is_a_fault_and_an_unknown_one_is_not():
    task = made("TaskForReferralManagement")

    assert faults_in(task, ["https://example.org/StructureDefinition/other"]) == []
    assert [fault.place for fault in faults_in(task, [f"{GUIDE}SDOHCC-Condition"])] == ["Task"]
