from datetime import UTC, date, datetime, timedelta

import orjson
import pytest

from cie import referrals
from cie.access import SYSTEM, Role
from cie.errors import Invalid, NotAllowed
from cie.referrals import Closing, ContactMethod, Reason
from cie.referrals.code_lists import DHCS, code_list_in_force
from cie.resources import resource
from tests.factories import NOON, make_loop, send_one, staff_of

LATER = NOON + timedelta(days=1)


@pytest.fixture
def shipped(session):
    return referrals.import_shipped_code_lists(session, SYSTEM, at=NOON)


@pytest.fixture
def loop(session):
    return make_loop(session)


def told(session, referral):
    state = referrals.reported_state(session, referral, referrals.tasks_of(session, referral), at=LATER)
    return (state.status.display, state.closing and state.closing.display)


class TestReportedState:
    def test_a_referral_without_an_answer_is_pending(self, session, shipped, loop):
        referral, _task = send_one(session, loop)

        assert told(session, referral) == ("Pending", None)

    def test_a_yes_is_accepted_until_somebody_tried_to_reach_the_person(self, session, shipped, loop):
        referral, task = send_one(session, loop)
        referrals.accept(session, loop.caseworker, task.id, at=NOON)
        before = told(session, referral)

        referrals.record_attempt(
            session,
            loop.caseworker,
            task.id,
            method=ContactMethod.PHONE,
            reached=False,
            minutes=2,
            happened_at=NOON,
            at=LATER,
        )

        assert before == ("Accepted", None)
        assert told(session, referral) == ("Outreach Initiated", None)

    def test_a_no_of_everybody_asked_is_declined_and_closes_as_the_providers_decline(self, session, shipped, loop):
        referral, task = send_one(session, loop)
        referrals.reject(session, loop.caseworker, task.id, reason=Reason.NO_ROOM, at=NOON)
        before = told(session, referral)

        referrals.close_loop(session, loop.navigator, referral.id, closing=Closing.OTHER, at=LATER)

        assert before == ("Declined", None)
        assert told(session, referral) == ("Referral Loop Closed", "Service Provider Declined")

    def test_help_given_closes_as_services_received(self, session, shipped, loop):
        referral, task = send_one(session, loop)
        referrals.accept(session, loop.caseworker, task.id, at=NOON)

        referrals.complete(session, loop.caseworker, task.id, at=LATER)

        assert told(session, referral) == ("Referral Loop Closed", "Services Received")

    def test_a_referral_sent_by_mistake_is_not_reported(self, session, shipped, loop):
        referral, _task = send_one(session, loop)

        referrals.mark_in_error(session, loop.navigator, referral.id, at=LATER)

        assert referrals.reported_state(session, referral, [], at=LATER) is None

    def test_without_a_list_nothing_is_reported(self, session, loop):
        referral, _task = send_one(session, loop)

        assert referrals.reported_state(session, referral, [], at=LATER) is None


class TestLoading:
    def data(self, **changes):
        return orjson.loads(resource("seed_data", "dhcs_closed_loop.json").read_bytes()) | changes

    def test_a_newer_version_is_used_from_its_first_day(self, session, shipped):
        newer = self.data(version="2027-01", effective_on="2027-01-01")
        referrals.load_code_list(session, SYSTEM, newer, at=NOON)

        assert code_list_in_force(session, DHCS, on=date(2026, 12, 31)).version == "2025-07"
        assert code_list_in_force(session, DHCS, on=date(2027, 1, 1)).version == "2027-01"
        assert code_list_in_force(session, DHCS, on=date(2025, 6, 30)) is None

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"version": None}, "version"),
            ({"effective_on": "July 1"}, "effective_on"),
            ({"status": {}}, "status"),
            ({"closing": {"other": {"code": "x", "display": "X"}}}, "closing"),
        ],
    )
    def test_a_list_that_does_not_fit_is_refused_by_the_part_that_is_wrong(self, session, changes, field):
        with pytest.raises(Invalid) as error:
            referrals.load_code_list(session, SYSTEM, self.data(**changes), at=NOON)

        assert error.value.field == field

    def test_every_entry_needs_a_code_and_words(self, session):
        data = self.data()
        data["status"]["accepted"] = {"code": "accepted"}

        with pytest.raises(Invalid, match="needs code and display"):
            referrals.load_code_list(session, SYSTEM, data, at=NOON)

    def test_only_the_network_loads_lists(self, session, loop):
        actor = staff_of(loop.clinic, Role.SUPERVISOR)

        with pytest.raises(NotAllowed):
            referrals.load_code_list(session, actor, self.data(), at=datetime(2026, 1, 1, tzinfo=UTC))
