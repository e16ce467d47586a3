"""What the page for programs says of FHIR is true: its messages are sent as they stand there."""

import orjson
import pytest

from tests.api.test_docs import programs_of
from tests.fhir.place import make_reading_loop, own_by
from tests.fhir.readers import Reader
from tests.fhir.sending import patient
from tests.support.web import make_app

JSON = "application/fhir+json"


@pytest.fixture
def loop(database):
    return make_reading_loop()


@pytest.fixture
def clinic(loop, migrated):
    return Reader(make_app(migrated), loop.clinic)


@pytest.fixture
def programs(clinic):
    return programs_of(clinic.app.test_client().get("/api/docs").get_data(as_text=True))


def post(reader, path, body):
    return reader.call("POST", path, body.encode(), Content_Type=JSON)


def test_a_person_is_looked_for_as_it_says(clinic, programs):
    known = patient(name=[{"family": "Thorn", "given": ["Bracken"]}], birthDate="1988-02-17")
    made = clinic.call("POST", "/Patient", orjson.dumps(known), Content_Type=JSON).get_json()
    first, _, body = programs["Find the person over FHIR"].partition("\n")
    method, path = first.split()

    answer = post(clinic, path.removeprefix("/fhir"), body)

    assert method == "POST"
    assert [entry["resource"]["id"] for entry in answer.get_json()["entry"]] == [made["id"]]


def test_a_referral_goes_out_as_it_says(loop, clinic, programs):
    names = {"PERSON": loop.person.id, "YOURS": loop.clinic.id, "SERVICE": loop.service.id}
    body = programs["A referral over FHIR"]
    for name, id in names.items():
        body = body.replace(f"/{name}", f"/{id}")

    answer = post(clinic, "", body)

    assert answer.status_code == 200, answer.get_json()
    (task,) = [each for key, each in own_by(loop.pantry).items() if key.startswith("Task/")]
    assert task["status"] == "requested"
