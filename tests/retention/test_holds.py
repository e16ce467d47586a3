"""Legal holds: set with a reason, lifted, over by their day; nobody else's officer sees or lifts them."""

from datetime import timedelta
from uuid import uuid4

import pytest

from cie import retention
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from tests.factories import NOON, staff_of
from tests.privacy.cases import TODAY, done_in, make_demand


def hold(session, officer, loop, **fields):
    values = {"reason": "The court asked us to keep it", "at": NOON}
    return retention.set_hold(session, officer, loop.person.id, **{**values, **fields})


def lasting(session, loop, at=NOON):
    return list(retention.holds_on(session, loop.clinic.id, loop.person.id, at=at))


class TestSet:
    def test_it_lasts_until_it_is_lifted(self, session, loop, officer):
        made = hold(session, officer, loop)

        assert lasting(session, loop, NOON + timedelta(days=4000)) == [made]
        assert made.reason == "The court asked us to keep it"
        assert "legal-hold.set" in done_in(session)

    def test_it_ends_after_its_last_day(self, session, loop, officer):
        made = hold(session, officer, loop, until_on=TODAY)

        assert lasting(session, loop) == [made]
        assert lasting(session, loop, NOON + timedelta(days=1)) == []

    def test_it_names_the_demand_that_it_is_for(self, session, loop, officer):
        demand = make_demand(session, officer)

        made = hold(session, officer, loop, demand_id=demand.id)

        assert list(retention.holds_for(session, demand, at=NOON)) == [made]

    @pytest.mark.parametrize(
        ("fields", "field"), [({"reason": " "}, "reason"), ({"until_on": TODAY - timedelta(days=1)}, "until_on")]
    )
    def test_what_is_wrong_is_named(self, session, loop, officer, fields, field):
        with pytest.raises(Invalid) as refusal:
            hold(session, officer, loop, **fields)

        assert refusal.value.field == field
        assert lasting(session, loop) == []

    def test_only_for_ones_own_persons_and_demands(self, session, loop, officer, stranger):
        demand = make_demand(session, stranger)

        for who, fields in ((stranger, {}), (officer, {"demand_id": demand.id})):
            with pytest.raises(NotFound):
                hold(session, who, loop, **fields)

    def test_only_by_a_privacy_officer(self, session, loop):
        with pytest.raises(NotAllowed):
            hold(session, loop.navigator, loop)


class TestLift:
    def test_it_ends_at_once_and_once(self, session, loop, officer):
        made = hold(session, officer, loop)

        retention.lift_hold(session, officer, made.id, at=NOON)

        assert lasting(session, loop) == []
        with pytest.raises(NotPossibleNow):
            retention.lift_hold(session, officer, made.id, at=NOON)

    def test_of_another_organization_it_is_not_there(self, session, loop, officer, stranger):
        made = hold(session, officer, loop)

        for hold_id, who in ((made.id, stranger), (uuid4(), officer)):
            with pytest.raises(NotFound):
                retention.lift_hold(session, who, hold_id, at=NOON)
        with pytest.raises(NotAllowed):
            retention.lift_hold(session, staff_of(loop.clinic), made.id, at=NOON)

    def test_the_list_shows_those_that_last(self, session, loop, officer, stranger):
        made = hold(session, officer, loop)

        assert session.execute(retention.holds(officer, at=NOON)).scalars().all() == [made]
        assert session.execute(retention.holds(stranger, at=NOON)).scalars().all() == []
