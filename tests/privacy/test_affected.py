"""Who may be affected: chosen one by one, by a referral, or all whom a colleague read, as the audit chain tells."""

from datetime import date, datetime, timedelta

import pytest
from uuid_utils.compat import uuid7

from cie import consent, people, privacy, referrals
from cie.access import Role
from cie.calendar import instant
from cie.db import reading, transaction
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.identity import actor_for
from cie.privacy.affected import read_by
from tests.factories import NOON, make_loop, make_person, make_staff, send_one, staff_of
from tests.privacy.cases import done_in, make_incident


@pytest.fixture
def incident(session, officer):
    return make_incident(session, officer)


def listed(session, incident):
    return list(session.execute(privacy.affected_query(incident)).scalars())


class TestChoosing:
    def test_a_person_is_on_the_list_once_however_often_chosen(self, session, loop, officer, incident):
        for _twice in range(2):
            privacy.add_person(session, officer, incident.id, loop.person.id, at=NOON)

        assert listed(session, incident) == [loop.person.id]
        assert privacy.count_affected(session, incident) == 1
        assert len(privacy.why_listed(session, incident, [loop.person.id])[loop.person.id]) == 2
        assert done_in(session)[-1] == "incident.list-grew"

    def test_somebody_elses_person_is_like_nobody(self, session, loop, officer, incident):
        theirs = make_person(session, loop.pantry)

        for person_id in (theirs.id, uuid7()):
            with pytest.raises(NotFound):
                privacy.add_person(session, officer, incident.id, person_id, at=NOON)

    def test_whom_we_know_through_a_release_can_be_on_our_list(self, session, loop, stranger):
        referral, _task = send_one(session, loop)
        theirs = make_incident(session, stranger)

        privacy.add_referral(session, stranger, theirs.id, referral.id, [loop.person.id], at=NOON)

        assert listed(session, theirs) == [loop.person.id]

    def test_what_is_taken_back_leaves_the_list_and_stays_in_the_history(self, session, loop, officer, incident):
        group = privacy.add_person(session, officer, incident.id, loop.person.id, at=NOON)

        privacy.take_back(session, officer, group.id, reason="It was another Aster.", at=NOON)

        assert listed(session, incident) == []
        assert [each.reason for each in privacy.groups_of(session, incident)] == ["It was another Aster."]
        with pytest.raises(NotPossibleNow):
            privacy.take_back(session, officer, group.id, reason="Again.", at=NOON)

    def test_taking_back_needs_a_reason_and_the_own_organization(self, session, loop, officer, stranger, incident):
        group = privacy.add_person(session, officer, incident.id, loop.person.id, at=NOON)

        with pytest.raises(Invalid):
            privacy.take_back(session, officer, group.id, reason=" ", at=NOON)
        with pytest.raises(NotFound):
            privacy.take_back(session, stranger, group.id, reason="Mine.", at=NOON)

    def test_a_download_is_written_down_with_its_count(self, session, loop, officer, incident):
        privacy.add_person(session, officer, incident.id, loop.person.id, at=NOON)

        privacy.note_download(session, officer, incident.id, at=NOON)

        (line, *_older) = privacy.history_of(session, incident)
        assert (line.step, line.count) == (privacy.Step.LIST_DOWNLOADED, 1)


@pytest.fixture
def seen(database):
    """A clinic whose worker Wren looked at Aster, wrote about Rowan, and never saw Sage; real audit rows."""
    with transaction() as session:
        loop = make_loop(session)
        wren = make_staff(session, loop.clinic, Role.NAVIGATOR)
        rowan = make_person(session, loop.clinic, given_name="Rowan")
        make_person(session, loop.clinic, given_name="Sage")
    with reading() as session:
        people.get_person(session, actor_for(wren), loop.person.id)
    with transaction() as session:
        people.set_language(session, actor_for(wren), session.get_one(people.Person, rowan.id), "en", at=NOON)
    return loop, wren, rowan


class TestReadBy:
    def test_everybody_whom_the_colleague_read_or_wrote_about(self, seen):
        loop, wren, rowan = seen
        with reading() as session:
            found = read_by(session, loop.clinic.id, wren.id, date(2026, 1, 1), date(2100, 1, 1))

        assert found == sorted([loop.person.id, rowan.id])

    def test_only_between_the_days_both_included(self, seen):
        loop, wren, rowan = seen
        day = NOON.date()
        with reading() as session:
            on_the_day = read_by(session, loop.clinic.id, wren.id, day, day)
            before = read_by(session, loop.clinic.id, wren.id, date(2026, 1, 1), day - timedelta(days=1))

        assert rowan.id in on_the_day
        assert rowan.id not in before

    def test_a_day_is_a_day_of_california(self, database):
        with transaction() as session:
            loop = make_loop(session)
            wren = make_staff(session, loop.clinic, Role.NAVIGATOR)
        late = instant(date(2026, 3, 1), datetime(2026, 3, 1, 23, 59).time())
        with transaction() as session:
            person = session.get_one(people.Person, loop.person.id)
            people.set_language(session, actor_for(wren), person, "en", at=late)

        with reading() as session:
            assert read_by(session, loop.clinic.id, wren.id, date(2026, 3, 1), date(2026, 3, 1)) == [loop.person.id]
            assert read_by(session, loop.clinic.id, wren.id, date(2026, 3, 2), date(2026, 3, 2)) == []

    def test_a_receiver_who_read_what_was_released_is_found_in_the_receivers_own_list(self, database):
        with transaction() as session:
            loop = make_loop(session)
            robin = make_staff(session, loop.pantry)
            referral, task = send_one(session, loop)
        with transaction() as session:
            referrals.accept(session, actor_for(robin), task.id, at=NOON)

        with transaction() as session:
            officer = staff_of(loop.pantry, Role.PRIVACY_OFFICER)
            incident = make_incident(session, officer)
            days = {"first_on": NOON.date(), "last_on": NOON.date()}
            group = privacy.add_all_read_by(session, officer, incident.id, robin.id, **days, at=NOON)
            assert (group.count, listed(session, incident)) == (1, [loop.person.id])
            assert consent.released_to(session, loop.pantry.id, task.id, consent.DataSet.REFERRAL)
        assert referral.organization_id == loop.clinic.id

    def test_who_was_read_elsewhere_is_not_ours(self, seen):
        loop, wren, _rowan = seen
        with reading() as session:
            assert read_by(session, loop.pantry.id, wren.id, date(2026, 1, 1), date(2100, 1, 1)) == []

    def test_the_list_is_frozen_when_it_is_made(self, seen):
        loop, wren, rowan = seen
        days = {"first_on": date(2026, 1, 1), "last_on": date(2100, 1, 1)}
        with transaction() as session:
            officer = staff_of(loop.clinic, Role.PRIVACY_OFFICER)
            incident = make_incident(session, officer)
            privacy.add_all_read_by(session, officer, incident.id, wren.id, **days, at=NOON)
            newcomer = make_person(session, loop.clinic, given_name="Basil")
        with reading() as session:
            people.get_person(session, actor_for(wren), newcomer.id)

        with reading() as session:
            assert listed(session, incident) == sorted([loop.person.id, rowan.id])

    def test_a_colleague_of_another_organization_is_not_found(self, seen, database):
        loop, wren, _rowan = seen
        days = {"first_on": NOON.date(), "last_on": NOON.date()}
        with transaction() as session:
            officer = staff_of(loop.pantry, Role.PRIVACY_OFFICER)
            incident = make_incident(session, officer)
            with pytest.raises(NotFound):
                privacy.add_all_read_by(session, officer, incident.id, wren.id, **days, at=NOON)

    def test_wrong_days_and_nobody_read_are_said(self, session, loop, officer, incident):
        wren = make_staff(session, loop.clinic)
        day = NOON.date()

        with pytest.raises(Invalid) as backwards:
            privacy.add_all_read_by(
                session, officer, incident.id, wren.id, first_on=day, last_on=day - timedelta(days=1), at=NOON
            )
        with pytest.raises(Invalid) as nobody:
            privacy.add_all_read_by(session, officer, incident.id, wren.id, first_on=day, last_on=day, at=NOON)

        assert (backwards.value.field, nobody.value.field) == ("last_on", "reader_id")
