"""Asking something of a person: the form, exactly what they will see, and what is kept."""

import re
from io import BytesIO

import pytest
from sqlalchemy import select

from cie import patient_tasks, people, screening
from cie.access import SYSTEM
from cie.db import reading, transaction
from cie.patient_tasks import PatientTask, PatientTaskKind
from cie.people import Person
from tests.support.web import make_app
from tests.web.my_place import NOW, make_my_place, text

PDF = b"%PDF-1.7\n%%EOF\n"
PAGE = "https://health.example.org/tea"


@pytest.fixture
def place(migrated, database):
    return make_my_place(make_app(migrated))


@pytest.fixture
def staff(place):
    return place.staff()


@pytest.fixture
def path(place):
    return f"/people/{place.person_id}/asked"


def asked(place):
    with reading() as session:
        query = select(PatientTask).where(PatientTask.person_id == place.person_id)
        return list(session.execute(query).scalars())


def instrument():
    with transaction() as session:
        return str(screening.import_shipped(session, SYSTEM, at=NOW)[0].id)


def shown(page):
    """The words of a page, however its markup breaks them."""
    return " ".join(text(page).split())


class TestCheck:
    def test_it_shows_what_they_will_see_and_keeps_nothing(self, place, staff, path):
        page = shown(staff.post(f"{path}/new", page=path, what="question", description="How will you get here?"))

        assert "This is exactly what they will see" in page
        assert "A question for you" in page and "How will you get here?" in page
        assert "something waits for you here: (their link)" in page
        assert asked(place) == []

    def test_what_they_see_is_in_their_language(self, place, staff, path):
        with transaction() as session:
            session.get_one(Person, place.person_id).language = "es"

        page = shown(staff.post(f"{path}/new", page=path, what="question", description="¿Cómo va a llegar?"))

        assert "Una pregunta para usted" in page
        assert "aquí hay algo que le espera: (su enlace)" in page
        assert "This is exactly what they will see" in page

    def test_without_a_text_it_says_why(self, place, staff, path):
        place.change(people.end_link, place.person_id)

        page = shown(staff.post(f"{path}/new", page=path, what="question", description="How?"))

        assert "No text goes: they have no page by link." in page
        assert "something waits" not in page

    def test_going_back_keeps_what_was_filled_in(self, staff, path):
        form = {"what": "material", "material_link": PAGE, "description": "Please read", "soon": "yes"}

        page = text(staff.post(f"{path}/new", page=path, action="change", **form))

        assert f'value="{PAGE}"' in page and "Please read</textarea>" in page
        assert 'value="material" checked' in page and 'value="yes" checked' in page

    @pytest.mark.parametrize(
        ("form", "words"),
        [
            ({"description": "How?"}, "What you ask: choose one"),
            ({"what": "question"}, "What you ask: write it down"),
            ({"what": "screening"}, "Questions: give a questionnaire"),
            ({"what": "form"}, "Kind of questions: choose one"),
            ({"what": "form", "category": "spying"}, "Kind of questions: choose one"),
            ({"what": "material", "material_link": "http://a.example.org"}, 'href="#material_link"'),
            ({"what": "contact", "description": "Call one"}, "Contacts: name from 1 to 20"),
            (
                {"what": "contact", "description": "Call", "contacts": "Jan\nPim, 12"},
                "Contacts, line 2: after the comma",
            ),
        ],
    )
    @pytest.mark.parametrize("step", ["/new", ""])
    def test_what_is_missing_is_named_and_what_was_typed_stays(self, place, staff, path, form, words, step):
        answer = staff.post(f"{path}{step}", page=path, **form)

        assert answer.status_code == 422
        assert words in text(answer) and form.get("description", "") in text(answer)
        assert asked(place) == []


class TestAsk:
    def test_the_questions_of_a_screening(self, place, staff, path):
        row_id = instrument()
        form = {"what": "screening", "questionnaire": row_id}

        page = text(staff.post(f"{path}/new", page=path, **form))
        staff.post(path, page=path, **form)

        assert "Those on safety are left out" in page
        assert [(t.kind, str(t.questionnaire_id)) for t in asked(place)] == [(PatientTaskKind.QUESTIONNAIRE, row_id)]

    def test_a_second_click_asks_nothing_more(self, place, staff, path):
        form = {"what": "question", "description": "How?"}
        form_id = re.search(r'name="form_id" value="([^"]+)"', text(staff.post(f"{path}/new", page=path, **form)))[1]

        answers = [staff.post(path, page=path, **form, form_id=form_id) for _click in range(2)]

        assert [answer.status_code for answer in answers] == [303, 303]
        assert len(asked(place)) == 1

    def test_somebody_to_contact(self, place, staff, path):
        contacts = "Jan Water, MD, 559 555 0142\n\nPim Reed"
        form = {"what": "contact", "description": "Please call one", "contacts": contacts}

        check = shown(staff.post(f"{path}/new", page=path, **form))
        staff.post(path, page=path, **form)

        (task,) = asked(place)
        with reading() as session:
            lines = patient_tasks.lines_of(session, session.merge(task, load=False), at=NOW)
        assert "Jan Water, MD, (559) 555-0142" in check
        assert [(line.name, line.phone) for line in lines] == [("Jan Water, MD", "+15595550142"), ("Pim Reed", "")]
        assert "(559) 555-0142" in text(place.inside().get(f"/my/tasks/{task.id}"))

    def test_a_page_to_read(self, place, staff, path):
        form = {"what": "material", "material_link": PAGE}

        check = staff.post(f"{path}/new", page=path, **form)
        staff.post(path, page=path, **form)

        assert PAGE in text(check) and 'type="file"' not in text(check)
        assert [(t.kind, t.link) for t in asked(place)] == [(PatientTaskKind.MATERIAL, PAGE)]

    @pytest.mark.parametrize("form", [{"what": "material"}, {"what": "form", "category": "application-questionnaire"}])
    def test_a_file_is_chosen_at_the_check_and_opened_by_both(self, place, staff, path, form):
        check = staff.post(f"{path}/new", page=path, **form)
        answer = staff.post(path, page=path, **form, file=(BytesIO(PDF), "Food plan.pdf"))

        (task,) = asked(place)
        page = text(staff.get(f"{path}/{task.id}"))
        assert 'type="file"' in text(check) and answer.status_code == 303
        assert "Food plan.pdf" in page
        assert staff.get(f"{path}/{task.id}/file").data == PDF
        assert place.inside().get(f"/my/tasks/{task.id}/file").data == PDF

    @pytest.mark.parametrize(
        ("file", "words"),
        [
            (None, "File: choose one"),
            ((b"", "a.pdf"), "File: choose one that is not empty"),
            ((b"PK\x03\x04zip", "a.pdf"), "File: choose a PDF"),
        ],
    )
    def test_a_file_that_cannot_be_kept_is_named_on_the_check(self, place, staff, path, file, words):
        given = {"file": (BytesIO(file[0]), file[1])} if file else {}

        answer = staff.post(path, page=path, what="material", description="Please read", **given)

        assert answer.status_code == 422 and words in text(answer)
        assert "This is exactly what they will see" in text(answer) and "Please read" in text(answer)
        assert asked(place) == []
