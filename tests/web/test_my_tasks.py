"""What is asked of a person on their own page: behind the PIN, answered in their words, told to nobody else."""

import re
from io import BytesIO
from uuid import UUID

import pytest

from cie import patient_tasks, people, screening
from cie.access import SYSTEM, Role
from cie.db import reading, transaction
from cie.patient_tasks import Asked, Contact, NewDocument, PatientTask, PatientTaskKind, PatientTaskStatus
from cie.screening import Screening, ScreeningStatus
from tests.factories import make_participant, make_person, staff_of
from tests.support.web import make_app
from tests.web.my_place import NOW, make_my_place, steady, text

PDF, PHOTO = b"%PDF-1.7\n%%EOF\n", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(32)
PRIVATE = ("physically hurt", "insult", "threaten you", "scream")
"""Words of the questions on safety."""
QUESTION = Asked(PatientTaskKind.QUESTION, "How will you get to the clinic?")


@pytest.fixture
def place(migrated, database):
    return make_my_place(make_app(migrated))


def ask(place, asked=QUESTION):
    return place.change(patient_tasks.ask, place.person_id, asked).id


def kept(task_id) -> PatientTask:
    with reading() as session:
        return session.get_one(PatientTask, task_id)


class TestQuestion:
    def test_it_is_listed_without_its_words_and_answered_on_its_own_page(self, place):
        task_id = ask(place)
        browser = place.inside()

        listed, page = text(browser.get("/my")), text(browser.get(f"/my/tasks/{task_id}"))
        answer = browser.post(f"/my/tasks/{task_id}/answer", page=f"/my/tasks/{task_id}", answer="By bus")

        assert "Things we ask of you" in listed and "A question for you" in listed
        assert "clinic" not in listed and "How will you get to the clinic?" in page
        assert answer.location == f"/my/tasks/{task_id}"
        assert "Thank you. This is done." in text(browser.get(answer.location))
        assert (kept(task_id).status, kept(task_id).answer) == (PatientTaskStatus.COMPLETED, "By bus")
        assert "Things we ask of you" not in text(browser.get("/my"))

    def test_what_was_typed_stays_when_it_cannot_be_sent(self, place):
        task_id = ask(place)
        browser, path = place.inside(), f"/my/tasks/{task_id}"

        nothing = browser.post(f"{path}/answer", page=path, answer=" ")
        too_long = browser.post(f"{path}/answer", page=path, answer="x" * 4001)

        assert (nothing.status_code, too_long.status_code) == (422, 422)
        assert "Your answer: write it down" in text(nothing)
        assert "x" * 4001 in text(too_long)
        assert kept(task_id).status == PatientTaskStatus.READY

    def test_a_no_is_fine_and_ends_it(self, place):
        task_id = ask(place)
        browser, path = place.inside(), f"/my/tasks/{task_id}"

        browser.post(f"{path}/refusal", page=path)
        again = browser.post(f"{path}/answer", page=path, answer="By bus")

        assert (kept(task_id).status, kept(task_id).reason) == (PatientTaskStatus.CANCELLED, patient_tasks.DECLINES)
        assert "You said no. That is fine." in text(again)
        assert "clinic" not in text(again)

    def test_it_speaks_spanish(self, place):
        task_id = ask(place)
        browser = place.inside()
        browser.post("/language", page="/my", language="es", next="/my")

        page = text(browser.get(f"/my/tasks/{task_id}"))

        assert "Una pregunta para usted" in page and "No tiene que hacerlo." in page


class TestContact:
    def test_phones_are_listed_and_the_choice_is_kept(self, place):
        jan = Contact(name="Jan Water", phone="+15595550111", reference="Practitioner/1")
        task_id = ask(place, Asked(PatientTaskKind.CONTACT, "Please call", contacts=(jan,)))
        browser, path = place.inside(), f"/my/tasks/{task_id}"

        page = text(browser.get(path))
        none = browser.post(f"{path}/answer", page=path)
        browser.post(f"{path}/answer", page=path, contact="1")

        assert 'href="tel:+15595550111"' in page and "Whom did you contact?" in page
        assert none.status_code == 422 and "choose one, or write it down" in text(none)
        assert kept(task_id).answer == "Jan Water, +15595550111"

    def test_somebody_else_is_named_in_their_own_words(self, place):
        jan = Contact(name="Jan Water", reference="Practitioner/1")
        task_id = ask(place, Asked(PatientTaskKind.CONTACT, "Please call", contacts=(jan,)))
        browser, path = place.inside(), f"/my/tasks/{task_id}"

        browser.post(f"{path}/answer", page=path, contact="0", answer="My old doctor")

        assert kept(task_id).answer == "My old doctor"

    def test_without_anybody_to_list_they_say_whom(self, place):
        nobody = Contact(reference="https://elsewhere.example.org/fhir/Organization/1")
        task_id = ask(place, Asked(PatientTaskKind.CONTACT, "Please call", contacts=(nobody,)))
        browser, path = place.inside(), f"/my/tasks/{task_id}"

        page = text(browser.get(path))
        browser.post(f"{path}/answer", page=path, answer="The clinic")

        assert "Somebody else" not in page and "elsewhere" not in page
        assert kept(task_id).answer == "The clinic"


class TestMaterial:
    def test_a_file_is_saved_under_a_name_that_tells_nothing(self, place):
        asked = Asked(PatientTaskKind.MATERIAL, document=NewDocument("Diabetes.txt", b"<script>alert(1)</script>"))
        task_id = ask(place, asked)
        browser, path = place.inside(), f"/my/tasks/{task_id}"

        page, file = text(browser.get(path)), browser.get(f"{path}/file")
        browser.post(f"{path}/answer", page=path)

        assert "Diabetes" not in page
        assert file.headers["Content-Disposition"] == "attachment; filename=to-read.txt"
        assert file.content_type == "text/plain; charset=utf-8"
        assert (file.headers["X-Content-Type-Options"], file.headers["Cache-Control"]) == ("nosniff", "no-store")
        assert kept(task_id).status == PatientTaskStatus.COMPLETED

    def test_a_page_elsewhere_hears_nothing_of_this_one(self, place):
        task_id = ask(place, Asked(PatientTaskKind.MATERIAL, link="https://health.example.org/tea?a=1&b=2"))
        browser = place.inside()

        page = text(browser.get(f"/my/tasks/{task_id}"))

        assert 'href="https://health.example.org/tea?a=1&amp;b=2" rel="external noopener noreferrer"' in page
        assert browser.get(f"/my/tasks/{task_id}/file").status_code == 404


class TestQuestions:
    @pytest.fixture
    def task_id(self, place):
        with transaction() as session:
            rows = {row.code: row.id for row in screening.import_shipped(session, SYSTEM, at=NOW)}
        asked = Asked(PatientTaskKind.QUESTIONNAIRE, questionnaire_id=rows["96777-8"], category="risk-questionnaire")
        return ask(place, asked)

    def test_they_are_answered_one_part_at_a_time_and_become_a_screening(self, place, task_id):
        browser, path = place.inside(), f"/my/tasks/{task_id}"

        begun = browser.post(f"{path}/questions", page=path)
        answers = [begun]
        while "/questions/" in answers[-1].location:
            page = answers[-1].location
            shown = text(browser.get(page))
            assert not any(word in shown for word in PRIVATE)
            box = re.search(r'name="(q1)" value="([^"~]+)"', shown)
            answers.append(browser.post(page, page=page, **({box[1]: box[2]} if box else {})))
        browser.post(f"{path}/completion", page=path)

        with reading() as session:
            found = session.get_one(Screening, kept(task_id).screening_id)
        assert (found.status, found.started_by_id) == (ScreeningStatus.COMPLETED, place.person_id)
        assert kept(task_id).status == PatientTaskStatus.COMPLETED
        assert "We will ask you these when we talk." in text(browser.get(path))

    def test_they_may_stop_and_what_was_answered_stays(self, place, task_id):
        browser, path = place.inside(), f"/my/tasks/{task_id}"
        page = browser.post(f"{path}/questions", page=path).location
        code = re.search(r'name="q1" value="([^"~]+)"', text(browser.get(page)))[1]

        stopped = browser.post(page, page=page, q1=code, stop="yes")

        assert stopped.location == "/my"
        assert f'value="{code}" checked' in text(browser.get(page))
        assert "Go on with the questions" in text(browser.get(path))

    @pytest.mark.parametrize("part", ["0", "99", "x", "²"])
    def test_there_is_no_other_part(self, place, task_id, part):
        browser, path = place.inside(), f"/my/tasks/{task_id}"
        browser.post(f"{path}/questions", page=path)

        assert browser.get(f"{path}/questions/{part}").status_code == 404

    def test_nothing_is_shown_before_they_begin(self, place, task_id):
        assert place.inside().get(f"/my/tasks/{task_id}/questions/1").status_code == 404

    def test_while_staff_ask_the_same_they_wait(self, place, task_id):
        row_id = kept(task_id).questionnaire_id
        place.change(screening.start_screening, place.person_id, row_id)
        browser, path = place.inside(), f"/my/tasks/{task_id}"

        answer = browser.post(f"{path}/questions", page=path)

        assert answer.status_code == 409
        assert kept(task_id).status == PatientTaskStatus.READY


class TestForm:
    """A form that is a file: saved, filled in, and given back."""

    @pytest.fixture
    def task_id(self, place):
        form = NewDocument("Food stamps.pdf", PDF)
        return ask(place, Asked(PatientTaskKind.QUESTIONNAIRE, category="application-questionnaire", document=form))

    @pytest.mark.parametrize(
        ("content", "name", "media_type"),
        [(PDF, "Mine.pdf", "application/pdf"), (PHOTO, "IMG_1.jpeg", "image/jpeg")],
    )
    def test_it_comes_back_as_a_file_or_a_photo(self, place, task_id, content, name, media_type):
        browser, path = place.inside(), f"/my/tasks/{task_id}"

        saved = browser.get(f"{path}/file")
        answer = browser.post(f"{path}/form", page=path, file=(BytesIO(content), name))

        with reading() as session:
            row = patient_tasks.document_of(session, kept(task_id), patient_tasks.DocumentPart.FILLED)
        assert saved.headers["Content-Disposition"] == "attachment; filename=to-fill-in.pdf"
        assert "Thank you. This is done." in text(browser.get(answer.location))
        assert (row.media_type, row.name, kept(task_id).filled_reference) == (media_type, name, str(row.id))

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (None, "File: choose one"),
            (b"", "File: choose one that is not empty"),
            (b"My name is Aster", "File: choose a PDF, or a photo as PNG or JPEG"),
            (b"PK\x03\x04zip", "File: choose a PDF, or a photo as PNG or JPEG"),
        ],
    )
    def test_what_is_no_form_is_named_and_the_form_waits(self, place, task_id, content, words):
        browser, path = place.inside(), f"/my/tasks/{task_id}"
        given = {} if content is None else {"file": (BytesIO(content), "form.pdf")}

        answer = browser.post(f"{path}/form", page=path, **given)

        assert answer.status_code == 422 and words in text(answer)
        assert "Give the form back" in text(answer)
        assert kept(task_id).status == PatientTaskStatus.READY

    def test_it_comes_back_once(self, place, task_id):
        browser, path = place.inside(), f"/my/tasks/{task_id}"
        browser.post(f"{path}/form", page=path, file=(BytesIO(PDF), "a.pdf"))

        again = browser.post(f"{path}/form", page=path, file=(BytesIO(PDF), "b.pdf"))

        assert again.status_code == 409 and "Thank you. This is done." in text(again)

    def test_what_is_no_form_takes_no_file(self, place):
        task_id = ask(place)
        browser, path = place.inside(), f"/my/tasks/{task_id}"

        page, answer = text(browser.get(path)), browser.post(f"{path}/form", page=path, file=(BytesIO(PDF), "a.pdf"))

        assert 'type="file"' not in page
        assert answer.status_code == 422
        assert kept(task_id).status == PatientTaskStatus.READY

    def test_one_elsewhere_is_answered_there(self, place):
        form = Asked(PatientTaskKind.QUESTIONNAIRE, category="feedback-questionnaire", link="https://a.example.org/f")
        task_id = ask(place, form)
        browser, path = place.inside(), f"/my/tasks/{task_id}"

        page = text(browser.get(path))
        browser.post(f"{path}/answer", page=path)

        assert 'type="file"' not in page and "I answered the questions" in page
        assert kept(task_id).status == PatientTaskStatus.COMPLETED


class TestWhoSees:
    def test_nobody_without_the_pin(self, place):
        task_id = ask(place)
        browser = place.outside()

        for path in (f"/my/tasks/{task_id}", f"/my/tasks/{task_id}/file", f"/my/tasks/{task_id}/questions/1"):
            assert browser.get(path).location == "/my/enter"
        assert browser.post(f"/my/tasks/{task_id}/answer", page="/my/enter", answer="x").location == "/my/enter"
        assert kept(task_id).answer is None

    def test_nobody_once_the_link_ended(self, place):
        task_id = ask(place)
        browser = place.inside()
        place.change(people.end_link, place.person_id)

        assert browser.get(f"/my/tasks/{task_id}").location == "/my/enter"
        assert browser.post(f"/my/tasks/{task_id}/answer", page="/help", answer="x").location == "/my/enter"
        assert kept(task_id).status == PatientTaskStatus.READY

    def test_what_is_asked_of_somebody_else_is_not_there(self, place):
        with transaction() as session:
            harbor = make_participant(session, name="Quiet Harbor")
            theirs = make_person(session, harbor)
            staff = staff_of(harbor, Role.NAVIGATOR)
            task_id = patient_tasks.ask(session, staff, theirs.id, QUESTION, at=NOW).id
        browser = place.inside()

        answers = [browser.get(f"/my/tasks/{each}") for each in (task_id, UUID(int=task_id.int ^ 1))]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert steady(text(answers[0])) == steady(text(answers[1]))
        assert "Things we ask of you" not in text(browser.get("/my"))
