"""A need is a concern that a worker confirms or dismisses, and about which the person has a wish."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7

from cie.access import Role
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.events import Change
from cie.screening import (
    NeedDecision,
    NeedStatus,
    Wish,
    add_need,
    confirm_need,
    dismiss_need,
    get_need,
    is_private,
    needs_of,
    set_wish,
    settle_needs,
)
from cie.screening.models import Need
from tests.factories import NOON, add, make_participant, make_person, staff_of

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def clinic(session):
    return make_participant(session, name="Blue Kite Clinic")


@pytest.fixture
def staff(clinic):
    return staff_of(clinic, Role.NAVIGATOR, id=uuid7())


@pytest.fixture
def stranger(session):
    return staff_of(make_participant(session))


@pytest.fixture
def officer(clinic):
    return staff_of(clinic, Role.PRIVACY_OFFICER)


def make_need(session, person, **fields):
    values = {"need_code": "food", "domain": "food-insecurity", "created_at": NOON}
    need = Need(organization_id=person.organization_id, person_id=person.id, **{**values, **fields})
    return add(session, need)


@pytest.fixture
def need(session, person):
    return make_need(session, person)


def actions(session):
    return [event.action for event in session.info.get("events", [])]


class TestAddNeed:
    def test_it_needs_no_screening_and_carries_the_proposed_codes(self, session, staff, person):
        need = add_need(session, staff, person.id, "food", Wish.WANTS_HELP, at=NOON)

        assert (need.status, need.wish, need.screening_id) == (NeedStatus.CONFIRMED, Wish.WANTS_HELP, None)
        assert (need.domain, need.icd10, need.snomed) == ("food-insecurity", "Z59.41", "733423003")
        assert (need.decided_by_id, need.decided_at) == (staff.id, NOON)
        assert actions(session) == ["need.add"]

    def test_a_need_that_is_not_on_the_list_is_refused(self, session, staff, person):
        with pytest.raises(Invalid) as refused:
            add_need(session, staff, person.id, "weather", Wish.NOT_NOW, at=NOON)

        assert refused.value.field == "need"

    def test_an_open_need_is_not_added_twice(self, session, staff, person, need):
        with pytest.raises(Invalid) as refused:
            add_need(session, staff, person.id, "food", Wish.NOT_NOW, at=NOON)

        assert refused.value.field == "need"
        assert needs_of(session, staff, person.id) == [need]

    def test_a_dismissed_need_may_come_back(self, session, staff, person, need):
        dismiss_need(session, staff, need.id, at=NOON)

        added = add_need(session, staff, person.id, "food", None, at=LATER)

        assert [n.id for n in needs_of(session, staff, person.id)] == [added.id, need.id]

    def test_a_stranger_finds_nobody(self, session, stranger, person):
        with pytest.raises(NotFound):
            add_need(session, stranger, person.id, "food", None, at=NOON)

    def test_a_privacy_officer_may_not_add(self, session, officer, person):
        with pytest.raises(NotAllowed):
            add_need(session, officer, person.id, "food", None, at=NOON)


class TestDecide:
    def test_confirming_is_a_status_with_who_and_when(self, session, staff, need):
        confirm_need(session, staff, need.id, at=LATER)
        confirm_need(session, staff, need.id, at=LATER + timedelta(days=1))

        assert (need.status, need.decided_by_id, need.decided_at) == (NeedStatus.CONFIRMED, staff.id, LATER)
        assert actions(session) == ["need.confirm"]

    def test_what_it_was_stays_in_the_history(self, session, staff, need):
        confirm_need(session, staff, need.id, at=NOON)

        dismiss_need(session, staff, need.id, at=LATER)

        changes = session.execute(select(Change).order_by(Change.at)).scalars().all()
        statuses = [change.fields["status"] for change in changes]
        assert statuses == [["proposed", "confirmed"], ["confirmed", "dismissed"]]
        assert {change.person_id for change in changes} == {need.person_id}

    @pytest.mark.parametrize("ended", [NeedStatus.DISMISSED, NeedStatus.RESOLVED])
    def test_a_need_that_ended_is_not_confirmed(self, session, staff, person, ended):
        need = make_need(session, person, status=ended)

        with pytest.raises(NotPossibleNow):
            confirm_need(session, staff, need.id, at=NOON)

        assert need.status is ended

    def test_a_solved_need_is_not_dismissed(self, session, staff, person):
        need = make_need(session, person, status=NeedStatus.RESOLVED)

        with pytest.raises(NotPossibleNow):
            dismiss_need(session, staff, need.id, at=NOON)

    @pytest.mark.parametrize("decide", [confirm_need, dismiss_need])
    def test_a_stranger_finds_nothing(self, session, stranger, need, decide):
        with pytest.raises(NotFound):
            decide(session, stranger, need.id, at=NOON)

    @pytest.mark.parametrize("decide", [confirm_need, dismiss_need])
    def test_a_privacy_officer_may_not_decide(self, session, officer, need, decide):
        with pytest.raises(NotAllowed):
            decide(session, officer, need.id, at=NOON)


class TestSetWish:
    def test_the_wish_is_kept_with_what_it_was(self, session, staff, need):
        set_wish(session, staff, need.id, Wish.NOT_NOW, at=NOON)

        set_wish(session, staff, need.id, Wish.WANTS_HELP, at=LATER)

        assert need.wish is Wish.WANTS_HELP
        assert actions(session) == ["need.wish", "need.wish"]
        assert len(session.execute(select(Change)).all()) == 2

    def test_a_need_that_is_no_longer_open_takes_no_wish(self, session, staff, need):
        dismiss_need(session, staff, need.id, at=NOON)

        with pytest.raises(NotPossibleNow):
            set_wish(session, staff, need.id, Wish.WANTS_HELP, at=LATER)

        assert need.wish is None

    def test_a_stranger_finds_nothing(self, session, stranger, need):
        with pytest.raises(NotFound):
            set_wish(session, stranger, need.id, Wish.NOT_NOW, at=NOON)


class TestSettleNeeds:
    def test_one_form_decides_several(self, session, staff, person, need):
        rent = make_need(session, person, need_code="rent-help", domain="housing-instability")
        ride = make_need(session, person, need_code="transportation", domain="transportation-insecurity")

        settle_needs(
            session,
            staff,
            person.id,
            [
                NeedDecision(need.id, NeedStatus.CONFIRMED, Wish.WANTS_HELP),
                NeedDecision(rent.id, NeedStatus.DISMISSED, Wish.NOT_NOW),
                NeedDecision(ride.id),
            ],
            at=NOON,
        )

        assert [(n.status.value, n.wish) for n in (need, rent, ride)] == [
            ("confirmed", Wish.WANTS_HELP),
            ("dismissed", None),
            ("proposed", None),
        ]

    def test_the_need_of_another_person_is_not_found(self, session, staff, clinic, need):
        other = make_person(session, clinic)

        with pytest.raises(NotFound):
            settle_needs(session, staff, other.id, [NeedDecision(need.id, NeedStatus.CONFIRMED)], at=NOON)

        assert need.status is NeedStatus.PROPOSED


class TestReading:
    def test_a_stranger_and_a_wrong_id_get_the_same_answer(self, session, staff, stranger, need):
        with pytest.raises(NotFound) as hidden:
            get_need(session, stranger, need.id)
        with pytest.raises(NotFound) as missing:
            get_need(session, staff, uuid7())

        assert hidden.value.message == missing.value.message

    def test_a_privacy_officer_does_not_read_the_list(self, session, officer, person, need):
        with pytest.raises(NotAllowed):
            needs_of(session, officer, person.id)

    def test_only_a_need_that_could_endanger_is_private(self, session, person, need):
        unsafe = make_need(session, person, need_code="safety-from-abuse", domain="intimate-partner-violence")

        assert (is_private(need), is_private(unsafe)) == (False, True)
