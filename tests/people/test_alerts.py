from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from cie.access import SYSTEM, Role
from cie.errors import NotAllowed, NotFound, NotPossibleNow
from cie.people import AlertSource, close_alert, open_alerts, raise_alert
from tests.factories import NOON, make_participant, make_person, staff_of

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def organization(session):
    return make_participant(session, on_call_user_id=uuid7())


@pytest.fixture
def staff(organization):
    return staff_of(organization)


@pytest.fixture
def person(session, organization):
    return make_person(session, organization)


@pytest.fixture
def stranger(session):
    return staff_of(make_participant(session, name="Blue Kite Clinic"))


def raise_one(session, person, *, at=NOON):
    return raise_alert(session, SYSTEM, person, AlertSource.TEXT, "violence", uuid7(), at=at)


class TestRaiseAlert:
    def test_it_goes_to_the_person_on_call_and_pauses_texts(self, session, organization, person):
        alert = raise_one(session, person)

        assert (alert.on_call_user_id, alert.organization_id) == (organization.on_call_user_id, organization.id)
        assert person.texts_paused_at == NOON
        assert session.info["events"][-1].codes == {"source": "text"}

    def test_a_second_alert_keeps_when_texts_were_paused(self, session, person):
        raise_one(session, person)

        raise_one(session, person, at=LATER)

        assert person.texts_paused_at == NOON


class TestOpenAlerts:
    def test_the_oldest_come_first_and_closed_ones_are_gone(self, session, staff, person):
        later, first = raise_one(session, person, at=LATER), raise_one(session, person)
        closed = raise_one(session, person)
        close_alert(session, staff, closed.id, note="Called. Safe at home.", resume_texts=False, at=LATER)

        assert [alert.id for alert in open_alerts(session, staff)] == [first.id, later.id]

    def test_another_organization_sees_none(self, session, person, stranger):
        raise_one(session, person)

        assert open_alerts(session, stranger) == []

    def test_organization_administrators_may_not_look(self, session, organization):
        with pytest.raises(NotAllowed):
            open_alerts(session, staff_of(organization, Role.ORGANIZATION_ADMINISTRATOR))


class TestCloseAlert:
    def test_what_was_done_is_kept_and_texts_stay_paused(self, session, staff, person):
        alert = raise_one(session, person)

        close_alert(session, staff, alert.id, note="Called. Safe at home.", resume_texts=False, at=LATER)

        assert (alert.closed_at, alert.note) == (LATER, "Called. Safe at home.")
        assert b"Safe" not in alert.note_sealed
        assert person.texts_paused_at == NOON

    def test_texts_go_on_when_the_worker_says_that_is_safe(self, session, staff, person):
        alert = raise_one(session, person)

        close_alert(session, staff, alert.id, note="Called.", resume_texts=True, at=LATER)

        assert person.texts_paused_at is None

    def test_a_closed_alert_is_not_closed_again(self, session, staff, person):
        alert = raise_one(session, person)
        close_alert(session, staff, alert.id, note="Called.", resume_texts=False, at=LATER)

        with pytest.raises(NotPossibleNow):
            close_alert(session, staff, alert.id, note="Called too.", resume_texts=True, at=LATER)

        assert (alert.note, person.texts_paused_at) == ("Called.", NOON)

    def test_an_alert_of_another_organization_is_not_found(self, session, person, stranger):
        alert = raise_one(session, person)

        with pytest.raises(NotFound):
            close_alert(session, stranger, alert.id, note="", resume_texts=True, at=LATER)

        assert alert.closed_at is None

    def test_an_alert_that_does_not_exist_is_not_found(self, session, staff):
        with pytest.raises(NotFound):
            close_alert(session, staff, uuid7(), note="", resume_texts=True, at=LATER)

    def test_privacy_officers_may_not_close(self, session, organization, person):
        alert = raise_one(session, person)

        with pytest.raises(NotAllowed):
            officer = staff_of(organization, Role.PRIVACY_OFFICER)
            close_alert(session, officer, alert.id, note="", resume_texts=True, at=LATER)
