"""The shape of a resource: names, JSON types, formats, counts, and what stands beside a primitive."""

import pytest

from cie.fhir.checking import faults_in
from cie.fhir.formats import DecimalAsSent
from tests.fhir.checking.changing import DROP, changed

PATIENT = {
    "resourceType": "Patient",
    "id": "1",
    "active": True,
    "name": [{"family": "Sample", "given": ["Ana", "Luz"], "period": {"start": "2001-02-03"}}],
    "birthDate": "1990-01-31",
    "multipleBirthInteger": 2,
    "contained": [{"resourceType": "Organization", "id": "o", "name": "A"}],
    "managingOrganization": {"reference": "#o"},
    "communication": [{"language": {"text": "Spanish"}}],
}
SAID = {"extension": [{"url": "https://example.org/x", "valueString": "about"}]}
UNKNOWN = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}

WRONG = [
    ("nickname", "Ani", "unknown", "Patient.nickname"),
    ("name.0.nick name", "Ani", "unknown", "Patient.name[0]"),
    ("name.0.resourceType", "HumanName", "unknown", "Patient.name[0].resourceType"),
    ("_name", [SAID], "unknown", "Patient._name"),
    ("active", "true", "type", "Patient.active"),
    ("active", 1, "type", "Patient.active"),
    ("active", None, "ele-1", "Patient.active"),
    ("multipleBirthInteger", 1.5, "type", "Patient.multipleBirth"),
    ("multipleBirthInteger", True, "type", "Patient.multipleBirth"),
    ("multipleBirthInteger", 2**31, "format", "Patient.multipleBirth"),
    ("multipleBirthBoolean", True, "max", "Patient.multipleBirth"),
    ("name", {"family": "Sample"}, "type", "Patient.name"),
    ("name", [], "ele-1", "Patient.name"),
    ("name.0", "Ana Sample", "type", "Patient.name[0]"),
    ("name.0", None, "type", "Patient.name[0]"),
    ("name.0", {"id": "n"}, "ele-1", "Patient.name[0]"),
    ("name.0.family", ["Sample"], "type", "Patient.name[0].family"),
    ("name.0.family", "", "format", "Patient.name[0].family"),
    ("name.0.given.1", 7, "type", "Patient.name[0].given[1]"),
    ("name.0.given.1", None, "ele-1", "Patient.name[0].given[1]"),
    ("name.0._given", [SAID], "type", "Patient.name[0].given"),
    ("name.0._family", "Sample", "type", "Patient.name[0].family"),
    ("name.0._family", {"value": "Sample"}, "unknown", "Patient.name[0].family.value"),
    ("name.0.use", "daily", "binding", "Patient.name[0].use"),
    ("name.0.period.start", "2001-02-30", "format", "Patient.name[0].period.start"),
    ("birthDate", "31/01/1990", "format", "Patient.birthDate"),
    ("birthDate", "1990-01-31T09:30:00Z", "format", "Patient.birthDate"),
    ("gender", "Female", "binding", "Patient.gender"),
    ("id", "a b", "format", "Patient.id"),
    ("communication.0.language", DROP, "min", "Patient.communication[0].language"),
    ("contained.0.resourceType", "Organisation", "not-supported", "Patient.contained[0]"),
    ("contained.0.active", "yes", "type", "Patient.contained[0].active"),
    ("managingOrganization.reference", "Patient/2", "type", "Patient.managingOrganization"),
    ("extension", [{"valueString": "about"}], "min", "Patient.extension[0].url"),
    ("extension", [{"url": "https://example.org/x", **SAID, "valueCode": "a"}], "ext-1", "Patient.extension[0]"),
    ("meta", {"profile": ["not an address"]}, "format", "Patient.meta.profile[0]"),
]
RIGHT = [
    ("_birthDate", SAID),
    ("birthDate", "1990"),
    ("name.0.given", [None, "Luz"]),
    ("deceasedDateTime", "2024-02-29T23:59:60.123-07:00"),
    ("contained.0", {"resourceType": "ValueSet", "id": "o", "status": "active"}),
    ("extension", [{"url": "https://example.org/x", "extension": [{"url": "y", "valueDecimal": 1}]}]),
    ("extension", [{"url": "https://example.org/x", "valueDecimal": DecimalAsSent("0.50")}]),
]


@pytest.mark.parametrize(("path", "value", "rule", "place"), WRONG, ids=lambda each: str(each)[:40])
def test_a_wrong_shape_is_refused_at_its_place(path, value, rule, place):
    faults = faults_in(changed(PATIENT, path, value))

    assert (rule, place) in [(fault.rule, fault.place) for fault in faults]


@pytest.mark.parametrize(("path", "value"), RIGHT, ids=lambda each: str(each)[:40])
def test_a_right_shape_is_taken(path, value):
    resource = changed(PATIENT, path, value)
    if path == "name.0.given":
        resource = changed(resource, "name.0._given", [SAID, None])

    assert [fault for fault in faults_in(resource) if fault.place != "Patient.managingOrganization"] == []


def test_what_is_required_may_be_said_to_be_unknown():
    observation = {"resourceType": "Observation", "_status": UNKNOWN, "code": {"text": "Weight"}}

    assert faults_in(observation) == []


def test_all_faults_are_told_at_once_and_each_once():
    faults = faults_in({"resourceType": "Task", "status": "new", "priority": "soon", "for": {"reference": 1}, "x": 1})

    assert sorted((fault.rule, fault.place) for fault in faults) == [
        ("binding", "Task.priority"),
        ("binding", "Task.status"),
        ("min", "Task.intent"),
        ("type", "Task.for.reference"),
        ("unknown", "Task.x"),
    ]


def test_no_fault_repeats_a_value():
    secret = "Ana-Luz-Sample"
    wrong = {"resourceType": secret, "status": secret, secret: secret, "for": {"reference": secret, "type": secret}}

    for kind in (secret, "Task", "Patient", "Observation"):
        assert secret not in str(faults_in({**wrong, "resourceType": kind}))


@pytest.mark.parametrize("kind", ["ValueSet", "Nothing", 5, None, [], {}])
def test_a_resource_of_another_type_is_not_supported(kind):
    (fault,) = faults_in({"resourceType": kind})

    assert (fault.code, fault.rule) == ("not-supported", "not-supported")


def test_what_is_nested_without_end_is_refused():
    extension = {"url": "https://example.org/x", "valueBoolean": True}
    for _ in range(500):
        extension = {"url": "https://example.org/x", "extension": [extension]}
    unknown = {"resourceType": "Basic", "code": {"text": "x"}, "contained": [{"resourceType": "Flag", **_nest(500)}]}

    assert [fault.rule for fault in faults_in({"resourceType": "Patient", "extension": [extension]})] == [
        "not-supported"
    ]
    assert "not-supported" in [fault.rule for fault in faults_in(unknown)]


def test_questions_that_are_nested_without_end_are_refused():
    item = {"linkId": "0", "type": "string"}
    for number in range(1, 500):
        item = {"linkId": str(number), "type": "group", "item": [item]}
    profile = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire"

    faults = faults_in({"resourceType": "Questionnaire", "status": "active", "item": [item]}, [profile])

    assert [fault.rule for fault in faults] == ["not-supported"]


def _nest(levels):
    found = {"x": 1}
    for _ in range(levels):
        found = {"x": found}
    return found


def test_a_resource_is_left_as_it_was():
    resource = changed(PATIENT, "active", True)

    faults_in(resource)

    assert resource == PATIENT
