"""What a program sent and was refused is kept for its organization, and nothing else is."""

from base64 import b64decode
from datetime import timedelta
from hashlib import sha256

import orjson
import pytest
from sqlmodel import select

from cie import quarantine
from cie.access import Role
from cie.db import reading, transaction
from cie.db.encryption import OWN_LAYOUT
from cie.participants import ParticipantKind
from cie.quarantine import RefusedMessage, keeping
from tests.api.place import StaffApp
from tests.factories import make_participant, make_staff
from tests.fhir.place import make_all, read_by
from tests.fhir.readers import Reader
from tests.fhir.sending import bundle, entry, patient, service_request
from tests.support.scan import found_in, whole_database

JSON = "application/fhir+json"
NOBODY = "00000000-0000-4000-8000-000000000000"


def send(reader, method, path, resource, **headers):
    body = resource if isinstance(resource, bytes) else orjson.dumps(resource)
    return reader.call(method, path, body, **{"Content_Type": JSON, **headers})


def kept():
    with reading() as session:
        return session.exec(select(RefusedMessage).order_by(RefusedMessage.id)).all()


def note(reference, **changed):
    """A document about something, which is only kept."""
    about = {"url": "http://x.example/about", "valueReference": {"reference": reference}}
    return {"resourceType": "Basic", "code": {"text": "note"}, "extension": [about], **changed}


REFUSED = {
    "unreadable": ("POST", "/Patient", b'{"resourceType": "Patient", ', 400, "structure"),
    "of another type": ("POST", "/Patient", service_request("Patient/1"), 400, "invalid"),
    "not FHIR": ("POST", "/Patient", patient(birthDate="yesterday"), 422, "value"),
    "breaks its profile": ("POST", "/Patient", patient(name=[{"text": "Tamarind Quist"}]), 422, "invariant"),
    "not possible": ("POST", "/Patient", patient(birthDate="2190-01-01"), 422, "invalid"),
    "against a rule": ("POST", "/ServiceRequest", service_request(f"Patient/{NOBODY}"), 422, "business-rule"),
    "names what is not there": ("POST", "/Basic", note(f"Patient/{NOBODY}"), 422, "not-found"),
    "no frame": ("POST", "", bundle(type="document"), 400, "not-supported"),
    "a transaction": ("POST", "", bundle(entry(note(f"Patient/{NOBODY}"), "n")), 422, "not-found"),
    "an update": ("PUT", "/Basic?identifier=a|b", {"resourceType": "Basic"}, 422, "required"),
}


class TestKeeping:
    @pytest.mark.parametrize("what", REFUSED)
    def test_each_kind_of_refusal_is_kept_as_it_came(self, clinic, what):
        method, path, body, status, code = REFUSED[what]

        answer = send(clinic, method, path, body)

        (row,) = kept()
        assert (answer.status_code, answer.get_json()["issue"][0]["code"]) == (status, code), answer.text
        assert (row.organization_id, row.client_id) == (clinic.owner.id, clinic.client.id)
        assert (row.method, row.status, row.codes[0]) == (method, status, code)
        assert row.outcome == answer.get_json()
        assert (row.route, row.asked["path"]) == (f"/fhir{path.partition('?')[0]}", f"/fhir{path.partition('?')[0]}")
        assert b64decode(row.body) == (body if isinstance(body, bytes) else orjson.dumps(body))

    def test_who_may_not_is_told_so_and_nothing_is_kept(self, clinic):
        reads = Reader(clinic.app, clinic.owner, scopes=("system/*.rs",))

        answers = [
            send(reads, "POST", "/Basic", note(f"Patient/{NOBODY}")),
            clinic.app.test_client().post("/fhir/Patient", data=b"{", headers={"Content-Type": JSON}),
            send(clinic, "PUT", f"/Patient/{NOBODY}", patient(id=NOBODY)),
            send(clinic, "POST", "/Patient", b"{", Content_Type="text/plain"),
            clinic.get("/Patient?nonsense=1"),
            send(clinic, "POST", "/Patient", patient()),
        ]

        assert [answer.status_code for answer in answers] == [403, 401, 404, 415, 400, 201]
        assert kept() == []

    def test_staff_who_work_in_an_app_mend_it_themselves(self, clinic):
        with transaction() as session:
            user = make_staff(session, clinic.owner, Role.CASEWORKER)
        app = StaffApp(clinic.app, clinic.owner, scopes=("user/*.cruds",), user=user)

        answer = app.app.test_client().post(
            "/fhir/Patient", data=b"{", headers={"Authorization": f"Bearer {app.token}", "Content-Type": JSON}
        )

        assert (answer.status_code, kept()) == (400, [])

    def test_of_a_batch_only_the_entries_that_were_refused(self, clinic):
        entries = [entry(patient(), "p"), entry(note(f"Patient/{NOBODY}"), "n"), entry(patient(birthDate="x"), "q")]

        answer = send(clinic, "POST", "", bundle(*entries, type="batch"))

        assert [each["response"]["status"][:3] for each in answer.get_json()["entry"]] == ["201", "422", "422"]
        assert [(row.route, row.codes) for row in kept()] == [
            ("/fhir/Basic", ["not-found"]),
            ("/fhir/Patient", ["value"]),
        ]

    def test_nobody_else_has_anything_of_it(self, clinic, loop):
        pantry = Reader(clinic.app, loop.pantry)
        assert pantry.token
        before = read_by(loop.pantry), read_by(loop.clinic)

        send(clinic, "POST", "/Basic", note(f"Patient/{NOBODY}"))

        assert (read_by(loop.pantry), read_by(loop.clinic)) == before
        assert {row.organization_id for row in kept()} == {loop.clinic.id}


class TestBounds:
    def test_a_hundred_within_the_hour_and_the_oldest_stay(self, clinic, monkeypatch):
        monkeypatch.setattr(keeping, "KEPT_IN_WINDOW", 3)

        answers = [send(clinic, "POST", "/Patient", patient(birthDate=f"{number}")) for number in range(5)]

        assert {answer.status_code for answer in answers} == {422}
        assert [orjson.loads(b64decode(row.body))["birthDate"] for row in kept()] == ["0", "1", "2"]

    def test_so_many_bytes_of_one_program_and_the_other_has_its_own(self, clinic, monkeypatch):
        beside = Reader(clinic.app, clinic.owner)
        send(clinic, "POST", "/Patient", patient(birthDate="x"))
        monkeypatch.setattr(keeping, "MOST_BYTES", kept()[0].held_bytes + 100)

        send(clinic, "POST", "/Patient", patient(birthDate="y"))
        send(beside, "POST", "/Patient", patient(birthDate="z"))

        assert [row.client_id for row in kept()] == [clinic.client.id, beside.client.id]

    def test_of_a_large_one_the_size_and_the_hash(self, clinic, monkeypatch):
        body = orjson.dumps(patient(birthDate="x"))
        monkeypatch.setattr(keeping, "LARGEST_BODY_BYTES", len(body) - 1)

        send(clinic, "POST", "/Patient", body)

        (row,) = kept()
        assert (row.is_whole, row.byte_count, row.asked["sha256"]) == (False, len(body), sha256(body).hexdigest())

    def test_they_go_after_their_days(self, clinic):
        send(clinic, "POST", "/Patient", patient(birthDate="x"))
        (row,) = kept()

        with transaction() as session:
            quarantine.forget_old_messages(session, at=row.received_at + timedelta(days=30, seconds=-1))
        assert kept() == [row]
        with transaction() as session:
            quarantine.forget_old_messages(session, at=row.received_at + timedelta(days=30))

        assert kept() == []


class TestSealed:
    def test_what_was_sent_is_in_no_table_and_no_file(self, clinic):
        send(clinic, "POST", "/Patient", patient(birthDate="x"), If_None_Exist="identifier=http://clinic.example|QX-77")
        send(clinic, "PUT", "/Patient?identifier=http://clinic.example|QX-78", patient(birthDate="x"))
        secrets = {"name": "Tamarind", "street": "9 Fig Lane", "number": "MR990017", "if": "QX-77", "address": "QX-78"}

        content = whole_database()

        assert len(kept()) == 2
        assert found_in(content, secrets) == set()
        assert b"/fhir/Patient" in content

    def test_of_a_victim_service_under_its_own_key(self, clinic):
        with transaction() as session:
            refuge = make_participant(session, kind=ParticipantKind.VICTIM_SERVICES)
        system = Reader(clinic.app, refuge)
        assert system.token
        make_all()

        send(system, "POST", "/Patient", patient(birthDate="x"))

        (row,) = kept()
        assert row.organization_id == refuge.id
        assert {sealed[:1] for sealed in (row.asked_sealed, row.body_sealed, row.outcome_sealed)} == {OWN_LAYOUT}
