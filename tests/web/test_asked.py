"""What staff ask of a person, and read of their answers."""

from io import BytesIO

import pytest
from sqlalchemy import select

from cie import patient_tasks
from cie.access import Role
from cie.db import reading, transaction
from cie.patient_tasks import (
    Answer,
    Asked,
    Contact,
    NewDocument,
    PatientTask,
    PatientTaskKind,
    PatientTaskPriority,
    PatientTaskStatus,
)
from tests.factories import make_participant, make_person, make_staff
from tests.support.web import make_app, signed_in
from tests.web.my_place import make_my_place, text

PDF = b"%PDF-1.7\n%%EOF\n"
FORM = Asked(PatientTaskKind.QUESTIONNAIRE, category="other-specify", document=NewDocument("Form.pdf", PDF))


@pytest.fixture
def place(migrated, database):
    return make_my_place(make_app(migrated))


@pytest.fixture
def staff(place):
    return place.staff()


def asked(place):
    with reading() as session:
        query = select(PatientTask).where(PatientTask.person_id == place.person_id).order_by(PatientTask.id)
        return list(session.execute(query).scalars())


def test_a_question_is_asked_answered_and_read(place, staff):
    path = f"/people/{place.person_id}/asked"

    done = staff.post(path, page=path, what="question", description="How will you get here?", soon="yes")
    (task,) = asked(place)
    place.change(patient_tasks.answer, task.id, Answer("By bus"))
    page, person = text(staff.get(path)), text(staff.get(f"/people/{place.person_id}"))
    its_own = text(staff.get(f"{path}/{task.id}"))

    assert "It is on their page now." in text(staff.get(done.location))
    assert task.priority == PatientTaskPriority.URGENT
    assert "How will you get here?" in page and "By bus" in page and "Done" in page
    assert "By bus" in its_own and "Do not ask this any more" not in its_own
    assert "A question" in person and "By bus" not in person


def test_it_is_taken_off_their_page(place, staff):
    task = place.change(patient_tasks.ask, place.person_id, Asked(PatientTaskKind.QUESTION, "How?"))
    path = f"/people/{place.person_id}/asked/{task.id}"

    page = text(staff.get(path))
    first = staff.post(f"{path}/cancellation", page=path)
    second = staff.post(f"{path}/cancellation", page=path)

    assert "no text tells of it" in page and "You cannot undo this." in page
    assert (first.status_code, second.status_code) == (303, 409)
    assert [task.status for task in asked(place)] == [PatientTaskStatus.CANCELLED]
    assert "Things we ask of you" not in text(place.inside().get("/my"))


def test_whether_a_text_tells_them_is_said(place, staff):
    path = f"/people/{place.person_id}/asked"

    before = text(staff.get(path))
    staff.post(path, page=path, what="question", description="How will you get here?")
    after = text(staff.get(path))

    assert "A text with their link goes to them" in before
    assert "No second text goes" in after


class TestInPerson:
    """What the person says or gives to staff is written down for them."""

    @pytest.mark.parametrize(
        ("asked_for", "form", "kept"),
        [
            (Asked(PatientTaskKind.QUESTION, "How?"), {"answer": "By bus"}, "By bus"),
            (Asked(PatientTaskKind.CONTACT, "Call", contacts=(Contact(name="Jan"),)), {"answer": "Jan"}, "Jan"),
            (Asked(PatientTaskKind.MATERIAL, link="https://a.example.org/tea"), {}, None),
            (FORM, {}, None),
        ],
    )
    def test_an_answer(self, place, staff, asked_for, form, kept):
        task = place.change(patient_tasks.ask, place.person_id, asked_for)
        path = f"/people/{place.person_id}/asked/{task.id}"

        answer = staff.post(f"{path}/answer", page=path, **form)

        (now,) = asked(place)
        assert (now.status, now.answer) == (PatientTaskStatus.COMPLETED, kept)
        assert "Written down." in text(staff.get(answer.location))

    def test_a_question_without_an_answer_is_named(self, place, staff):
        task = place.change(patient_tasks.ask, place.person_id, Asked(PatientTaskKind.QUESTION, "How?"))
        path = f"/people/{place.person_id}/asked/{task.id}"

        answer = staff.post(f"{path}/answer", page=path)

        assert answer.status_code == 422 and "Your answer: write it down" in text(answer)

    def test_a_form_on_paper_is_kept_as_a_photo_and_opened_again(self, place, staff):
        task = place.change(patient_tasks.ask, place.person_id, FORM)
        path = f"/people/{place.person_id}/asked/{task.id}"

        staff.post(f"{path}/answer", page=path, file=(BytesIO(PDF), "Scan 7.pdf"))

        file = staff.get(f"{path}/filled")
        assert "Scan 7.pdf" in text(staff.get(path))
        assert (file.data, file.headers["Content-Disposition"]) == (PDF, 'attachment; filename="Scan 7.pdf"')


def test_staff_of_others_find_nothing(place):
    task = place.change(patient_tasks.ask, place.person_id, Asked(PatientTaskKind.QUESTION, "How?"))
    with transaction() as session:
        stranger = make_staff(session, make_participant(session, name="Quiet Harbor"), Role.NAVIGATOR)
    browser, path = signed_in(place.app, stranger), f"/people/{place.person_id}/asked"

    answers = [
        browser.get(path),
        browser.get(f"{path}/new"),
        browser.get(f"{path}/{task.id}"),
        browser.get(f"{path}/{task.id}/file"),
        browser.get(f"{path}/{task.id}/filled"),
        browser.post(f"{path}/{task.id}/answer", page="/worklist", answer="By bus"),
        browser.post(f"{path}/new", page="/worklist", what="question", description="How?"),
        browser.post(path, page="/worklist", what="question", description="How?"),
        browser.post(f"{path}/{task.id}/cancellation", page="/worklist"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert [task.status for task in asked(place)] == [PatientTaskStatus.READY]


def test_what_is_asked_of_somebody_else_is_not_on_this_persons_page(place, staff):
    task = place.change(patient_tasks.ask, place.person_id, Asked(PatientTaskKind.QUESTION, "How?"))
    with transaction() as session:
        other = make_person(session, place.clinic, given_name="Hazel")
    path = f"/people/{other.id}/asked/{task.id}"

    answers = [staff.get(path), staff.get(f"{path}/file"), staff.post(f"{path}/cancellation", page="/worklist")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
