"""`Patient/$match`: who may be on file, how sure that is, and nobody of another organization."""

from uuid import UUID

import orjson
import pytest

from tests.fhir.place import make_reading_loop
from tests.fhir.readers import Reader, accesses
from tests.fhir.sending import patient
from tests.support.web import make_app


@pytest.fixture
def loop(database):
    return make_reading_loop()


@pytest.fixture
def clinic(loop, migrated):
    return Reader(make_app(migrated), loop.clinic)


@pytest.fixture
def tamarind(clinic):
    """The id of somebody on file."""
    body = orjson.dumps(patient())
    return clinic.call("POST", "/Patient", body, Content_Type="application/fhir+json").get_json()["id"]


def match(reader, resource, **more):
    given = [{"name": "resource", "resource": resource}]
    given += [{"name": name, **value} for name, value in more.items()]
    body = orjson.dumps({"resourceType": "Parameters", "parameter": given})
    return reader.call("POST", "/Patient/$match", body, Content_Type="application/fhir+json")


def test_somebody_on_file_is_found_with_how_sure_that_is(clinic, tamarind):
    answer = match(clinic, patient())

    (entry,) = answer.get_json()["entry"]
    assert entry["resource"]["id"] == tamarind
    assert entry["search"]["extension"][0]["valueCode"] in ("certain", "probable")
    assert 0 < entry["search"]["score"] <= 1
    assert {UUID(tamarind)} in [shown for _door, shown in accesses()]


def test_nobody_alike_is_an_empty_answer(clinic):
    other = {**patient(), "name": [{"family": "Unheard", "given": ["Of"]}], "birthDate": "1950-01-02"}

    answer = match(clinic, other)

    assert (answer.status_code, answer.get_json()["total"]) == (200, 0)


def test_only_certain_matches_when_these_are_asked_for(clinic, tamarind):
    guess = {name: value for name, value in patient().items() if name not in ("birthDate", "address")}

    answer = match(clinic, guess, onlyCertainMatches={"valueBoolean": True})

    assert answer.get_json()["total"] == 0


def test_people_of_another_organization_are_not_found(clinic, loop, tamarind):
    pantry = Reader(clinic.app, loop.pantry)

    assert match(pantry, patient()).get_json()["total"] == 0


@pytest.mark.parametrize("resource", [None, {"resourceType": "Goal"}])
def test_without_a_patient_it_is_refused(clinic, resource):
    assert match(clinic, resource).status_code == 400
