"""What staff ask of a person, as programs of their organization read it: tasks, and the files that go with them."""

import base64

from cie import patient_tasks
from cie.access import Actor, ActorKind, Door, Purpose
from cie.db import transaction
from cie.fhir.checking import faults_in
from cie.patient_tasks import Answer, Asked, Contact, NewDocument, PatientTaskKind
from tests.factories import NOON

PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(32)
PDF = b"%PDF-1.7\n%%EOF\n"
FORM = Asked(
    PatientTaskKind.QUESTIONNAIRE, category="application-questionnaire", document=NewDocument("Application.pdf", PDF)
)
PAGE = "https://health.example.org/tea"


def ask(loop, asked):
    with transaction() as session:
        return patient_tasks.ask(session, loop.navigator, loop.person.id, asked, at=NOON).id


def attachment_of(reader, id):
    (content,) = reader.get(f"/DocumentReference/{id}").get_json()["content"]
    return content["attachment"]


def test_a_form_is_a_file_that_its_organization_may_open(loop, clinic):
    id = ask(loop, FORM)

    task = clinic.get(f"/Task/{id}").get_json()
    attachment = attachment_of(clinic, id)
    binary = clinic.get(f"/{attachment['url']}").get_json()

    assert task["input"][0]["valueReference"] == {"reference": f"DocumentReference/{id}"}
    assert (attachment["title"], attachment["size"]) == ("Application.pdf", len(PDF))
    assert (binary["contentType"], base64.b64decode(binary["data"])) == ("application/pdf", PDF)
    assert binary["securityContext"] == {"reference": f"DocumentReference/{id}"}


def test_a_form_that_came_back_is_the_output_of_its_task(loop, clinic):
    id, them = ask(loop, FORM), Actor(ActorKind.PERSON, loop.person.id, purpose=Purpose.PERSON_REQUEST, door=Door.LINK)
    with transaction() as session:
        patient_tasks.answer(session, them, id, Answer(filled=NewDocument("IMG_1.jpeg", PHOTO)), at=NOON)

    task = clinic.get(f"/Task/{id}").get_json()
    (output,) = task["output"]
    document = clinic.get(f"/{output['valueReference']['reference']}").get_json()
    binary = clinic.get(f"/{document['content'][0]['attachment']['url']}").get_json()

    assert task["status"] == "completed" and faults_in(task) == []
    assert output["type"]["coding"][0]["code"] == "questionnaire-pdf-completed"
    assert (binary["contentType"], base64.b64decode(binary["data"])) == ("image/jpeg", PHOTO)
    assert binary["securityContext"] == output["valueReference"]
    assert document["context"]["related"] == [{"reference": f"Task/{id}"}]


def test_something_to_read_is_the_focus_wherever_it_is(loop, clinic):
    by_file = ask(loop, Asked(PatientTaskKind.MATERIAL, document=NewDocument("Tea.txt", b"Drink water.")))
    by_link = ask(loop, Asked(PatientTaskKind.MATERIAL, link=PAGE))

    focused = [clinic.get(f"/Task/{id}").get_json()["focus"]["reference"] for id in (by_file, by_link)]

    assert focused == [f"DocumentReference/{by_file}", f"DocumentReference/{by_link}"]
    assert attachment_of(clinic, by_file)["title"] == "Tea.txt"
    assert attachment_of(clinic, by_link)["url"] == PAGE


def test_whom_to_contact_is_named_in_words(loop, clinic):
    jan = Contact(name="Jan Water", phone="+15595550142")
    id = ask(loop, Asked(PatientTaskKind.CONTACT, "Please call", contacts=(jan,)))

    (named,) = clinic.get(f"/Task/{id}").get_json()["input"]

    assert named["valueReference"] == {"display": "Jan Water"}


def test_nobody_else_reads_any_of_it(loop, clinic, pantry):
    id = ask(loop, FORM)
    binary = attachment_of(clinic, id)["url"]

    for path in (f"/Task/{id}", f"/DocumentReference/{id}", f"/{binary}"):
        assert pantry.get(path).status_code == 404
