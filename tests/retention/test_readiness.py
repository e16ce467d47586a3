"""On which ground a record may be erased, and what stands in the way."""

from datetime import timedelta
from uuid import uuid4

import pytest

from cie import people, privacy, retention
from cie.access import Role
from cie.errors import NotAllowed, NotFound, NotPossibleNow
from cie.participants import ParticipantKind
from cie.people import AlertSource
from cie.privacy import RequestKind, RequestState
from cie.retention import Ground
from tests.factories import NOON, make_participant, make_person, send_one, staff_of
from tests.privacy.cases import make_demand, make_incident, make_request
from tests.retention.filling import grant_deletion
from tests.retention.test_due import LATER


def ready(session, officer, person, at=NOON):
    session.flush()
    return retention.readiness(session, officer, person.id, at=at)


def refusal(session, officer, person, ground=Ground.REQUEST):
    with pytest.raises(NotPossibleNow) as caught:
        retention.erase(session, officer, person.id, ground, at=NOON)
    assert person.full_name == "Aster Moreno"
    return caught.value.message


class TestGrounds:
    def test_without_any_nothing_is_erased(self, session, loop, officer):
        assert ready(session, officer, loop.person).grounds == ()
        assert "no ground" in refusal(session, officer, loop.person)

    def test_a_deletion_that_was_granted(self, session, loop, officer):
        grant_deletion(session, officer, loop.person.id, at=NOON)

        assert ready(session, officer, loop.person).grounds == (Ground.REQUEST,)

    @pytest.mark.parametrize(
        ("kind", "state"),
        [
            (RequestKind.DELETION, RequestState.DENIED),
            (RequestKind.DELETION, RequestState.PARTLY_GRANTED),
            (RequestKind.CORRECTION, RequestState.GRANTED),
        ],
    )
    def test_no_other_answer_and_no_other_request(self, session, loop, officer, kind, state):
        asked = make_request(session, officer, loop.person, kind=kind)
        privacy.decide_request(session, officer, asked.id, state, reason="So it is", at=NOON)

        assert ready(session, officer, loop.person).grounds == ()

    def test_its_time_is_over(self, session, loop, officer):
        assert ready(session, officer, loop.person, LATER).grounds == (Ground.RETENTION,)
        assert ready(session, officer, loop.person, LATER - timedelta(days=4)).grounds == ()

    def test_a_victim_service_may_at_any_time(self, session):
        refuge = make_participant(session, kind=ParticipantKind.VICTIM_SERVICES)
        person = make_person(session, refuge)

        assert ready(session, staff_of(refuge, Role.PRIVACY_OFFICER), person).grounds == (Ground.PURGE,)


class TestInTheWay:
    @pytest.fixture(autouse=True)
    def granted(self, session, loop, officer):
        grant_deletion(session, officer, loop.person.id, at=NOON)

    def test_a_hold_also_for_a_victim_service(self, session, loop, officer):
        held = retention.set_hold(session, officer, loop.person.id, reason="Court", at=NOON)
        loop.clinic.kind = ParticipantKind.VICTIM_SERVICES

        assert list(ready(session, officer, loop.person).holds) == [held]
        for ground in Ground:
            assert "legal hold" in refusal(session, officer, loop.person, ground)

    def test_a_request_that_is_not_answered(self, session, loop, officer):
        asked = make_request(session, officer, loop.person)

        assert list(ready(session, officer, loop.person).requests) == [asked]
        assert "open case" in refusal(session, officer, loop.person)

    def test_an_incident_of_which_they_must_be_told(self, session, loop, officer):
        incident = make_incident(session, officer)
        group = privacy.add_person(session, officer, incident.id, loop.person.id, at=NOON)

        assert list(ready(session, officer, loop.person).incidents) == [incident]
        assert "open case" in refusal(session, officer, loop.person)
        privacy.take_back(session, officer, group.id, reason="Not theirs", at=NOON)
        assert ready(session, officer, loop.person).is_free

    def test_a_demand_that_is_about_them(self, session, loop, officer):
        demand = make_demand(session, officer)
        privacy.add_to_demand(session, officer, demand.id, loop.person.id, at=NOON)

        assert list(ready(session, officer, loop.person).demands) == [demand]
        assert "open case" in refusal(session, officer, loop.person)

    def test_danger_that_nobody_has_dealt_with(self, session, loop, officer):
        people.raise_alert(session, loop.navigator, loop.person, AlertSource.STAFF, "abuse", None, at=NOON)

        assert ready(session, officer, loop.person).in_danger
        assert "open case" in refusal(session, officer, loop.person)

    def test_an_open_referral_is_told_and_not_in_the_way(self, session, loop, officer):
        referral, _task = send_one(session, loop)

        found = ready(session, officer, loop.person)

        assert found.is_free and list(found.loops) == [referral]


class TestOthers:
    def test_nobody_elses_and_nobody(self, session, loop, officer, stranger):
        for who, person_id in ((stranger, loop.person.id), (officer, uuid4())):
            with pytest.raises(NotFound):
                retention.readiness(session, who, person_id, at=NOON)

    def test_only_a_privacy_officer(self, session, loop):
        with pytest.raises(NotAllowed):
            retention.readiness(session, loop.navigator, loop.person.id, at=NOON)
