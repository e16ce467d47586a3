"""Sending a request, keeping it for later, and giving a contact instead."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from cie import consent, referrals
from cie.consent import DataSet, Release
from cie.db import transaction
from cie.directory import Category, ServiceStatus
from cie.directory.models import Schedule
from cie.errors import ConsentRequired, Invalid, NotFound, NotPossibleNow, Stale
from cie.events import Outbox
from cie.measures.models import ReferralFact
from cie.participants import ParticipantKind
from cie.referrals import (
    Closing,
    Kind,
    Owed,
    Reason,
    Referral,
    ReferralStatus,
    ReferralTask,
    TaskStatus,
    Urgency,
    WorklistItem,
)
from cie.screening import Need, NeedStatus, Wish
from tests.factories import NOON, Loop, add, make_loop, make_participant, make_person, make_service, send_one, staff_of

FRIDAY = date(2026, 12, 4)


@pytest.fixture
def loop(session: Session) -> Loop:
    return make_loop(session)


def make_need(session, loop, wish, code="food") -> Need:
    values = {"need_code": code, "domain": "", "status": NeedStatus.CONFIRMED, "wish": wish, "created_at": NOON}
    return add(session, Need(organization_id=loop.clinic.id, person_id=loop.person.id, **values))


def marks(session, loop, request) -> list[str]:
    return [p.fingerprint for p in referrals.preview(session, loop.navigator, request, at=NOON)]


def send(session, loop, request, **more) -> Referral:
    previewed = marks(session, loop, request)
    return referrals.send(session, loop.navigator, request, previewed=previewed, at=NOON, **more)


class TestWish:
    def test_a_need_that_the_person_wants_help_with_is_sent(self, session, loop):
        need = make_need(session, loop, Wish.WANTS_HELP)

        assert send(session, loop, loop.request(need_id=need.id)).need_id == need.id

    @pytest.mark.parametrize("wish", [None, Wish.NOT_NOW, Wish.HAS_HELP, Wish.PREFERS_ALONE])
    def test_any_other_wish_is_not_sent(self, session, loop, wish):
        need = make_need(session, loop, wish)

        with pytest.raises(Invalid) as refusal:
            send(session, loop, loop.request(need_id=need.id))

        assert refusal.value.field == "need"

    def test_another_persons_need_is_not_found(self, session, loop):
        need = make_need(session, loop, Wish.WANTS_HELP)
        need.person_id = make_person(session, loop.clinic).id

        with pytest.raises(NotFound):
            send(session, loop, loop.request(need_id=need.id))

    def test_the_need_is_the_one_that_was_named(self, session, loop):
        need = make_need(session, loop, Wish.WANTS_HELP, code="utilities")

        with pytest.raises(Invalid):
            send(session, loop, loop.request(need_id=need.id))


class TestPreviewed:
    def test_a_message_that_is_too_long_is_refused(self, session, loop):
        with pytest.raises(Invalid) as refusal:
            send(session, loop, loop.request(message="a" * (referrals.LONGEST_MESSAGE + 1)))

        assert refusal.value.field == "message"

    def test_an_empty_mark_is_no_preview(self, session, loop):
        with pytest.raises(Stale):
            referrals.send(session, loop.navigator, loop.request(), previewed=[""], at=NOON)

    def test_a_closed_service_is_said_before_the_gate_is_asked(self, session, loop):
        loop.service.status = ServiceStatus.INACTIVE
        (found,) = referrals.preview(session, loop.navigator, loop.request(), at=NOON)

        assert found.refusal is not None
        assert found.refusal.rule == "closed"
        with pytest.raises(NotPossibleNow):
            send(session, loop, loop.request())

    def test_a_place_off_the_exchange_sees_nothing(self, session, loop):
        outside = make_service(session)
        (found,) = referrals.preview(session, loop.navigator, loop.request(service_ids=(outside.id,)), at=NOON)

        assert (found.ruling, found.fingerprint) == (None, "")
        assert found.refusal is not None
        assert found.refusal.rule == "not-here"

    @pytest.mark.parametrize(
        ("same_day", "is_open", "refused"), [(True, True, False), (True, False, True), (False, True, True)]
    )
    def test_needed_today_asks_only_who_is_open_and_helps_the_same_day(self, session, loop, same_day, is_open, refused):
        loop.service.same_day = same_day
        hours = (9, 17) if is_open else (1, 2)
        opens, closes = (NOON.time().replace(hour=h, tzinfo=None) for h in hours)
        add(session, Schedule(service_id=loop.service.id, byday="MO,TU,WE,TH,FR", opens_at=opens, closes_at=closes))

        (found,) = referrals.preview(session, loop.navigator, loop.request(urgency=Urgency.TODAY), at=NOON)

        assert (found.refusal is not None) == refused

    def test_what_is_expected_is_what_the_clocks_then_do(self, session, loop):
        for urgency in Urgency:
            _referral, task = send_one(session, loop, urgency=urgency)

            assert referrals.expected(urgency, at=NOON).answer_by == task.due_at


class TestProtected:
    @pytest.fixture(params=["a victim service", "a service marked by a privacy officer"])
    def shelter(self, request, session, loop):
        if request.param == "a victim service":
            loop.pantry.kind = ParticipantKind.VICTIM_SERVICES
        else:
            loop.service.sensitivity = Category.VICTIM_SERVICES
        return loop

    def test_without_the_persons_own_request_nothing_goes(self, session, shelter):
        for previewed in (None, marks(session, shelter, shelter.request())):
            with pytest.raises(ConsentRequired) as refusal:
                referrals.send(session, shelter.navigator, shelter.request(), previewed=previewed, at=NOON)

            assert refusal.value.rule == "vawa-inbound"

    def test_at_their_own_request_it_is_masked_and_no_clock_runs(self, session, shelter):
        referral = send(session, shelter, shelter.request(at_person_request=True))

        (task,) = referrals.tasks_of(session, referral)
        (release,) = consent.receipts(session, shelter.clinic.id, shelter.person.id)
        assert (referral.masked, release.masked, task.due_at) == (True, True, None)
        assert session.info.get("outbox", []) == []


class TestAgain:
    def test_the_earlier_request_ends_and_the_person_is_asked_about_the_new_one_alone(self, session, loop):
        earlier, task = send_one(session, loop)
        referrals.reject(session, loop.caseworker, task.id, reason=Reason.NO_ROOM, at=NOON)
        session.info.pop("outbox")

        again = send(session, loop, loop.request(replaces_id=earlier.id))

        assert again.replaces_id == earlier.id
        assert (earlier.status, earlier.closing) == (ReferralStatus.REVOKED, Closing.OTHER)
        queued = {row["subject_id"] for row in session.info["outbox"]}
        assert again.id in queued
        assert earlier.id not in queued

    def test_while_somebody_may_still_answer_the_earlier_one_goes_on(self, session, loop):
        earlier, _task = send_one(session, loop)

        send(session, loop, loop.request(replaces_id=earlier.id))

        assert earlier.status == ReferralStatus.ACTIVE

    def test_only_an_own_request_of_the_same_person_can_be_followed(self, session, loop):
        other = make_loop(session)
        theirs, _task = send_one(session, other)

        with pytest.raises(NotFound):
            send(session, loop, loop.request(replaces_id=theirs.id))


class TestDraft:
    def save(self, session, loop, **fields) -> Referral:
        return referrals.save_draft(session, loop.navigator, loop.request(**fields), at=NOON)

    def test_it_keeps_what_was_chosen_and_discloses_nothing(self, session, loop):
        draft = self.save(session, loop, message="Works Wednesdays")

        assert (draft.status, draft.service_id) == (ReferralStatus.DRAFT, loop.service.id)
        assert (draft.message, draft.first_sent_at) == ("Works Wednesdays", None)
        assert referrals.tasks_of(session, draft) == []
        assert consent.receipts(session, loop.clinic.id, loop.person.id) == []
        assert session.info.get("outbox", []) == []

    def test_it_is_saved_again_as_the_same_row(self, session, loop):
        draft = self.save(session, loop)
        request = loop.request(service_ids=(), urgency=Urgency.TWO_DAYS)

        again = referrals.save_draft(session, loop.navigator, request, at=NOON, draft_id=draft.id)

        assert (again.id, again.service_id, again.urgency) == (draft.id, None, Urgency.TWO_DAYS)
        assert again.title == "Food"

    def test_sending_it_uses_the_same_row_once(self, session, loop):
        draft = self.save(session, loop)

        sent = send(session, loop, loop.request(), draft_id=draft.id)

        assert (sent.id, sent.status, sent.first_sent_at) == (draft.id, ReferralStatus.ACTIVE, NOON)
        with pytest.raises(NotPossibleNow):
            send(session, loop, loop.request(), draft_id=draft.id)

    def test_nobody_else_opens_it(self, session, loop):
        draft = self.save(session, loop)

        with pytest.raises(NotFound):
            referrals.get_draft(session, loop.caseworker, draft.id)

    def test_it_is_not_sent_for_another_person(self, session, loop):
        draft = self.save(session, loop)
        other = make_person(session, loop.clinic)

        with pytest.raises(NotFound):
            referrals.save_draft(session, loop.navigator, loop.request(person_id=other.id), at=NOON, draft_id=draft.id)


class TestGiveContact:
    def give(self, session, loop, *, service=None, **more) -> Referral:
        request = loop.request(service_ids=((service or loop.service).id,), message="Please call")
        return referrals.give_contact(session, loop.navigator, request, at=NOON, **more)

    def test_nothing_is_released_and_nobody_has_to_answer(self, session, loop):
        referral = self.give(session, loop, service=make_service(session), follow_up_on=FRIDAY)

        assert (referral.kind, referral.status) == (Kind.INFORMATIONAL, ReferralStatus.ACTIVE)
        assert (referral.follow_up_on, referral.message) == (FRIDAY, None)
        assert referrals.tasks_of(session, referral) == []
        assert consent.receipts(session, loop.clinic.id, loop.person.id) == []
        assert session.info.get("outbox", []) == []

    def test_a_no_to_sharing_and_any_wish_are_no_hindrance(self, session, loop):
        for record in consent.consents_of(session, loop.clinic.id, loop.person.id):
            session.delete(record)
        need = make_need(session, loop, Wish.PREFERS_ALONE)
        request = loop.request(need_id=need.id)

        assert referrals.give_contact(session, loop.navigator, request, at=NOON).need_id == need.id

    def test_what_was_said_by_phone_is_a_note_of_our_own(self, session, loop):
        referral = self.give(session, loop, said="Ana: come on Monday")

        (note,) = referrals.entries_for(session, loop.navigator, referral.id, [])
        assert (note.kind.value, note.text) == ("note", "Ana: come on Monday")

    def test_closing_it_asks_nobody(self, session, loop):
        referral = self.give(session, loop)

        referrals.close_loop(session, loop.navigator, referral.id, closing=Closing.SERVICES_RECEIVED, at=NOON)

        assert referral.status == ReferralStatus.COMPLETED
        assert session.info.get("outbox", []) == []

    @pytest.mark.parametrize("day", [NOON.date(), NOON.date() - timedelta(days=1)])
    def test_the_day_to_look_again_is_to_come(self, session, loop, day):
        with pytest.raises(Invalid) as refusal:
            self.give(session, loop, follow_up_on=day)

        assert refusal.value.field == "until"

    def test_nobody_is_reminded_of_a_protected_service(self, session, loop):
        loop.service.sensitivity = Category.VICTIM_SERVICES

        assert self.give(session, loop).masked
        with pytest.raises(Invalid):
            self.give(session, loop, follow_up_on=FRIDAY)

    def test_a_closed_service_is_not_given(self, session, loop):
        loop.service.status = ServiceStatus.INACTIVE

        with pytest.raises(NotPossibleNow):
            self.give(session, loop)

    def test_another_organization_cannot_give_it_to_this_person(self, session, loop):
        with pytest.raises(NotFound):
            referrals.give_contact(session, staff_of(loop.pantry), loop.request(), at=NOON)


class TestReadModels:
    def rows(self, table):
        with transaction() as session:
            return session.exec(select(table)).all()

    @pytest.fixture
    def committed(self, database) -> Loop:
        with transaction() as session:
            return make_loop(session)

    def test_a_draft_waits_in_the_senders_worklist_alone(self, committed):
        with transaction() as session:
            referrals.save_draft(session, committed.navigator, committed.request(), at=NOON)

        (item,) = self.rows(WorklistItem)
        assert (item.organization_id, item.owed, item.group) == (committed.clinic.id, Owed.US, "draft")
        assert (item.due_at, self.rows(ReferralFact), self.rows(Outbox)) == (None, [], [])

    def test_a_given_contact_comes_back_on_its_day_and_is_counted_nowhere(self, committed):
        with transaction() as session:
            referrals.give_contact(session, committed.navigator, committed.request(), at=NOON, follow_up_on=FRIDAY)
            referrals.give_contact(session, committed.navigator, committed.request(), at=NOON)

        (item,) = self.rows(WorklistItem)
        assert (item.owed, item.group, item.due_at.date()) == (Owed.US, "next-step", date(2026, 12, 5))
        assert (self.rows(ReferralFact), self.rows(Release), self.rows(ReferralTask)) == ([], [], [])


def test_several_services_still_see_an_offer_only(session, loop):
    other = make_service(session, make_participant(session, name="Open Basket Co-op"))

    referral = send(session, loop, loop.request(service_ids=(loop.service.id, other.id), in_order=True))

    first, second = referrals.tasks_of(session, referral)
    assert (first.status, second.status) == (TaskStatus.REQUESTED, TaskStatus.DRAFT)
    assert consent.released_to(session, first.performer_id, first.id, DataSet.OFFER) is not None
    assert consent.released_to(session, second.performer_id, second.id, DataSet.OFFER) is None
