"""Whoever acts on what they saw is refused when it changed since: the task, the loop, what they read of the person."""

from datetime import timedelta
from uuid import uuid4

import pytest

from cie import consent, referrals
from cie.access import Actor, ActorKind, Door
from cie.consent import DataSet, Method
from cie.errors import Stale
from cie.referrals import Closing, PersonWord, Seen, TaskStatus
from tests.factories import NOON, make_loop, send_one

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def loop(session):
    return make_loop(session)


def seen_by_receiver(session, loop, task):
    released = consent.released_to(session, loop.pantry.id, task.id, DataSet.REFERRAL)
    return Seen(task.version, released.release.id)


class TestTask:
    def test_what_is_as_it_was_seen_is_answered(self, session, loop):
        _referral, task = send_one(session, loop)

        seen = seen_by_receiver(session, loop, task)

        assert referrals.accept(session, loop.caseworker, task.id, at=LATER, seen=seen).status == TaskStatus.ACCEPTED

    def test_a_person_who_took_it_back_meanwhile_is_not_answered_unawares(self, session, loop):
        _referral, task = send_one(session, loop)
        seen = seen_by_receiver(session, loop, task)
        (record,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
        consent.revoke(session, loop.navigator, record.id, method=Method.BY_VOICE, at=LATER)

        with pytest.raises(Stale):
            referrals.accept(session, loop.caseworker, task.id, at=LATER, seen=seen)

        assert task.status == TaskStatus.REQUESTED

    def test_a_release_of_something_else_is_none_that_was_seen(self, session, loop):
        _referral, task = send_one(session, loop)
        _another, other = send_one(session, loop)
        theirs = seen_by_receiver(session, loop, other).release_id

        for release_id in (theirs, uuid4()):
            with pytest.raises(Stale):
                referrals.accept(session, loop.caseworker, task.id, at=LATER, seen=Seen(task.version, release_id))


class TestLoop:
    def answered(self, session, loop, referral, task):
        referrals.accept(session, loop.caseworker, task.id, at=LATER)

    def said(self, session, loop, referral, task):
        aster = Actor(ActorKind.PERSON, loop.person.id, loop.clinic.id, door=Door.TEXT)
        referrals.record_text_answer(session, aster, referral.id, "2", at=LATER)

    def waits(self, session, loop, referral, task):
        until = (LATER + timedelta(days=9)).date()
        referrals.put_on_waitlist(session, loop.caseworker, task.id, until=until, at=LATER)

    @pytest.mark.parametrize("happens", [answered, said, waits])
    def test_each_answer_and_each_word_of_the_person_is_a_change(self, session, loop, happens):
        referral, task = send_one(session, loop)
        seen = referrals.seen_of_loop(session, referral)
        happens(self, session, loop, referral, task)
        known = {"at": LATER, "seen": seen}

        with pytest.raises(Stale):
            referrals.close_loop(session, loop.navigator, referral.id, closing=Closing.OTHER, **known)
        with pytest.raises(Stale):
            referrals.mark_in_error(session, loop.navigator, referral.id, **known)
        with pytest.raises(Stale):
            referrals.record_word(session, loop.navigator, referral.id, PersonWord.GOT_HELP, **known)

        assert referral.closed_at is None

    def test_a_loop_as_it_was_seen_is_closed(self, session, loop):
        referral, _task = send_one(session, loop)

        seen = referrals.seen_of_loop(session, referral)

        assert referrals.close_loop(
            session, loop.navigator, referral.id, closing=Closing.OTHER, at=LATER, seen=seen
        ).closed_at
