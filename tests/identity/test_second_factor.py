"""Codes of the phone app, each once, and recovery codes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cie import identity
from cie.errors import Invalid, TooMany
from cie.identity.models import RecoveryCode
from tests.factories import NOON, make_participant
from tests.support.sign_in import SECRET, code_at, make_member


@pytest.fixture
def wren(session):
    return make_member(session, make_participant(session))


def check(session, user, code, at=NOON, **more):
    return identity.check_code(session, user, code, at=at, **more)


class TestCode:
    def test_the_newest_code_works(self, session, wren):
        check(session, wren, code_at(NOON))

        assert wren.totp_step == int(NOON.timestamp()) // 30

    def test_spaces_and_dashes_do_not_matter(self, session, wren):
        code = code_at(NOON)

        check(session, wren, f" {code[:3]} - {code[3:]} ")

    def test_the_same_code_does_not_work_again(self, session, wren):
        check(session, wren, code_at(NOON))

        with pytest.raises(Invalid, match="Code"):
            check(session, wren, code_at(NOON), NOON + timedelta(seconds=5))

    def test_an_older_code_does_not_work_after_a_newer_one(self, session, wren):
        check(session, wren, code_at(NOON))

        with pytest.raises(Invalid):
            check(session, wren, code_at(NOON, steps=-1))

    @pytest.mark.parametrize("steps", [-1, 1])
    def test_a_clock_may_be_half_a_minute_off(self, session, wren, steps):
        check(session, wren, code_at(NOON, steps=steps))

    @pytest.mark.parametrize("steps", [-2, 2])
    def test_a_clock_may_not_be_a_minute_off(self, session, wren, steps):
        with pytest.raises(Invalid):
            check(session, wren, code_at(NOON, steps=steps))

    @pytest.mark.parametrize("given", ["", "0", "abcdef", "١٢٣٤٥٦", "\x00", "9" * 500])
    def test_what_is_no_code_is_refused(self, session, wren, given):
        with pytest.raises(Invalid):
            check(session, wren, given)

    def test_who_has_no_phone_app_has_no_code(self, session):
        user = make_member(session, make_participant(session), email="robin@example.org")
        user.totp_secret = None

        with pytest.raises(Invalid):
            check(session, user, code_at(NOON))

    def test_an_ended_account_has_no_code(self, session, wren):
        wren.is_active = False
        session.flush()

        with pytest.raises(Invalid):
            check(session, wren, code_at(NOON))

    def test_guessing_stops_and_a_right_code_then_waits(self, session, wren):
        for _try in range(6):
            with pytest.raises(Invalid):
                check(session, wren, "000000")

        with pytest.raises(TooMany):
            check(session, wren, code_at(NOON))

        check(session, wren, code_at(NOON + timedelta(minutes=16)), NOON + timedelta(minutes=16))

    def test_a_known_browser_is_not_held_up_by_others_guessing(self, session, wren):
        browser = identity.mark_browser(wren.email, at=NOON)
        for _try in range(6):
            with pytest.raises(Invalid):
                check(session, wren, "000000")

        check(session, wren, code_at(NOON), browser=browser)

    def test_a_slow_guesser_is_stopped_for_the_day(self, session, wren):
        refused = 0
        for hour in range(0, 23):
            for _try in range(2):
                try:
                    check(session, wren, "000000", NOON + timedelta(hours=hour))
                except TooMany:
                    refused += 1
                except Invalid:
                    pass

        assert refused == 46 - 30


class TestRecoveryCode:
    def test_ten_are_made_and_each_works_once(self, session, wren):
        codes = identity.new_recovery_codes(session, wren, at=NOON)

        check(session, wren, codes[0].upper())
        with pytest.raises(Invalid):
            check(session, wren, codes[0])

        assert len(set(codes)) == 10
        assert identity.recovery_codes_left(session, wren.id) == 9

    def test_new_ones_end_the_old_ones(self, session, wren):
        old = identity.new_recovery_codes(session, wren, at=NOON)
        identity.new_recovery_codes(session, wren, at=NOON)

        with pytest.raises(Invalid):
            check(session, wren, old[0])

        assert identity.recovery_codes_left(session, wren.id) == 10

    def test_a_colleague_cannot_use_them(self, session, wren):
        colleague = make_member(session, make_participant(session, name="Open Basket Co-op"))
        codes = identity.new_recovery_codes(session, wren, at=NOON)

        with pytest.raises(Invalid):
            check(session, colleague, codes[0])

        assert identity.recovery_codes_left(session, wren.id) == 10

    def test_they_lie_hashed_in_the_database(self, session, wren):
        (code,) = identity.new_recovery_codes(session, wren, at=NOON, count=1)
        (row,) = session.execute(select(RecoveryCode)).scalars()

        assert code.replace("-", "").encode() not in row.code_hash


class TestOfferedSecret:
    def test_it_stays_the_same_until_it_is_set_up(self, session, wren):
        row, _token = identity.start_session(session, wren, browser="", at=NOON)
        offered = identity.phone_app_secret(wren, row.id)

        wren.totp_secret = offered

        assert offered != SECRET
        assert identity.phone_app_secret(wren, row.id) != offered

    def test_every_session_is_offered_another(self, session, wren):
        one, _token = identity.start_session(session, wren, browser="", at=NOON)
        two, _token = identity.start_session(session, wren, browser="", at=NOON)

        assert identity.phone_app_secret(wren, one.id) != identity.phone_app_secret(wren, two.id)

    def test_the_picture_says_whose_it_is(self):
        address = identity.totp_address(SECRET, "wren@example.org", "Valley Exchange")

        assert address.startswith("otpauth://totp/Valley%20Exchange:wren%40example.org?secret=" + SECRET)
