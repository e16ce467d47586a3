"""Sending over HTTP: status, headers, formats, repeats, conditions, transactions and batches."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select

from cie.db import reading
from cie.fhir.formats import write_xml
from cie.fhir.receiving.people import NEW_PERSON
from cie.people import Person
from cie.referrals import Referral
from tests.fhir.place import read_by
from tests.fhir.readers import Reader, accesses, faults
from tests.fhir.sending import SDOHCC, TEMPORARY, bundle, coded, entry, patient, referral, service_request

CAPACITY = "SDOHCC-ExtensionHealthcareServiceCapacityStatus"
JSON, XML = "application/fhir+json", "application/fhir+xml"
AT_ONCE = 6


def send(reader, method, path, resource, **headers):
    body = resource if isinstance(resource, bytes) else orjson.dumps(resource)
    return reader.call(method, path, body, **{"Content_Type": JSON, **headers})


def count(model):
    with reading() as session:
        return len(session.execute(select(model)).scalars().all())


class TestCreate:
    def test_it_tells_where_it_is_and_what_it_became(self, clinic):
        answer = send(clinic, "POST", "/Patient", patient())

        made = answer.get_json()
        assert answer.status_code == 201, made
        assert answer.headers["Location"].endswith(f"/fhir/Patient/{made['id']}/_history/1")
        assert answer.headers["ETag"] == 'W/"1"'
        assert clinic.get(f"/Patient/{made['id']}").get_json() == made

    def test_as_little_as_the_caller_prefers(self, clinic):
        answer = send(clinic, "POST", "/Patient", patient(), Prefer="return=minimal")

        assert (answer.status_code, answer.get_data()) == (201, b"")
        assert "Location" in answer.headers

    def test_in_xml(self, clinic):
        answer = send(clinic, "POST", "/Patient", write_xml(patient()), Content_Type=XML, Accept=XML)

        assert answer.status_code == 201
        assert answer.content_type == XML

    def test_a_condition_that_fits_makes_none(self, clinic):
        wanted = {"If_None_Exist": "identifier=http://clinic.example/mrn|MR990017"}
        first = send(clinic, "POST", "/Patient", patient(), **wanted)

        again = send(clinic, "POST", "/Patient", patient(), **wanted)

        assert (first.status_code, again.status_code) == (201, 200)
        assert again.get_json()["id"] == first.get_json()["id"]
        assert count(Person) == 2

    @pytest.mark.both_databases
    def test_of_many_at_once_with_one_condition_one_makes_it(self, clinic):
        wanted, together = {"If_None_Exist": "identifier=http://clinic.example/mrn|MR990017"}, Barrier(AT_ONCE)
        assert clinic.token
        new = patient(meta={"tag": [NEW_PERSON]})

        def ask(_number):
            together.wait()
            return send(clinic, "POST", "/Patient", new, **wanted)

        with ThreadPoolExecutor(AT_ONCE) as crowd:
            answers = list(crowd.map(ask, range(AT_ONCE)))

        assert sorted(answer.status_code for answer in answers) == [200] * (AT_ONCE - 1) + [201]
        assert len({answer.get_json()["id"] for answer in answers}) == 1

    def test_a_condition_that_fits_two_is_refused(self, clinic):
        answer = send(clinic, "POST", "/Patient", patient(), If_None_Exist="_lastUpdated=gt2000-01-01")
        assert answer.status_code == 200

        send(clinic, "POST", "/Patient", patient())
        answer = send(clinic, "POST", "/Patient", patient(), If_None_Exist="_lastUpdated=gt2000-01-01")

        assert answer.status_code == 412

    def test_what_the_profile_misses_is_named_all_at_once(self, clinic):
        wrong = patient(gender="?", name=[])

        answer = send(clinic, "POST", "/Patient", wrong)

        assert answer.status_code == 422
        assert {place for _code, place in faults(answer)} >= {"Patient.gender", "Patient.name"}
        assert count(Person) == 1

    @pytest.mark.parametrize(
        ("wrong", "place"),
        [
            ({"code": {"coding": [{"system": "http://example.org/own", "code": "food"}]}}, "ServiceRequest.code"),
            ({"category": [{"text": "Food"}], "orderDetail": [{}]}, "ServiceRequest.orderDetail[0]"),
        ],
    )
    def test_what_is_told_by_a_profile_holds_to_it_whether_it_claims_it_or_not(self, clinic, loop, wrong, place):
        asked = {**service_request(f"Patient/{loop.person.id}", status="draft"), **wrong}
        del asked["meta"]

        answer = send(clinic, "POST", "/ServiceRequest", asked)

        assert answer.status_code == 422
        assert place in {each for _code, each in faults(answer)}

    def test_what_the_exchange_supplies_need_not_be_sent(self, clinic, loop):
        asked = service_request(f"Patient/{loop.person.id}", status="draft")
        del asked["code"], asked["meta"]

        assert send(clinic, "POST", "/ServiceRequest", asked).status_code == 201

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"{", 400),
            (b'{"resourceType": "Goal"}', 400),
            (b'{"resourceType": "Patient", "resourceType": "Patient"}', 400),
            (b"[]", 400),
        ],
    )
    def test_what_cannot_be_read_is_refused(self, clinic, body, status):
        answer = send(clinic, "POST", "/Patient", body)

        assert answer.status_code == status
        assert answer.get_json()["resourceType"] == "OperationOutcome"

    def test_another_media_type_is_refused(self, clinic):
        assert send(clinic, "POST", "/Patient", patient(), Content_Type="text/plain").status_code == 415

    def test_a_type_that_is_not_taken_is_refused(self, clinic):
        assert send(clinic, "POST", "/AuditEvent", {"resourceType": "AuditEvent"}).status_code in (404, 405)

    def test_without_the_scope_nothing_is_made(self, loop, clinic):
        reads = Reader(clinic.app, loop.clinic, scopes=("system/Patient.rs",))

        answer = send(reads, "POST", "/Patient", patient())

        assert answer.status_code == 403
        assert "system/Patient.c" in answer.headers["WWW-Authenticate"]


class TestRepeats:
    def test_one_key_is_one_effect(self, clinic, loop):
        first = send(clinic, "POST", "", referral(loop), Idempotency_Key="once")
        again = send(clinic, "POST", "", referral(loop), Idempotency_Key="once")

        assert (first.status_code, again.status_code) == (200, 200), first.get_json()
        places = [[e["response"]["location"] for e in each.get_json()["entry"]] for each in (first, again)]
        assert places[0] == places[1]
        assert count(Referral) == 1

    def test_one_key_for_another_body_is_refused(self, clinic):
        send(clinic, "POST", "/Patient", patient(), Idempotency_Key="once")

        answer = send(clinic, "POST", "/Patient", patient(birthDate="1990-01-01"), Idempotency_Key="once")

        assert answer.status_code == 422


class TestTransactions:
    def test_each_entry_says_what_became_of_it(self, clinic, loop):
        answer = send(clinic, "POST", "", referral(loop), Prefer="return=representation")

        told = answer.get_json()
        assert (answer.status_code, told["type"]) == (200, "transaction-response")
        assert [each["response"]["status"] for each in told["entry"]] == ["201 Created"] * 2
        assert told["entry"][1]["resource"]["status"] == "requested"

    def test_one_wrong_entry_undoes_all(self, clinic, loop):
        made = referral(loop)
        made["entry"][1]["resource"]["status"] = "received"

        answer = send(clinic, "POST", "", made)

        assert answer.status_code == 422
        assert faults(answer)[0][1].startswith("Bundle.entry[1].resource")
        assert count(Referral) == 0

    def test_of_a_batch_each_entry_counts_by_itself(self, clinic, loop):
        wrong = service_request(f"Patient/{loop.person.id}", status="active")

        answer = send(clinic, "POST", "", bundle(entry(wrong, "sr"), entry(patient(), "p"), type="batch"))

        told = [each["response"] for each in answer.get_json()["entry"]]
        assert [each["status"] for each in told] == ["422 Unprocessable Entity", "201 Created"]
        assert told[0]["outcome"]["issue"][0]["code"] == "business-rule"

    def test_a_batch_reads_and_searches_as_well(self, clinic, loop):
        asked = [f"Patient/{loop.person.id}", "HealthcareService?active=true", "Patient/none", "Task?nonsense=1", ""]
        made = [{"request": {"method": "GET", "url": url}} for url in asked]

        answer = send(clinic, "POST", "", bundle(*made, type="batch"))

        told = answer.get_json()["entry"]
        assert [each["response"]["status"][:3] for each in told] == ["200", "200", "404", "400", "400"]
        assert told[0]["resource"]["id"] == str(loop.person.id)
        assert told[1]["resource"]["type"] == "searchset"
        assert told[2]["response"]["outcome"]["issue"][0]["code"] == "not-found"

    @pytest.mark.parametrize(
        "changed",
        [
            {"type": "history"},
            {"resourceType": "Parameters"},
            {"entry": [{"request": {"method": "DELETE"}}]},
            {"entry": None},
            {"entry": "2026"},
            {"entry": [None]},
            {"entry": [{"request": []}]},
            {"entry": [{"resource": [], "request": {"method": "POST", "url": "Patient"}}]},
            {"entry": [{"fullUrl": 1, "request": {"method": "POST", "url": ["Patient"]}}]},
        ],
        ids=str,
    )
    def test_other_bundles_are_refused(self, clinic, changed):
        assert send(clinic, "POST", "", {**bundle(), **changed}).status_code in (400, 422)


class TestUpdate:
    def test_the_answer_of_the_one_asked_reaches_the_sender(self, clinic, pantry, loop):
        send(clinic, "POST", "", referral(loop))
        (task,) = [entry["resource"] for entry in pantry.get("/Task?status=requested").get_json()["entry"]]

        answer = send(pantry, "PUT", f"/Task/{task['id']}", {**task, "status": "accepted"}, If_Match='W/"1"')

        assert (answer.status_code, answer.get_json()["status"]) == (200, "accepted")
        assert clinic.ids("/Task?status=accepted") == [task["id"]]

    def test_whom_the_answer_to_the_sender_of_a_task_shows_is_recorded(self, clinic, pantry, loop):
        send(clinic, "POST", "", referral(loop))
        (task,) = [body for key, body in read_by(loop.clinic).items() if key.startswith("Task/")]
        for prefers, shown in (("return=minimal", []), ("return=representation", [("fhir", {loop.person.id})])):
            before = accesses()

            answer = send(clinic, "PUT", f"/Task/{task['id']}", task, Prefer=prefers)

            assert answer.status_code == 200, answer.get_json()
            assert accesses()[len(before) :] == shown

    def test_whom_the_answer_shows_is_recorded_once(self, clinic):
        made = send(clinic, "POST", "/Patient", patient()).get_json()
        before = accesses()

        send(clinic, "PUT", f"/Patient/{made['id']}", {**made, "birthDate": "1984-05-10"})

        assert accesses() == [*before, ("fhir", {UUID(made["id"])})]

    def test_an_older_version_is_refused(self, clinic):
        made = send(clinic, "POST", "/Patient", patient()).get_json()
        send(clinic, "PUT", f"/Patient/{made['id']}", {**made, "birthDate": "1984-05-10"}, If_Match='W/"1"')

        answer = send(clinic, "PUT", f"/Patient/{made['id']}", made, If_Match='W/"1"')

        assert answer.status_code == 412

    def test_somebody_elses_answers_like_nobodys(self, clinic, pantry):
        made = send(clinic, "POST", "/Patient", patient()).get_json()

        theirs = send(pantry, "PUT", f"/Patient/{made['id']}", made)
        nobodys = send(pantry, "PUT", "/Patient/01a21b9e-c037-72fc-9391-649d8235db61", {**made, "id": "x"})

        assert (theirs.status_code, theirs.get_data()) == (nobodys.status_code, nobodys.get_data())
        assert theirs.status_code == 404

    def test_a_wrong_step_answers_with_the_rule(self, clinic, pantry, loop):
        send(clinic, "POST", "", referral(loop))
        (task,) = [body for key, body in read_by(loop.pantry).items() if key.startswith("Task/")]

        answer = send(pantry, "PUT", f"/Task/{task['id']}", {**task, "status": "in-progress"})

        assert answer.status_code == 422
        (issue,) = answer.get_json()["issue"]
        assert (issue["code"], issue["expression"]) == ("business-rule", ["Task.status"])
        assert issue["details"]["text"].endswith("From requested it goes to: accepted, rejected, cancelled")


class TestServices:
    @pytest.fixture
    def service(self, pantry, loop):
        return pantry.get(f"/HealthcareService/{loop.service.id}").get_json()

    def said(self, service, code, note=None):
        """The service with another word for its room."""
        parts = [{"url": "capacityStatus", "valueCodeableConcept": coded(TEMPORARY, code)}]
        parts += [{"url": "capacityNotes", "valueString": note}] if note else []
        return {**service, "extension": [{"url": f"{SDOHCC}{CAPACITY}", "extension": parts}]}

    def test_an_organization_says_how_much_room_its_service_has(self, clinic, pantry, service):
        said = self.said(service, "waitlist", "About two weeks")

        answer = send(pantry, "PUT", f"/HealthcareService/{service['id']}", said, If_Match='W/"1"')

        assert answer.status_code == 200, answer.get_json()
        (room,) = clinic.get(f"/HealthcareService/{service['id']}").get_json()["extension"]
        assert room["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "waitlist"
        assert room["extension"][1]["valueString"].endswith("About two weeks")

    def test_it_corrects_its_words(self, clinic, pantry, service):
        send(pantry, "PUT", f"/HealthcareService/{service['id']}", {**service, "name": "Food box, Mondays"})

        assert clinic.get(f"/HealthcareService/{service['id']}").get_json()["name"] == "Food box, Mondays"

    def test_nobody_else_does(self, clinic, pantry, service):
        answer = send(clinic, "PUT", f"/HealthcareService/{service['id']}", self.said(service, "no-capacity"))

        assert answer.status_code == 404
        assert pantry.get(f"/HealthcareService/{service['id']}").get_json() == service

    def test_it_is_not_closed_that_way(self, pantry, service):
        answer = send(pantry, "PUT", f"/HealthcareService/{service['id']}", {**service, "active": False})

        assert answer.status_code == 422
