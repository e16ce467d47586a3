"""Asking the person whether help came: when, until when, and who may say it for them."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from cie import referrals
from cie.access import Actor, ActorKind, Door
from cie.errors import NotAllowed, NotFound, NotPossibleNow
from cie.events import Outbox
from cie.referrals import Closing, PersonWord
from tests.factories import NOON, make_loop, make_service, send_one


@pytest.fixture
def loop(session):
    return make_loop(session)


def the_person(loop):
    return Actor(ActorKind.PERSON, loop.person.id, loop.clinic.id, door=Door.TEXT)


def planned(session):
    """The planned asks, each with the day on which it is due."""
    return {
        row["codes"]["when"]: (row["due_at"] - NOON).days
        for row in session.info.get("outbox", [])
        if row["codes"].get("question")
    }


class TestPlanning:
    def test_an_open_loop_is_asked_about_on_days_3_7_and_14(self, session, loop):
        send_one(session, loop)

        assert planned(session) == {"sent-3": 3, "sent-7": 7, "sent-14": 14}

    @pytest.mark.parametrize("closing", [c for c in Closing if c != Closing.NO_LONGER_NEEDS])
    def test_a_closed_loop_is_asked_about_at_once_and_on_days_3_and_7(self, session, loop, closing):
        referral, _task = send_one(session, loop)

        referrals.close_loop(session, loop.navigator, referral.id, closing=closing, at=NOON + timedelta(days=1))

        assert {w: d for w, d in planned(session).items() if w.startswith("closed")} == {
            "closed-0": 1,
            "closed-3": 4,
            "closed-7": 8,
        }

    def test_who_no_longer_needs_it_is_asked_no_more(self, session, loop):
        referral, _task = send_one(session, loop)

        referrals.close_loop(session, loop.navigator, referral.id, closing=Closing.NO_LONGER_NEEDS, at=NOON)

        assert not [when for when in planned(session) if when.startswith("closed")]

    def test_a_not_yet_after_the_last_planned_day_is_asked_again(self, session, loop):
        referral, _task = send_one(session, loop)
        fifteenth = NOON + timedelta(days=15)

        word = referrals.record_word(session, the_person(loop), referral.id, PersonWord.NOT_CONTACTED, at=fifteenth)

        assert planned(session)[f"again-{word.id}"] == 22
        assert referrals.is_still_asked(session, referral.id, f"again-{word.id}")

    def test_a_not_yet_before_the_last_planned_day_waits_for_that_day(self, session, loop):
        referral, _task = send_one(session, loop)

        referrals.record_word(session, the_person(loop), referral.id, PersonWord.NOT_CONTACTED, at=NOON)

        assert not [when for when in planned(session) if when.startswith("again")]

    def test_a_not_yet_about_a_contact_that_was_given_is_not_asked_about(self, session, loop):
        given = referrals.give_contact(session, loop.navigator, loop.request(), at=NOON)
        fifteenth = NOON + timedelta(days=15)

        referrals.record_word(session, the_person(loop), given.id, PersonWord.NOT_CONTACTED, at=fifteenth)

        assert planned(session) == {}


class TestStillAsked:
    @pytest.mark.parametrize("word", [PersonWord.GOT_HELP, PersonWord.NO_LONGER_NEEDS])
    def test_a_final_word_ends_the_asking(self, session, loop, word):
        referral, _task = send_one(session, loop)

        referrals.record_word(session, the_person(loop), referral.id, word, at=NOON)

        assert not referrals.is_still_asked(session, referral.id, "sent-3")

    @pytest.mark.parametrize("word", [PersonWord.CONTACTED_NO_HELP, PersonWord.NOT_CONTACTED])
    def test_a_not_yet_does_not(self, session, loop, word):
        referral, _task = send_one(session, loop)

        referrals.record_word(session, the_person(loop), referral.id, word, at=NOON)

        assert referrals.is_still_asked(session, referral.id, "sent-3")

    def test_asks_of_an_open_loop_end_with_it_and_those_of_the_end_begin(self, session, loop):
        referral, _task = send_one(session, loop)
        open_before = referrals.is_still_asked(session, referral.id, "closed-0")

        referrals.close_loop(session, loop.navigator, referral.id, closing=Closing.OTHER, at=NOON)

        assert not open_before
        assert not referrals.is_still_asked(session, referral.id, "sent-3")
        assert referrals.is_still_asked(session, referral.id, "closed-0")

    def test_nor_does_it_outlive_a_close_since_it_is_no_longer_needed(self, session, loop):
        referral, _task = send_one(session, loop)
        fifteenth, needless = NOON + timedelta(days=15), Closing.NO_LONGER_NEEDS
        word = referrals.record_word(session, the_person(loop), referral.id, PersonWord.NOT_CONTACTED, at=fifteenth)

        referrals.close_loop(session, loop.navigator, referral.id, closing=needless, at=fifteenth + timedelta(days=1))
        later = fifteenth + timedelta(days=2)
        newer = referrals.record_word(session, the_person(loop), referral.id, PersonWord.NOT_CONTACTED, at=later)
        asked = [referrals.is_still_asked(session, referral.id, f"again-{each.id}") for each in (word, newer)]

        assert asked == [False, True]


class TestWhoMaySay:
    def test_the_performers_staff_may_not(self, session, loop):
        referral, _task = send_one(session, loop)

        with pytest.raises((NotAllowed, NotFound)):
            referrals.record_word(session, loop.caseworker, referral.id, PersonWord.GOT_HELP, at=NOON)

    def test_nor_those_who_asked_themselves(self, session, loop):
        own = make_service(session, loop.clinic)
        referral, _task = send_one(session, loop, service_ids=(own.id,))

        with pytest.raises(NotAllowed):
            referrals.record_word(session, loop.navigator, referral.id, PersonWord.GOT_HELP, at=NOON)

        assert referrals.words_of(session, referral) == []

    def test_nobody_can_say_it_of_what_was_not_sent(self, session, loop):
        draft = referrals.save_draft(session, loop.navigator, loop.request(), at=NOON)

        with pytest.raises(NotPossibleNow, match="Not sent yet"):
            referrals.record_word(session, loop.navigator, draft.id, PersonWord.GOT_HELP, at=NOON)

        assert referrals.words_of(session, draft) == []

    def test_each_word_is_kept_and_the_newest_counts(self, session, loop):
        referral, _task = send_one(session, loop)
        for word in (PersonWord.NOT_CONTACTED, PersonWord.GOT_HELP):
            referrals.record_word(session, the_person(loop), referral.id, word, at=NOON)

        assert [w.word for w in referrals.words_of(session, referral)] == [
            PersonWord.GOT_HELP,
            PersonWord.NOT_CONTACTED,
        ]


def test_an_ask_is_put_in_the_outbox_once(database):
    from cie.db import reading, transaction

    with transaction() as session:
        loop = make_loop(session)
        referral, _task = send_one(session, loop)
    with transaction() as session:
        referrals.close_loop(session, loop.navigator, referral.id, closing=Closing.OTHER, at=NOON)

    with reading() as session:
        keys = session.exec(select(Outbox.dedup_key).where(col(Outbox.subject_id) == referral.id)).all()
    assert len(keys) == len(set(keys))
    assert f"help:{referral.id}:closed-0" in keys
