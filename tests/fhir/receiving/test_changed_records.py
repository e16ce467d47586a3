"""What a program puts in the place of answers that became a screening, or of a Condition that became a need."""

from uuid import UUID

import orjson
import pytest
from sqlalchemy import select

from cie import screening
from cie.db import reading, transaction
from cie.errors import NotFound, NotPossibleNow
from cie.fhir.checking import faults_in
from cie.fhir.formats import read_xml, write_xml
from cie.fhir.receiving.entries import Entry
from cie.fhir.refusals import NotTaken
from cie.screening import Need, SafetyGate, Screening
from tests.factories import NOON
from tests.fhir.place import of_type, read_by
from tests.fhir.readers import Reader, faults
from tests.fhir.receiving.test_claimed_needs import STANDS, VERIFIED, condition
from tests.fhir.receiving.test_claimed_needs import post as post_condition
from tests.fhir.receiving.test_doing import do, put
from tests.fhir.receiving.test_screenings import item, post, response, rows
from tests.fhir.screened import AHC, DANGER, FOOD, NEVER, OFTEN, ask, ask_safety, load_instruments, make_worker
from tests.fhir.sending import coded, patient
from tests.support.web import make_app

XML = "application/fhir+xml"
NO_HUNGER = [item("/88122-7", NEVER), item("/88123-5", NEVER)]


@pytest.fixture
def forms(loop):
    return load_instruments()


@pytest.fixture
def worker(loop):
    return make_worker(loop)


def stands():
    """The needs of the person: code and status."""
    with reading() as session:
        return sorted((need.need_code, need.status.value) for need in session.execute(select(Need)).scalars())


def change(loop, resource, by=None, **changed):
    (outcome,) = put(by or loop.clinic, {**resource, **changed})
    found = read_by(loop.clinic)
    assert [fault for each in found.values() for fault in faults_in(each)] == []
    return found[f"{resource['resourceType']}/{outcome.id}"]


def refused(loop, resource, **changed):
    before = read_by(loop.clinic)
    with pytest.raises(NotTaken) as error:
        put(loop.clinic, {**resource, **changed})
    assert read_by(loop.clinic) == before
    return [(fault.code, fault.place) for fault in error.value.faults]


class TestAnswers:
    @pytest.fixture
    def sent(self, loop, forms):
        return {**response(loop), "id": post(loop, response(loop))}

    @pytest.mark.parametrize("status", ["completed", "amended"])
    def test_other_answers_count_from_now_on(self, loop, sent, status):
        found = change(loop, sent, status=status, item=NO_HUNGER)

        assert (found["status"], found["item"]) == ("amended", NO_HUNGER)
        assert stands() == [("food", "entered-in-error")]
        seen = read_by(loop.clinic)
        assert {each["status"] for each in of_type(seen, "Observation")} == {"corrected"}
        (need,) = of_type(seen, "Condition")
        assert need["verificationStatus"]["coding"][0]["code"] == "entered-in-error"
        assert "clinicalStatus" not in need

    def test_the_same_answers_change_only_what_is_said_besides(self, loop, sent):
        found = change(loop, sent, authored="2026-11-21T10:00:00-08:00")

        (kept,) = rows(Screening)
        assert (found["status"], found["authored"]) == ("completed", "2026-11-21T10:00:00-08:00")
        assert (kept.amended_at, kept.started_at.day) == (None, 21)
        assert stands() == [("food", "proposed")]

    def test_a_mistake_takes_its_undecided_needs_along(self, loop, sent):
        found = change(loop, sent, status="entered-in-error")

        assert (found["status"], found["item"]) == ("entered-in-error", sent["item"])
        assert stands() == [("food", "entered-in-error")]
        assert {each["status"] for each in of_type(read_by(loop.clinic), "Observation")} == {"entered-in-error"}

    def test_and_leaves_what_was_confirmed(self, loop, sent, worker):
        with transaction() as session:
            (need,) = screening.needs_from(session, worker, UUID(sent["id"]))
            screening.confirm_need(session, worker, need.id, at=NOON)

        change(loop, sent, status="entered-in-error")

        assert stands() == [("food", "confirmed")]

    def test_what_was_a_mistake_is_corrected_no_more(self, loop, sent):
        change(loop, sent, status="entered-in-error")

        change(loop, sent, status="entered-in-error")
        with pytest.raises(NotPossibleNow):
            put(loop.clinic, sent)

    @pytest.mark.parametrize(
        ("changed", "expected"),
        [
            ({"status": "in-progress"}, ("business-rule", "QuestionnaireResponse.status")),
            ({"questionnaire": "http://x.example/y", "item": []}, ("value", "QuestionnaireResponse.questionnaire")),
            ({"item": [item("/88122-7", "LA33-6")]}, ("code-invalid", "QuestionnaireResponse.item[0].answer[0]")),
            ({"item": [item("/88122-7", OFTEN, NEVER)]}, ("invalid", "QuestionnaireResponse.item[0]")),
            ({"item": [item("/95618-5", OFTEN)]}, ("business-rule", "QuestionnaireResponse.item[0]")),
            ({"authored": "2027-11-20"}, ("invalid", "QuestionnaireResponse.authored")),
        ],
        ids=["unfinished", "form", "answer", "two", "safety", "time"],
    )
    def test_what_cannot_be_is_named(self, loop, sent, changed, expected):
        assert refused(loop, sent, **changed) == [expected]

    def test_they_cannot_become_somebody_elses(self, loop, sent):
        (other,) = do(loop.clinic, Entry("POST", "Patient", patient()))

        about = {"reference": f"Patient/{other.id}"}
        assert refused(loop, sent, subject=about) == [("value", "QuestionnaireResponse.subject")]

    def test_a_screening_of_staff_is_changed_alike_and_keeps_its_safety(self, loop, forms, worker):
        id = ask(worker, loop.person.id, forms[AHC], FOOD, gate=SafetyGate.NOT_SAFE)
        ask_safety(worker, id, DANGER)
        read = read_by(loop.clinic)[f"QuestionnaireResponse/{id}"]

        found = change(loop, read, item=[{"linkId": "food", "item": NO_HUNGER}], status="amended")

        assert [each["linkId"] for each in found["item"]] == ["food"]
        with reading() as session:
            assert set(screening.section_answers(session, worker, id, "safety")) == set(DANGER)

    def test_it_is_another_organizations(self, loop, sent):
        with pytest.raises(NotFound):
            put(loop.pantry, sent)

    @pytest.mark.parametrize("kind", ["application/fhir+json", XML])
    def test_over_http(self, loop, sent, migrated, kind):
        clinic = Reader(make_app(migrated), loop.clinic)
        path, amended = f"/QuestionnaireResponse/{sent['id']}", {**sent, "status": "amended", "item": NO_HUNGER}
        body = write_xml(amended) if kind == XML else orjson.dumps(amended)

        answer = clinic.call("PUT", path, body, Content_Type=kind, Accept=kind, If_Match='W/"1"')
        late = clinic.call("PUT", path, body, Content_Type=kind, Accept=kind, If_Match='W/"1"')

        said = read_xml(answer.get_data()) if kind == XML else answer.get_json()
        assert (answer.status_code, said["status"], answer.headers["ETag"]) == (200, "amended", 'W/"2"')
        assert late.status_code == 412
        versions = clinic.get(f"{path}/_history").get_json()["entry"]
        assert [each["resource"]["status"] for each in versions] == ["amended", "completed"]

    def test_a_refusal_over_http_names_the_element(self, loop, sent, migrated):
        clinic = Reader(make_app(migrated), loop.clinic)
        body = orjson.dumps({**sent, "status": "stopped"})

        answer = clinic.call("PUT", f"/QuestionnaireResponse/{sent['id']}", body, Content_Type="application/fhir+json")

        assert answer.status_code == 422
        assert faults(answer) == [("business-rule", "QuestionnaireResponse.status")]


class TestNeed:
    @pytest.fixture
    def sent(self, loop):
        return condition(loop, verified="unconfirmed") | {
            "id": post_condition(loop, condition(loop, verified="unconfirmed"))
        }

    @pytest.mark.parametrize(
        ("clinical", "verified", "more", "expected"),
        [
            ("active", "confirmed", {}, ("confirmed", "active", "confirmed")),
            ("inactive", "refuted", {}, ("dismissed", "inactive", "refuted")),
            ("resolved", "confirmed", {}, ("resolved", "resolved", "confirmed")),
            ("inactive", "confirmed", {}, ("resolved", "resolved", "confirmed")),
            ("resolved", "confirmed", {"abatementDateTime": "2026-11-20"}, ("resolved", "resolved", "confirmed")),
            ("inactive", "unconfirmed", {}, ("dismissed", "inactive", "refuted")),
            ("active", "unconfirmed", {"note": [{"text": "Ask again."}]}, ("proposed", "active", "unconfirmed")),
        ],
    )
    def test_it_is_decided_as_the_condition_says(self, loop, sent, clinical, verified, more, expected):
        says = {"clinicalStatus": coded(STANDS, clinical), "verificationStatus": coded(VERIFIED, verified)}

        found = change(loop, sent, **says, **more)

        codes = [found[name]["coding"][0]["code"] for name in says]
        assert [*stands()[0][1:], *codes] == [expected[0], expected[1], expected[2]]
        assert {name: found[name] for name in more} == more

    def test_it_was_a_mistake(self, loop, sent):
        wrong = {name: part for name, part in sent.items() if name != "clinicalStatus"}

        found = change(loop, wrong, verificationStatus=coded(VERIFIED, "entered-in-error"))

        assert stands() == [("food", "entered-in-error")]
        assert "clinicalStatus" not in found

    def test_what_was_confirmed_is_resolved_whatever_is_said_of_that(self, loop, sent):
        change(loop, sent, verificationStatus=coded(VERIFIED, "confirmed"))

        change(loop, sent, clinicalStatus=coded(STANDS, "resolved"))

        assert stands() == [("food", "resolved")]

    def test_what_was_decided_is_not_undone(self, loop, sent):
        change(loop, sent, verificationStatus=coded(VERIFIED, "confirmed"))
        assert refused(loop, sent) == [("business-rule", "Condition.verificationStatus")]

        change(loop, sent, clinicalStatus=coded(STANDS, "resolved"))
        with pytest.raises(NotPossibleNow):
            put(loop.clinic, {**sent, "verificationStatus": coded(VERIFIED, "confirmed")})

    def test_a_need_that_a_screening_proposed(self, loop, forms):
        post(loop, response(loop))
        (read,) = of_type(read_by(loop.clinic), "Condition")

        change(loop, read, verificationStatus=coded(VERIFIED, "confirmed"))

        assert stands() == [("food", "confirmed")]

    def test_it_cannot_become_another(self, loop, sent):
        (other,) = do(loop.clinic, Entry("POST", "Patient", patient()))
        about = {"reference": f"Patient/{other.id}"}

        assert refused(loop, sent, subject=about) == [("value", "Condition.subject")]
        assert refused(loop, sent, code=coded("http://snomed.info/sct", "32911000")) == [("value", "Condition.code")]

    def test_it_is_another_organizations(self, loop, sent):
        with pytest.raises(NotFound):
            put(loop.pantry, sent)
