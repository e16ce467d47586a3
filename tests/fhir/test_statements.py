"""How often one request asks the database, so that nothing is asked for again unseen."""

import orjson
import pytest

from cie.db import current
from tests.bench.measuring import Counter
from tests.fhir.place import make_reading_loop
from tests.fhir.readers import Reader
from tests.fhir.sending import referral
from tests.support.web import make_app

JSON = "application/fhir+json"


@pytest.fixture
def loop(database):
    return make_reading_loop()


@pytest.fixture
def clinic(loop, migrated):
    return Reader(make_app(migrated), loop.clinic)


@pytest.fixture
def pantry(loop, clinic):
    return Reader(clinic.app, loop.pantry)


def asked_by(call):
    """How many statements a call runs that answers well."""
    counter = Counter(current().engine)
    answer = call()
    counter.stop()
    assert answer.status_code in (200, 201), answer.get_json()
    return counter.count


def sent(clinic, loop):
    return clinic.call("POST", "", orjson.dumps(referral(loop)), Content_Type=JSON)


@pytest.fixture
def task(clinic, pantry, loop):
    """A task that waits for the pantry, as the pantry reads it."""
    assert clinic.token and pantry.token
    assert sent(clinic, loop).status_code == 200
    return pantry.get("/Task?status=requested").get_json()["entry"][0]["resource"]


def test_a_read_asks_for_token_audience_and_body_and_records_the_access(pantry, task):
    assert asked_by(lambda: pantry.get(f"/Task/{task['id']}")) <= 6


def test_a_search_looks_which_way_is_shorter_first(pantry, task):
    path = f"/Task?owner=Organization/{pantry.owner.id}&status=requested"

    assert asked_by(lambda: pantry.get(path)) <= 7


def test_an_update_asks_no_more_than_it_did(pantry, task):
    body = orjson.dumps({**task, "status": "accepted"})

    assert asked_by(lambda: pantry.call("PUT", f"/Task/{task['id']}", body, Content_Type=JSON)) <= 80


def test_a_transaction_of_request_and_task_asks_no_more_than_it_did(clinic, task, loop):
    assert asked_by(lambda: sent(clinic, loop)) <= 103
