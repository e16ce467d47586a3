"""Break-glass: who may open more of a referral in an emergency, what opens, for how long, and who hears of it."""

from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from cie import consent, referrals
from cie.access import Role
from cie.consent import DataSet, Decision, EmergencyAccess, EmergencyKind, Method, Obligation, Release
from cie.consent.emergency_limits import emergency_limit, read_limits
from cie.directory import Category
from cie.errors import Ended, Invalid, NotAllowed, NotFound, NotPossibleNow, TooMany
from cie.participants import HipaaRole, ParticipantKind
from cie.referrals import Reason
from tests.factories import NOON, make_participant, make_service, make_staff, staff_of
from tests.referrals.hospital import MESSAGE, REASON, ask, carry_health_records, make_hospital, said

LATER = NOON + timedelta(hours=1)
WITHHELD = ["need", "message"]


@pytest.fixture
def place(session):
    return make_hospital(session)


def open_now(session, place, at=LATER, actor=None, task=None, **fields):
    task = task or place.task
    return referrals.open_emergency(session, actor or place.tansy, task.id, said(**fields), at=at)


def seen(session, place, at=LATER):
    found = referrals.emergency_now(session, place.tansy, place.task, at=at)
    return dict(found.elements) if found else None


def referral_seen(session, place):
    return consent.released_to(session, place.hospital.id, place.task.id, DataSet.REFERRAL).elements


def emergency_releases(session):
    query = select(Release).where(col(Release.data_set) == DataSet.EMERGENCY)
    return session.execute(query.order_by(col(Release.version))).scalars().all()


class TestWhatOpens:
    def test_those_who_treat_read_what_was_withheld_and_nothing_else(self, session, place):
        assert not set(WITHHELD) & set(referral_seen(session, place))

        open_now(session, place)

        assert list(seen(session, place)) == WITHHELD
        assert seen(session, place)["message"] == MESSAGE
        assert not set(WITHHELD) & set(referral_seen(session, place)), "the request itself stays as it was sent"

    def test_it_is_a_release_by_the_gate_with_its_purpose_basis_and_duties(self, session, place):
        access = open_now(session, place)

        release = session.get_one(Release, access.release_id)
        assert (release.purpose, release.basis, release.subject_id) == ("ETREAT", "part2-emergency", place.task.id)
        assert Obligation.PART2_EMERGENCY_RECORD.value in release.obligations
        assert Obligation.PART2_NOTICE in consent.duties_to(session, place.hospital.id, [place.referral.id])
        assert consent.decision_of(session, release.id).question["emergency"] is True

    def test_who_received_it_where_they_work_who_told_when_and_why_is_kept(self, session, place):
        """42 CFR 2.51(c)."""
        access = open_now(session, place)
        place.worker.name, place.hospital.name = "Somebody Else", "Another Name"
        session.flush()

        names = {"receiver": "Tansy Quill", "affiliation": "Quarry Hospital", "discloser": "Paper Boat Housing"}
        assert access.record == names
        assert (access.reason, access.kind, access.opened_at) == (REASON, EmergencyKind.MEDICAL, LATER)
        assert (access.organization_id, access.recipient_id) == (place.boat.id, place.hospital.id)

    def test_a_consent_that_was_taken_back_does_not_stop_an_emergency(self, session, place):
        (record,) = consent.consents_of(session, place.boat.id, place.person.id)
        consent.revoke(session, place.heron, record.id, method=Method.BY_VOICE, at=NOON)

        open_now(session, place)

        assert list(seen(session, place)) == WITHHELD

    def test_taking_a_consent_back_does_not_end_what_is_open(self, session, place):
        open_now(session, place)
        (record,) = consent.consents_of(session, place.boat.id, place.person.id)

        consent.revoke(session, place.heron, record.id, method=Method.BY_VOICE, at=LATER)

        assert list(seen(session, place)) == WITHHELD

    def test_a_clinic_bound_by_hipaa_tells_more_where_the_network_may_carry_it(self, session):
        carry_health_records(session)
        place = make_hospital(session, sender={"kind": ParticipantKind.CLINIC}, need_code="mental-health")

        access = open_now(session, place)

        assert session.get_one(Release, access.release_id).basis == "emergency-care"

    def test_a_danger_to_life_opens_who_an_offer_is_about_and_no_treatment_records(self, session):
        carry_health_records(session)
        place = make_hospital(session, sender={"kind": ParticipantKind.CLINIC})
        services = (place.service.id, make_service(session, make_participant(session)).id)
        _referral, place.task = ask(session, place, service_ids=services)
        assert "name" not in consent.released_to(session, place.hospital.id, place.task.id, DataSet.OFFER).elements

        open_now(session, place, kind=EmergencyKind.DANGER)

        assert set(seen(session, place)) == {"name", "age", "contact"}


class TestWhatStays:
    """What the rules keep back answers like what is not there: nothing is opened, and nobody hears why."""

    def test_a_danger_that_is_no_medical_emergency_opens_no_treatment_records(self, session, place):
        assert open_now(session, place, kind=EmergencyKind.DANGER) is None
        assert seen(session, place) is None

    def test_where_nothing_was_withheld_there_is_nothing_to_open(self, session):
        place = make_hospital(session, need_code="food", message="Works Wednesdays")

        assert open_now(session, place) is None
        assert emergency_releases(session) == []

    @pytest.mark.parametrize("hipaa", [None, HipaaRole.COVERED_ENTITY])
    def test_a_victim_service_tells_nobody_anything(self, session, hipaa):
        carry_health_records(session)
        place = make_hospital(session, need_code="food", message=None)
        place.boat.kind, place.boat.hipaa_role = ParticipantKind.VICTIM_SERVICES, hipaa
        session.flush()

        assert open_now(session, place) is None

    def test_that_somebody_lives_with_violence_stays(self, session):
        carry_health_records(session)
        place = make_hospital(session, sender={"kind": ParticipantKind.CLINIC}, need_code="safety-from-abuse")

        assert open_now(session, place) is None

    def test_what_a_protected_service_was_asked_stays(self, session, place):
        place.referral.masked = True
        session.flush()

        assert open_now(session, place) is None

    def test_the_persons_no_is_honored(self, session, place):
        consent.record_consent(
            session, place.heron, place.person.id, decision=Decision.DO_NOT_SHARE, categories=[], recipient_ids=[],
            method=Method.IN_PERSON, expires_on=None, wording_version="", at=LATER,
        )  # fmt: skip

        assert open_now(session, place) is None

    def test_a_no_ends_what_is_open(self, session, place):
        open_now(session, place)

        consent.record_consent(
            session, place.heron, place.person.id, decision=Decision.DO_NOT_SHARE, categories=[], recipient_ids=[],
            method=Method.IN_PERSON, expires_on=None, wording_version="", at=LATER,
        )  # fmt: skip

        assert seen(session, place) is None

    def test_no_data_set_of_an_emergency_serves_a_court_or_the_police(self):
        assert {purpose.value for purpose in consent.data_sets()[DataSet.EMERGENCY].purposes} == {"ETREAT"}

    def test_what_is_told_of_an_emergency_is_what_a_referral_holds(self):
        sets = consent.data_sets()

        assert sets[DataSet.EMERGENCY].elements == sets[DataSet.REFERRAL].elements


class TestWho:
    def test_a_place_that_does_not_treat_opens_nothing(self, session, place):
        place.hospital.kind = ParticipantKind.CBO
        session.flush()

        with pytest.raises(NotAllowed):
            open_now(session, place)

        assert emergency_releases(session) == []

    def test_a_place_does_not_open_its_own_record(self, session, place):
        own = make_service(session, place.boat)
        place.boat.kind = ParticipantKind.CLINIC
        session.flush()
        _referral, task = ask(session, place, service_ids=(own.id,), need_code="food")

        with pytest.raises(NotAllowed):
            open_now(session, place, actor=place.heron, task=task)

    def test_another_hospital_does_not_hear_that_there_is_such_a_task(self, session, place):
        other = make_participant(session, kind=ParticipantKind.HOSPITAL)
        stranger = make_staff(session, other)

        with pytest.raises(NotFound):
            open_now(session, place, actor=staff_of(other, id=stranger.id))

    def test_the_sender_opens_nothing(self, session, place):
        place.boat.kind = ParticipantKind.CLINIC
        session.flush()

        with pytest.raises(NotAllowed):
            open_now(session, place, actor=place.heron)

    def test_a_privacy_officer_reads_the_referral_and_opens_nothing(self, session, place):
        officer = make_staff(session, place.hospital, Role.PRIVACY_OFFICER)

        with pytest.raises(NotAllowed):
            open_now(session, place, actor=staff_of(place.hospital, Role.PRIVACY_OFFICER, id=officer.id))

    @pytest.mark.parametrize("end", ["cancelled", "declined", "closed"])
    def test_a_request_that_has_ended_opens_nothing(self, session, place, end):
        if end == "cancelled":
            referrals.cancel(session, place.heron, place.task.id, reason=Reason.DUPLICATE, at=NOON)
        elif end == "declined":
            referrals.reject(session, place.tansy, place.task.id, reason=Reason.NO_ROOM, at=NOON)
        else:
            referrals.accept(session, place.tansy, place.task.id, at=NOON)
            referrals.complete(session, place.tansy, place.task.id, at=NOON)

        with pytest.raises(Ended):
            open_now(session, place)

    def test_after_a_yes_it_can_be_opened_too(self, session, place):
        referrals.accept(session, place.tansy, place.task.id, at=NOON)

        assert open_now(session, place) is not None


class TestWords:
    @pytest.mark.parametrize(
        ("field", "value"),
        [("kind", None), ("reason", " "), ("reason", "a" * 4001), ("cannot_ask", False)],
    )
    def test_without_kind_reason_and_confirmation_nothing_opens(self, session, place, field, value):
        with pytest.raises(Invalid) as refused:
            open_now(session, place, **{field: value})

        assert [error.field for error in refused.value.errors] == [field]
        assert emergency_releases(session) == []

    def test_all_that_is_missing_is_named_at_once(self, session, place):
        with pytest.raises(Invalid) as refused:
            open_now(session, place, kind=None, reason="", cannot_ask=False)

        assert [error.field for error in refused.value.errors] == ["kind", "reason", "cannot_ask"]


class TestTime:
    def test_it_is_over_after_four_hours_also_when_nobody_wrote_the_end_down(self, session, place):
        access = open_now(session, place)

        assert access.until_at == LATER + timedelta(hours=4)
        assert seen(session, place, at=access.until_at - timedelta(seconds=1))
        assert seen(session, place, at=access.until_at) is None

    def test_the_end_is_written_down_once(self, session, place):
        access = open_now(session, place)
        assert consent.emergencies_past_their_end(session, at=access.until_at - timedelta(seconds=1)) == []
        assert not consent.end_emergency(session, access.id, at=LATER)

        assert consent.emergencies_past_their_end(session, at=access.until_at) == [access.id]
        assert consent.end_emergency(session, access.id, at=access.until_at)
        assert not consent.end_emergency(session, access.id, at=access.until_at)

        assert session.get_one(Release, access.release_id).ended_at == access.until_at
        assert consent.emergencies_past_their_end(session, at=access.until_at) == []
        assert referral_seen(session, place), "the request itself can still be read"

    def test_what_is_open_ends_with_the_request(self, session, place):
        open_now(session, place)

        referrals.cancel(session, place.heron, place.task.id, reason=Reason.DUPLICATE, at=LATER)

        assert seen(session, place) is None

    def test_what_is_open_is_not_opened_again(self, session, place):
        open_now(session, place)

        with pytest.raises(NotPossibleNow):
            open_now(session, place, at=LATER + timedelta(hours=1))

    def test_after_its_end_it_is_opened_again_with_a_new_reason(self, session, place):
        first = open_now(session, place)

        second = open_now(session, place, at=first.until_at, reason="Came back the same night.")

        assert [release.version for release in emergency_releases(session)] == [1, 2]
        assert (first.reason, second.reason) == (REASON, "Came back the same night.")

    def test_nobody_opens_a_whole_caseload(self, session, place):
        tasks = [place.task, *(ask(session, place)[1] for _number in range(3))]
        for task in tasks[:3]:
            open_now(session, place, task=task)

        with pytest.raises(TooMany):
            open_now(session, place, task=tasks[3])

    def test_a_try_that_opens_nothing_counts_too_and_a_colleague_has_tries_of_their_own(self, session, place):
        tasks = [ask(session, place, need_code="food", message=None)[1] for _number in range(3)]
        for task in tasks:
            assert open_now(session, place, task=task) is None
        colleague = make_staff(session, place.hospital)

        with pytest.raises(TooMany):
            open_now(session, place)
        assert open_now(session, place, actor=staff_of(place.hospital, id=colleague.id)) is not None

    def test_the_next_day_the_count_starts_over(self, session, place):
        tasks = [ask(session, place)[1] for _number in range(3)]
        for task in tasks:
            open_now(session, place, task=task)

        assert open_now(session, place, at=LATER + timedelta(days=1)) is not None


class TestFigures:
    ENTRY = {"open_hours": 4, "tries_a_day": 3, "source": "Policy", "effective_on": date(2026, 1, 1)}

    def test_they_are_data_with_a_source(self):
        assert (emergency_limit(NOON.date()).open_hours, emergency_limit(NOON.date()).tries_a_day) == (4, 3)
        assert emergency_limit(NOON.date()).source

    @pytest.mark.parametrize(
        "wrong",
        [{"open_hours": 0}, {"tries_a_day": True}, {"source": " "}, {"effective_on": "2026-01-01"}, {"more": 1}],
    )
    def test_an_entry_that_is_not_whole_is_refused(self, wrong):
        with pytest.raises(ValueError, match="entry 1"):
            read_limits({"limit": [{**self.ENTRY, **wrong}]})

    def test_before_they_hold_there_are_none(self):
        with pytest.raises(ValueError, match="2020"):
            emergency_limit(date(2020, 1, 1))


def test_nothing_of_it_stands_in_the_clear(session, place):
    access = open_now(session, place)
    session.flush()

    raw = session.execute(select(EmergencyAccess.__table__).where(EmergencyAccess.id == access.id)).mappings().one()
    assert not any(words in repr(dict(raw)) for words in (REASON, "Tansy", "Paper Boat"))


def test_each_side_has_it_in_its_own_audit_chain(session, place):
    open_now(session, place)

    events = [event for event in session.info["events"] if event.action == "emergency.open"]
    assert {event.organization_id for event in events} == {place.boat.id, place.hospital.id}
    assert {event.person_id for event in events} == {place.person.id}
    assert all(event.codes == {"kind": "medical-emergency"} for event in events)


def test_a_category_is_only_what_it_says(session, place):
    """The element that was opened keeps its kind, for whoever reads the release later."""
    open_now(session, place)

    (release,) = emergency_releases(session)
    kinds = consent.answers_of(consent.decision_of(session, release.id))
    assert {answer.item.category for answer in kinds if answer.permitted} == {Category.SUD_PART2}
