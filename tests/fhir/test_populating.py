"""`Questionnaire/$populate`: a form to begin with, filled with what its sender holds of one of their own people."""

from datetime import timedelta
from uuid import UUID

import orjson
import pytest

from cie.fhir.checking import faults_in
from cie.fhir.formats import read_xml, write_xml
from cie.fhir.resources import patient_facts
from cie.screening import STAFF_ONLY, GivenAnswer, SafetyGate, loinc_check_digit
from tests.factories import NOON
from tests.fhir.place import make_all, make_reading_loop
from tests.fhir.readers import Reader, accesses
from tests.fhir.receiving.test_views import XML, send
from tests.fhir.screened import (
    AHC,
    DANGER,
    FOOD,
    HITS,
    HVS,
    NEVER,
    OFTEN,
    PRIVATE_WORDS,
    SOMETIMES,
    ask,
    load_instruments,
    make_worker,
)
from tests.fhir.sending import patient
from tests.support.web import make_app

NOBODY = "00000000-0000-7000-8000-000000000000"
AFTER = NOON + timedelta(days=1)


@pytest.fixture
def loop(database):
    return make_reading_loop()


@pytest.fixture
def clinic(loop, migrated):
    return Reader(make_app(migrated), loop.clinic)


@pytest.fixture
def forms(loop):
    found = load_instruments()
    make_all()
    return found


@pytest.fixture
def worker(loop):
    return make_worker(loop)


def question(link_id, kind="string", **more):
    return {"linkId": link_id, "type": kind, "text": f"{link_id}?", **more}


def about(element):
    return {"definition": f"http://hl7.org/fhir/StructureDefinition/Patient#{element}"}


def form(*items, **more):
    own = {"url": "http://clinic.example/Questionnaire/intake", "version": "1", "status": "active"}
    return {"resourceType": "Questionnaire", **own, "item": list(items), **more}


def parameters(person_id, *more, local=True):
    subject = {"name": "subject", "valueReference": {"reference": f"Patient/{person_id}"}}
    given = [subject, {"name": "local", "valueBoolean": True}] if local else [subject]
    return {"resourceType": "Parameters", "parameter": [*given, *more]}


def populate(reader, body, form_id="", **headers):
    address = f"/Questionnaire/{form_id}/$populate" if form_id else "/Questionnaire/$populate"
    return send(reader, "POST", address, body, **headers)


def parts(answer):
    assert answer.status_code == 200, answer.get_data(as_text=True)
    said = read_xml(answer.get_data()) if answer.content_type == XML else answer.get_json()
    assert faults_in(said) == []
    return {each["name"]: each["resource"] for each in said["parameter"]}


def answers(answer):
    """The values by link id, in whatever group they stand."""
    return dict(_answered(parts(answer)["response"]["item"]))


def _answered(items):
    for each in items:
        values = [
            next(part for name, part in said.items() if name.startswith("value")) for said in each.get("answer", ())
        ]
        if values:
            yield each["linkId"], [value["code"] if isinstance(value, dict) else value for value in values]
        yield from _answered(each.get("item", ()))
        yield from (found for said in each.get("answer", ()) for found in _answered(said.get("item", ())))


def link_ids(items):
    return [found for each in items for found in (each["linkId"], *link_ids(each.get("item", ())))]


class TestInstrument:
    def test_what_was_answered_last_is_filled_in(self, clinic, loop, forms, worker):
        ask(worker, loop.person.id, forms[HVS], FOOD)
        ask(worker, loop.person.id, forms[HVS], {**FOOD, "/88122-7": GivenAnswer((SOMETIMES,))}, at=AFTER)

        answer = populate(clinic, parameters(loop.person.id), forms[HVS])

        found = parts(answer)["response"]
        assert answers(answer) == {"/88122-7": [SOMETIMES], "/88123-5": [NEVER]}
        assert (found["status"], found["subject"]) == ("in-progress", {"reference": f"Patient/{loop.person.id}"})
        assert found["questionnaire"] == "urn:cie:instrument:hunger-vital-sign|3.0.0"
        assert "id" not in found

    def test_in_xml(self, clinic, loop, forms, worker):
        ask(worker, loop.person.id, forms[HVS], FOOD)
        body = write_xml(parameters(loop.person.id))

        answer = populate(clinic, body, forms[HVS], Content_Type=XML, Accept=XML)

        assert answers(answer) == {"/88122-7": [OFTEN], "/88123-5": [NEVER]}

    @pytest.mark.parametrize(
        "named",
        [
            {"name": "canonical", "valueUri": "urn:cie:instrument:hunger-vital-sign"},
            {"name": "canonical", "valueCanonical": "urn:cie:instrument:hunger-vital-sign|3.0.0"},
            {"name": "questionnaire", "valueUri": "urn:cie:instrument:hunger-vital-sign"},
            {"name": "questionnaireRef", "valueReference": {"reference": "Questionnaire/HVS"}},
        ],
    )
    def test_it_is_known_by_each_of_its_names(self, clinic, loop, forms, worker, named):
        ask(worker, loop.person.id, forms[HVS], FOOD)
        named = orjson.loads(orjson.dumps(named).replace(b"/HVS", f"/{forms[HVS]}".encode()))

        assert len(answers(populate(clinic, parameters(loop.person.id, named)))) == 2

    @pytest.mark.parametrize(
        "named",
        [
            {"name": "canonical", "valueUri": "urn:cie:instrument:hunger-vital-sign|77"},
            {"name": "questionnaireRef", "valueReference": {"reference": f"Questionnaire/{NOBODY}"}},
            {"name": "questionnaireRef", "valueReference": {"reference": f"Patient/{NOBODY}"}},
            {"name": "identifier", "valueIdentifier": {"system": "urn:x", "value": "a,b"}},
        ],
    )
    def test_one_that_there_is_not(self, clinic, loop, forms, named):
        assert populate(clinic, parameters(loop.person.id, named)).status_code == 404

    def test_only_the_questions_come_when_nothing_is_to_be_filled_in(self, clinic, loop, forms, worker):
        ask(worker, loop.person.id, forms[AHC], FOOD)

        answer = populate(clinic, parameters(loop.person.id, local=False), forms[AHC])

        asked = clinic.get(f"/Questionnaire/{forms[AHC]}").get_json()
        assert answers(answer) == {}
        assert link_ids(parts(answer)["response"]["item"]) == link_ids(asked["item"])
        assert "local" in str(parts(answer)["issues"])

    def test_a_context_that_is_the_person_asks_for_it_as_well(self, clinic, loop, forms, worker):
        ask(worker, loop.person.id, forms[HVS], FOOD)
        content = {"name": "content", "valueReference": {"reference": f"Patient/{loop.person.id}"}}
        context = {"name": "context", "part": [{"name": "name", "valueString": "patient"}, content]}

        assert len(answers(populate(clinic, parameters(loop.person.id, context, local=False), forms[HVS]))) == 2

    def test_what_they_did_not_want_to_answer_stays_open(self, clinic, loop, forms, worker):
        ask(worker, loop.person.id, forms[HVS], {**FOOD, "/88123-5": GivenAnswer((), declined=True)})

        assert answers(populate(clinic, parameters(loop.person.id), forms[HVS])) == {"/88122-7": [OFTEN]}

    def test_nothing_of_safety_is_filled_in_nor_shows_that_there_is_any(self, clinic, loop, forms, worker):
        ask(worker, loop.person.id, forms[AHC], FOOD)
        without = populate(clinic, parameters(loop.person.id), forms[AHC])
        ask(worker, loop.person.id, forms[AHC], {**FOOD, **DANGER}, gate=SafetyGate.SAFE, at=AFTER)

        answer = populate(clinic, parameters(loop.person.id), forms[AHC])

        assert answers(answer) == answers(without) == {"/88122-7": [OFTEN], "/88123-5": [NEVER]}
        assert parts(answer)["issues"] == parts(without)["issues"]
        (safety,) = [each for each in parts(answer)["response"]["item"] if each["linkId"] == "safety"]
        assert [each["linkId"] for each in safety["item"]] == list(HITS)
        assert all(each["extension"] == [{"url": STAFF_ONLY, "valueBoolean": True}] for each in safety["item"])

    def test_a_token_that_reads_no_answers_gets_none(self, clinic, loop, forms, worker):
        ask(worker, loop.person.id, forms[HVS], FOOD)
        program = Reader(clinic.app, loop.clinic, scopes=("system/Questionnaire.r", "system/Patient.r"))

        answer = populate(program, parameters(loop.person.id), forms[HVS])

        assert answers(answer) == {}
        assert "QuestionnaireResponse" in str(parts(answer)["issues"])


class TestFacts:
    @pytest.fixture
    def tamarind(self, clinic):
        return send(clinic, "POST", "/Patient", patient()).get_json()["id"]

    def test_what_the_patient_says_is_filled_in_where_it_fits(self, clinic, tamarind):
        genders = [{"valueCoding": {"system": patient_facts.GENDER, "code": code}} for code in ("male", "female")]
        languages = [{"valueCoding": {"system": "urn:ietf:bcp:47", "code": code}} for code in ("en", "es")]
        asked = form(
            question("who", "group", item=[question("name", **about("Patient.name"))]),
            question("born", "date", code=[{"system": "http://loinc.org", "code": "21112-8"}]),
            question("gender", "choice", answerOption=genders, **about("Patient.gender")),
            question("language", "choice", answerOption=languages, **about("Patient.communication.language")),
            question("zip", **about("Patient.address.postalCode")),
            question("phone", **about("Patient.telecom")),
            question("names", "integer", **about("Patient.name")),
            question("other", code=[{"system": "http://example.org", "code": "21112-8"}]),
        )

        answer = populate(clinic, parameters(tamarind, {"name": "questionnaire", "resource": asked}))

        assert answers(answer) == {
            "name": ["Tamarind Quist"],
            "born": ["1984-05-09"],
            "gender": ["female"],
            "language": ["es"],
            "zip": ["93702"],
            "phone": ["(559) 555-0177"],
        }

    def test_a_form_that_a_program_keeps_here_by_its_identifier(self, clinic, tamarind):
        named = {"system": "http://clinic.example/forms", "value": "in,take"}
        kept = form(question("name", **about("Patient.name.family")), identifier=[named])
        made = send(clinic, "POST", "/Questionnaire", kept)
        assert made.status_code == 201, made.get_json()

        answer = populate(clinic, parameters(tamarind, {"name": "identifier", "valueIdentifier": named}))

        assert answers(answer) == {"name": ["Quist"]}

    def test_an_answer_to_begin_with_unless_it_is_about_safety(self, clinic, tamarind):
        begun = {"initial": [{"valueString": "none"}]}
        private = {"extension": [{"url": STAFF_ONLY, "valueBoolean": True}], **begun, **about("Patient.name")}
        asked = form(
            question("g", "group", item=[question("pets", **begun)]),
            question("p", "group", item=[question("hurt", **private), question("beside", **about("Patient.name"))]),
        )

        answer = populate(clinic, parameters(tamarind, {"name": "questionnaire", "resource": asked}))

        assert answers(answer) == {"pets": ["none"]}

    def test_codes_of_loinc_are_right(self):
        assert all(map(loinc_check_digit, patient_facts.CODES))
        assert set(patient_facts.CODES.values()) <= set(patient_facts.FACTS)


class TestWho:
    def test_it_is_recorded_that_the_person_was_seen(self, clinic, loop, forms):
        before = len(accesses())

        populate(clinic, parameters(loop.person.id, local=False), forms[HVS])

        assert [shown for _door, shown in accesses()[before:]] == [{loop.person.id}]

    def test_somebody_of_another_organization_answers_like_nobody(self, clinic, loop, forms, worker):
        ask(worker, loop.person.id, forms[HVS], FOOD)
        pantry, before = Reader(clinic.app, loop.pantry), len(accesses())

        seen, unseen = (populate(pantry, parameters(id), forms[HVS]) for id in (loop.person.id, UUID(NOBODY)))

        assert seen.status_code == unseen.status_code == 404
        assert seen.get_data() == unseen.get_data()
        assert len(accesses()) == before

    @pytest.mark.parametrize("scope", ["system/Questionnaire.r", "system/Patient.r", "system/QuestionnaireResponse.r"])
    def test_the_token_has_to_read_forms_and_people(self, clinic, loop, forms, scope):
        program = Reader(clinic.app, loop.clinic, scopes=(scope,))

        assert populate(program, parameters(loop.person.id), forms[HVS]).status_code == 403


class TestRefusal:
    @pytest.mark.parametrize(
        "body",
        [
            {"resourceType": "Parameters", "parameter": [{"name": "local", "valueBoolean": True}]},
            {"resourceType": "Patient"},
            {"resourceType": "Parameters", "parameter": [{"name": "subject", "valueString": "Patient/1"}]},
        ],
    )
    def test_without_a_subject(self, clinic, forms, body):
        assert populate(clinic, body, forms[HVS]).status_code == 400

    def test_with_no_form_or_with_two(self, clinic, loop, forms):
        named = {"name": "canonical", "valueUri": "urn:cie:instrument:hunger-vital-sign"}
        whole = {"name": "questionnaire", "resource": form(question("a"))}

        assert populate(clinic, parameters(loop.person.id)).status_code == 400
        assert populate(clinic, parameters(loop.person.id, named, whole)).status_code == 400

    def test_a_form_without_an_address_or_that_is_none(self, clinic, loop, forms):
        nameless = {name: part for name, part in form(question("a")).items() if name != "url"}
        unsound = form({"linkId": "a"})

        for asked, status in ((nameless, 400), (unsound, 422)):
            given = parameters(loop.person.id, {"name": "questionnaire", "resource": asked})
            assert populate(clinic, given).status_code == status

    def test_as_large_as_other_bodies_and_no_larger(self, clinic, forms):
        assert populate(clinic, b" " * 13_000_000, forms[HVS]).status_code == 413


def test_the_private_words_are_in_no_answer(clinic, loop, forms, worker):
    ask(worker, loop.person.id, forms[AHC], {**FOOD, **DANGER}, gate=SafetyGate.SAFE)

    text = str(answers(populate(clinic, parameters(loop.person.id), forms[AHC])))

    assert not [word for word in PRIVATE_WORDS if word in text]
