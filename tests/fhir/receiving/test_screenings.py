"""QuestionnaireResponses that programs send are screenings, as from every other door; of safety nothing comes in."""

from uuid import UUID

import orjson
import pytest
from sqlalchemy import select

from cie import screening
from cie.db import reading, transaction
from cie.errors import NotPossibleNow
from cie.fhir.checking import faults_in
from cie.fhir.receiving.entries import Entry
from cie.fhir.refusals import NotTaken
from cie.fhir.store import Stored
from cie.screening import GivenAnswer, Need, NeedStatus, SafetyGate, Screening
from cie.screening.models import ScreeningAnswer
from tests.factories import NOON, send_one
from tests.fhir.place import of_type, read_by
from tests.fhir.readers import Reader, faults
from tests.fhir.receiving.test_doing import BASE, do, send
from tests.fhir.screened import AHC, HVS, NEVER, OFTEN, load, load_instruments, load_prapare, make_worker
from tests.fhir.sending import bundle, entry, patient, urn
from tests.support.web import make_app

EXAMPLES = "gravity/examples/QuestionnaireResponse-SDOHCC-QuestionnaireResponseHungerVitalSignExample.json"
AHC_FORM = "gravity/us-core-screening-examples/Questionnaire-AHC-HRSN-96777-8.json"
PRAPARE_EXAMPLE = "gravity/us-core-screening-examples/QuestionnaireResponse-prapare-example.json"
SDOHCC_FORM = "http://hl7.org/fhir/us/sdoh-clinicalcare/Questionnaire/SDOHCC-QuestionnaireHungerVitalSign"
LOINC = "http://loinc.org"
FHIR_JSON = "application/fhir+json"
OPTIONAL_SECTION = "/93039-6"


@pytest.fixture
def forms(loop):
    return load_instruments()


def item(link_id, *codes, system=LOINC):
    answers = [{"valueCoding": {"system": system, "code": code}} for code in codes]
    return {"linkId": link_id, "answer": answers}


def response(loop, *items, **changed):
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": SDOHCC_FORM,
        "status": "completed",
        "subject": {"reference": f"Patient/{loop.person.id}"},
        "authored": "2026-11-20T10:00:00-08:00",
        "item": list(items) or [item("/88122-7", OFTEN), item("/88123-5", NEVER)],
        **changed,
    }


def post(loop, resource, **more):
    (outcome,) = do(loop.clinic, Entry("POST", "QuestionnaireResponse", resource), **more)
    return outcome.id


def refused(loop, resource):
    """Where and by which code a response is refused; nothing is left of it."""
    with pytest.raises(NotTaken) as error:
        post(loop, resource)
    assert of_type(read_by(loop.clinic), "QuestionnaireResponse") == rows(Screening) == rows(ScreeningAnswer) == []
    return [(fault.code, fault.place) for fault in error.value.faults]


def rows(table):
    with reading() as session:
        return list(session.execute(select(table)).scalars())


def example(reference, path, loop):
    """An example of a guide as its sender would send it now of somebody on file."""
    found = orjson.loads((reference / path).read_bytes())
    person = {"reference": f"Patient/{loop.person.id}"}
    about = {name: person for name in ("subject", "source") if name in found}
    return {name: value for name, value in found.items() if name not in ("id", "text")} | about


def change(worker, id, section, answers):
    """Other answers, given when a screening was taken up again to ask about safety."""
    with transaction() as session:
        row = session.get_one(Screening, id)
        row.safety_gate = SafetyGate.NOT_SAFE
        session.add(row)
        screening.answer_safety_gate(session, worker, id, SafetyGate.SAFE, at=NOON)
        screening.save_section(session, worker, id, section, answers, at=NOON)


def is_as_sent(read, sent):
    return {name: read.get(name) for name in sent if name != "meta"} == {
        name: value for name, value in sent.items() if name != "meta"
    }


class TestScreening:
    def test_it_is_one_and_its_needs_are_proposed(self, loop, forms):
        id = post(loop, response(loop))

        (kept,), (need,) = rows(Screening), rows(Need)
        assert (str(kept.id), kept.questionnaire_id, kept.started_at.isoformat()) == (
            id,
            forms[HVS],
            "2026-11-20T18:00:00+00:00",
        )
        assert (need.need_code, need.status, need.screening_id) == ("food", NeedStatus.PROPOSED, kept.id)

    def test_its_observations_and_conditions_are_read_with_it(self, loop, forms):
        id = post(loop, response(loop))

        found = read_by(loop.clinic)
        assert found[f"QuestionnaireResponse/{id}"]["item"] == response(loop)["item"]
        assert len(of_type(found, "Observation")) == 4
        assert len(of_type(found, "Condition")) == 1
        assert [fault for each in found.values() for fault in faults_in(each)] == []

    @pytest.mark.parametrize(
        "named",
        [
            "urn:cie:instrument:hunger-vital-sign",
            "urn:cie:instrument:hunger-vital-sign|3.0.0",
            f"{SDOHCC_FORM}|3.0.0",
            "http://loinc.org/q/88121-9",
            "http://hospital.example/Questionnaire/food",
        ],
    )
    def test_the_instrument_is_known_by_its_address_or_by_its_questions(self, loop, forms, named):
        post(loop, response(loop, questionnaire=named))

        assert [each.questionnaire_id for each in rows(Screening)] == [forms[HVS]]

    def test_or_by_its_address_here(self, loop, forms):
        items = [item("/71802-3", "LA31995-6")]
        post(loop, response(loop, *items, questionnaire=f"{BASE}/Questionnaire/{forms[AHC]}"))

        assert {each.need_code for each in rows(Need)} == {"shelter"}

    def test_questions_are_known_by_their_codes_in_whatever_group_they_stand(self, loop, forms):
        groups = [{"linkId": "g", "item": [item("x/88122-7", OFTEN), item("88123-5", NEVER)]}]

        id = post(loop, response(loop, *groups))

        assert len(rows(ScreeningAnswer)) == 2
        assert read_by(loop.clinic)[f"QuestionnaireResponse/{id}"]["item"] == groups

    def test_that_somebody_chose_not_to_answer_is_kept_as_that(self, loop, forms):
        absent = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
        why = {"extension": [{"url": absent, "valueCode": "asked-declined"}]}

        post(loop, response(loop, {"linkId": "/88122-7", "answer": [{"valueCoding": why}]}))

        (answer,) = rows(ScreeningAnswer)
        assert answer.answer == {"codes": [], "declined": True}

    def test_somebody_new_may_come_along_with_what_was_observed_of_them(self, loop, forms):
        observed = {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": "Seen at the door"},
            "derivedFrom": [{"reference": urn("q")}],
        }
        made = bundle(
            entry(response(loop, subject={"reference": urn("p")}), "q"), entry(patient(), "p"), entry(observed, "o")
        )

        asked, person, seen = send(loop.clinic, made)

        assert str(rows(Screening)[0].person_id) == person.id
        derived = read_by(loop.clinic)[f"Observation/{seen.id}"]["derivedFrom"]
        assert derived == [{"reference": f"QuestionnaireResponse/{asked.id}"}]

    def test_who_was_asked_to_help_reads_nothing_of_it(self, loop, forms):
        post(loop, response(loop))
        with transaction() as session:
            send_one(session, loop)

        kinds = {key.partition("/")[0] for key in read_by(loop.pantry)}
        assert kinds.isdisjoint({"QuestionnaireResponse", "Observation", "Condition", "Consent"})


class TestOverHttp:
    def test_it_tells_where_it_is(self, loop, forms, migrated):
        clinic = Reader(make_app(migrated), loop.clinic)

        answer = clinic.call("POST", "/QuestionnaireResponse", orjson.dumps(response(loop)), Content_Type=FHIR_JSON)

        made = answer.get_json()
        assert answer.status_code == 201, made
        assert answer.headers["Location"].endswith(f"/QuestionnaireResponse/{made['id']}/_history/1")
        assert clinic.ids(f"/Observation?derived-from=QuestionnaireResponse/{made['id']}&code=88124-3") != []
        assert clinic.ids(f"/Condition?patient={loop.person.id}&verification-status=unconfirmed") != []
        assert clinic.ids("/Questionnaire?url=urn:cie:instrument:hunger-vital-sign&version=3.0.0") == [str(forms[HVS])]

    def test_a_refusal_names_the_item(self, loop, forms, migrated):
        clinic = Reader(make_app(migrated), loop.clinic)
        made = response(loop, item("/88122-7", "LA33-6"))

        answer = clinic.call("POST", "/QuestionnaireResponse", orjson.dumps(made), Content_Type=FHIR_JSON)

        assert answer.status_code == 422
        assert faults(answer) == [("code-invalid", "QuestionnaireResponse.item[0].answer[0]")]


class TestExamples:
    def test_the_one_of_the_guide_comes_back_as_it_was_sent(self, loop, forms, reference):
        sent = {**example(reference, EXAMPLES, loop), "authored": "2026-11-20T21:56:54.671Z"}

        id = post(loop, sent)

        assert is_as_sent(read_by(loop.clinic)[f"QuestionnaireResponse/{id}"], sent)
        assert {each.need_code for each in rows(Need)} == {"food"}

    def test_as_it_stands_it_is_too_old_to_act_upon_and_only_kept(self, loop, forms, reference):
        sent = example(reference, EXAMPLES, loop)

        id = post(loop, sent)

        assert is_as_sent(read_by(loop.clinic)[f"QuestionnaireResponse/{id}"], sent)
        assert rows(Screening) == rows(Need) == []

    def test_prapare_goes_in_without_its_section_on_safety(self, loop, reference):
        load_prapare(reference)
        sent = {**example(reference, PRAPARE_EXAMPLE, loop), "authored": "2026-11-20T21:56:54.671Z"}
        assert [place for _code, place in refused(loop, sent)] == [
            f"QuestionnaireResponse.item[0].item[4].item[{number}]" for number in range(4)
        ]
        groups = [each for each in sent["item"][0]["item"] if each["linkId"] != OPTIONAL_SECTION]
        sent["item"] = [{**sent["item"][0], "item": groups}]

        id = post(loop, sent)

        found = read_by(loop.clinic)
        assert is_as_sent(found[f"QuestionnaireResponse/{id}"], sent)
        assert {each.need_code for each in rows(Need)} == {
            "shelter",
            "job-help",
            "clothing-goods",
            "child-care",
            "transportation",
        }
        assert [fault for each in found.values() for fault in faults_in(each)] == []

    def test_the_ahc_tool_goes_in_by_the_link_ids_of_its_loinc_form(self, loop, reference):
        form = load(orjson.loads((reference / AHC_FORM).read_bytes()))
        sent = response(loop, item("124296", "LA31995-6"), questionnaire="http://loinc.org/q/96777-8")

        id = post(loop, sent)

        found = read_by(loop.clinic)
        assert [each.questionnaire_id for each in rows(Screening)] == [form]
        assert is_as_sent(found[f"QuestionnaireResponse/{id}"], sent)
        assert {each.need_code for each in rows(Need)} == {"shelter"}
        assert [fault for each in found.values() for fault in faults_in(each)] == []


class TestOnlyKept:
    @pytest.mark.parametrize(
        "changed",
        [
            {"status": "in-progress"},
            {"authored": "2024-11-20"},
            {"questionnaire": "http://hospital.example/Questionnaire/mood", "item": [item("mood/1", "LA1-1")]},
        ],
        ids=["unfinished", "old", "unknown"],
    )
    def test_what_is_not_to_be_acted_upon_is_for_its_sender(self, loop, forms, changed):
        id = post(loop, response(loop, **changed))

        assert rows(Screening) == []
        assert read_by(loop.clinic)[f"QuestionnaireResponse/{id}"]["status"] == changed.get("status", "completed")

    def test_about_somebody_whom_another_organization_serves(self, loop, forms):
        with transaction() as session:
            send_one(session, loop)

        (outcome,) = do(loop.pantry, Entry("POST", "QuestionnaireResponse", response(loop)))

        assert rows(Screening) == []
        assert f"QuestionnaireResponse/{outcome.id}" in read_by(loop.pantry)
        assert f"QuestionnaireResponse/{outcome.id}" not in read_by(loop.clinic)


class TestRefused:
    @pytest.mark.parametrize(
        ("items", "expected"),
        [
            ([item("/88122-7", "LA33-6")], ("code-invalid", "QuestionnaireResponse.item[0].answer[0]")),
            (
                [item("/88122-7", OFTEN, system="http://snomed.info/sct")],
                ("code-invalid", "QuestionnaireResponse.item[0].answer[0]"),
            ),
            ([item("/88122-7", OFTEN, NEVER)], ("invalid", "QuestionnaireResponse.item[0]")),
            ([item("/88122-7", OFTEN), item("/1-8", OFTEN)], ("not-found", "QuestionnaireResponse.item[1]")),
            (
                [item("/88122-7", OFTEN), {"linkId": "g", "item": [item("88122-7", NEVER)]}],
                ("duplicate", "QuestionnaireResponse.item[1].item[0]"),
            ),
            (
                [{"linkId": "/88122-7", "answer": [{"valueString": "Often"}]}],
                ("invalid", "QuestionnaireResponse.item[0]"),
            ),
        ],
        ids=["answer", "system", "two", "question", "twice", "words"],
    )
    def test_a_wrong_item_is_named(self, loop, forms, items, expected):
        assert refused(loop, response(loop, *items)) == [expected]

    def test_all_that_is_wrong_is_told_at_once(self, loop, forms):
        items = [item("/88122-7", "LA33-6"), item("/88123-5", "LA33-6"), item("/1-8", "LA33-6")]

        assert len(refused(loop, response(loop, *items))) == 3

    def test_a_time_to_come_is_named(self, loop, forms):
        assert refused(loop, response(loop, authored="2027-11-20")) == [("invalid", "QuestionnaireResponse.authored")]

    def test_in_a_bundle_the_entry_is_named_and_nothing_of_it_is_done(self, loop, forms):
        made = bundle(entry(patient(), "p"), entry(response(loop, item("/88122-7", "LA33-6")), "q"))

        with pytest.raises(NotTaken) as error:
            send(loop.clinic, made)

        assert [fault.place for fault in error.value.faults] == ["Bundle.entry[1].resource.item[0].answer[0]"]
        assert len(of_type(read_by(loop.clinic), "Patient")) == 1

    def test_while_the_same_questions_are_being_asked(self, loop, forms):
        worker = make_worker(loop)
        with transaction() as session:
            screening.start_screening(session, worker, loop.person.id, forms[HVS], at=NOON)

        with pytest.raises(NotPossibleNow):
            post(loop, response(loop))


class TestSafety:
    @pytest.mark.parametrize(
        "changed",
        [
            {"questionnaire": "http://loinc.org/q/96777-8"},
            {"questionnaire": "http://loinc.org/q/96777-8", "status": "in-progress"},
            {"questionnaire": "http://loinc.org/q/96777-8", "authored": "2020-01-01"},
            {"questionnaire": "http://hospital.example/Questionnaire/hits"},
        ],
        ids=["finished", "unfinished", "old", "unknown"],
    )
    @pytest.mark.parametrize("link_id", ["/95618-5", "safety/76501-6", "95614-4"])
    def test_it_is_refused_in_whatever_form_it_comes(self, loop, forms, changed, link_id):
        made = response(loop, item("/88122-7", OFTEN), item(link_id, "LA6482-9"), **changed)

        assert refused(loop, made) == [("business-rule", "QuestionnaireResponse.item[1]")]

    def test_also_in_a_change_to_what_is_kept(self, loop, forms):
        kept = response(
            loop, questionnaire="http://hospital.example/Questionnaire/mood", item=[item("mood/1", "LA1-1")]
        )
        id = post(loop, kept)

        with pytest.raises(NotTaken):
            changed = {**kept, "id": id, "item": [item("95618-5", "LA6482-9")]}
            do(loop.clinic, Entry("PUT", "QuestionnaireResponse", changed, id=id))

        of_people = [row for row in rows(Stored) if row.resource_type != "Questionnaire"]
        assert "LA6482-9" not in "".join(row.body or "" for row in of_people)


class TestAfterwards:
    def test_what_was_changed_here_since_is_read_as_it_is_now(self, loop, forms):
        worker = make_worker(loop)
        form = {"questionnaire": "http://loinc.org/q/96777-8"}
        id = post(loop, response(loop, item("x/71802-3", "LA31995-6"), **form))
        assert read_by(loop.clinic)[f"QuestionnaireResponse/{id}"]["item"][0]["linkId"] == "x/71802-3"

        change(worker, UUID(id), "living-situation", {"/71802-3": GivenAnswer(("LA31993-1",))})

        found = read_by(loop.clinic)[f"QuestionnaireResponse/{id}"]
        (answered,) = found["item"][0]["item"]
        assert (found["item"][0]["linkId"], answered["linkId"]) == ("living-situation", "/71802-3")
        assert answered["answer"][0]["valueCoding"]["code"] == "LA31993-1"
        assert found["questionnaire"] == "urn:cie:instrument:ahc-hrsn-core|2024-08-06"
