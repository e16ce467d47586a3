"""What the index keeps of a resource: bounded, and no words about anybody."""

from uuid import UUID, uuid4

import pytest

from cie.fhir.searching.indexing import LONGEST, MOST_VALUES, values_of
from cie.fhir.searching.parameters import NEVER_SEARCHED, OF_PEOPLE, PARAMETERS, Kind
from tests.fhir.searching.shelf import concept, reference

PERSONAL = "Quist"
SOMEBODY = {
    "id": "p1",
    "name": [{"family": PERSONAL, "given": [PERSONAL], "text": PERSONAL}],
    "telecom": [{"system": "phone", "value": PERSONAL}],
    "address": [{"line": [PERSONAL], "city": PERSONAL, "postalCode": PERSONAL}],
    "birthDate": "1984-05-09",
    "identifier": [{"system": f"http://{PERSONAL}.example", "value": PERSONAL}],
    "text": {"div": PERSONAL},
    "code": {"text": PERSONAL},
    "description": PERSONAL,
    "note": [{"text": PERSONAL}],
    "for": {"display": PERSONAL, "identifier": {"value": PERSONAL}},
    "subject": {"display": PERSONAL, "identifier": {"value": PERSONAL}},
}


@pytest.fixture(autouse=True)
def keys(session):
    """The keys of a database."""


@pytest.mark.parametrize(
    "resource_type", sorted(set(PARAMETERS) - {"HealthcareService", "Organization", "Questionnaire"})
)
def test_no_words_about_anybody(resource_type):
    values = values_of({"resourceType": resource_type, **SOMEBODY, "alias": [PERSONAL]}, uuid4())

    assert PERSONAL.casefold() not in str(values).casefold() and "1984" not in str(values)


@pytest.mark.parametrize("resource_type", sorted(OF_PEOPLE))
def test_nobody_has_a_parameter_of_words(resource_type):
    parameters = PARAMETERS[resource_type].values()

    assert not NEVER_SEARCHED & {each.name for each in parameters}
    assert {each.kind for each in parameters} <= {Kind.TOKEN, Kind.REFERENCE}
    assert all(each.sealed for each in parameters if each.name == "identifier")


def test_a_place_is_found_by_words_in_the_directory_alone():
    place = {"resourceType": "Location", "name": "Tule Hall", "address": {"postalCode": "93702"}}

    assert [value.value for value in values_of(place, UUID(int=0))] == ["tule hall", "93702"]
    assert values_of(place, uuid4()) == []


def test_one_identifier_has_another_key_with_each_audience():
    patient = {"resourceType": "Patient", "identifier": [{"value": "77"}]}

    assert values_of(patient, uuid4()) != values_of(patient, uuid4())


def test_long_values_and_many_are_bounded():
    many = [reference(f"Patient/{number}") for number in range(3 * MOST_VALUES)]
    group = {"resourceType": "Group", "member": [{"entity": each} for each in many], "characteristic": []}
    task = {"resourceType": "Task", "code": concept("s" * 1000 + "|" + "c" * 1000), "focus": reference("x" * 1000)}

    assert len(values_of(group, uuid4())) == MOST_VALUES
    assert all(max(len(value.system), len(value.value)) <= LONGEST for value in values_of(task, uuid4()))


def test_the_same_value_is_kept_once():
    condition = {
        "resourceType": "Condition",
        "code": concept("s|c", "s|c"),
        "category": [concept("s|c"), concept("s|c")],
    }

    assert len(values_of(condition, uuid4())) == 2


@pytest.mark.parametrize(
    "odd", [None, 7, "x", [], {}, [None], [[1]], {"coding": 7}, {"coding": ["x"]}, {"reference": 7}]
)
@pytest.mark.parametrize("resource_type", PARAMETERS)
def test_odd_elements_are_passed_over(resource_type, odd):
    names = {path.split(".")[0] for each in PARAMETERS[resource_type].values() for path in each.paths}

    values_of({"resourceType": resource_type, **dict.fromkeys(names, odd)}, uuid4())
