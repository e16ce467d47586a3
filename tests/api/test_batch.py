"""Many requests in one: each as if it had come alone, in their order, and none with more than its token opens."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from cie import identity
from cie.api import batch
from cie.db import reading, transaction
from cie.events import AuditEntry
from cie.identity import AccessToken
from tests.api.place import System
from tests.api.test_people import NEW, people_on_file
from tests.api.test_referrals import loops, request, sent


def item(method, path, body=None, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"method": method, "path": f"/api/v1{path}", "headers": named, **({} if body is None else {"body": body})}


def carried_out(system, *items):
    answer = system.post("/batch", {"items": list(items)})
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()["results"]


class TestItems:
    def test_each_is_answered_as_it_would_be_alone_and_in_its_order(self, place):
        referral = sent(place)
        paths = ["/me", f"/referrals/{referral['id']}", f"/referrals/{uuid4()}", "/nothing", "/referrals?limit=0"]

        results = carried_out(place.clinic, *(item("GET", path) for path in paths))

        alone = [place.clinic.get(path) for path in paths]
        assert [each["status"] for each in results] == [200, 200, 404, 404, 422]
        assert [each["body"] for each in results] == [each.get_json() for each in alone]
        assert results[1]["headers"] == {"ETag": alone[1].headers["ETag"]}

    def test_what_one_makes_the_next_may_use(self, place):
        person = place.clinic.post("/people", NEW).get_json()
        path = f"/people/{person['id']}"

        results = carried_out(
            place.clinic,
            item("POST", f"{path}/needs", {"need_code": "food"}),
            item("GET", f"{path}/needs"),
            item("PATCH", path, {"zip": "93701"}, If_Match='"1"'),
            item("PATCH", path, {"zip": "93702"}, If_Match='"1"'),
        )

        assert [each["status"] for each in results] == [201, 200, 200, 412]
        assert results[1]["body"]["items"] == [results[0]["body"]]

    def test_one_that_fails_stops_no_other_and_undoes_nothing(self, place):
        before = people_on_file()

        results = carried_out(
            place.clinic,
            item("POST", "/people", NEW),
            item("POST", "/people", {"given_name": "", "zip": "none"}),
            item("POST", "/people", {**NEW, "identifiers": [], "is_new": True}),
        )

        assert [each["status"] for each in results] == [201, 422, 201]
        assert people_on_file() == before + 2

    def test_an_answer_without_a_body_has_none(self, place):
        hook = place.clinic.post("/webhooks", {"url": "http://127.0.0.1:9/"}).get_json()

        (result,) = carried_out(place.clinic, item("DELETE", f"/webhooks/{hook['id']}"))

        assert result == {"status": 204, "headers": {}, "body": None}


class TestTwice:
    def test_a_batch_that_is_sent_again_does_each_once(self, place):
        items = [item("POST", "/referrals", request(place), Idempotency_Key=f"r-{number}") for number in range(3)]

        first, again = carried_out(place.clinic, *items), carried_out(place.clinic, *items)

        assert first == again
        assert loops() == 3

    def test_what_went_in_a_batch_may_come_again_alone(self, place):
        (result,) = carried_out(place.clinic, item("POST", "/referrals", request(place), Idempotency_Key="r-1"))

        alone = place.clinic.post("/referrals", request(place), Idempotency_Key="r-1")

        assert (alone.status_code, alone.get_json()["id"]) == (201, result["body"]["id"])

    def test_a_key_counts_within_its_own_item(self, place):
        items = [item("POST", "/referrals", request(place), Idempotency_Key="r-1")] * 2

        results = carried_out(place.clinic, *items)

        assert results[0] == results[1]
        assert loops() == 1


class TestToken:
    def test_each_needs_the_scope_that_it_needs_alone(self, place):
        narrow = System(place.app, place.loop.clinic, scopes=("api/people.read",))

        results = carried_out(narrow, item("POST", "/people", NEW), item("GET", f"/people/{place.loop.person.id}"))

        assert [each["status"] for each in results] == [403, 200]
        assert results[0]["body"]["type"] == "/api/docs#scope"

    def test_another_organization_gets_what_it_gets_for_nothing(self, place):
        ids = (place.loop.person.id, uuid4())

        theirs, nothing = carried_out(place.pantry, *(item("GET", f"/people/{each}") for each in ids))

        assert theirs["status"] == 404
        assert theirs == nothing

    def test_one_that_was_ended_opens_no_batch(self, place):
        assert place.clinic.get("/me").status_code == 200
        with transaction() as session:
            newest = select(AccessToken).order_by(AccessToken.id.desc())
            identity.revoke_token(session, place.clinic.client, session.exec(newest).first().id, at=datetime.now(UTC))

        assert place.clinic.post("/batch", {"items": [item("GET", "/me")]}).status_code == 401

    def test_without_one_nothing_is_done(self, place):
        answer = place.app.test_client().post("/api/v1/batch", json={"items": [item("POST", "/people", NEW)]})

        assert answer.status_code == 401

    def test_what_is_shown_is_recorded_for_each(self, place):
        people = [place.loop.person.id, place.clinic.post("/people", NEW).get_json()["id"]]
        before = looks()

        carried_out(place.clinic, *(item("GET", f"/people/{each}") for each in people))

        assert looks() == before + 2


def looks():
    with reading() as session:
        return len(session.exec(select(AuditEntry).where(AuditEntry.action == "seen")).all())


class TestShape:
    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"method": "HEAD"}, "items.1.method"),
            ({"path": "/people"}, "items.1.path"),
            ({"path": "https://else.example.org/api/v1/me"}, "items.1.path"),
            ({"path": "/api/v1/batch"}, "items.1.path"),
            ({"path": "/api/v1/batch?x=1"}, "items.1.path"),
            ({"path": "/api/v1//batch"}, "items.1.path"),
            ({"path": "/api/v1/../../settings"}, "items.1.path"),
            ({"path": "/api/v1/%62atch"}, "items.1.path"),
            ({"path": "/api/v1/openapi.json"}, "items.1.path"),
            ({"path": f"/api/v1/exports/{UUID(int=1)}/files/people.ndjson"}, "items.1.path"),
            ({"path": "/api/v1/me\nHost: x"}, "items.1.path"),
            ({"path": "/api/v1/me?" + "x" * 2000}, "items.1.path"),
            ({"body": []}, "items.1.body"),
            ({"body": "text"}, "items.1.body"),
            ({"headers": {"Authorization": "Bearer x"}}, "items.1.headers.Authorization"),
            ({"headers": {"If-Match": "a\nb"}}, "items.1.headers.If-Match"),
            ({"id": 1}, "items.1.id"),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_a_batch_that_is_written_wrongly_does_nothing(self, place, wrong, field):
        before = people_on_file()
        items = [item("POST", "/people", NEW), {**item("GET", "/me"), **wrong}]

        answer = place.clinic.post("/batch", {"items": items})

        assert (answer.status_code, people_on_file()) == (422, before)
        assert [each["field"] for each in answer.get_json()["errors"]] == [field]

    @pytest.mark.parametrize("items", [[], [{}] * 101, "all", None])
    def test_it_holds_1_to_100(self, place, items):
        answer = place.clinic.post("/batch", {"items": items})

        assert answer.status_code == 422
        assert [each["field"] for each in answer.get_json()["errors"]] == ["items"]

    def test_a_hundred_are_carried_out(self, place):
        results = carried_out(place.clinic, *[item("GET", "/me")] * 100)

        assert [each["status"] for each in results] == [200] * 100


class TestTime:
    def test_what_was_not_begun_in_time_was_not_done_and_may_be_sent_again(self, place, monkeypatch):
        monkeypatch.setattr(batch, "LONGEST_SECONDS", 0)
        before = people_on_file()

        (result,) = carried_out(place.clinic, item("POST", "/people", NEW))

        assert (result["status"], people_on_file()) == (503, before)
        assert result["headers"]["Retry-After"]
