"""What no program in good order sends: it is refused as what it is, by the field that is wrong, and costs little."""

import time

import orjson
import pytest

from cie import screening
from cie.access import SYSTEM
from cie.db import reading, transaction
from tests.factories import NOON

MOST_SECONDS = 20
"""Of the processor, for one refusal: a third of a second is usual, and what grows with the square takes minutes."""
DEEP = b'{"a":' * 2000 + b"1" + b"}" * 2000
DEEPER_THAN_WE_WRITE = b'{"a":' * 300 + b"1" + b"}" * 300


@pytest.fixture
def paths(place):
    """The addresses that take the bodies below, by the name of the list in them."""
    with transaction() as session:
        screening.import_shipped(session, SYSTEM, at=NOON)
    return {"answers": f"/people/{place.loop.person.id}/screenings", "items": "/batch"}


def post(place, path, raw):
    token = place.clinic.token
    begun = time.process_time()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = place.app.test_client().post(f"/api/v1{path}", data=raw, headers=headers)
    assert time.process_time() - begun < MOST_SECONDS
    assert answer.content_type == "application/problem+json"
    return answer


def fields_of(answer):
    return [each["field"] for each in answer.get_json()["errors"]]


@pytest.mark.parametrize("name", ["answers", "items"])
class TestBodies:
    def test_ten_megabytes_are_not_read(self, place, paths, name):
        raw = orjson.dumps({name: "x" * 10_000_000})

        answer = post(place, paths[name], raw)

        assert (answer.status_code, answer.get_json()["detail"]) == (400, "This is too large. Send at most 1 MB")

    def test_what_is_nested_too_deep_is_not_read(self, place, paths, name):
        for raw in (DEEP, b"[" * 2000, b"[" * 500_000):
            assert post(place, paths[name], raw).status_code == 400

    @pytest.mark.parametrize(
        "value",
        ["x" * 900_000, 7, True, None, {}, [7], [[]], [{}] * 300_000, ["x"] * 200_000],
        ids=lambda value: str(value)[:10],
    )
    def test_another_kind_of_value_is_named(self, place, paths, name, value):
        answer = post(place, paths[name], orjson.dumps({name: value}))

        assert answer.status_code == 422
        assert any(field.startswith(name) for field in fields_of(answer))

    def test_unknown_fields_are_named_and_not_without_end(self, place, paths, name):
        few = post(place, paths[name], orjson.dumps({"colour": 1, name: []}))
        many = post(place, paths[name], orjson.dumps({f"f{number}": 1 for number in range(80_000)}))

        assert {"colour", name} <= set(fields_of(few))
        assert (many.status_code, len(fields_of(many))) == (422, 100)


@pytest.mark.parametrize(
    ("path", "name"),
    [("/people", "contacts"), ("/people/match", "phones"), ("/referrals", "service_ids"), ("/webhooks", "changes")],
)
def test_a_list_is_counted_before_it_is_read(place, path, name):
    answer = post(place, path, orjson.dumps({name: [{}] * 300_000}))

    assert answer.status_code == 422
    assert [field for field in fields_of(answer) if field.startswith(name)] == [name]


class TestScreening:
    @pytest.mark.parametrize(
        ("answer", "field"),
        [
            ({"link_id": "x" * 900_000}, "answers.0.link_id"),
            ({"link_id": "/88122-7", "codes": ["x"] * 200_000}, "answers.0.codes"),
            ({"link_id": "/88122-7", "codes": ["x" * 900_000]}, "answers.0.codes.0"),
            ({"link_id": "/88122-7", "codes": {"a": 1}}, "answers.0.codes"),
            ({"link_id": "/88122-7", "declined": "perhaps"}, "answers.0.declined"),
            ({"link_id": ["/88122-7"]}, "answers.0.link_id"),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_an_answer_that_cannot_be_one_is_named(self, place, paths, answer, field):
        with reading() as session:
            tool = str(screening.instruments(session)[0].id)

        refused = post(place, paths["answers"], orjson.dumps({"instrument_id": tool, "answers": [answer]}))

        assert (refused.status_code, fields_of(refused)) == (422, [field])


class TestBatch:
    def test_a_body_that_is_nested_too_deep_for_us_is_named(self, place, paths):
        raw = b'{"items": [{"method": "POST", "path": "/api/v1/people", "body": %s}]}' % DEEPER_THAN_WE_WRITE

        answer = post(place, paths["items"], raw)

        assert (answer.status_code, fields_of(answer)) == (422, ["items.0.body"])

    def test_a_long_address_is_named(self, place, paths):
        raw = orjson.dumps({"items": [{"method": "GET", "path": "/api/v1" + "/a" * 400_000}]})

        answer = post(place, paths["items"], raw)

        assert (answer.status_code, fields_of(answer)) == (422, ["items.0.path"])
