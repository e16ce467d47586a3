"""Other answers in place of those that were kept: what they change is shown first, and what was confirmed stays."""

import re

import pytest

from cie import screening
from cie.access import SYSTEM, Role
from cie.db import reading, transaction
from cie.screening import GivenAnswer
from tests.factories import make_participant, make_staff
from tests.support.web import make_app, signed_in
from tests.web.my_place import NOW, make_my_place, text

HUNGER, OFTEN, SOMETIMES, NEVER = "/88122-7", "LA28397-0", "LA6729-3", "LA28398-8"


@pytest.fixture
def place(migrated, database):
    return make_my_place(make_app(migrated))


@pytest.fixture
def staff(place):
    return place.staff()


@pytest.fixture
def kept(place):
    """The id of a screening that points to food."""
    with transaction() as session:
        ahc = screening.import_shipped(session, SYSTEM, at=NOW)[0]
    return place.change(screening.record_screening, place.person_id, ahc.id, {HUNGER: GivenAnswer((OFTEN,))}).id


def form(staff, path, answer=None):
    """What the form would post as it stands, or with another answer to the one question that was answered."""
    page = text(staff.get(path))
    ((name, kept),) = re.findall(r'name="(q\d+)" value="([^"]+)" checked', page)
    (seen,) = re.findall(r'name="seen" value="([^"]*)"', page)
    return {"seen": seen, name: answer or kept}


def answers(place, id):
    with reading() as session:
        return {item.link_id: given.codes for item, given in screening.open_answers(session, place.navigator, id)}


def needs(place):
    with reading() as session:
        return {
            (need.need_code, need.status.value)
            for need in screening.needs_of(session, place.navigator, place.person_id)
        }


def shown(answer):
    return " ".join(text(answer).split())


class TestCheck:
    def test_it_says_what_changes_and_changes_nothing(self, place, staff, kept):
        path = f"/screenings/{kept}/correction"

        page = shown(staff.post(f"{path}/check", page=path, **form(staff, path, NEVER)))

        assert "Before: <span" in page and "Often true" in page and "Never true" in page
        assert "Off the list of needs, since nobody decided on them yet: Food." in page
        assert "The answers before stay in the history." in page
        assert (answers(place, kept), needs(place)) == ({HUNGER: (OFTEN,)}, {("food", "proposed")})

    def test_what_somebody_confirmed_is_said_to_stay(self, place, staff, kept):
        with transaction() as session:
            (need,) = screening.needs_of(session, place.navigator, place.person_id)
            screening.confirm_need(session, place.navigator, need.id, at=NOW)
        path = f"/screenings/{kept}/correction"

        page = shown(staff.post(f"{path}/check", page=path, seen="first"))

        assert "These stay, since somebody confirmed them: Food." in page
        assert "Off the list" not in page

    def test_without_a_change_there_is_nothing_to_save(self, staff, kept):
        path = f"/screenings/{kept}/correction"

        page = text(staff.post(f"{path}/check", page=path, **form(staff, path)))

        assert "You changed no answer." in page and "Save these answers" not in page

    def test_going_back_keeps_what_was_chosen(self, staff, kept):
        path = f"/screenings/{kept}/correction"

        page = text(staff.post(f"{path}/check", page=path, change="yes", **form(staff, path, NEVER)))

        assert f'value="{NEVER}" checked' in page

    def test_an_answer_that_the_question_has_not_is_named(self, place, staff, kept):
        path = f"/screenings/{kept}/correction"

        answer = staff.post(f"{path}/check", page=path, **form(staff, path, "LA0-0"))

        assert answer.status_code == 422 and "Choose an answer of the list" in text(answer)


class TestSave:
    def test_the_other_answers_count_from_then_on(self, place, staff, kept):
        path = f"/screenings/{kept}/correction"

        answer = staff.post(path, page=path, **form(staff, path, NEVER))

        page = text(staff.get(answer.location))
        assert "These answers count from now on." in page and "Corrected " in page and "Never true" in page
        assert (answers(place, kept), needs(place)) == ({HUNGER: (NEVER,)}, {("food", "entered-in-error")})

    def test_the_page_of_the_screening_leads_to_it(self, staff, kept):
        assert f"/screenings/{kept}/correction" in text(staff.get(f"/screenings/{kept}"))

    @pytest.mark.parametrize("button", ["", "/check"])
    def test_who_was_not_first_sees_that_it_changed_and_keeps_what_they_chose(self, place, staff, kept, button):
        path = f"/screenings/{kept}/correction"
        late = form(staff, path, SOMETIMES)
        staff.post(path, page=path, **form(staff, path, NEVER))

        answer = staff.post(f"{path}{button}", page=path, **late)

        page = text(answer)
        assert answer.status_code == 409 and "This changed while you were typing." in page
        assert f'value="{SOMETIMES}" checked' in page and answers(place, kept) == {HUNGER: (NEVER,)}
        (seen,) = re.findall(r'name="seen" value="([^"]*)"', page)
        assert staff.post(path, page=path, **{**late, "seen": seen}).status_code == 303
        assert answers(place, kept) == {HUNGER: (SOMETIMES,)}

    def test_going_back_from_the_check_does_not_hide_that_it_changed(self, place, staff, kept):
        path = f"/screenings/{kept}/correction"
        late = form(staff, path, SOMETIMES)
        staff.post(path, page=path, **form(staff, path, NEVER))

        back = text(staff.post(f"{path}/check", page=path, change="yes", **late))

        assert 'name="seen" value="first"' in back

    def test_a_mistake_is_not_corrected(self, place, staff, kept):
        place.change(screening.mark_mistake, kept)
        path = f"/screenings/{kept}/correction"

        assert staff.get(path).location == f"/screenings/{kept}"
        assert staff.post(path, page="/worklist").status_code == 409
        assert f"{path}" not in text(staff.get(f"/screenings/{kept}"))

    def test_another_organizations_is_not_there(self, place, kept):
        with transaction() as session:
            stranger = make_staff(session, make_participant(session, name="Quiet Harbor"), Role.NAVIGATOR)
        browser, path = signed_in(place.app, stranger), f"/screenings/{kept}/correction"

        found = [browser.get(path), browser.post(f"{path}/check", page="/help"), browser.post(path, page="/help")]

        assert [answer.status_code for answer in found] == [404, 404, 404]
        assert answers(place, kept) == {HUNGER: (OFTEN,)}
