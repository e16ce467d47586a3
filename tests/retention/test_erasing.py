"""Erasing: the loops end, nobody reads on, nothing is sent, the record takes nothing new; what others wrote stays."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from cie import consent, messaging, people, referrals, retention
from cie.access import Role
from cie.consent import DataSet
from cie.db import reading, transaction
from cie.errors import ConsentRequired, NotAllowed, NotFound, NotPossibleNow
from cie.events import DeliveryState, Outbox
from cie.measures.models import ReferralFact
from cie.messaging.models import PhoneStop
from cie.participants import ParticipantKind
from cie.people import ContactKind, Person
from cie.referrals import Closing, ReferralStatus, TaskStatus, WorklistItem
from cie.referrals.models import Entry
from cie.retention import Ground, Tombstone
from tests.factories import make_loop, make_participant, make_person, make_service, send_one, staff_of
from tests.privacy.cases import audited, done_in
from tests.retention.filling import grant_deletion

NOW = datetime.now(UTC)


@pytest.fixture
def granted(session, loop, officer):
    """The loop of somebody whose deletion was granted."""
    grant_deletion(session, officer, loop.person.id)
    return loop


def erase(session, officer, loop):
    stone = retention.erase(session, officer, loop.person.id, Ground.REQUEST, at=NOW)
    session.refresh(loop.person)
    return stone


class TestErase:
    def test_the_person_is_gone_and_their_id_stays(self, session, granted, officer):
        stone = erase(session, officer, granted)

        person = granted.person
        assert (person.full_name, person.zip, person.language, person.household_size) == ("", "", "en", None)
        assert person.erased_at == NOW
        assert (stone.organization_id, stone.person_id, stone.ground) == (granted.clinic.id, person.id, Ground.REQUEST)
        assert people.contact_points(session, person) == []
        assert "record.erase" in done_in(session)

    def test_open_loops_end_and_those_who_were_asked_read_nothing_more(self, session, granted, officer):
        referral, task = send_one(session, granted, at=NOW)
        draft = referrals.save_draft(session, granted.navigator, granted.request(), at=NOW)

        erase(session, officer, granted)

        assert (referral.status, referral.closing) == (ReferralStatus.REVOKED, Closing.OTHER)
        assert task.status == TaskStatus.CANCELLED
        assert draft.status == ReferralStatus.ENTERED_IN_ERROR
        assert consent.released_to(session, granted.pantry.id, task.id, DataSet.REFERRAL) is None
        assert consent.live_releases(session, granted.person.id) == []

    def test_of_a_loop_that_had_ended_nothing_is_read_on_by_either_side(self, session, granted, officer):
        _referral, task = send_one(session, granted, at=NOW)
        for verb in (referrals.accept, referrals.complete):
            verb(session, granted.caseworker, task.id, at=NOW)
        told = referrals.write_message(session, granted.caseworker, task.id, "They came", at=NOW)
        sides = {(granted.pantry.id, task.id, DataSet.REFERRAL), (granted.clinic.id, told.id, DataSet.MESSAGE)}
        assert all(consent.released_to(session, *side) for side in sides)

        erase(session, officer, granted)

        assert not any(consent.released_to(session, *side) for side in sides)

    def test_what_the_other_side_wrote_stays_with_it(self, session, granted, officer):
        referral, task = send_one(session, granted, at=NOW)
        referrals.accept(session, granted.caseworker, task.id, at=NOW)
        note = referrals.write_note(session, granted.caseworker, referral.id, "Comes on Mondays", at=NOW)

        erase(session, officer, granted)

        left = session.execute(select(Entry)).scalars().all()
        assert [entry.id for entry in left] == [note.id] and left[0].text == "Comes on Mondays"

    def test_the_record_takes_nothing_new(self, session, granted, officer):
        referral, task = send_one(session, granted, at=NOW)
        erase(session, officer, granted)
        worker, person_id = granted.navigator, granted.person.id
        number = {"kind": ContactKind.PHONE, "value": "5595550199"}

        for again in (
            lambda: people.add_contact(session, worker, person_id, **number, at=NOW),
            lambda: people.correct_person(session, worker, person_id, {"given_name": "A"}, seen_version=2, at=NOW),
            lambda: referrals.send(session, worker, granted.request(), previewed=None, at=NOW),
            lambda: referrals.write_note(session, worker, referral.id, "A note", at=NOW),
            lambda: people.make_link(session, worker, person_id, pin_hash="x", at=NOW),
            lambda: retention.set_hold(session, officer, person_id, reason="Court", at=NOW),
            lambda: retention.erase(session, officer, person_id, Ground.REQUEST, at=NOW),
        ):
            with pytest.raises(NotPossibleNow, match="erased"):
                again()

    def test_nobody_tells_of_them_any_more_and_nobody_hears_why(self, session, granted, officer):
        _referral, task = send_one(session, granted, at=NOW)
        for verb in (referrals.accept, referrals.complete):
            verb(session, granted.caseworker, task.id, at=NOW)
        erase(session, officer, granted)

        with pytest.raises(ConsentRequired) as refusal:
            referrals.write_message(session, granted.caseworker, task.id, "One more word", at=NOW)

        assert refusal.value.rule == "no-further-updates"

    def test_the_gate_lets_nothing_go_whatever_is_on_record(self, session, loop):
        request = loop.request()
        (before,) = referrals.preview(session, loop.navigator, request, at=NOW)
        loop.person.erased_at = NOW
        disclosure = consent.Disclosure(
            loop.person, loop.clinic.id, loop.pantry.id, DataSet.REFERRAL, before.ruling.permitted
        )

        ruling = consent.preview(session, disclosure, at=NOW)

        assert before.ruling.permitted and ruling.permitted == ()
        assert ruling.refusal is consent.NO_FURTHER_UPDATES

    def test_they_are_found_by_nothing(self, session, loop, officer):
        grant_deletion(session, officer, loop.person.id)
        people.filing.file_person(session, loop.person)
        assert people.find_people(session, loop.navigator, "Aster")

        erase(session, officer, loop)

        assert people.find_people(session, loop.navigator, "Aster") == []
        assert people.find_people(session, loop.navigator, "5595550142") == []
        assert people.recent_people(session, loop.navigator) == []

    def test_a_phone_that_wants_no_texts_keeps_its_stop(self, session, granted, officer):
        key = granted.phone.value_key
        session.add(PhoneStop(phone_key=key, stopped_at=NOW))

        erase(session, officer, granted)

        assert session.get(PhoneStop, key) is not None

    def test_only_by_ones_own_privacy_officer(self, session, granted, stranger):
        with pytest.raises(NotFound):
            erase(session, stranger, granted)
        with pytest.raises(NotAllowed):
            erase(session, granted.navigator, granted)


class TestPurgeOfWhatWasReferred:
    """A victim service also purges what it wrote about a person of others."""

    @pytest.fixture
    def place(self, session):
        loop = make_loop(session)
        refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
        service = make_service(session, refuge)
        request = loop.request(service_ids=(service.id,), at_person_request=True)
        referral = referrals.send(session, loop.navigator, request, previewed=None, at=NOW)
        (task,) = referrals.tasks_of(session, referral)
        return loop, refuge, referral, task

    def test_its_own_words_go_and_the_record_of_the_sender_stays(self, session, place):
        loop, refuge, referral, task = place
        worker = staff_of(refuge)
        referrals.accept(session, worker, task.id, at=NOW)
        referrals.write_note(session, worker, referral.id, "Has a room", at=NOW)
        officer = staff_of(refuge, Role.PRIVACY_OFFICER)
        with pytest.raises(NotPossibleNow, match="open case"):
            retention.erase(session, officer, loop.person.id, Ground.PURGE, at=NOW)
        referrals.complete(session, worker, task.id, at=NOW)

        retention.erase(session, officer, loop.person.id, Ground.PURGE, at=NOW)

        session.refresh(loop.person)
        assert session.execute(select(Entry)).scalars().all() == []
        assert (loop.person.full_name, loop.person.erased_at) == ("Aster Moreno", None)

    def test_others_do_not_and_where_nothing_was_written_there_is_nothing(self, session, place):
        loop, refuge, _referral, _task = place

        with pytest.raises(NotFound):
            retention.erase(session, staff_of(refuge, Role.PRIVACY_OFFICER), loop.person.id, Ground.PURGE, at=NOW)
        stranger = make_person(session, loop.pantry)
        with pytest.raises(NotFound):
            retention.erase(session, staff_of(refuge, Role.PRIVACY_OFFICER), stranger.id, Ground.PURGE, at=NOW)


class TestWithWhatRunsBeside:
    """The outbox, the worklists and the measures, which are written when the transaction ends."""

    @pytest.fixture
    def erased(self, database):
        with transaction() as session:
            loop = make_loop(session)
            officer = staff_of(loop.clinic, Role.PRIVACY_OFFICER)
            referral, task = send_one(session, loop, at=NOW)
            messaging.tell(session, loop.person, "someone-can-help", task.id, at=NOW, codes={"by": NOW.isoformat()})
        with transaction() as session:
            grant_deletion(session, officer, loop.person.id)
            rows = session.execute(select(Outbox)).scalars().all()
            rows[0].state, rows[0].lease_until = DeliveryState.CLAIMED, NOW
        with transaction() as session:
            retention.erase(session, officer, loop.person.id, Ground.REQUEST, at=NOW)
        return loop, referral, task

    def test_nothing_that_waited_is_sent_and_no_key_of_the_phone_is_left(self, erased):
        with reading() as session:
            rows = session.execute(select(Outbox)).scalars().all()

        assert len(rows) > 1
        assert {(row.state, row.result, row.order_key) for row in rows} == {(DeliveryState.DROPPED, "erased", "erased")}

    def test_no_worklist_owes_a_step(self, erased):
        with reading() as session:
            assert session.execute(select(WorklistItem)).scalars().all() == []

    def test_nor_does_one_that_waited_for_the_word_of_the_person(self, database):
        with transaction() as session:
            loop = make_loop(session)
            referral, task = send_one(session, loop, at=NOW)
        for verb in (referrals.accept, referrals.complete):
            with transaction() as session:
                verb(session, loop.caseworker, task.id, at=NOW)
        with transaction() as session:
            officer = staff_of(loop.clinic, Role.PRIVACY_OFFICER)
            grant_deletion(session, officer, loop.person.id)
            assert session.execute(select(WorklistItem.group)).scalars().all() == ["waiting-reply"]
        with transaction() as session:
            retention.erase(session, officer, loop.person.id, Ground.REQUEST, at=NOW)
        with transaction() as session:
            referrals.write_note(session, loop.caseworker, referral.id, "They had come once", at=NOW)

        with reading() as session:
            assert session.execute(select(WorklistItem)).scalars().all() == []

    def test_they_are_counted_as_before(self, erased):
        with reading() as session:
            (fact,) = session.execute(select(ReferralFact)).scalars()

        assert (fact.language, fact.county_fips, fact.closing) == ("es", "06019", "other")

    def test_that_it_was_done_stands_in_the_chain_without_a_word(self, erased):
        with reading() as session:
            (entry,) = audited(session, "record.erase")
            assert session.execute(select(Tombstone)).scalar_one().id == entry.subject_id

        assert (entry.person_id, entry.codes) == (erased[0].person.id, '{"ground":"request"}')

    def test_a_late_line_of_the_other_side_brings_nothing_back(self, erased):
        loop, referral, _task = erased
        with transaction() as session:
            referrals.write_note(session, loop.caseworker, referral.id, "They had come once", at=NOW)

        with reading() as session:
            assert session.execute(select(WorklistItem)).scalars().all() == []
            assert session.get_one(Person, loop.person.id).full_name == ""
