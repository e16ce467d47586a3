"""Tasks for patients over FHIR: what is asked of a person, what came of it, and what is refused."""

import base64
from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select

from cie import patient_tasks, people
from cie.access import Actor, ActorKind, Door, Purpose
from cie.db import reading, transaction
from cie.events import Outbox
from cie.fhir.checking import faults_in
from cie.fhir.resources.patient_task import said_in
from cie.messaging import KIND
from cie.patient_tasks import PatientTask, contacts_of, document_of
from tests.fhir.asking import SDC, part, patient_task
from tests.fhir.readers import faults
from tests.fhir.screened import AHC, HVS, NEVER, OFTEN, load_instruments
from tests.fhir.sending import TEMPORARY, coded, patient

DROP = object()
PDF = base64.b64encode(b"%PDF-1.7\n%%EOF\n").decode()
JSON = {"Content_Type": "application/fhir+json"}


def send(reader, method, path, resource, **headers):
    return reader.call(method, path, orjson.dumps(resource), **{**JSON, **headers})


def made(reader, resource):
    answer = send(reader, "POST", f"/{resource['resourceType']}", resource)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return answer.get_json()


def put(reader, body, **changed):
    return send(reader, "PUT", f"/Task/{body['id']}", {**body, **changed})


def kept(id):
    with reading() as session:
        return session.get(PatientTask, UUID(id))


class TestQuestion:
    def test_it_is_asked_answered_and_read_back(self, loop, clinic):
        task = made(clinic, patient_task(loop))
        begun = put(clinic, task, status="in-progress")
        said = [part("general-information-response", valueMarkdown="My sister drives me.")]

        answer = put(clinic, begun.get_json(), status="completed", output=said)

        body = answer.get_json()
        assert answer.status_code == 200, body
        assert (body["status"], body["output"], body["owner"]) == ("completed", said, task["for"])
        assert faults_in(body) == []
        assert kept(task["id"]).answer == "My sister drives me."
        assert clinic.ids(f"/Task?code={TEMPORARY}|general-information&patient={loop.person.id}") == [task["id"]]
        assert clinic.ids(f"/Task?owner=Patient/{loop.person.id}&status=completed") == [task["id"]]

    def test_a_text_tells_the_person_that_something_waits(self, loop, clinic):
        with transaction() as session:
            people.make_link(session, loop.navigator, loop.person.id, pin_hash="", at=datetime.now(UTC))

        for _each in range(2):
            made(clinic, patient_task(loop))

        with reading() as session:
            codes = [row.codes for row in session.execute(select(Outbox).where(Outbox.kind == KIND)).scalars()]
        assert codes.count({"template": "waiting"}) == 2  # the text, and its reminder


class TestContact:
    def test_a_service_of_the_directory_is_named_and_the_choice_is_in_words(self, loop, clinic):
        service = {"reference": f"HealthcareService/{loop.service.id}"}
        asked = patient_task(
            loop,
            code=coded(TEMPORARY, "make-contact"),
            description="Please call them",
            input=[part("contact-entity", valueReference={**service, "display": "The pantry"})],
        )
        task = made(clinic, asked)
        chosen = [part("chosen-contact", valueMarkdown="The pantry, on Monday")]

        answer = put(clinic, task, status="completed", output=chosen)

        body = answer.get_json()
        assert (answer.status_code, body["output"], body["input"]) == (200, chosen, asked["input"])
        assert kept(task["id"]).answer == "The pantry, on Monday"
        assert [each.service_id for each in contacts_of(kept(task["id"]))] == [loop.service.id]

    def test_others_are_known_by_what_is_said_of_them(self, loop, clinic):
        practitioner = made(
            clinic,
            {
                "resourceType": "Practitioner",
                "name": [{"given": ["Jan"], "family": "Water"}],
                "telecom": [{"system": "phone", "value": "555-555-0111"}],
            },
        )
        contacts = [
            {"reference": f"Practitioner/{practitioner['id']}"},
            {"reference": f"Organization/{loop.pantry.id}"},
            {"reference": "https://elsewhere.example.org/fhir/HealthcareService/1", "display": "The clinic"},
        ]

        task = made(
            clinic,
            patient_task(
                loop,
                code=coded(TEMPORARY, "make-contact"),
                input=[part("contact-entity", valueReference=each) for each in contacts],
            ),
        )

        assert [(c.name, c.phone) for c in contacts_of(kept(task["id"]))] == [
            ("Jan Water", "555-555-0111"),
            ("Lantern Pantry", ""),
            ("The clinic", ""),
        ]
        assert task["input"] == [part("contact-entity", valueReference=each) for each in contacts]


class TestMaterial:
    @pytest.fixture
    def document(self, clinic, loop):
        def send_document(**attachment):
            return made(
                clinic,
                {
                    "resourceType": "DocumentReference",
                    "status": "current",
                    "subject": {"reference": f"Patient/{loop.person.id}"},
                    "content": [{"attachment": attachment}],
                },
            )

        return send_document

    def ask(self, loop, document):
        focus = {"reference": f"DocumentReference/{document['id']}"}
        return patient_task(loop, code=coded(TEMPORARY, "review-material"), focus=focus)

    def test_a_file_is_kept_for_the_persons_page(self, loop, clinic, document):
        sent = document(data=base64.b64encode(b"Drink water.").decode(), contentType="text/plain", title="Tea.txt")

        task = made(clinic, self.ask(loop, sent))

        with reading() as session:
            row = document_of(session, session.get_one(PatientTask, UUID(task["id"])))
            assert (row.media_type, row.name, row.size_bytes) == ("text/plain", "Tea.txt", 12)
        assert task["focus"] == {"reference": f"DocumentReference/{sent['id']}"}
        assert put(clinic, task, status="completed").get_json()["status"] == "completed"

    def test_what_is_about_somebody_else_is_not_given(self, loop, clinic):
        other = made(clinic, patient())
        sent = {
            "resourceType": "DocumentReference",
            "status": "current",
            "subject": {"reference": f"Patient/{other['id']}"},
            "content": [{"attachment": {"data": PDF, "contentType": "application/pdf"}}],
        }

        answer = send(clinic, "POST", "/Task", self.ask(loop, made(clinic, sent)))

        assert (answer.status_code, faults(answer)) == (422, [("invalid", "Task.focus")])

    def test_a_page_elsewhere_is_a_link(self, loop, clinic, document):
        task = made(clinic, self.ask(loop, document(url="https://health.example.org/tea.pdf")))

        assert kept(task["id"]).link == "https://health.example.org/tea.pdf"

    @pytest.mark.parametrize(
        "attachment",
        [
            {"url": "http://health.example.org/tea.pdf"},
            {"data": base64.b64encode(b"PK\x03\x04\x14\x00").decode(), "contentType": "application/zip"},
            {"data": base64.b64encode(b"<script>").decode(), "contentType": "text/html"},
            {"title": "Nothing"},
        ],
    )
    def test_what_no_page_can_give_safely_is_refused(self, loop, clinic, document, attachment):
        answer = send(clinic, "POST", "/Task", self.ask(loop, document(**attachment)))

        assert answer.status_code == 422
        assert {place for _code, place in faults(answer)} <= {"Task.focus", "Task.input"}


class TestQuestionnaire:
    @pytest.fixture
    def forms(self, clinic):
        return load_instruments()

    def ask(self, loop, *inputs):
        category = part("questionnaire-category", valueCodeableConcept=coded(TEMPORARY, "risk-questionnaire"))
        code = coded(SDC, "complete-questionnaire")
        return patient_task(loop, code=code, input=[*inputs, category])

    def named(self, forms, code=HVS):
        return part("questionnaire", SDC, valueCanonical=f"Questionnaire/{forms[code]}")

    def response(self, loop, forms, code=HVS, **changed):
        answers = [("88122-7", OFTEN), ("88123-5", NEVER)]
        items = [
            {"linkId": f"/{question}", "answer": [{"valueCoding": {"system": "http://loinc.org", "code": given}}]}
            for question, given in answers
        ]
        return {
            "resourceType": "QuestionnaireResponse",
            "status": "completed",
            "questionnaire": f"Questionnaire/{forms[code]}",
            "subject": {"reference": f"Patient/{loop.person.id}"},
            "authored": datetime.now(UTC).isoformat(),
            "item": items,
            **changed,
        }

    def test_a_program_brings_the_answers_and_then_the_end(self, loop, clinic, forms):
        task = made(clinic, self.ask(loop, self.named(forms)))
        response = made(clinic, self.response(loop, forms))
        output = [
            part(
                "questionnaire-response",
                SDC,
                valueReference={"reference": f"QuestionnaireResponse/{response['id']}"},
            )
        ]

        answer = put(clinic, task, status="completed", output=output)

        assert (answer.status_code, answer.get_json()["output"]) == (200, output)
        assert kept(task["id"]).screening_id == UUID(response["id"])
        assert clinic.ids(f"/Task?output=QuestionnaireResponse/{response['id']}") == [task["id"]]

    def test_without_the_answers_it_is_not_done(self, loop, clinic, forms):
        task = made(clinic, self.ask(loop, self.named(forms)))

        answer = put(clinic, task, status="completed")

        assert (answer.status_code, faults(answer)) == (422, [("invalid", "Task.output")])

    def test_answers_to_other_questions_are_refused(self, loop, clinic, forms):
        task = made(clinic, self.ask(loop, self.named(forms, AHC)))
        response = made(clinic, self.response(loop, forms))
        named = {"reference": f"QuestionnaireResponse/{response['id']}"}

        answer = put(
            clinic, task, status="completed", output=[part("questionnaire-response", SDC, valueReference=named)]
        )

        assert (answer.status_code, faults(answer)) == (422, [("invalid", "Task.output")])

    def test_a_page_elsewhere_and_a_file_are_forms_too(self, loop, clinic):
        by_link = made(clinic, self.ask(loop, part("questionnaire-url", valueUrl="https://forms.example.org/1")))
        sent = made(
            clinic,
            {
                "resourceType": "DocumentReference",
                "status": "current",
                "content": [{"attachment": {"data": PDF, "contentType": "application/pdf"}}],
            },
        )
        pdf = {"reference": f"DocumentReference/{sent['id']}"}
        by_file = made(clinic, self.ask(loop, part("questionnaire-pdf", valueReference=pdf)))
        filled = [part("questionnaire-pdf-completed", valueReference=pdf)]

        answers = [
            put(clinic, by_link, status="completed").get_json(),
            put(clinic, by_file, status="completed", output=filled).get_json(),
        ]

        assert [each["status"] for each in answers] == ["completed", "completed"]
        assert answers[1]["output"] == filled
        assert [faults_in(each) for each in answers] == [[], []]

    def test_a_form_that_a_program_sent_comes_back_to_it(self, loop, clinic):
        sent = made(
            clinic,
            {
                "resourceType": "DocumentReference",
                "status": "current",
                "content": [{"attachment": {"data": PDF, "contentType": "application/pdf"}}],
            },
        )
        pdf = {"reference": f"DocumentReference/{sent['id']}"}
        task = made(clinic, self.ask(loop, part("questionnaire-pdf", valueReference=pdf)))
        them = Actor(ActorKind.PERSON, loop.person.id, purpose=Purpose.PERSON_REQUEST, door=Door.LINK)
        filled = patient_tasks.NewDocument("Mine.pdf", base64.b64decode(PDF))
        with transaction() as session:
            given = patient_tasks.Answer(filled=filled)
            patient_tasks.answer(session, them, UUID(task["id"]), given, at=datetime.now(UTC))

        body = clinic.get(f"/Task/{task['id']}").get_json()

        (output,) = body["output"]
        assert (body["input"], faults_in(body)) == (task["input"], [])
        assert output["valueReference"]["reference"] != pdf["reference"]
        assert clinic.get(f"/{output['valueReference']['reference']}").status_code == 200

    def test_questions_that_are_not_asked_here_are_refused(self, loop, clinic):
        unknown = part("questionnaire", SDC, valueCanonical="https://elsewhere.example.org/Questionnaire/1")

        answer = send(clinic, "POST", "/Task", self.ask(loop, unknown))

        assert (answer.status_code, faults(answer)) == (422, [("invalid", "Task.input")])


class TestRefusals:
    @pytest.mark.parametrize(
        ("changed", "place"),
        [
            ({"status": "in-progress"}, "Task.status"),
            ({"owner": {"reference": "RelatedPerson/1"}}, "Task.owner"),
            ({"description": DROP}, "Task"),
            ({"priority": "stat"}, "Task.priority"),
        ],
    )
    def test_what_is_no_task_for_a_person_of_ours(self, loop, clinic, changed, place):
        body = {name: value for name, value in patient_task(loop, **changed).items() if value is not DROP}

        answer = send(clinic, "POST", "/Task", body)

        assert answer.status_code == 422
        assert place in [found for _code, found in faults(answer)]

    def test_nobody_asks_in_the_name_of_another_organization(self, loop, clinic):
        asked = patient_task(loop, requester={"reference": f"Organization/{loop.pantry.id}"})

        answer = send(clinic, "POST", "/Task", asked)

        assert (answer.status_code, faults(answer)) == (422, [("invalid", "Task.requester")])

    def test_a_person_of_another_organization_is_not_there(self, loop, clinic, pantry):
        theirs = patient_task(loop, requester={"reference": f"Organization/{loop.pantry.id}"})
        nobody = {"reference": f"Patient/{UUID(int=loop.person.id.int ^ 1)}"}

        answers = [send(pantry, "POST", "/Task", {**theirs, **who}) for who in ({}, {"for": nobody, "owner": nobody})]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].get_json() == answers[1].get_json()

    @pytest.mark.parametrize(
        ("name", "value"),
        [("description", "Something else"), ("priority", "urgent"), ("code", coded(TEMPORARY, "make-contact"))],
    )
    def test_only_status_reason_and_output_change(self, loop, clinic, name, value):
        task = made(clinic, patient_task(loop))
        more = {"input": [part("contact-entity", valueReference=task["requester"])]} if name == "code" else {}

        answer = put(clinic, task, **{name: value, **more})

        assert answer.status_code == 422
        assert ("business-rule", f"Task.{name}") in faults(answer)

    def test_a_step_that_the_table_has_not_names_those_it_has(self, loop, clinic):
        task = made(clinic, patient_task(loop))
        ended = put(clinic, task, status="cancelled", statusReason={"text": "Not needed"}).get_json()

        answer = put(clinic, ended, status="in-progress")

        assert (answer.status_code, faults(answer)) == (422, [("business-rule", "Task.status")])
        assert "From cancelled it goes to: entered-in-error" in answer.get_data(as_text=True)
        assert ended["statusReason"]["text"] == "Not needed"

    @pytest.mark.parametrize("status", ["on-hold", "failed", "cancelled"])
    def test_why_is_asked(self, loop, clinic, status):
        task = made(clinic, patient_task(loop))

        answer = put(clinic, task, status=status)

        assert (answer.status_code, faults(answer)) == (422, [("required", "Task.statusReason.text")])

    def test_an_answer_comes_with_the_end_alone(self, loop, clinic):
        task = made(clinic, patient_task(loop))
        said = [part("general-information-response", valueMarkdown="By bus")]

        answer = put(clinic, task, output=said)

        assert (answer.status_code, faults(answer)) == (422, [("business-rule", "Task.output")])

    def test_a_stale_version_changes_nothing(self, loop, clinic):
        task = made(clinic, patient_task(loop))
        put(clinic, task, status="in-progress")

        answer = send(clinic, "PUT", f"/Task/{task['id']}", {**task, "status": "completed"}, If_Match='W/"1"')

        assert answer.status_code == 412
        assert kept(task["id"]).status == "in-progress"

    def test_another_organization_reads_nothing_of_it(self, loop, clinic, pantry):
        task = made(clinic, patient_task(loop))

        assert pantry.get(f"/Task/{task['id']}").status_code == 404
        assert send(pantry, "PUT", f"/Task/{task['id']}", task).status_code == 404
        assert pantry.ids("/Task?code=general-information") == []


def test_answers_of_the_page_come_before_what_was_sent(loop, clinic):
    """What a program sent earlier never hides what the person said since."""
    task = made(clinic, patient_task(loop))
    them = Actor(ActorKind.PERSON, loop.person.id, purpose=Purpose.PERSON_REQUEST, door=Door.LINK)

    with transaction() as session:
        patient_tasks.answer(session, them, UUID(task["id"]), patient_tasks.Answer("By bus"), at=datetime.now(UTC))

    body = clinic.get(f"/Task/{task['id']}").get_json()
    assert (body["status"], said_in(body).words) == ("completed", "By bus")
    assert faults_in(body) == []
