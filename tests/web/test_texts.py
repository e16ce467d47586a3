"""The page of a text that a person must read, and what each way of handling it does."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlmodel import select

from cie import messaging, referrals
from cie.access import Role
from cie.db import reading, transaction
from cie.messaging import TextMessage, TextQuestion
from cie.people import ContactPoint, ContactState, Person
from cie.referrals import PersonWord
from cie.referrals.models import WordOfPerson
from tests.factories import make_loop, make_participant, make_staff, send_one
from tests.support.web import make_app, signed_in

NOW = datetime.now(UTC)
PHONE = "+15595550142"
WORDS = "they said come on friday maybe"


@pytest.fixture
def story(database, migrated):
    """A person who was asked whether help came and wrote something that answers nothing."""
    with transaction() as session:
        loop = make_loop(session, language="en")
        sorrel = make_staff(session, loop.clinic, Role.NAVIGATOR)
        wren = make_staff(session, loop.pantry)
        stranger = make_staff(session, make_participant(session, name="Tall Grass School"))
        referral, _task = send_one(session, loop, at=NOW - timedelta(days=3))
    with transaction() as session:
        session.add(
            TextQuestion(
                organization_id=loop.clinic.id, person_id=loop.person.id, contact_point_id=loop.phone.id,
                phone_key=loop.phone.value_key, question=referrals.QUESTION, subject_id=referral.id,
                asked_at=NOW - timedelta(hours=1), expires_at=NOW + timedelta(days=1),
            )
        )  # fmt: skip
    with transaction() as session:
        messaging.receive(session, phone=PHONE, body=WORDS, gateway_id="SM1", at=NOW - timedelta(minutes=10))
    message = the(TextMessage)
    app = make_app(migrated)
    people = {"sorrel": sorrel, "wren": wren, "stranger": stranger}
    browsers = {name: signed_in(app, user) for name, user in people.items()}
    return SimpleNamespace(loop=loop, referral=referral, message=message, path=f"/texts/{message.id}", **browsers)


def the(model):
    with reading() as session:
        return session.exec(select(model)).one()


def every(model):
    with reading() as session:
        return session.exec(select(model)).all()


def plain(answer):
    page = answer.get_data(as_text=True).partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page).replace("\N{NO-BREAK SPACE}", " "))


def handle(story, **fields):
    return story.sorrel.post(f"{story.path}/handling", page=story.path, **fields)


class TestShow:
    def test_it_is_on_the_worklist_until_it_is_handled(self, story):
        before = story.sorrel.get("/worklist?team=all")
        handle(story, outcome="read", note="Called. Friday is right.")
        after = story.sorrel.get("/worklist?team=all")

        assert "A text from Aster M." in plain(before)
        assert story.path in before.get_data(as_text=True)
        assert "A text from" not in plain(after)

    def test_the_worklist_does_not_say_what_was_written(self, story):
        assert WORDS not in plain(story.sorrel.get("/worklist?team=all"))

    def test_the_page_shows_the_words_the_question_and_the_person(self, story):
        answer = story.sorrel.get(story.path)

        read = plain(answer)
        assert WORDS in read
        assert "Did someone help you with what you asked for on" in read
        assert "(559) 555-0142" in read
        assert "Aster" not in re.search(r"<title>(.*?)</title>", answer.get_data(as_text=True)).group(1)

    @pytest.mark.parametrize("who", ["wren", "stranger"])
    def test_to_others_it_does_not_exist(self, story, who):
        browser = getattr(story, who)

        assert browser.get(story.path).status_code == 404
        assert browser.post(f"{story.path}/handling", page="/worklist", outcome="read", note="x").status_code == 404
        assert the(TextMessage).handled_at is None

    def test_filters_for_referrals_leave_texts_out(self, story):
        assert "A text from" not in plain(story.sorrel.get("/worklist?team=all&need=food"))


class TestHandle:
    def test_what_was_done_is_kept_and_shown(self, story):
        answer = handle(story, outcome="read", note="Called. Friday is right.")

        assert answer.location.endswith("/worklist?done=read")
        assert the(TextMessage).note == "Called. Friday is right."
        assert "Called. Friday is right." in plain(story.sorrel.get(story.path))

    def test_nothing_is_saved_without_saying_what_it_says(self, story):
        answer = handle(story, note="Called.")

        assert answer.status_code == 422
        assert "What it says: choose one" in plain(answer)
        assert "Called." in plain(answer)
        assert the(TextMessage).handled_at is None

    def test_something_else_needs_words(self, story):
        answer = handle(story, outcome="read")

        assert answer.status_code == 422
        assert "What you did: write it down" in plain(answer)

    def test_an_answer_becomes_the_persons_own_word(self, story):
        handle(story, outcome="word", word="contacted-no-help")

        word = the(WordOfPerson)
        assert (word.word, word.referral_id) == (PersonWord.CONTACTED_NO_HELP, story.referral.id)
        assert word.taken_by_id is not None

    def test_which_answer_must_be_said(self, story):
        answer = handle(story, outcome="word")

        assert answer.status_code == 422
        assert "Their answer: choose one" in plain(answer)
        assert every(WordOfPerson) == []
        assert the(TextMessage).handled_at is None

    @pytest.mark.parametrize("state", ["wrong-number", "moved", "deceased"])
    def test_a_number_that_is_not_theirs_gets_no_more_texts(self, story, state):
        handle(story, outcome=state)

        point = the(ContactPoint)
        assert point.state == ContactState(state)
        assert not point.may_text
        assert (the(Person).texts_paused_at is not None) == (state == "deceased")

    def test_texts_are_paused_and_go_on(self, story):
        handle(story, outcome="pause")
        assert the(Person).texts_paused_at is not None

        answer = story.sorrel.post(f"{story.path}/resumption", page=story.path)

        assert answer.status_code == 303
        assert the(Person).texts_paused_at is None

    def test_a_second_reader_is_told(self, story):
        handle(story, outcome="read", note="Called.")

        answer = handle(story, outcome="pause")

        assert answer.status_code == 409
        assert "A colleague has already read this" in plain(answer)
        assert the(Person).texts_paused_at is None
