"""Bad requests: each gets the right status and an OperationOutcome, changes nothing, is recorded, and names nobody."""

import logging

import orjson
import pytest
from sqlalchemy import select

from cie.consent import Consent
from cie.db import reading, transaction
from cie.directory import Service
from cie.events import AuditEntry
from cie.fhir.checking import faults_in
from cie.fhir.formats.faults import DEEPEST
from cie.fhir.receiving.people import NEW_PERSON
from cie.fhir.store import Earlier, Indexed, Stored
from cie.identity import refusals
from cie.people import Person
from cie.referrals import Referral, ReferralTask
from tests.fhir.place import make_reading_loop
from tests.fhir.readers import Reader, faults
from tests.fhir.sending import bundle, consent_of, entry, patient, referral, service_request, task, urn
from tests.support.web import make_app

JSON, XML = "application/fhir+json", "application/fhir+xml"
NOBODY = "01a21b9e-c037-72fc-9391-649d8235db61"
OF_THE_PERSON = ("Quist", "Tamarind", "1984-05-09", "5550177", "555-0177", "MR990017", "9 Fig Lane", "Moreno", "Aster")
"""Words of those whom the requests are about."""

ANOTHER = [{"system": "http://other.example/mrn", "value": "MR990018"}]
MEGABYTE = 2**20
BOMB = b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "Quist"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Patient xmlns="http://hl7.org/fhir"><name><family value="&b;"/></name></Patient>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<Patient xmlns="http://hl7.org/fhir"><name><family value="&a;"/></name></Patient>"""
UNREADABLE = {
    "json cut off": (JSON, b'{"resourceType": "Patient", "name": [{"family": "Quist"', 400),
    "a property twice": (JSON, b'{"resourceType": "Patient", "birthDate": "1984-05-09", "birthDate": "1984"}', 400),
    "too deep": (JSON, b'{"resourceType": "Patient", "extension": ' + b"[" * DEEPEST + b"]" * DEEPEST + b"}", 400),
    "not in utf-8": (JSON, b'{"resourceType": "Patient", "name": "\xff"}', 400),
    "half a character": (JSON, b'{"resourceType": "Patient", "id": "\\ud800"}', 400),
    "a number without end": (JSON, b'{"resourceType": "Patient", "multipleBirthInteger": ' + b"9" * 400 + b"}", 400),
    "xml cut off": (XML, b'<Patient xmlns="http://hl7.org/fhir"><name><family value="Quist"/>', 400),
    "an xml bomb": (XML, BOMB, 400),
    "a file from outside": (XML, OUTSIDE, 400),
    "ten megabytes": (JSON, b'{"resourceType": "Patient", "id": "' + b"x" * 10 * MEGABYTE + b'"}', 422),
    "more than is read": (JSON, b'{"resourceType": "Patient", "id": "' + b"x" * 13 * MEGABYTE + b'"}', 413),
    "plain text": ("text/plain", b"Tamarind Quist", 415),
    "of another type": (JSON, b'{"resourceType": "Goal"}', 400),
}  # fmt: skip


@pytest.fixture
def loop(database):
    return make_reading_loop()


@pytest.fixture
def clinic(loop, migrated):
    return Reader(make_app(migrated), loop.clinic)


@pytest.fixture
def pantry(loop, clinic):
    return Reader(clinic.app, loop.pantry)


@pytest.fixture(autouse=True)
def log(caplog):
    """What is logged meanwhile; nobody's words are in it."""
    caplog.set_level(logging.DEBUG)
    yield caplog
    assert [word for word in OF_THE_PERSON if word in caplog.text] == []


def send(reader, method, path, resource, **headers):
    body = resource if isinstance(resource, bytes) else orjson.dumps(resource)
    return reader.call(method, path, body, **{"Content_Type": JSON, **headers})


def everything():
    """All that could be changed by halves, in the order of ids."""
    with reading() as session:
        tables = (Person, Referral, ReferralTask, Consent, Stored, Earlier, Indexed)
        return {table.__tablename__: session.execute(select(table.__table__)).all() for table in tables}


def refusals_on_record():
    with reading() as session:
        rows = session.execute(select(AuditEntry.codes).where(AuditEntry.action == "token.refuse")).scalars()
        return [orjson.loads(codes)["why"] for codes in rows]


def refused(answer, status, *, code=None, place=None):
    """The answer is an OperationOutcome with this status, and says nothing of anybody."""
    text = answer.get_data(as_text=True)
    assert answer.status_code == status, text
    outcome = answer.get_json()
    assert outcome["resourceType"] == "OperationOutcome"
    assert faults_in(outcome) == []
    assert [word for word in OF_THE_PERSON if word in text] == []
    if code:
        assert (code, place or "") in faults(answer)
    return True


class TestWhatCannotBeRead:
    @pytest.mark.parametrize("name", UNREADABLE)
    def test_it_is_refused_and_changes_nothing(self, clinic, name):
        (kind, body, status), before = UNREADABLE[name], everything()

        answer = send(clinic, "POST", "/Patient", body, Content_Type=kind)

        assert refused(answer, status)
        assert everything() == before

    def test_that_it_was_refused_is_on_record(self, clinic):
        send(clinic, "POST", "/Patient", UNREADABLE["json cut off"][1])
        send(clinic, "POST", "/Patient", patient(gender="?"))

        assert refusals_on_record() == ["structure", "invalid"]

    def test_of_one_client_so_much_is_recorded_and_no_more(self, clinic, monkeypatch):
        monkeypatch.setattr(refusals, "KEPT_OF_ITS_OWN", 2)

        answers = [send(clinic, "POST", "/Patient", b"{") for _each in range(4)]

        assert {answer.status_code for answer in answers} == {400}
        assert len(refusals_on_record()) == 2

    def test_what_a_batch_is_refused_is_on_record(self, clinic):
        send(clinic, "POST", "", bundle(entry(patient(gender="?"), "p"), type="batch"))

        assert refusals_on_record() == ["invalid"]


WRONG = {
    "a wrong type": (patient(birthDate=1984), "Patient.birthDate"),
    "no such day": (patient(birthDate="1984-02-31"), "Patient.birthDate"),
    "an unknown element": (patient(nickname="Tam"), "Patient.nickname"),
    "a list of nothing": (patient(name=[]), "Patient.name"),
    "an extension that says two things": (
        patient(extension=[{"url": "http://x.example/y", "valueCode": "a", "valueString": "b"}]),
        "Patient.extension[0].value",
    ),
}  # fmt: skip


class TestWhatIsWrong:
    @pytest.mark.parametrize("name", WRONG)
    def test_it_is_named_where_it_is(self, clinic, name):
        (resource, place), before = WRONG[name], everything()

        answer = send(clinic, "POST", "/Patient", resource)

        assert refused(answer, 422)
        assert place in {each for _code, each in faults(answer)}
        assert everything() == before

    def test_a_profile_that_nobody_knows_says_nothing(self, clinic):
        claimed = patient(meta={"profile": ["http://profiles.example.org/StructureDefinition/own-patient"]})

        assert send(clinic, "POST", "/Patient", claimed).status_code == 201

    @pytest.mark.parametrize("literal", [f"Patient/{NOBODY}", "urn:uuid:00000000-0000-4000-8000-000000000009"])
    def test_what_leads_to_nothing_is_refused(self, clinic, literal):
        before = everything()
        goal = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "Eat well"}}

        answer = send(clinic, "POST", "/Goal", {**goal, "subject": {"reference": literal}})

        assert refused(answer, 422, code="not-found", place="Goal.subject.reference")
        assert everything() == before

    def test_what_leads_to_the_wrong_type_in_the_same_bundle_is_refused(self, clinic):
        goal = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "Eat well"}}
        about = {"subject": {"reference": urn("p")}, "addresses": [{"reference": urn("p")}]}
        before = everything()

        answer = send(clinic, "POST", "", bundle(entry(patient(), "p"), entry({**goal, **about}, "g")))

        assert refused(answer, 422, code="structure", place="Bundle.entry[1].resource.addresses[0]")
        assert everything() == before

    def test_what_leads_to_somebody_elses_is_refused_in_the_same_words(self, clinic, pantry, loop):
        goal = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "Eat well"}}
        before = everything()

        theirs, nobodys = (
            send(pantry, "POST", "/Goal", {**goal, "subject": {"reference": f"Patient/{id}"}})
            for id in (loop.person.id, NOBODY)
        )

        assert refused(theirs, 422, code="not-found", place="Goal.subject.reference")
        assert theirs.get_data() == nobodys.get_data()
        assert everything() == before


class TestWhatCannotBeDone:
    def test_somebody_who_may_be_two_is_looked_at_first(self, clinic):
        send(clinic, "POST", "/Patient", patient())
        send(clinic, "POST", "/Patient", patient(identifier=ANOTHER, meta={"tag": [NEW_PERSON]}))
        before = everything()

        answer = send(clinic, "POST", "/Patient", patient())

        assert refused(answer, 409, code="duplicate")
        assert len(before["person"]) == 3
        assert everything() == before

    def test_a_service_that_stopped_is_asked_nothing(self, clinic, loop):
        with transaction() as session:
            session.get_one(Service, loop.service.id).status = "inactive"
        before = everything()

        answer = send(clinic, "POST", "", referral(loop))

        assert refused(answer, 422)
        assert everything() == before

    def test_a_consent_that_covers_another_opens_nothing(self, clinic, loop):
        about = referral(loop, urn("p"), supportingInfo=[{"reference": urn("c")}])["entry"]
        of_another = consent_of(loop, f"Patient/{loop.person.id}")
        before = everything()

        answer = send(clinic, "POST", "", bundle(entry(patient(), "p"), *about, entry(of_another, "c")))

        assert refused(answer, 422, code="invalid", place="Bundle.entry[3].resource.patient")
        assert everything() == before

    def test_without_a_consent_nothing_goes(self, clinic, loop):
        before = everything()

        answer = send(clinic, "POST", "", bundle(entry(patient(), "p"), *referral(loop, urn("p"))["entry"]))

        assert refused(answer, 403)
        assert everything() == before

    @pytest.mark.both_databases
    @pytest.mark.parametrize("id", ["%00", "%E2%80%AE", "\u202e", "a%20b", "a" * 65])
    def test_what_is_no_id_finds_nothing_alone_or_in_a_batch(self, clinic, id):
        asked = [{"request": {"method": method, "url": f"Patient/{id}?x=\u202e"}} for method in ("GET", "PUT")]
        asked[1]["resource"] = patient()
        batch = send(clinic, "POST", "", {"resourceType": "Bundle", "type": "batch", "entry": asked})

        assert refused(send(clinic, "PUT", f"/Patient/{id}", patient()), 404)
        assert clinic.get(f"/Patient/{id}").status_code == 404
        assert [each["response"]["status"][:3] for each in batch.get_json()["entry"]] == ["404", "404"]

    def test_a_version_that_is_no_more_changes_nothing(self, clinic):
        made = send(clinic, "POST", "/Patient", patient()).get_json()
        send(clinic, "PUT", f"/Patient/{made['id']}", {**made, "birthDate": "1984-05-10"}, If_Match='W/"1"')
        before = everything()

        answer = send(clinic, "PUT", f"/Patient/{made['id']}", made, If_Match='W/"1"')

        assert refused(answer, 412, code="conflict")
        assert everything() == before

    @pytest.mark.parametrize("tag", ["*", "W/", '"one"', 'W/"²"', "1.5", "-1"])
    def test_a_tag_that_names_no_version_changes_nothing(self, clinic, tag):
        made = send(clinic, "POST", "/Patient", patient()).get_json()
        before = everything()

        assert refused(send(clinic, "PUT", f"/Patient/{made['id']}", made, If_Match=tag), 422)
        assert everything() == before

    def test_one_key_twice_is_one_effect_and_another_body_none(self, clinic, loop):
        first = send(clinic, "POST", "", referral(loop), Idempotency_Key="k")
        before = everything()

        again = send(clinic, "POST", "", referral(loop), Idempotency_Key="k")
        other = send(clinic, "POST", "", referral(loop, priority="stat"), Idempotency_Key="k")

        assert (first.status_code, again.status_code) == (200, 200)
        assert refused(other, 422, code="invalid", place="Idempotency-Key")
        assert everything() == before

    def test_a_condition_that_fits_two_makes_none(self, clinic):
        send(clinic, "POST", "/Patient", patient())
        before = everything()

        answer = send(clinic, "POST", "/Patient", patient(), If_None_Exist="_lastUpdated=gt2000-01-01")

        assert refused(answer, 412)
        assert everything() == before

    @pytest.mark.parametrize("wanted", ["birthdate=1984-05-09", "name=Quist", "=", "?", "_count=1", "identifier="])
    def test_a_condition_that_says_nothing_is_refused(self, clinic, wanted):
        before = everything()

        assert refused(send(clinic, "POST", "/Patient", patient(), If_None_Exist=wanted), 400)
        assert everything() == before

    def test_a_task_that_is_wrong_leaves_not_even_the_person(self, clinic, loop):
        wrong = task(loop, focus=urn("sr"), subject=urn("p"), status="accepted")
        about = [entry(patient(), "p"), entry(service_request(urn("p")), "sr"), entry(wrong, "t")]
        before = everything()

        answer = send(clinic, "POST", "", bundle(*about))

        assert refused(answer, 422, code="business-rule", place="Bundle.entry[2].resource.status")
        assert everything() == before
