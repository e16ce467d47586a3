"""What a resource says where a search parameter looks, and what fits it."""

import pytest

from cie.conformance.elements import NOBODY, asked_for, at, fits, nonsense, values_of
from cie.conformance.platform import KINDS
from cie.conformance.specimens import SPECIMENS

PARTS = {"patient": "Patient/1", "organization": "Organization/2", "response": "QuestionnaireResponse/3"}


def search(resource_type, name):
    return next(each for each in KINDS[resource_type].searches if each.name == name)


def made(resource_type):
    return {**SPECIMENS[resource_type](PARTS), "id": "7"}


@pytest.mark.parametrize(
    ("resource_type", "name", "value"),
    [
        ("Observation", "patient", "Patient/1"),
        ("Observation", "status", "final"),
        ("Observation", "code", "http://loinc.org|88122-7"),
        ("Observation", "code-value-concept", "http://loinc.org|88122-7$http://loinc.org|LA28397-0"),
        ("Observation", "derived-from", "QuestionnaireResponse/3"),
        ("Observation", "date", "2026-01-15T17:00:00Z"),
        ("Goal", "target-date", "2026-12-31"),
        ("Questionnaire", "code", "http://loinc.org|88122-7"),
        ("Questionnaire", "title", "Hunger, as a suite asks"),
        ("Questionnaire", "identifier", "urn:x-sdohcc-suite|hunger"),
        ("Group", "member", "Patient/1"),
        ("Patient", "_id", "7"),
    ],
)
def test_a_value_is_read_where_the_parameter_looks(resource_type, name, value):
    assert values_of(made(resource_type), search(resource_type, name))[0] == value


@pytest.mark.parametrize("resource_type", SPECIMENS)
def test_a_resource_fits_its_own_values_and_no_other(resource_type):
    for each in KINDS[resource_type].searches:
        for value in values_of(made(resource_type), each):
            assert fits(made(resource_type), each, value)
        if each.kind not in ("date", "string"):
            assert not fits(made(resource_type), each, nonsense(each, "Patient/1"))


def test_a_characteristic_is_found_by_its_own_value_alone():
    pairs = values_of(made("Group"), search("Group", "characteristic-value"))

    assert len(pairs) == 1 and pairs[0].endswith("|food-insecurity")


def test_an_address_of_a_version_is_that_of_the_resource():
    resource = {"subject": {"reference": "http://one.example/fhir/Patient/5/_history/2"}}

    assert values_of(resource, search("Goal", "patient")) == ["Patient/5"]


def test_a_reference_in_the_same_document_cannot_be_searched_for():
    assert values_of({"subject": {"reference": "#p"}}, search("Goal", "patient")) == []


def test_moments_are_asked_for_whole_since_a_day_begins_elsewhere_at_another_hour():
    assert asked_for("2026-01-15T17:00:00Z", "date") == "ge2026-01-15T17:00:00Z"
    assert fits({"authored": "2026-02-01T00:00:00+02:00"}, search("QuestionnaireResponse", "authored"), "2026-01-15")
    assert not fits({"authored": "2025"}, search("QuestionnaireResponse", "authored"), "2026-01-15")


def test_commas_are_no_lists():
    assert asked_for("one, two", "string") == r"one\, two"


def test_lists_are_laid_flat():
    assert at({"a": [{"b": [1, 2]}, {"b": 3}, {"c": 4}]}, "a.b") == [1, 2, 3]


def test_nobody_is_of_the_type_that_was_seen():
    assert nonsense(search("Task", "owner"), "Organization/2") == f"Organization/{NOBODY}"
