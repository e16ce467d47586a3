"""What an organization reads over FHIR of the screenings that it keeps: nothing of safety, and nobody else anything."""

import pytest
from sqlalchemy import select

from cie import screening
from cie.app import compose
from cie.db import reading, transaction
from cie.fhir.checking import faults_in, value_sets_in
from cie.fhir.store import EVERYONE, Earlier, Stored
from cie.screening import GivenAnswer, QuestionnaireRow, SafetyGate
from tests.factories import NOON, send_one
from tests.fhir.place import make_reading_loop, of_type, own_by, read_by
from tests.fhir.screened import (
    AHC,
    DANGER,
    FOOD,
    HVS,
    NEVER,
    OFTEN,
    PRIVATE_WORDS,
    ask,
    ask_safety,
    every_answer,
    load,
    load_instruments,
    load_prapare,
    make_worker,
)

SAFE = {"gate": SafetyGate.SAFE}
PESTS, MOLD = "LA31996-4", "LA28580-1"


@pytest.fixture
def loop(database):
    return make_reading_loop()


@pytest.fixture
def forms(loop):
    return load_instruments()


@pytest.fixture
def worker(loop):
    return make_worker(loop)


@pytest.fixture
def asked(loop, forms, worker):
    """The person of the loop answers the questions of the AHC tool, or of another instrument."""

    def answered(answers, form=AHC, **said):
        return ask(worker, loop.person.id, forms[form], answers, **said)

    return answered


def response(loop, id):
    return read_by(loop.clinic)[f"QuestionnaireResponse/{id}"]


def observations(loop):
    """The Observations that the clinic reads, each by its question and answer."""
    found = of_type(read_by(loop.clinic), "Observation")
    return {(_code(each["code"]), _code(each.get("valueCodeableConcept", {}))): each for each in found}


def _code(concept):
    return concept.get("coding", [{}])[0].get("code")


def categories(observation):
    return [_code(each) for each in observation["category"]]


def everything_kept():
    """All bodies of all audiences, newest and earlier, and what was sent."""
    with reading() as session:
        rows = session.execute(select(Stored)).scalars().all()
        earlier = session.execute(select(Earlier)).scalars().all()
        of_people = [row for row in rows if row.organization_id != EVERYONE]
        return " ".join(
            filter(None, [*(r.body for r in of_people), *(r.sent for r in of_people), *(e.body for e in earlier)])
        )


def versions():
    with reading() as session:
        rows = session.execute(select(Stored).where(Stored.organization_id != EVERYONE)).scalars()
        return {(row.organization_id, row.resource_type, row.resource_id): row.version for row in rows}


class TestQuestionnaire:
    def test_everybody_finds_an_instrument_in_its_own_words_with_its_marks_of_safety(self, loop, forms):
        for organization in (loop.clinic, loop.pantry):
            found = read_by(organization)[f"Questionnaire/{forms[AHC]}"]

            assert found["url"] == "urn:cie:instrument:ahc-hrsn-core"
            assert (found["status"], _code(found)) == ("active", None)
            assert found["code"][0]["code"] == AHC
            assert "urn:cie:staff-only-safety" in str(found["item"])
            assert found["meta"]["profile"] == ["http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire"]

    def test_a_new_version_retires_the_one_before(self, loop, forms):
        with reading() as session:
            older = screening.get_instrument(session, forms[HVS]).resource

        newer = load({**older, "version": "9"})

        found = read_by(loop.pantry)
        assert found[f"Questionnaire/{forms[HVS]}"]["status"] == "retired"
        assert (found[f"Questionnaire/{newer}"]["status"], found[f"Questionnaire/{newer}"]["version"]) == (
            "active",
            "9",
        )

    def test_one_without_an_address_gets_one_of_ours(self, loop):
        item = {"linkId": "1", "text": "How are you?", "type": "string"}
        id = load({"resourceType": "Questionnaire", "id": "short", "status": "draft", "item": [item]})

        assert read_by(loop.clinic)[f"Questionnaire/{id}"]["url"] == f"urn:x-cie:questionnaire:{id}"


class TestQuestionnaireResponse:
    def test_it_says_what_was_asked_and_answered_in_the_groups_of_the_instrument(self, loop, worker, asked):
        id = asked({"/71802-3": GivenAnswer(("LA31995-6",)), **FOOD})

        found = response(loop, id)

        assert found["questionnaire"] == "urn:cie:instrument:ahc-hrsn-core|2024-08-06"
        assert (found["status"], found["authored"]) == ("completed", "2026-11-24T20:00:00.000Z")
        assert found["subject"] == found["source"] == {"reference": f"Patient/{loop.person.id}"}
        assert found["author"] == {"reference": f"PractitionerRole/{worker.id}"}
        assert [group["linkId"] for group in found["item"]] == ["living-situation", "food"]
        assert found["item"][1]["item"][0]["answer"][0]["valueCoding"]["display"] == "Often true"

    def test_that_somebody_chose_not_to_answer_is_said_and_is_no_answer(self, loop, asked):
        id = asked({"/88122-7": GivenAnswer(declined=True)}, form=HVS)

        (answer,) = response(loop, id)["item"][0]["answer"]
        assert answer["valueCoding"] == {
            "extension": [
                {
                    "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
                    "valueCode": "asked-declined",
                }
            ]
        }

    def test_one_that_is_not_finished_is_not_read(self, loop, forms, worker):
        with transaction() as session:
            begun = screening.start_screening(session, worker, loop.person.id, forms[AHC], at=NOON)
            screening.save_section(session, worker, begun.id, "food", FOOD, at=NOON)

        assert of_type(read_by(loop.clinic), "QuestionnaireResponse") == []


class TestObservation:
    def test_there_is_one_for_each_answer_with_the_domain_that_it_is_about(self, loop, asked):
        id = asked({"/71802-3": GivenAnswer(("LA31995-6",)), "/96778-6": GivenAnswer((PESTS, MOLD))})

        found = observations(loop)

        assert categories(found["71802-3", "LA31995-6"]) == ["survey", "sdoh", "homelessness"]
        assert categories(found["96778-6", PESTS]) == ["survey", "sdoh", "inadequate-housing"]
        assert {("96778-6", PESTS), ("96778-6", MOLD)} < set(found)
        for each in found.values():
            assert each["derivedFrom"] == [{"reference": f"QuestionnaireResponse/{id}"}]
            assert each["effectiveDateTime"] == "2026-11-24T20:00:00.000Z"

    def test_good_news_is_about_what_its_question_may_be_about(self, loop, asked):
        asked({"/71802-3": GivenAnswer(("LA31993-1",))})

        found = observations(loop)["71802-3", "LA31993-1"]
        assert categories(found) == ["survey", "sdoh", "housing-instability", "homelessness"]

    @pytest.mark.parametrize(("first", "risk", "sign"), [(OFTEN, "LA19952-3", "POS"), (NEVER, "LA19983-8", "NEG")])
    def test_the_hunger_vital_sign_comes_to_a_result(self, loop, asked, first, risk, sign):
        asked({"/88122-7": GivenAnswer((first,)), "/88123-5": GivenAnswer((NEVER,))}, form=HVS)

        found = observations(loop)["88124-3", risk]
        assert _code(found["interpretation"][0]) == sign

    def test_silence_comes_to_none(self, loop, asked):
        asked({"/88122-7": GivenAnswer((NEVER,))}, form=HVS)

        assert {code for code, _value in observations(loop)} == {"88122-7", HVS}

    def test_the_panel_holds_the_others(self, loop, asked):
        asked(FOOD, form=HVS)

        found = observations(loop)
        members = {each["reference"] for each in found[HVS, None]["hasMember"]}
        assert members == {f"Observation/{each['id']}" for key, each in found.items() if key != (HVS, None)}
        assert categories(found[HVS, None]) == ["survey", "sdoh", "food-insecurity"]

    def test_a_declined_question_has_the_reason_in_place_of_a_value(self, loop, asked):
        asked({"/88122-7": GivenAnswer(declined=True)}, form=HVS)

        assert _code(observations(loop)["88122-7", None]["dataAbsentReason"]) == "asked-declined"

    def test_what_has_no_code_of_loinc_is_none(self, loop, worker):
        item = {"linkId": "1", "text": "How are you?", "type": "string"}
        form = load({"resourceType": "Questionnaire", "id": "short", "status": "draft", "item": [item]})

        id = ask(worker, loop.person.id, form, {"1": GivenAnswer(("Fine",))})

        assert observations(loop) == {}
        assert response(loop, id)["item"][0]["answer"] == [{"valueString": "Fine"}]


class TestSafety:
    def test_no_word_of_it_is_in_any_audience(self, loop, asked):
        asked({**FOOD, **DANGER}, **SAFE)

        found = everything_kept()

        assert "88122-7" in found
        assert [word for word in PRIVATE_WORDS if word in found] == []

    def test_asking_about_it_changes_nothing_that_is_read(self, loop, asked):
        asked({**FOOD, **DANGER}, **SAFE)
        with_it = of_type(own_by(loop.clinic), "QuestionnaireResponse")[0]

        asked(FOOD)

        other = next(each for each in of_type(own_by(loop.clinic), "QuestionnaireResponse") if each != with_it)
        assert {**with_it, "id": "", "meta": ""} == {**other, "id": "", "meta": ""}

    def test_asking_about_it_afterwards_makes_not_even_a_version(self, loop, worker, asked, migrated):
        id = asked(FOOD, gate=SafetyGate.NOT_SAFE)
        before, bodies = versions(), own_by(loop.clinic)

        ask_safety(worker, id, DANGER)
        between = versions()
        with transaction() as session:
            screening.finish(session, worker, id, at=NOON)

        assert between == versions() == before
        assert own_by(loop.clinic) == bodies
        assert list(compose(migrated).upkeep.faults_of(loop.clinic.id)) == []

    def test_while_it_is_asked_afterwards_what_is_kept_is_what_would_be_made(self, loop, worker, asked, migrated):
        id = asked(FOOD, gate=SafetyGate.NOT_SAFE)

        ask_safety(worker, id, DANGER)

        assert list(compose(migrated).upkeep.faults_of(loop.clinic.id)) == []


class TestWhoReads:
    def test_who_was_asked_to_help_reads_nothing_of_it(self, loop, asked):
        asked(FOOD)
        with transaction() as session:
            send_one(session, loop)

        kinds = {key.partition("/")[0] for key in own_by(loop.pantry)}
        assert kinds == {"Patient", "ServiceRequest", "Task"}

    def test_an_answer_that_is_taken_back_is_read_no_more(self, loop, worker, asked):
        id = asked({**FOOD, "/96778-6": GivenAnswer((PESTS, MOLD))}, gate=SafetyGate.NOT_SAFE)
        with transaction() as session:
            screening.answer_safety_gate(session, worker, id, SafetyGate.SAFE, at=NOON)

        with transaction() as session:
            changed = {"/96778-6": GivenAnswer((PESTS,))}
            screening.save_section(session, worker, id, "living-situation", changed, at=NOON)

        found = observations(loop)
        assert ("96778-6", PESTS) in found
        assert ("96778-6", MOLD) not in found
        assert found["88122-7", OFTEN]["meta"]["versionId"] == "1"

    def test_what_there_was_before_is_made_by_the_worker_and_is_the_same(self, loop, asked, migrated):
        asked(FOOD)
        before = own_by(loop.clinic)
        with transaction() as session:
            for row in session.execute(select(Stored).where(Stored.organization_id == loop.clinic.id)).scalars():
                row.body = None
                session.add(row)

        upkeep = compose(migrated).upkeep
        assert len(list(upkeep.faults_of(loop.clinic.id))) == len(before)
        upkeep.made_again(loop.clinic.id)

        assert {key: _timeless(body) for key, body in own_by(loop.clinic).items()} == {
            key: _timeless(body) for key, body in before.items()
        }


def _timeless(body):
    return {**body, "meta": body["meta"]["profile"]}


class TestConformance:
    def test_every_answer_of_every_instrument_makes_resources_without_a_fault(self, loop, forms, worker, reference):
        codes = value_sets_in(reference / "gravity/vsac-gravity-valuesets")
        for form in (*forms.values(), load_prapare(reference)):
            with reading() as session:
                row = session.get_one(QuestionnaireRow, form)
                turns = [every_answer(row, turn) for turn in range(8)]
            for answers in turns:
                ask(worker, loop.person.id, form, answers)

        faults = {
            (body["resourceType"], fault)
            for body in read_by(loop.clinic).values()
            for fault in faults_in(body, (), codes)
        }
        assert faults == set()
