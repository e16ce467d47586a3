"""What another consent system says: a no counts at once, a yes opens nothing, and a person settles what disagrees."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cie import consent, referrals
from cie.access import SYSTEM, Role
from cie.calendar import local_day
from cie.consent import DataSet, Decision, Settled, Statement
from cie.directory import Category
from cie.errors import ConsentRequired, Invalid, NotAllowed, NotFound, NotPossibleNow
from tests.db.test_own_keys import statements
from tests.factories import NOON, make_loop, make_participant, make_person, send_one, staff_of

TODAY = local_day(NOON)
NO = Statement("a-1", Decision.DO_NOT_SHARE, TODAY)
YES = Statement("a-2", Decision.SHARE, TODAY)


@pytest.fixture
def loop(session):
    return make_loop(session)


@pytest.fixture
def officer(loop):
    return staff_of(loop.clinic, Role.PRIVACY_OFFICER)


def take(session, loop, statement=NO, *, source="state", at=NOON):
    return consent.take_statement(session, SYSTEM, loop.person.id, source, statement, at=at)


def waiting(session, officer):
    return [row.external_id for row in consent.disagreements(session, officer, today=TODAY)]


class TestTaking:
    def test_a_no_ends_what_can_be_read_and_stops_what_would_be_sent(self, session, loop):
        _referral, task = send_one(session, loop)

        take(session, loop)

        assert consent.released_to(session, loop.pantry.id, task.id, DataSet.REFERRAL) is None
        with pytest.raises(ConsentRequired) as caught:
            send_one(session, loop)
        assert caught.value.rule == "elsewhere-no"

    def test_a_no_to_another_place_leaves_this_one_alone(self, session, loop):
        other = make_participant(session, name="Third")
        _referral, task = send_one(session, loop)

        take(session, loop, replace(NO, recipient_ids=(other.id,)))

        assert consent.released_to(session, loop.pantry.id, task.id, DataSet.REFERRAL) is not None
        send_one(session, loop)

    def test_a_no_about_another_kind_leaves_everyday_facts_alone(self, session, loop):
        _referral, task = send_one(session, loop)

        take(session, loop, replace(NO, categories=(Category.HIV,)))

        assert consent.released_to(session, loop.pantry.id, task.id, DataSet.REFERRAL) is not None

    @pytest.mark.parametrize("over", [{"withdrawn": True}, {"expires_on": TODAY - timedelta(days=1)}])
    def test_a_no_that_does_not_hold_there_counts_for_nothing(self, session, loop, over):
        take(session, loop, replace(NO, **over))

        assert send_one(session, loop)

    def test_a_yes_opens_nothing(self, session, loop):
        for record in consent.consents_of(session, loop.clinic.id, loop.person.id):
            session.delete(record)
        take(session, loop, YES)

        with pytest.raises(ConsentRequired) as caught:
            send_one(session, loop)
        assert caught.value.rule == "no-consent"

    def test_the_same_again_changes_nothing(self, session, loop):
        first = take(session, loop)

        assert take(session, loop, at=NOON + timedelta(days=1)).received_at == first.received_at == NOON

    def test_a_record_of_another_person_is_refused(self, session, loop):
        take(session, loop)
        other = make_person(session, loop.clinic)

        with pytest.raises(Invalid, match="belongs to another person"):
            consent.take_statement(session, SYSTEM, other.id, "state", NO, at=NOON)

    def test_the_receiver_hears_no_more_than_ever(self, session, loop):
        _referral, task = send_one(session, loop)
        take(session, loop)

        with pytest.raises(ConsentRequired) as caught:
            referrals.write_message(session, loop.caseworker, task.id, "Ready.", at=NOON)
        assert caught.value.rule == "no-further-updates"


class TestSettling:
    def test_what_disagrees_waits_for_the_officer_and_what_agrees_does_not(self, session, loop, officer):
        take(session, loop)
        take(session, loop, YES)

        assert waiting(session, officer) == ["a-1"]

    def test_a_yes_there_against_a_no_here_waits_too(self, session, loop, officer):
        say_no(session, loop)

        take(session, loop, YES)

        assert waiting(session, officer) == ["a-2"]

    def test_what_holds_there_no_longer_does_not_wait(self, session, loop, officer):
        take(session, loop, replace(NO, expires_on=TODAY - timedelta(days=1)))
        take(session, loop, replace(NO, external_id="a-3", withdrawn=True))
        take(session, loop, replace(NO, external_id="a-4", expires_on=TODAY))

        assert waiting(session, officer) == ["a-4"]

    def test_the_list_is_cut_into_parts_without_a_gap(self, session, loop, officer):
        for number in range(7):
            take(session, loop, replace(NO, external_id=f"n-{number}"), at=NOON + timedelta(minutes=number))
            take(session, loop, replace(YES, external_id=f"y-{number}"), at=NOON + timedelta(minutes=number))

        parts = [
            [row.external_id for row in consent.disagreements(session, officer, today=TODAY, skip=skip, most=3)]
            for skip in (0, 3, 6, 9)
        ]

        assert parts == [["n-0", "n-1", "n-2"], ["n-3", "n-4", "n-5"], ["n-6"], []]

    def test_those_that_agree_cost_nothing(self, session, loop, officer):
        for number in range(5):
            take(session, loop, replace(YES, external_id=f"y-{number}"))

        with statements() as seen:
            assert consent.disagreements(session, officer, today=TODAY) == []

        assert len(seen) == 1

    def test_ours_counts_again_once_it_is_settled(self, session, loop, officer):
        row = take(session, loop)

        consent.settle(session, officer, row.id, Settled.OURS, words="Sorrel asked today: share.", at=NOON)

        assert waiting(session, officer) == [] and send_one(session, loop)

    def test_theirs_goes_on_denying(self, session, loop, officer):
        row = take(session, loop)

        consent.settle(session, officer, row.id, Settled.THEIRS, words="Sorrel asked today: no.", at=NOON)

        assert waiting(session, officer) == []
        with pytest.raises(ConsentRequired):
            send_one(session, loop)

    def test_a_change_there_opens_what_was_settled(self, session, loop, officer):
        row = take(session, loop)
        consent.settle(session, officer, row.id, Settled.OURS, words="Sorrel asked today: share.", at=NOON)

        take(session, loop, replace(NO, given_on=TODAY + timedelta(days=1)))

        assert waiting(session, officer) == ["a-1"]

    @pytest.mark.parametrize("words", ["", "  ", "x" * 1001])
    def test_it_takes_words(self, session, loop, officer, words):
        row = take(session, loop)

        with pytest.raises(Invalid) as caught:
            consent.settle(session, officer, row.id, Settled.OURS, words=words, at=NOON)
        assert caught.value.field == "words"

    def test_twice_is_once(self, session, loop, officer):
        row = take(session, loop)
        consent.settle(session, officer, row.id, Settled.OURS, words="Share.", at=NOON)

        with pytest.raises(NotPossibleNow):
            consent.settle(session, officer, row.id, Settled.THEIRS, words="No.", at=NOON)

    def test_only_the_privacy_officer_of_the_owner(self, session, loop, officer):
        row = take(session, loop)

        with pytest.raises(NotAllowed):
            consent.settle(session, loop.navigator, row.id, Settled.OURS, words="Share.", at=NOON)
        with pytest.raises(NotFound):
            stranger = staff_of(loop.pantry, Role.PRIVACY_OFFICER)
            consent.settle(session, stranger, row.id, Settled.OURS, words="Share.", at=NOON)


def say_no(session, loop):
    consent.record_consent(
        session, loop.navigator, loop.person.id, decision=Decision.DO_NOT_SHARE, categories=[], recipient_ids=[],
        method=consent.Method.IN_PERSON, expires_on=None, at=NOON,
    )  # fmt: skip
