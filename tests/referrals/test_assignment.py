"""Who is in charge: of the loop at the sender, of the task where it was asked."""

import pytest

from cie import referrals
from cie.access import Role
from cie.errors import Invalid, NotAllowed, NotFound
from cie.referrals import Referral, ReferralTask
from tests.factories import NOON, make_loop, make_participant, make_staff, send_one, staff_of


@pytest.fixture
def loop(session):
    return make_loop(session)


@pytest.fixture
def sent(session, loop):
    return send_one(session, loop)


class TestAssign:
    def test_each_side_puts_its_own_in_charge_of_its_own(self, session, loop, sent):
        referral, task = sent
        sorrel, wren = make_staff(session, loop.clinic, Role.NAVIGATOR), make_staff(session, loop.pantry)

        referrals.assign(session, loop.navigator, referral.id, sorrel.id, at=NOON)
        referrals.assign(session, loop.caseworker, referral.id, wren.id, at=NOON)

        assert session.get_one(Referral, referral.id).assignee_id == sorrel.id
        assert session.get_one(ReferralTask, task.id).assignee_id == wren.id

    def test_nobody_may_be_in_charge(self, session, loop, sent):
        referral, _task = sent
        referrals.assign(session, loop.navigator, referral.id, make_staff(session, loop.clinic).id, at=NOON)

        referrals.assign(session, loop.navigator, referral.id, None, at=NOON)

        assert session.get_one(Referral, referral.id).assignee_id is None

    def test_the_other_side_those_who_left_and_those_without_cases_cannot_be(self, session, loop, sent):
        referral, _task = sent
        left = make_staff(session, loop.clinic)
        left.is_active = False
        wrong = [make_staff(session, loop.pantry), left, make_staff(session, loop.clinic, Role.PRIVACY_OFFICER)]

        for user in wrong:
            with pytest.raises(Invalid) as refusal:
                referrals.assign(session, loop.navigator, referral.id, user.id, at=NOON)
            assert refusal.value.field == "assignee"

    def test_only_those_who_work_with_people_hand_it_over(self, session, loop, sent):
        referral, _task = sent
        stranger = staff_of(make_participant(session, name="Tall Grass School"))

        with pytest.raises(NotFound):
            referrals.assign(session, stranger, referral.id, None, at=NOON)
        with pytest.raises(NotAllowed):
            referrals.assign(session, staff_of(loop.clinic, Role.PRIVACY_OFFICER), referral.id, None, at=NOON)


def test_colleagues_are_those_of_the_own_organization_who_can_take_a_case(session, loop):
    able = make_staff(session, loop.clinic, Role.SUPERVISOR)
    make_staff(session, loop.clinic, Role.ORGANIZATION_ADMINISTRATOR)
    make_staff(session, loop.pantry)

    assert [user.id for user in referrals.colleagues(session, loop.navigator)] == [able.id]
