"""Facts beside age on the pages of a person: four boxes, the history, and a number that only suggests."""

import re

import pytest

from cie import people
from cie.access import Role
from cie.db import reading, transaction
from cie.people.filing import file_person
from tests.factories import NOON, make_loop, make_person, make_staff
from tests.support.web import make_app, signed_in
from tests.web.test_people import form
from tests.web.test_settings import text_of

FACTS = "Other facts that the rules look at"
SUGGESTION = "A Medi-Cal number is on record. Ask if they have Medi-Cal now."


@pytest.fixture
def place(database, migrated):
    with transaction() as session:
        loop = make_loop(session, birth_text="2011-05-05")
        loop.young = loop.person
        loop.adult = make_person(session, loop.clinic, given_name="Rowan")
        file_person(session, loop.young)
        loop.wren = make_staff(session, loop.clinic, Role.NAVIGATOR)
    loop.app = make_app(migrated)
    loop.browser = signed_in(loop.app, loop.wren)
    return loop


def correct(place, person, *standing):
    fields = {"given_name": "Aster", "language": "es", "zip": "93702", "seen_version": "1", "standing": list(standing)}
    year, month, day = person.birth_text.split("-")
    boxes = {"birth_month": month, "birth_day": day, "birth_year": year}
    return place.browser.post(f"/people/{person.id}/edit", **fields, **boxes)


def kept(person):
    with reading() as session:
        return session.get_one(people.Person, person.id).standing


def marked(page):
    return re.findall(r'name="standing" value="([\w-]+)" checked', page)


class TestForm:
    def test_four_boxes_stand_there_and_none_is_marked(self, place):
        page = text_of(place.browser.get("/people/new"))

        boxes = re.findall(r'name="standing" value="([\w-]+)"', page)
        assert boxes == ["medi-cal", "lives-apart", "emancipated", "foster-youth"]
        assert marked(page) == []

    def test_what_is_marked_is_kept_shown_and_marked_again(self, place):
        correct(place, place.young, "medi-cal", "foster-youth")

        assert kept(place.young) == ["medi-cal", "foster-youth"]
        assert f"<dt>{FACTS}</dt><dd>Has Medi-Cal, In foster care</dd>" in text_of(
            place.browser.get(f"/people/{place.young.id}")
        )
        assert marked(text_of(place.browser.get(f"/people/{place.young.id}/edit"))) == ["medi-cal", "foster-youth"]

    def test_the_history_says_what_it_was(self, place):
        correct(place, place.young, "medi-cal", "lives-apart")

        history = text_of(place.browser.get(f"/people/{place.young.id}/history"))

        assert f"{FACTS}: from <bdi>nothing</bdi> to <b><bdi>Has Medi-Cal, Lives apart from parents" in history

    @pytest.mark.parametrize("fact", ["lives-apart", "emancipated", "foster-youth"])
    def test_what_counts_only_under_eighteen_is_refused_for_an_adult_and_stays_marked(self, place, fact):
        answer = correct(place, place.adult, fact)

        page = text_of(answer)
        assert answer.status_code == 422
        assert "Other facts: lives apart, emancipated and in foster care count only under 18" in page
        assert '<a href="#standing">' in page
        assert marked(page) == [fact]
        assert kept(place.adult) is None

    def test_somebody_who_turned_eighteen_is_corrected_without_it(self, place):
        with transaction() as session:
            session.get_one(people.Person, place.adult.id).standing = ["medi-cal", "foster-youth"]

        edit = text_of(place.browser.get(f"/people/{place.adult.id}/edit"))
        page = text_of(place.browser.get(f"/people/{place.adult.id}"))

        assert marked(edit) == ["medi-cal"]
        assert f"<dt>{FACTS}</dt><dd>Has Medi-Cal</dd>" in page

    def test_a_fact_that_nobody_knows_is_named(self, place):
        answer = correct(place, place.young, "medi-cal", "royal")

        assert answer.status_code == 422
        assert "Other facts: choose from the list" in text_of(answer)

    def test_several_marks_come_through_the_page_about_duplicates(self, place):
        typed = form(given_name="Aster", family_name="Moreno", standing=["medi-cal", "foster-youth"])
        page = text_of(place.browser.post("/people/new", **typed))

        assert "Is it one of these?" in page
        assert re.findall(r'name="standing" value="([\w-]+)"', page) == ["medi-cal", "foster-youth"]

        location = place.browser.post("/people/new", **typed, not_these="yes").location
        assert "Has Medi-Cal, In foster care" in text_of(place.browser.get(location))


class TestReading:
    def test_a_privacy_officer_reads_it_and_changes_nothing(self, place):
        correct(place, place.young, "medi-cal")
        with transaction() as session:
            officer = make_staff(session, place.clinic, Role.PRIVACY_OFFICER)
        browser = signed_in(place.app, officer)

        assert "Has Medi-Cal" in text_of(browser.get(f"/people/{place.young.id}"))
        assert browser.get(f"/people/{place.young.id}/edit").status_code == 403

    def test_another_organization_finds_no_such_person(self, place):
        with transaction() as session:
            stranger = make_staff(session, place.pantry)
        browser = signed_in(place.app, stranger)

        assert browser.get(f"/people/{place.young.id}").status_code == 404
        assert browser.post(f"/people/{place.young.id}/edit", page="/people/new", seen_version="1").status_code == 404

    def test_a_medi_cal_number_suggests_it_and_sets_nothing(self, place):
        paths = [f"/people/{place.young.id}", f"/people/{place.young.id}/edit"]
        assert not any(SUGGESTION in text_of(place.browser.get(path)) for path in paths)
        with transaction() as session:
            people.add_identifier(session, place.navigator, place.young.id, "cin", "91234567A", at=NOON)

        assert all(SUGGESTION in text_of(place.browser.get(path)) for path in paths)
        assert kept(place.young) is None

        correct(place, place.young, "medi-cal")
        assert not any(SUGGESTION in text_of(place.browser.get(path)) for path in paths)
