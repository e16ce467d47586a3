"""Sessions: half an hour without use, twelve hours in all, ended by their owner, proof again for what is sensitive."""

from datetime import timedelta

import pytest

from cie import identity
from cie.errors import NotAllowed, NotFound, NotPossibleNow
from cie.identity import SessionState
from tests.factories import NOON, make_participant, staff_of
from tests.support.sign_in import make_member


@pytest.fixture
def wren(session):
    return make_member(session, make_participant(session))


@pytest.fixture
def actor(wren):
    return identity.actor_for(wren)


def start(session, user, at=NOON):
    return identity.start_session(session, user, browser="Firefox", at=at)


def state(session, token, at):
    found = identity.session_for(session, token, at=at)
    return found and found.state


class TestLimits:
    def test_a_used_session_counts(self, session, wren):
        _row, token = start(session, wren)

        assert state(session, token, NOON + timedelta(minutes=30)) is SessionState.ACTIVE

    def test_half_an_hour_without_use_ends_it(self, session, wren):
        _row, token = start(session, wren)

        assert state(session, token, NOON + timedelta(minutes=30, seconds=1)) is SessionState.EXPIRED

    def test_twelve_hours_end_it_however_much_it_is_used(self, session, wren):
        row, token = start(session, wren)
        for minutes in range(20, 13 * 60, 20):
            identity.touch(session, row.id, at=NOON + timedelta(minutes=minutes))

        assert state(session, token, NOON + timedelta(hours=12)) is SessionState.ACTIVE
        assert state(session, token, NOON + timedelta(hours=12, seconds=1)) is SessionState.EXPIRED

    def test_use_is_written_down_once_a_minute(self, session, wren):
        row, _token = start(session, wren)

        identity.touch(session, row.id, at=NOON + timedelta(seconds=59))
        assert row.last_seen_at == NOON
        identity.touch(session, row.id, at=NOON + timedelta(seconds=61))
        assert row.last_seen_at == NOON + timedelta(seconds=61)

    def test_an_expired_session_is_not_woken_by_use(self, session, wren):
        row, token = start(session, wren)

        identity.touch(session, row.id, at=NOON + timedelta(hours=1))

        assert state(session, token, NOON + timedelta(hours=1)) is SessionState.EXPIRED

    def test_after_a_day_its_owner_is_forgotten(self, session, wren):
        _row, token = start(session, wren)

        assert state(session, token, NOON + timedelta(hours=24)) is SessionState.EXPIRED
        assert state(session, token, NOON + timedelta(hours=24, seconds=1)) is None

    def test_a_made_up_token_is_nobodys(self, session, wren):
        assert state(session, "made-up", NOON) is None

    def test_an_ended_account_has_no_session(self, session, wren):
        _row, token = start(session, wren)
        wren.is_active = False
        session.flush()

        assert state(session, token, NOON) is None
        with pytest.raises(NotAllowed):
            start(session, wren)

    def test_the_token_is_kept_hashed(self, session, wren):
        row, token = start(session, wren)

        assert token.encode() not in row.token_hash
        assert len(token) >= 40


class TestEnding:
    def test_one_ends_and_the_others_stay(self, session, wren, actor):
        one, first = start(session, wren)
        _two, second = start(session, wren)

        identity.end_session(session, actor, one.id, at=NOON)

        assert state(session, first, NOON) is SessionState.EXPIRED
        assert state(session, second, NOON) is SessionState.ACTIVE

    def test_all_others_end_and_this_one_stays(self, session, wren, actor):
        mine, token = start(session, wren)
        others = [start(session, wren)[1] for _n in range(2)]

        ended = identity.end_other_sessions(session, actor, mine.id, at=NOON)

        assert ended == 2
        assert state(session, token, NOON) is SessionState.ACTIVE
        assert {state(session, other, NOON) for other in others} == {SessionState.EXPIRED}

    def test_nobody_ends_the_session_of_a_colleague(self, session, wren):
        row, token = start(session, wren)
        colleague = identity.actor_for(make_member(session, identity.organization_of(session, wren)))

        with pytest.raises(NotFound):
            identity.end_session(session, colleague, row.id, at=NOON)
        with pytest.raises(NotFound):
            identity.end_other_sessions(session, colleague, row.id, at=NOON)

        assert state(session, token, NOON) is SessionState.ACTIVE

    def test_the_list_shows_those_that_count_newest_first(self, session, wren, actor):
        old, _token = start(session, wren, NOON - timedelta(hours=2))
        one, _token = start(session, wren)
        two, _token = start(session, wren)
        gone, _token = start(session, wren)
        identity.end_session(session, actor, gone.id, at=NOON)

        assert identity.sessions_of(session, wren.id, at=NOON) == [two, one]


class TestProof:
    def test_signing_in_proves_for_ten_minutes(self, session, wren, actor):
        row, _token = start(session, wren)

        assert not identity.needs_reauthentication(row, NOON + timedelta(minutes=10))
        assert identity.needs_reauthentication(row, NOON + timedelta(minutes=10, seconds=1))

    def test_proof_is_given_again(self, session, wren, actor):
        row, _token = start(session, wren)
        later = NOON + timedelta(minutes=20)
        with pytest.raises(NotPossibleNow):
            identity.require_recent_proof(session, actor, row.id, at=later)

        identity.reauthenticate(session, actor, row.id, at=later)

        assert identity.require_recent_proof(session, actor, row.id, at=later) is row

    def test_an_expired_session_cannot_be_proved(self, session, wren, actor):
        row, _token = start(session, wren)

        with pytest.raises(NotPossibleNow):
            identity.reauthenticate(session, actor, row.id, at=NOON + timedelta(hours=1))

    def test_nobody_proves_for_somebody_else(self, session, wren):
        row, _token = start(session, wren)

        with pytest.raises(NotFound):
            identity.reauthenticate(session, staff_of(wren.organization_id), row.id, at=NOON)
