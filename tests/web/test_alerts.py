"""Danger: a notice above everything for those who act, steps and words on its page, and an end with a note."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sqlmodel import select

from cie import messaging, people
from cie.access import SYSTEM, Role
from cie.db import reading, transaction
from cie.people import AlertSource, Person
from cie.people.models import DangerAlert
from tests.factories import make_loop, make_staff
from tests.support.web import make_app, signed_in

NOW = datetime.now(UTC)
WORDS = "my husband hit me again and I am scared"


@pytest.fixture
def story(database, migrated):
    """A person who wrote of danger, in an organization where Linnet is on call."""
    with transaction() as session:
        loop = make_loop(session, language="en")
        staff = {
            "linnet": make_staff(session, loop.clinic, Role.NAVIGATOR, name="Linnet Reed"),
            "robin": make_staff(session, loop.clinic, Role.SUPERVISOR, name="Robin Ash"),
            "sorrel": make_staff(session, loop.clinic, Role.NAVIGATOR, name="Sorrel Finch"),
            "officer": make_staff(session, loop.clinic, Role.PRIVACY_OFFICER),
            "wren": make_staff(session, loop.pantry),
        }
        loop.clinic.on_call_user_id = staff["linnet"].id
        loop.clinic.danger_steps = ["Call the shelter line first."]
        session.add(loop.clinic)
    with transaction() as session:
        messaging.receive(session, phone="+15595550142", body=WORDS, gateway_id="SM1", at=NOW)
    app = make_app(migrated)
    browsers = {name: signed_in(app, user) for name, user in staff.items()}
    return SimpleNamespace(loop=loop, path=f"/alerts/{the(DangerAlert).id}", **browsers)


def the(model):
    with reading() as session:
        return session.exec(select(model)).one()


def plain(answer):
    page = answer.get_data(as_text=True).partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page).replace("\N{NO-BREAK SPACE}", " "))


def close(story, **fields):
    return story.linnet.post(f"{story.path}/closure", page=story.path, **fields)


class TestNotice:
    @pytest.mark.parametrize("who", ["linnet", "robin"])
    def test_who_is_on_call_and_supervisors_see_it_above_everything(self, story, who):
        page = getattr(story, who).get("/worklist")

        read = plain(page)
        assert read.index("1 person may be in danger") < read.index("Next step is with")
        assert f'href="{story.path}"' in page.get_data(as_text=True)

    def test_every_page_of_the_person_on_call_begins_with_it_until_it_is_closed(self, story):
        words, pages = "1 person may be in danger", ("/people", "/referrals/new", "/directory", "/settings", "/help")

        for path in pages:
            assert plain(story.linnet.get(path)).index(words) < 60, path
            assert all(words not in plain(browser.get(path)) for browser in (story.sorrel, story.wren))
        close(story, note="I called and spoke with them.", texts="paused")
        assert all(words not in plain(story.linnet.get(path)) for path in pages)

    def test_it_stands_once_on_the_worklist_and_not_beside_itself(self, story):
        assert plain(story.linnet.get("/worklist")).count("1 person may be in danger") == 1
        assert "1 person may be in danger" not in plain(story.linnet.get(story.path))

    def test_others_see_that_the_person_on_call_was_told(self, story):
        read = plain(story.sorrel.get("/worklist"))

        assert "Linnet Reed is on call and was told." in read
        assert "1 person may be in danger" not in read

    def test_neither_the_person_nor_the_words_are_on_the_worklist(self, story):
        for browser in (story.linnet, story.sorrel):
            read = plain(browser.get("/worklist"))

            assert "Aster" not in read
            assert WORDS not in read

    def test_when_nobody_is_on_call_everybody_is_told(self, story):
        with transaction() as session:
            clinic = session.get_one(type(story.loop.clinic), story.loop.clinic.id)
            clinic.on_call_user_id = None
            person = session.get_one(Person, story.loop.person.id)
            session.add(clinic)
            session.flush()
            people.raise_alert(session, SYSTEM, person, AlertSource.STAFF, "danger", None, at=NOW)

        assert "1 person may be in danger" in plain(story.sorrel.get("/worklist"))

    def test_another_organization_sees_nothing(self, story):
        assert "danger" not in plain(story.wren.get("/worklist"))
        assert story.wren.get(story.path).status_code == 404


class TestPage:
    def test_it_shows_the_words_the_steps_and_how_to_reach_them(self, story):
        answer = story.linnet.get(story.path)

        read = plain(answer)
        for shown in (WORDS, "911", "988", "Call the shelter line first.", "(559) 555-0142", "Aster Moreno"):
            assert shown in read
        assert "Aster" not in re.search(r"<title>(.*?)</title>", answer.get_data(as_text=True)).group(1)

    def test_whoever_cannot_reach_the_person_on_call_may_read_it(self, story):
        assert WORDS in plain(story.sorrel.get(story.path))

    def test_who_does_not_work_with_people_may_not(self, story):
        assert story.officer.get(story.path).status_code == 403


class TestClose:
    def test_both_what_was_done_and_the_choice_about_texts_are_needed(self, story):
        answer = close(story)

        read = plain(answer)
        assert answer.status_code == 422
        assert "What was done: write it down" in read
        assert "Automatic texts: choose one" in read
        assert the(DangerAlert).closed_at is None

    @pytest.mark.parametrize(("texts", "paused"), [("on", False), ("paused", True)])
    def test_texts_go_on_only_when_that_was_chosen(self, story, texts, paused):
        answer = close(story, note="Called. She is at her sister's.", texts=texts)

        assert answer.location.endswith("/worklist?done=danger")
        assert the(DangerAlert).note == "Called. She is at her sister's."
        assert (the(Person).texts_paused_at is not None) == paused
        assert "may be in danger" not in plain(story.linnet.get("/worklist"))

    def test_neither_choice_is_made_beforehand(self, story):
        assert " checked" not in story.linnet.get(story.path).get_data(as_text=True)

    def test_a_colleague_who_was_first_is_named(self, story):
        close(story, note="Called.", texts="paused")

        answer = close(story, note="Called too.", texts="on")

        assert answer.status_code == 409
        assert "A colleague has already closed this" in plain(answer)
        assert "Linnet Reed closed it" in plain(answer)
        assert the(DangerAlert).note == "Called."
