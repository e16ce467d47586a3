"""Where a reference leads, as far as that can be told: by its words, inside the resource, inside its Bundle."""

import pytest

from cie.fhir.checking import faults_in
from cie.fhir.checking.references import type_named_by
from tests.fhir.checking.made import made

TOLD = [
    ({"reference": "Patient/1"}, "Patient"),
    ({"reference": "https://example.org/fhir/Patient/a-1.2"}, "Patient"),
    ({"reference": "Patient/1/_history/2"}, "Patient"),
    ({"reference": "Patient/1", "type": "Group"}, "Patient"),
    ({"type": "Group", "identifier": {"value": "1"}}, "Group"),
    ({"reference": "urn:uuid:3f8c0c9e-5d7b-4a61-9d0a-0d3f3c1f5b11"}, None),
    ({"reference": "#p"}, None),
    ({"reference": "Patients/1"}, None),
    ({"reference": "https://example.org/Nothing/1"}, None),
    ({"type": "https://example.org/Thing"}, None),
    ({"display": "A person"}, None),
    ({"reference": 1, "type": []}, None),
]
HERE = {"reference": "urn:uuid:3f8c0c9e-5d7b-4a61-9d0a-0d3f3c1f5b11"}


@pytest.mark.parametrize(("reference", "kind"), TOLD, ids=str)
def test_the_type_of_a_target_is_in_the_words_of_the_reference(reference, kind):
    assert type_named_by(reference) == kind


@pytest.mark.parametrize(("kind", "rules"), [("Organization", []), ("Device", ["type"])])
def test_a_contained_target_tells_its_own_type(kind, rules):
    contained = {"resourceType": kind, "id": "r"} | ({"name": "A"} if kind == "Organization" else {})
    task = made("TaskForReferralManagement", contained=[contained], requester={"reference": "#r"})

    assert [fault.rule for fault in faults_in(task)] == rules


@pytest.mark.parametrize(("kind", "rules"), [("ServiceRequest", []), ("Condition", ["type"])])
def test_a_target_in_the_bundle_tells_its_own_type(kind, rules):
    task = made("TaskForReferralManagement", focus=HERE)
    focus = made(kind)

    assert [fault.rule for fault in faults_in(_bundle(task, focus))] == rules


def test_what_cannot_be_told_is_taken():
    assert faults_in(made("TaskForReferralManagement", focus=HERE, requester={"display": "The clinic"})) == []


def test_each_resource_of_a_bundle_is_checked_against_what_it_claims():
    task = made("TaskForReferralManagement", focus=HERE)
    wrong = {**made("ServiceRequest"), "code": {"text": "Food"}}

    (fault,) = faults_in(_bundle(task, wrong))

    assert (fault.rule, fault.place) == ("binding", "Bundle.entry[1].resource.code")


def _bundle(task, focus):
    entries = [
        {"fullUrl": "https://example.org/fhir/Task/1", "resource": task},
        {"fullUrl": HERE["reference"], "resource": focus},
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}
