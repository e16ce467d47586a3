"""What members of staff change about their own account."""

from datetime import timedelta

import pytest

from cie import identity
from cie.access import SYSTEM, Actor, ActorKind
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from tests.factories import NOON, make_participant
from tests.support.sign_in import SECRET, code_at, make_member

LATER = NOON + timedelta(minutes=11)


@pytest.fixture
def wren(session):
    return make_member(session, make_participant(session))


@pytest.fixture
def actor(wren):
    return identity.actor_for(wren)


@pytest.fixture
def here(session, wren):
    row, _token = identity.start_session(session, wren, browser="Firefox", at=NOON)
    return row


@pytest.fixture
def elsewhere(session, wren):
    _row, token = identity.start_session(session, wren, browser="Chrome", at=NOON)
    return token


def is_open(session, token):
    return identity.session_for(session, token, at=NOON).state is identity.SessionState.ACTIVE


class TestPassword:
    def test_a_new_one_ends_every_other_session(self, session, wren, actor, here, elsewhere):
        identity.change_password(session, actor, "new hash", keep=here.id, at=NOON)

        assert wren.password_hash == "new hash"
        assert not is_open(session, elsewhere)
        assert here.ended_at is None

    def test_without_recent_proof_nothing_changes(self, session, wren, actor, here):
        before = wren.password_hash

        with pytest.raises(NotPossibleNow):
            identity.change_password(session, actor, "new hash", keep=here.id, at=LATER)

        assert wren.password_hash == before

    def test_the_session_of_a_colleague_proves_nothing(self, session, actor, wren):
        colleague = make_member(session, identity.organization_of(session, wren))
        row, _token = identity.start_session(session, colleague, browser="", at=NOON)

        with pytest.raises(NotFound):
            identity.change_password(session, actor, "new hash", keep=row.id, at=NOON)


class TestPhoneApp:
    def test_a_new_one_takes_over_and_ends_every_other_session(self, session, wren, actor, here, elsewhere):
        secret = identity.phone_app_secret(wren, here.id)

        identity.set_up_totp(session, actor, secret=secret, code=code_at(NOON, secret), keep=here.id, at=NOON)

        assert wren.totp_secret == secret
        assert not is_open(session, elsewhere)
        with pytest.raises(Invalid):
            identity.check_code(session, wren, code_at(LATER, SECRET), at=LATER)

    def test_its_code_must_show_that_it_works(self, session, wren, actor, here):
        secret = identity.phone_app_secret(wren, here.id)

        with pytest.raises(Invalid, match="Code"):
            identity.set_up_totp(session, actor, secret=secret, code=code_at(NOON, SECRET), keep=here.id, at=NOON)

        assert wren.totp_secret == SECRET

    def test_without_recent_proof_nothing_changes(self, session, wren, actor, here):
        secret = identity.phone_app_secret(wren, here.id)

        with pytest.raises(NotPossibleNow):
            identity.set_up_totp(session, actor, secret=secret, code=code_at(LATER, secret), keep=here.id, at=LATER)

        assert wren.totp_secret == SECRET


class TestRecoveryCodes:
    def test_they_are_made_with_recent_proof_only(self, session, wren, actor, here):
        codes = identity.renew_recovery_codes(session, actor, keep=here.id, at=NOON)
        with pytest.raises(NotPossibleNow):
            identity.renew_recovery_codes(session, actor, keep=here.id, at=LATER)

        identity.check_code(session, wren, codes[0], at=NOON)
        assert identity.recovery_codes_left(session, wren.id) == 9


class TestPreferences:
    def test_name_language_and_keys_are_kept(self, session, wren, actor):
        identity.set_preferences(session, actor, name=" Wren A. ", language="es", keys_on=True, at=NOON)

        assert (wren.name, wren.language, wren.keys_on) == ("Wren A.", "es", True)

    def test_a_name_is_needed(self, session, actor):
        with pytest.raises(Invalid, match="Name"):
            identity.set_preferences(session, actor, name="", language="en", keys_on=False, at=NOON)

    def test_only_staff_have_settings(self, session, wren):
        person = Actor(ActorKind.PERSON, wren.id)

        with pytest.raises(NotAllowed):
            identity.set_preferences(session, person, name="Wren", language="en", keys_on=False, at=NOON)
        with pytest.raises(NotFound):
            identity.set_preferences(session, SYSTEM, name="Wren", language="en", keys_on=False, at=NOON)
