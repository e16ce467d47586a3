"""What is written about a referral: who may read it, and until when."""

from datetime import date

import pytest

from cie import consent, directory, referrals
from cie.access import Role
from cie.consent import DataSet, Method, Stated
from cie.consent.models import Expiry
from cie.directory import Category
from cie.errors import ConsentRequired, Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.referrals import EntryKind, Reason, Referral
from tests.factories import NOON, make_consent, make_loop, make_participant, make_service, send_one, staff_of


@pytest.fixture
def loop(session):
    return make_loop(session)


@pytest.fixture
def task(session, loop):
    return send_one(session, loop)[1]


def texts(session, actor, task):
    return [entry.text for entry in referrals.entries_for(session, actor, task.referral_id, [task])]


def take_back(session, loop):
    for record in consent.consents_of(session, loop.clinic.id, loop.person.id):
        consent.revoke(session, loop.navigator, record.id, method=Method.IN_PERSON, at=NOON)


class TestMessages:
    def test_both_sides_read_a_message(self, session, loop, task):
        referrals.write_message(session, loop.caseworker, task.id, " Ready on Wednesday. ", at=NOON)

        assert texts(session, loop.navigator, task) == ["Ready on Wednesday."]
        assert texts(session, loop.caseworker, task) == ["Ready on Wednesday."]

    def test_it_is_as_sensitive_as_the_service_and_the_need_behind_it(self, session, loop, task):
        covered = {Category.GENERAL, Category.HOUSING}
        code, need = next((code, need) for code, need in directory.needs().items() if need.category not in covered)
        session.get_one(Referral, task.referral_id).need_code = code

        with pytest.raises(ConsentRequired):
            referrals.write_message(session, loop.navigator, task.id, "Side door.", at=NOON)
        make_consent(
            session,
            loop.person,
            form="cmia",
            categories=[need.category.value],
            recipient_ids=[str(loop.pantry.id)],
            method=Method.SIGNED_PAPER,
            stated=[each.value for each in Stated],
            expiry=Expiry.DAY,
            expires_on=date(2027, 11, 24),
        )
        entry = referrals.write_message(session, loop.navigator, task.id, "Side door.", at=NOON)

        released = consent.released_to(session, loop.pantry.id, entry.id, DataSet.MESSAGE)
        assert released.elements == {"text": "Side door."}

    def test_without_permission_it_does_not_go(self, session, loop, task):
        take_back(session, loop)

        with pytest.raises(ConsentRequired):
            referrals.write_message(session, loop.navigator, task.id, "Side door.", at=NOON)

    def test_taken_back_the_other_side_keeps_only_its_own_words(self, session, loop, task):
        referrals.write_message(session, loop.navigator, task.id, "Side door.", at=NOON)
        referrals.write_message(session, loop.caseworker, task.id, "Thank you.", at=NOON)
        take_back(session, loop)

        assert texts(session, loop.caseworker, task) == ["Thank you."]
        assert texts(session, loop.navigator, task) == ["Side door."]
        assert referrals.shared_now(session, loop.navigator, task.referral_id) == set()

    def test_a_cancelled_task_takes_and_shows_no_more_messages(self, session, loop, task):
        referrals.write_message(session, loop.navigator, task.id, "Side door.", at=NOON)
        referrals.cancel(session, loop.navigator, task.id, reason=Reason.OTHER, words="It is solved.", at=NOON)

        assert texts(session, loop.caseworker, task) == ["It is solved."]
        with pytest.raises(NotPossibleNow):
            referrals.write_message(session, loop.navigator, task.id, "One more.", at=NOON)

    def test_a_place_that_was_not_asked_yet_is_not_written_to(self, session, loop):
        other = make_service(session, make_participant(session, name="Open Basket Co-op"))
        request = loop.request(service_ids=(loop.service.id, other.id), in_order=True)
        referral = referrals.send(session, loop.navigator, request, previewed=None, at=NOON)
        _first, waiting = referrals.tasks_of(session, referral)

        with pytest.raises(NotPossibleNow):
            referrals.write_message(session, loop.navigator, waiting.id, "Hello.", at=NOON)

    @pytest.mark.parametrize("words", ["", "  \n ", "a" * 4001])
    def test_empty_or_endless_words_are_refused(self, session, loop, task, words):
        with pytest.raises(Invalid):
            referrals.write_message(session, loop.navigator, task.id, words, at=NOON)


class TestNotes:
    @pytest.mark.parametrize(("writer", "other"), [("navigator", "caseworker"), ("caseworker", "navigator")])
    def test_a_note_stays_with_its_side(self, session, loop, task, writer, other):
        note = referrals.write_note(session, getattr(loop, writer), task.referral_id, "Dog in the yard.", at=NOON)

        assert note.kind == EntryKind.NOTE
        assert texts(session, getattr(loop, writer), task) == ["Dog in the yard."]
        assert texts(session, getattr(loop, other), task) == []

    def test_a_receiver_notes_about_its_own_task_and_the_sender_about_the_loop(self, session, loop, task):
        theirs = referrals.write_note(session, loop.caseworker, task.referral_id, "Ours.", at=NOON)
        senders = referrals.write_note(session, loop.navigator, task.referral_id, "Ours.", at=NOON)

        assert theirs.task_id == task.id
        assert senders.task_id is None

    def test_strangers_and_readers_write_none(self, session, loop, task):
        stranger = staff_of(make_participant(session, name="Tall Grass School"))

        with pytest.raises(NotFound):
            referrals.write_note(session, stranger, task.referral_id, "Hello.", at=NOON)
        with pytest.raises(NotAllowed):
            referrals.write_note(session, staff_of(loop.clinic, Role.PRIVACY_OFFICER), task.referral_id, "Hi.", at=NOON)


class TestReasons:
    def test_words_that_may_not_go_back_stay_with_their_author(self, session, loop, task):
        take_back(session, loop)
        referrals.reject(session, loop.caseworker, task.id, reason=Reason.OTHER, words="We are moving.", at=NOON)

        assert texts(session, loop.caseworker, task) == ["We are moving."]
        assert texts(session, loop.navigator, task) == []

    def test_a_new_permission_lets_new_words_go(self, session, loop, task):
        take_back(session, loop)
        make_consent(session, loop.person)
        referrals.reject(session, loop.caseworker, task.id, reason=Reason.OTHER, words="We are moving.", at=NOON)

        assert texts(session, loop.navigator, task) == ["We are moving."]
