"""Accounts of staff: who adds them, what they may do, who must stay, being away, leaving."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cie import identity
from cie.access import SYSTEM, Role
from cie.db import reading, transaction
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.events import AuditEntry
from tests.factories import NOON, make_participant, make_staff, staff_of

ADMINISTRATOR, NETWORK = Role.ORGANIZATION_ADMINISTRATOR, Role.NETWORK_ADMINISTRATOR


@pytest.fixture
def pantry(session):
    return make_participant(session)


@pytest.fixture
def robin(session, pantry):
    return make_staff(session, pantry, ADMINISTRATOR, name="Robin Ash")


@pytest.fixture
def boss(robin):
    return identity.actor_for(robin)


def add(session, actor, organization, **fields):
    values = {"name": "Wren Alder", "email": "wren@example.org", "roles": [Role.CASEWORKER], "password_hash": None}
    return identity.add_staff(session, actor, organization.id, **{**values, **fields}, totp_secret=None, at=NOON)


class TestAdding:
    def test_names_and_addresses_lie_sealed(self, session, boss, pantry):
        user = add(session, boss, pantry, name="  Wren Alder ")

        assert (user.name, user.email) == ("Wren Alder", "wren@example.org")
        assert b"Wren" not in user.name_sealed
        assert b"wren" not in user.email_sealed

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", " "),
            ("name", "x" * 121),
            ("email", "wren"),
            ("email", "wren@example"),
            ("email", "w ren@example.org"),
            ("email", "x" * 250 + "@example.org"),
            ("roles", []),
        ],
    )
    def test_what_is_wrong_is_named(self, session, boss, pantry, field, value):
        with pytest.raises(Invalid) as refused:
            add(session, boss, pantry, **{field: value})

        assert refused.value.field == field

    @pytest.mark.parametrize("email", ["wren@example.org", " WREN@Example.org "])
    def test_an_address_has_one_account_on_the_whole_exchange(self, session, boss, pantry, email):
        add(session, SYSTEM, make_participant(session, name="Open Basket Co-op"))

        with pytest.raises(Invalid, match="already has an account"):
            add(session, boss, pantry, email=email)

    def test_only_an_administrator_of_the_organization_adds(self, session, pantry):
        other = make_participant(session, name="Open Basket Co-op")

        with pytest.raises(NotAllowed):
            add(session, staff_of(pantry), pantry)
        with pytest.raises(NotFound):
            add(session, staff_of(other, ADMINISTRATOR), pantry)

    def test_only_the_network_names_its_administrators(self, session, boss, pantry):
        with pytest.raises(NotAllowed, match="network"):
            add(session, boss, pantry, roles=[NETWORK])


class TestReading:
    def test_colleagues_come_in_the_order_in_which_they_were_added(self, session, robin, boss, pantry):
        wren = make_staff(session, pantry)
        make_staff(session, make_participant(session, name="Open Basket Co-op"))

        assert list(identity.staff_of(session, boss)) == [robin, wren]

    def test_a_stranger_is_like_one_that_does_not_exist(self, session, boss, pantry):
        stranger = make_staff(session, make_participant(session, name="Open Basket Co-op"))

        words = []
        for user_id in (stranger.id, pantry.id):
            with pytest.raises(NotFound) as refused:
                identity.get_staff(session, boss, user_id)
            words.append(refused.value.message)
        assert words[0] == words[1]

    def test_the_own_account_is_for_staff(self, session, robin, boss):
        assert identity.own_account(session, boss) is robin
        with pytest.raises(NotFound):
            identity.own_account(session, staff_of(robin.organization_id))

    def test_whether_somebody_can_invite(self, session, robin, pantry):
        assert identity.has_administrator(session, pantry.id)
        robin.is_active = False
        assert not identity.has_administrator(session, pantry.id)


class TestRoles:
    def test_they_change(self, session, boss, pantry):
        wren = make_staff(session, pantry)

        identity.set_roles(session, boss, wren.id, [Role.SUPERVISOR, Role.CASEWORKER], at=NOON)

        assert wren.roles == {Role.CASEWORKER, Role.SUPERVISOR}

    def test_one_administrator_stays(self, session, robin, boss):
        with pytest.raises(NotPossibleNow, match="administrator"):
            identity.set_roles(session, boss, robin.id, [Role.CASEWORKER], at=NOON)

        assert ADMINISTRATOR in robin.roles

    def test_with_another_one_the_first_may_step_down(self, session, robin, boss, pantry):
        make_staff(session, pantry, ADMINISTRATOR)

        identity.set_roles(session, boss, robin.id, [Role.CASEWORKER], at=NOON)

        assert robin.roles == {Role.CASEWORKER}

    def test_one_who_left_does_not_count(self, session, robin, boss, pantry):
        gone = make_staff(session, pantry, ADMINISTRATOR)
        identity.deactivate(session, boss, gone.id, at=NOON)

        with pytest.raises(NotPossibleNow):
            identity.set_roles(session, boss, robin.id, [Role.CASEWORKER], at=NOON)

    def test_one_of_another_organization_does_not_count(self, session, robin, boss):
        make_staff(session, make_participant(session, name="Open Basket Co-op"), ADMINISTRATOR)

        with pytest.raises(NotPossibleNow):
            identity.set_roles(session, boss, robin.id, [Role.CASEWORKER], at=NOON)

    def test_the_network_keeps_one_too(self, session, pantry):
        jay = make_staff(session, pantry, NETWORK, ADMINISTRATOR)
        make_staff(session, pantry, ADMINISTRATOR)

        with pytest.raises(NotPossibleNow):
            identity.set_roles(session, identity.actor_for(jay), jay.id, [ADMINISTRATOR], at=NOON)

    def test_none_at_all_is_refused(self, session, boss, pantry):
        with pytest.raises(Invalid, match="at least one"):
            identity.set_roles(session, boss, make_staff(session, pantry).id, [], at=NOON)

    def test_nobody_gives_themselves_more(self, session, pantry):
        wren = make_staff(session, pantry)

        with pytest.raises(NotAllowed):
            identity.set_roles(session, identity.actor_for(wren), wren.id, [ADMINISTRATOR], at=NOON)


class TestLeaving:
    def test_account_sessions_and_their_invitations_end(self, session, boss, pantry):
        gone = make_staff(session, pantry, ADMINISTRATOR)
        _row, token = identity.start_session(session, gone, browser="", at=NOON)
        given = {"name": "Jay", "email": "jay@example.org", "roles": [Role.CASEWORKER], "at": NOON}
        link = identity.invitation_token(identity.invite(session, identity.actor_for(gone), pantry.id, **given))

        identity.deactivate(session, boss, gone.id, at=NOON)

        assert identity.account_for(session, gone.email) is None
        assert identity.session_for(session, token, at=NOON) is None
        with pytest.raises(NotFound):
            identity.invitation_for(session, link, at=NOON)

    def test_the_last_administrator_stays(self, session, robin, boss):
        with pytest.raises(NotPossibleNow):
            identity.deactivate(session, boss, robin.id, at=NOON)

    def test_who_is_on_call_stays_until_somebody_else_is(self, session, boss, pantry):
        wren = make_staff(session, pantry)
        identity.name_on_call(session, boss, wren.id, phone="(559) 555-0142", at=NOON)

        with pytest.raises(NotPossibleNow, match="on call"):
            identity.deactivate(session, boss, wren.id, at=NOON)

        assert wren.is_active

    def test_a_stranger_cannot_be_ended(self, session, boss):
        stranger = make_staff(session, make_participant(session, name="Open Basket Co-op"))

        with pytest.raises(NotFound):
            identity.deactivate(session, boss, stranger.id, at=NOON)


class TestAway:
    def test_one_says_so_oneself_and_comes_back(self, session, pantry):
        wren = make_staff(session, pantry)

        identity.set_away(session, identity.actor_for(wren), NOON + timedelta(days=3), at=NOON)
        assert wren.away_until == NOON + timedelta(days=3)
        identity.set_away(session, identity.actor_for(wren), None, at=NOON)
        assert wren.away_until is None

    def test_an_administrator_says_so_of_a_colleague_a_colleague_does_not(self, session, boss, robin, pantry):
        wren = make_staff(session, pantry)

        identity.set_away(session, boss, NOON + timedelta(days=3), user_id=wren.id, at=NOON)
        with pytest.raises(NotAllowed):
            identity.set_away(session, identity.actor_for(wren), None, user_id=robin.id, at=NOON)

        assert wren.away_until == NOON + timedelta(days=3)

    def test_it_lies_ahead(self, session, pantry):
        wren = make_staff(session, pantry)

        with pytest.raises(Invalid, match="Away until"):
            identity.set_away(session, identity.actor_for(wren), NOON, at=NOON)


class TestOnCall:
    def test_it_is_somebody_who_works_here(self, session, boss, pantry):
        wren = make_staff(session, pantry)

        organization = identity.name_on_call(session, boss, wren.id, phone="(559) 555-0142", at=NOON)

        assert organization.on_call_user_id == wren.id

    def test_it_is_nobody_who_left_and_no_stranger(self, session, boss, pantry):
        gone = make_staff(session, pantry)
        identity.deactivate(session, boss, gone.id, at=NOON)
        stranger = make_staff(session, make_participant(session, name="Open Basket Co-op"))

        with pytest.raises(Invalid):
            identity.name_on_call(session, boss, gone.id, phone="(559) 555-0142", at=NOON)
        with pytest.raises(NotFound):
            identity.name_on_call(session, boss, stranger.id, phone="(559) 555-0142", at=NOON)


class TestOrganizationLeaves:
    def test_its_staff_are_signed_out_and_stay_out(self, session, robin, boss, pantry):
        jay = make_staff(session, make_participant(session, name="Valley Exchange"), NETWORK)
        _row, token = identity.start_session(session, robin, browser="", at=NOON)
        given = {"name": "Jay", "email": "jay@example.org", "roles": [Role.CASEWORKER], "at": NOON}
        link = identity.invitation_token(identity.invite(session, boss, pantry.id, **given))

        identity.close_organization(session, identity.actor_for(jay), pantry.id, at=NOON)

        assert identity.session_for(session, token, at=NOON).state is identity.SessionState.EXPIRED
        assert identity.account_for(session, robin.email) is None
        with pytest.raises(NotAllowed):
            identity.start_session(session, robin, browser="", at=NOON)
        with pytest.raises(NotFound):
            identity.invitation_for(session, link, at=NOON)
        with pytest.raises(NotPossibleNow):
            identity.invite(session, boss, pantry.id, **given)

    def test_its_own_administrator_cannot_end_it(self, session, boss, pantry):
        with pytest.raises(NotAllowed):
            identity.close_organization(session, boss, pantry.id, at=NOON)


def test_every_change_is_audited_in_the_stream_of_the_organization(database):
    with transaction() as session:
        pantry = make_participant(session)
        robin = make_staff(session, pantry, ADMINISTRATOR)
        wren = make_staff(session, pantry)
        boss = identity.actor_for(robin)
        identity.set_roles(session, boss, wren.id, [Role.SUPERVISOR], at=NOON)
        identity.set_away(session, boss, NOON + timedelta(days=1), user_id=wren.id, at=NOON)
        identity.name_on_call(session, boss, robin.id, phone="(559) 555-0142", at=NOON)
        identity.deactivate(session, boss, wren.id, at=NOON)

    with reading() as session:
        entries = session.execute(select(AuditEntry).where(AuditEntry.stream == str(pantry.id))).scalars().all()
    actions = {entry.action for entry in entries}
    assert {"account.add", "account.roles", "account.away", "participant.on-call", "account.end"} <= actions
    assert not any(word in entry.codes for entry in entries for word in ("Wren", "example.org", "555"))
