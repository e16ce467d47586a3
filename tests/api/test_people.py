"""People by the API: match before create, read, correct, each thing once."""

from uuid import uuid4

import pytest
from sqlmodel import select

from cie.db import reading
from cie.events import AuditEntry, IdempotencyKey
from cie.people import Person
from tests.api.place import System

NEW = {
    "given_name": "Sage",
    "family_name": "Holloway",
    "birth_date": "1990-05-04",
    "zip": "93702",
    "contacts": [{"kind": "sms", "value": "559 555 0188"}],
    "identifiers": [{"namespace": "cin", "value": "91234567A"}],
}


def people_on_file():
    with reading() as session:
        return len(session.exec(select(Person)).all())


class TestCreate:
    def test_somebody_new_is_added_whole(self, place):
        answer = place.clinic.post("/people", NEW)

        body = answer.get_json()
        assert answer.status_code == 201, body
        assert (body["given_name"], body["birth_date"], body["zip"]) == ("Sage", "1990-05-04", "93702")
        assert body["contacts"][0]["value"] == "+15595550188"
        assert body["identifiers"] == [{"namespace": "cin", "value": "91234567A"}]
        assert answer.headers["ETag"].startswith('"1-')

    def test_one_who_is_alike_is_named_and_nobody_is_added(self, place):
        first = place.clinic.post("/people", NEW).get_json()
        before = people_on_file()

        again = place.clinic.post("/people", {**NEW, "identifiers": []})

        assert again.status_code == 409
        assert first["id"] in again.get_json()["detail"]
        assert people_on_file() == before

    def test_the_caller_may_say_that_it_is_somebody_else(self, place):
        place.clinic.post("/people", NEW)

        again = place.clinic.post("/people", {**NEW, "identifiers": [], "is_new": True})

        assert again.status_code == 201

    def test_with_the_same_key_it_happens_once(self, place):
        answers = [place.clinic.post("/people", NEW, Idempotency_Key="k-1") for _ in range(3)]

        assert [answer.status_code for answer in answers] == [201, 201, 201]
        assert len({answer.get_json()["id"] for answer in answers}) == 1
        with reading() as session:
            kept = session.exec(select(IdempotencyKey)).all()
        assert "Sage" not in str([row.model_dump() for row in kept])

    def test_the_same_key_with_another_body_is_refused(self, place):
        place.clinic.post("/people", NEW, Idempotency_Key="k-1")

        answer = place.clinic.post("/people", {**NEW, "given_name": "Reed"}, Idempotency_Key="k-1")

        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["field"] == "Idempotency-Key"

    def test_two_clients_may_use_the_same_key(self, place):
        first = place.clinic.post("/people", NEW, Idempotency_Key="k-1")
        second = place.pantry.post("/people", NEW, Idempotency_Key="k-1")

        assert first.get_json()["id"] != second.get_json()["id"]

    def test_every_fault_is_named_at_once(self, place):
        wrong = {"given_name": "", "zip": "10001", "household_size": 0, "birth_date": "1990-02-30"}
        answer = place.clinic.post("/people", {**wrong, "birth_date": "1990-02-28"})

        assert answer.status_code == 422
        assert {each["field"] for each in answer.get_json()["errors"]} == {"given_name", "zip", "household_size"}

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"given_name": 7}, "given_name"),
            ({"nickname": "x"}, "nickname"),
            ({"birth_date": "1990-02-30"}, "birth_date"),
            ({"household_size": "4"}, "household_size"),
            ({"contacts": [{"kind": "fax", "value": "1"}]}, "contacts.0.kind"),
            ({"contacts": [{"kind": "sms"}]}, "contacts.0.value"),
        ],
        ids=str,
    )
    def test_the_field_that_is_wrong_is_named(self, place, body, field):
        answer = place.clinic.post("/people", {"given_name": "Sage", **body})

        assert answer.status_code == 422
        assert [each["field"] for each in answer.get_json()["errors"]] == [field]


class TestMatch:
    def test_those_who_are_alike_come_with_reasons(self, place):
        person_id = place.clinic.post("/people", NEW).get_json()["id"]

        found = place.clinic.post(
            "/people/match", {"given_name": "Sage", "family_name": "Holloway", "birth_date": "1990-05-04"}
        )

        (match,) = found.get_json()["matches"]
        assert match["person_id"] == person_id
        assert match["reasons"]

    def test_nobody_of_another_organization_is_found(self, place):
        place.clinic.post("/people", NEW)

        found = place.pantry.post("/people/match", {"given_name": "Sage", "family_name": "Holloway"})

        assert found.get_json() == {"matches": []}


class TestRead:
    def test_the_fields_that_were_asked_for_come_with_the_id(self, place):
        person_id = place.clinic.post("/people", NEW).get_json()["id"]

        body = place.clinic.get(f"/people/{person_id}?fields=zip,language").get_json()

        assert body == {"id": person_id, "zip": "93702", "language": "en"}

    def test_a_field_that_there_is_not_is_named(self, place):
        person_id = place.clinic.post("/people", NEW).get_json()["id"]

        answer = place.clinic.get(f"/people/{person_id}?fields=zip,ssn")

        assert answer.status_code == 422
        assert "ssn" in answer.get_json()["errors"][0]["message"]

    @pytest.mark.parametrize("encoding", ["identity", "gzip"])
    def test_who_has_the_newest_version_is_told_so(self, place, encoding):
        person_id = place.clinic.post("/people", NEW).get_json()["id"]
        read = place.clinic.get(f"/people/{person_id}", Accept_Encoding=encoding)

        known = {"If_None_Match": read.headers["ETag"], "Accept_Encoding": encoding}
        answer = place.clinic.get(f"/people/{person_id}", **known)

        assert (read.status_code, answer.status_code, answer.get_data()) == (200, 304, b"")

    def test_that_it_was_read_is_recorded_with_the_client(self, place):
        person_id = place.clinic.post("/people", NEW).get_json()["id"]

        place.clinic.get(f"/people/{person_id}")

        with reading() as session:
            rows = session.exec(select(AuditEntry).where(AuditEntry.action == "seen")).all()
        assert {(row.actor_kind, row.actor_id, row.door) for row in rows} == {("client", place.clinic.client.id, "api")}

    def test_another_organization_gets_what_it_gets_for_nobody(self, place):
        person_id = place.clinic.post("/people", NEW).get_json()["id"]

        theirs, nobodys = place.pantry.get(f"/people/{person_id}"), place.pantry.get(f"/people/{uuid4()}")

        assert theirs.status_code == 404
        assert (theirs.get_data(), theirs.status_code) == (nobodys.get_data(), nobodys.status_code)


class TestCorrect:
    @pytest.mark.parametrize("encoding", ["identity", "gzip"])
    def test_a_correction_makes_the_next_version(self, place, encoding):
        person_id = place.clinic.post("/people", NEW).get_json()["id"]
        read = place.clinic.get(f"/people/{person_id}", Accept_Encoding=encoding)

        answer = place.clinic.patch(f"/people/{person_id}", {"given_name": "Sagebrush"}, If_Match=read.headers["ETag"])

        assert answer.status_code == 200
        assert answer.get_json()["given_name"] == "Sagebrush"
        assert answer.headers["ETag"].startswith('"2-')

    def test_an_older_version_changes_nothing(self, place):
        person_id = place.clinic.post("/people", NEW).get_json()["id"]
        place.clinic.patch(f"/people/{person_id}", {"given_name": "Sagebrush"}, If_Match='"1"')

        answer = place.clinic.patch(f"/people/{person_id}", {"given_name": "Reed"}, If_Match='"1"')

        assert answer.status_code == 412
        assert place.clinic.get(f"/people/{person_id}").get_json()["given_name"] == "Sagebrush"

    def test_without_a_version_it_is_refused(self, place):
        person_id = place.clinic.post("/people", NEW).get_json()["id"]

        assert place.clinic.patch(f"/people/{person_id}", {"given_name": "Reed"}).status_code == 428


class TestScope:
    def test_a_token_opens_what_it_was_given_for_alone(self, place):
        reader = System(place.app, place.loop.clinic, scopes=("api/people.read",))

        answer = reader.post("/people", NEW)

        assert answer.status_code == 403
        assert 'error="insufficient_scope", scope="api/people.write"' in answer.headers["WWW-Authenticate"]

    def test_a_token_for_fhir_does_not_open_the_api(self, place):
        reader = System(place.app, place.loop.clinic, scopes=("system/Patient.cruds",))

        assert reader.get(f"/people/{place.loop.person.id}").status_code == 403


class TestBody:
    @pytest.mark.parametrize(
        "raw",
        [b"", b"{", b"[]", b"null", b'"x"', b"[" * 100_000, b'{"given_name": "' + b"x" * 900_000 + b'"}', b"\xff"],
    )
    def test_what_cannot_be_read_is_refused_and_nobody_added(self, place, raw):
        before = people_on_file()

        answer = place.app.test_client().post(
            "/api/v1/people",
            data=raw,
            headers={"Authorization": f"Bearer {place.clinic.token}", "Content-Type": "application/json"},
        )

        assert answer.status_code in (400, 422)
        assert answer.content_type == "application/problem+json"
        assert people_on_file() == before

    def test_a_body_of_more_than_a_megabyte_is_not_read(self, place):
        answer = place.clinic.post("/people", {"given_name": "x" * 1_100_000})

        assert answer.status_code == 400
        assert answer.get_json()["detail"] == "This is too large. Send at most 1 MB"

    def test_another_kind_of_content_is_refused(self, place):
        answer = place.app.test_client().post(
            "/api/v1/people",
            data="given_name=Sage",
            headers={"Authorization": f"Bearer {place.clinic.token}", "Content-Type": "text/plain"},
        )

        assert answer.status_code == 400
