"""Invitations: a link that works once, for seven days, and proves the phone app of whoever uses it."""

from datetime import timedelta

import pytest

from cie import identity
from cie.access import Role
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from tests.factories import NOON, make_participant, make_staff, staff_of
from tests.support.sign_in import code_at, make_member

EMAIL = "wren@example.org"


@pytest.fixture
def pantry(session):
    return make_participant(session)


@pytest.fixture
def robin(session, pantry):
    return make_member(session, pantry, Role.ORGANIZATION_ADMINISTRATOR, name="Robin Ash")


@pytest.fixture
def boss(robin):
    return identity.actor_for(robin)


def invite(session, actor, organization, **fields):
    values = {"name": "Wren Alder", "email": EMAIL, "roles": [Role.CASEWORKER], "at": NOON}
    return identity.invite(session, actor, organization.id, **{**values, **fields})


def accept(session, invitation, *, token=None, at=NOON, **fields):
    secret = identity.invitation_secret(invitation)
    values = {"name": "Wren Alder", "password_hash": "hash", "totp_secret": secret, "code": code_at(at, secret)}
    token = token or identity.invitation_token(invitation)
    return identity.accept_invitation(session, token, **{**values, **fields}, at=at)


class TestInvite:
    def test_nothing_secret_is_kept(self, session, boss, pantry):
        invitation = invite(session, boss, pantry)
        token = identity.invitation_token(invitation)

        kept = [value for value in vars(invitation).values() if isinstance(value, str | bytes)]
        assert not any(token.encode() in (v.encode() if isinstance(v, str) else v) for v in kept)
        assert b"wren" not in invitation.email_sealed

    def test_asking_again_ends_the_link_of_before(self, session, boss, pantry):
        old = identity.invitation_token(invite(session, boss, pantry))
        new = identity.invitation_token(invite(session, boss, pantry, name="Wren A.", email=EMAIL.upper()))

        assert len(identity.open_invitations(session, boss, at=NOON)) == 1
        assert identity.invitation_for(session, new, at=NOON).name == "Wren A."
        with pytest.raises(NotFound):
            identity.invitation_for(session, old, at=NOON)

    def test_only_an_administrator_of_the_organization_invites(self, session, pantry):
        other = make_participant(session, name="Open Basket Co-op")

        with pytest.raises(NotAllowed):
            invite(session, staff_of(pantry, Role.PRIVACY_OFFICER), pantry)
        with pytest.raises(NotFound):
            invite(session, staff_of(other, Role.ORGANIZATION_ADMINISTRATOR), pantry)
        with pytest.raises(NotAllowed):
            identity.open_invitations(session, staff_of(pantry), at=NOON)

    def test_who_has_an_account_is_not_invited(self, session, boss, pantry, robin):
        with pytest.raises(Invalid, match="already has an account"):
            invite(session, boss, pantry, email=robin.email)

    def test_open_ones_are_those_of_the_own_organization_that_still_work(self, session, boss, pantry):
        other = make_participant(session, name="Open Basket Co-op")
        invite(session, staff_of(other, Role.ORGANIZATION_ADMINISTRATOR), other, email="jay@example.org")
        mine = invite(session, boss, pantry)

        assert identity.open_invitations(session, boss, at=NOON) == [mine]
        assert identity.open_invitations(session, boss, at=NOON + timedelta(days=7)) == []


class TestLink:
    def test_it_works_for_seven_days_however_often_it_is_opened(self, session, boss, pantry):
        token = identity.invitation_token(invite(session, boss, pantry))

        for hours in (0, 1, 7 * 24 - 1):
            assert identity.invitation_for(session, token, at=NOON + timedelta(hours=hours))
        with pytest.raises(NotFound):
            identity.invitation_for(session, token, at=NOON + timedelta(days=7))

    @pytest.mark.parametrize("token", ["", "x", "é", "A" * 43, "A" * 5000, "../../etc"])
    def test_a_made_up_one_is_unknown(self, session, token):
        with pytest.raises(NotFound):
            identity.invitation_for(session, token, at=NOON)

    def test_the_id_alone_opens_nothing(self, session, boss, pantry):
        token = identity.invitation_token(invite(session, boss, pantry))
        changed = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")

        with pytest.raises(NotFound):
            identity.invitation_for(session, changed, at=NOON)

    def test_withdrawn_it_stops(self, session, boss, pantry):
        invitation = invite(session, boss, pantry)
        identity.withdraw_invitation(session, boss, invitation.id, at=NOON)

        with pytest.raises(NotFound):
            identity.invitation_for(session, identity.invitation_token(invitation), at=NOON)

    def test_a_stranger_cannot_withdraw_it(self, session, boss, pantry):
        invitation = invite(session, boss, pantry)
        stranger = staff_of(make_participant(session, name="Tall Grass School"), Role.ORGANIZATION_ADMINISTRATOR)

        with pytest.raises(NotFound):
            identity.withdraw_invitation(session, stranger, invitation.id, at=NOON)
        with pytest.raises(NotFound):
            identity.withdraw_invitation(session, boss, pantry.id, at=NOON)

    def test_the_phone_app_key_belongs_to_the_newest_link(self, session, boss, pantry):
        first = identity.invitation_secret(invite(session, boss, pantry))
        invitation = invite(session, boss, pantry)

        assert identity.invitation_secret(invitation) == identity.invitation_secret(invitation) != first


class TestAccept:
    def test_the_account_is_as_it_was_invited(self, session, boss, pantry):
        user = accept(session, invite(session, boss, pantry), name="Wren Amber Alder")

        assert (user.name, user.email, user.roles) == ("Wren Amber Alder", EMAIL, {Role.CASEWORKER})
        assert user.organization_id == pantry.id
        assert identity.account_for(session, EMAIL) is user

    def test_the_code_that_proved_the_app_does_not_sign_in(self, session, boss, pantry):
        invitation = invite(session, boss, pantry)
        user = accept(session, invitation)

        with pytest.raises(Invalid):
            identity.check_code(session, user, code_at(NOON, identity.invitation_secret(invitation)), at=NOON)

    def test_it_works_once(self, session, boss, pantry):
        invitation = invite(session, boss, pantry)
        accept(session, invitation)

        with pytest.raises(NotFound):
            accept(session, invitation)
        with pytest.raises(NotPossibleNow):
            identity.withdraw_invitation(session, boss, invitation.id, at=NOON)

    def test_without_a_right_code_nothing_is_made(self, session, boss, pantry):
        invitation = invite(session, boss, pantry)

        with pytest.raises(Invalid, match="Code"):
            accept(session, invitation, code="000000")

        assert invitation.used_at is None
        assert identity.account_for(session, EMAIL) is None

    def test_a_name_is_needed(self, session, boss, pantry):
        with pytest.raises(Invalid, match="Name"):
            accept(session, invite(session, boss, pantry), name=" ")

    def test_an_address_that_got_an_account_meanwhile_is_refused(self, session, boss, pantry):
        invitation = invite(session, boss, pantry)
        make_staff(session, make_participant(session, name="Open Basket Co-op"), email=EMAIL)

        with pytest.raises(Invalid, match="already has an account"):
            accept(session, invitation)


class TestAgain:
    """A colleague lost password or phone."""

    @pytest.fixture
    def wren(self, session, pantry):
        return make_member(session, pantry, email=EMAIL)

    def test_it_sets_the_same_account_up_anew_and_signs_it_out(self, session, boss, wren):
        _row, token = identity.start_session(session, wren, browser="", at=NOON)

        user = accept(session, identity.invite_again(session, boss, wren.id, at=NOON), password_hash="new")

        assert user.id == wren.id
        assert user.password_hash == "new"
        assert identity.session_for(session, token, at=NOON).state is identity.SessionState.EXPIRED

    def test_until_it_is_used_the_old_sign_in_works(self, session, boss, wren):
        before = wren.password_hash
        identity.invite_again(session, boss, wren.id, at=NOON)

        identity.check_code(session, wren, code_at(NOON), at=NOON)

        assert wren.password_hash == before

    def test_it_is_not_for_oneself_nor_for_who_left_nor_for_strangers(self, session, boss, robin, wren):
        stranger = make_staff(session, make_participant(session, name="Open Basket Co-op"))
        identity.deactivate(session, boss, wren.id, at=NOON)

        for user in (robin, wren):
            with pytest.raises(NotPossibleNow):
                identity.invite_again(session, boss, user.id, at=NOON)
        with pytest.raises(NotFound):
            identity.invite_again(session, boss, stranger.id, at=NOON)

    def test_who_left_meanwhile_stays_out(self, session, boss, wren):
        invitation = identity.invite_again(session, boss, wren.id, at=NOON)
        identity.deactivate(session, boss, wren.id, at=NOON)

        with pytest.raises(NotFound):
            accept(session, invitation)

    def test_it_is_no_way_to_become_the_network(self, session, boss, pantry):
        jay = make_staff(session, pantry, Role.NETWORK_ADMINISTRATOR)

        with pytest.raises(NotAllowed):
            identity.invite_again(session, boss, jay.id, at=NOON)


class TestFirstAdministrator:
    def test_the_network_invites_one_where_there_is_none(self, session, pantry):
        jay = staff_of(make_participant(session, name="Valley Exchange"), Role.NETWORK_ADMINISTRATOR)

        invitation = identity.invite_first_administrator(session, jay, pantry.id, name="Wren", email=EMAIL, at=NOON)

        assert accept(session, invitation).roles == {Role.ORGANIZATION_ADMINISTRATOR}
        with pytest.raises(NotPossibleNow):
            identity.invite_first_administrator(session, jay, pantry.id, name="W", email="w@example.org", at=NOON)

    def test_nobody_else_does(self, session, pantry):
        with pytest.raises(NotAllowed):
            identity.invite_first_administrator(session, staff_of(pantry), pantry.id, name="W", email=EMAIL, at=NOON)
