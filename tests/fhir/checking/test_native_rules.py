"""Rules that are run here for the sake of time say what the engine says of the same value."""

import pytest

from cie.fhir.checking.examination import Examination, Rule
from cie.fhir.checking.faults import Faults
from cie.fhir.checking.invariants import evaluate, holds
from cie.fhir.checking.native_rules import DATA_ABSENT
from cie.fhir.definitions.profiles import profile_of
from cie.fhir.definitions.types import Invariant, invariants_of
from cie.fhir.definitions.value_sets import value_sets_in
from tests.fhir.checking.made import PATIENT

US_PATIENT = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"
ABSENT = [{"url": DATA_ABSENT, "valueCode": "unknown"}]


def _scope(code, system="something"):
    return {"scope": {"coding": [{"system": system, "code": code}]}}


def _rule_of(kind, key):
    return next(each for each in invariants_of(kind) if each.key == key)


def _of_name():
    key = "us-core-6"
    return Invariant(key, *profile_of(US_PATIENT).invariants[key])


CODES = {"ppc-2": "patient-privacy", "ppc-3": "research", "ppc-4": "adr", "ppc-5": "treatment"}
ORDERS = ({}, {"code": {}}, {"orderDetail": [{}]}, {"orderDetail": [{}], "code": {}})
POLICIES = ({}, {"policy": [{"uri": "https://example.org/policy"}]}, {"policyRule": {"text": "Ours"}})
NAMES = (
    {"text": "Aster"},
    {"family": "Moreno"},
    {"given": ["Aster"]},
    {"extension": ABSENT},
    {"family": "Moreno", "extension": ABSENT},
)


def _scopes(code):
    said = _scope(code)
    return ({}, said, _scope(code, "http://example.org"), _scope("other"), {**said, "patient": PATIENT})


CASES = [
    *(("ServiceRequest", "prr-1", each) for each in ORDERS),
    *(("Consent", "ppc-1", each) for each in POLICIES),
    *(("Consent", key, each) for key, code in CODES.items() for each in _scopes(code)),
    *(("Patient.name", "us-core-6", each) for each in NAMES),
]


@pytest.mark.parametrize(("path", "key", "value"), CASES)
def test_it_says_what_the_engine_says(path, key, value):
    invariant = _of_name() if key == "us-core-6" else _rule_of(path, key)
    about = {"resourceType": path, **value} if "." not in path else value
    exam = Examination({"resourceType": path.partition(".")[0]}, value_sets_in(None), Faults(), {})

    found = evaluate(invariant.expression, about, path, exam)

    assert holds(Rule(invariant, about, path, path, exam)) == (found not in ([], [False]))
