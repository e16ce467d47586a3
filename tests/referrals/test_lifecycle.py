"""What the two sides do with a task, from the request to the end of the loop."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from cie import calendar, consent, referrals
from cie.consent import DataSet, Decision, Method
from cie.directory import CapacityStatus
from cie.errors import ConsentRequired, Invalid, NotAllowed, NotFound, NotPossibleNow, Stale
from cie.referrals import (
    Closing,
    ContactMethod,
    PersonWord,
    Reason,
    ReferralStatus,
    Seen,
    TaskHistory,
    TaskStatus,
    Told,
)
from tests.factories import (
    NOON,
    Loop,
    make_loop,
    make_participant,
    make_service,
    send_one,
    staff_of,
)

LATER = NOON + timedelta(hours=1)
EVENING = NOON + timedelta(hours=6)
"""Six o'clock in California, when it is the next day in UTC."""


def say_no(session: Session, loop: Loop, *places: UUID) -> None:
    consent.record_consent(
        session,
        loop.navigator,
        loop.person.id,
        decision=Decision.DO_NOT_SHARE,
        categories=[],
        recipient_ids=list(places),
        method=Method.IN_PERSON,
        expires_on=None,
        wording_version="",
        at=NOON + timedelta(minutes=5),
    )


@pytest.fixture
def loop(session: Session) -> Loop:
    return make_loop(session)


class TestSend:
    def test_one_service_sees_exactly_what_the_preview_showed(self, session, loop):
        (preview,) = referrals.preview(session, loop.navigator, loop.request(), at=NOON)

        _referral, task = send_one(session, loop)

        released = consent.released_to(session, loop.pantry.id, task.id, DataSet.REFERRAL)
        assert released is not None
        assert released.elements == {e.code: e.value for e in preview.ruling.permitted}
        assert released.elements["name"] == "Aster Moreno"
        assert task.status == TaskStatus.REQUESTED

    def test_without_consent_nothing_is_sent(self, session, loop):
        stranger = make_loop(session)
        for record in consent.consents_of(session, stranger.clinic.id, stranger.person.id):
            session.delete(record)
        session.flush()

        with pytest.raises(ConsentRequired) as refusal:
            send_one(session, stranger)

        assert refusal.value.rule == "no-consent"

    def test_what_would_be_seen_changed_since_the_preview(self, session, loop):
        (preview,) = referrals.preview(session, loop.navigator, loop.request(), at=NOON)
        loop.person.household_size = 5

        with pytest.raises(Stale):
            referrals.send(session, loop.navigator, loop.request(), previewed=[preview.ruling.fingerprint], at=NOON)

    def test_several_services_see_an_offer_without_a_name(self, session, loop):
        other = make_service(session, make_participant(session, name="Open Basket Co-op"))

        referral = referrals.send(
            session, loop.navigator, loop.request(service_ids=(loop.service.id, other.id)), previewed=None, at=NOON
        )

        for task in referrals.tasks_of(session, referral):
            offer = consent.released_to(session, task.performer_id, task.id, DataSet.OFFER)
            assert offer is not None
            assert set(offer.elements) == {"need", "urgency", "area", "language", "household"}

    def test_another_organization_cannot_refer_this_person(self, session, loop):
        with pytest.raises(NotFound):
            referrals.send(session, loop.caseworker, loop.request(), previewed=None, at=NOON)

    def test_a_service_that_nobody_answers_for_is_not_asked(self, session, loop):
        outside = make_service(session)

        with pytest.raises(NotPossibleNow):
            send_one(session, loop, service_ids=(outside.id,))

    def test_no_service_chosen_names_the_field(self, session, loop):
        with pytest.raises(Invalid) as fault:
            send_one(session, loop, service_ids=())

        assert fault.value.field == "service"


class TestAccept:
    def test_the_first_yes_wins_and_the_others_see_nothing_more(self, session, loop):
        other = make_participant(session, name="Open Basket Co-op")
        services = (loop.service.id, make_service(session, other).id)
        referral = referrals.send(session, loop.navigator, loop.request(service_ids=services), previewed=None, at=NOON)
        first, second = referrals.tasks_of(session, referral)

        referrals.accept(session, loop.caseworker, first.id, at=LATER)

        assert (first.status, second.status, second.recalled) == (TaskStatus.ACCEPTED, TaskStatus.CANCELLED, True)
        assert consent.released_to(session, loop.pantry.id, first.id, DataSet.REFERRAL)
        assert consent.released_to(session, other.id, second.id, DataSet.OFFER) is None
        with pytest.raises(NotPossibleNow, match="Someone else just said yes"):
            referrals.accept(session, staff_of(other), second.id, at=LATER)

    def test_only_the_organization_that_was_asked_may_accept(self, session, loop):
        _referral, task = send_one(session, loop)

        with pytest.raises(NotAllowed):
            referrals.accept(session, loop.navigator, task.id, at=LATER)
        with pytest.raises(NotFound):
            referrals.accept(session, staff_of(make_participant(session)), task.id, at=LATER)

        assert task.status == TaskStatus.REQUESTED

    def test_a_stale_page_changes_nothing(self, session, loop):
        _referral, task = send_one(session, loop)
        seen = Seen(task.version)
        referrals.put_on_waitlist(session, loop.caseworker, task.id, until=date(2026, 12, 7), at=LATER)

        with pytest.raises(Stale):
            referrals.accept(session, loop.caseworker, task.id, at=LATER, seen=seen)

    def test_an_answer_by_voice_is_kept_as_such(self, session, loop):
        referral, task = send_one(session, loop)

        referrals.accept(session, loop.navigator, task.id, at=LATER, told=Told(by="Wren"))

        newest = referrals.history_of(session, referral)[0]
        assert (task.status, task.told_by_voice, newest.told_by) == (TaskStatus.ACCEPTED, True, "Wren")

    def test_a_late_yes_still_counts(self, session, loop):
        _referral, task = send_one(session, loop)
        for days in (7, 9):
            referrals.remind_or_return(session, task, at=NOON + timedelta(days=days))
        assert task.returned_at is not None

        referrals.accept(session, loop.caseworker, task.id, at=NOON + timedelta(days=10))

        assert (task.status, task.returned_at) == (TaskStatus.ACCEPTED, None)


class TestReject:
    def test_no_room_changes_the_directory_at_once(self, session, loop):
        _referral, task = send_one(session, loop)

        referrals.reject(session, loop.caseworker, task.id, reason=Reason.NO_ROOM, at=LATER)

        assert loop.service.capacity_status == CapacityStatus.NO_CAPACITY
        assert loop.service.capacity_updated_at == LATER

    def test_the_loop_stays_open_and_the_next_in_order_is_asked(self, session, loop):
        other = make_service(session, make_participant(session, name="Open Basket Co-op"))
        request = loop.request(service_ids=(loop.service.id, other.id), in_order=True)
        referral = referrals.send(session, loop.navigator, request, previewed=None, at=NOON)
        first, second = referrals.tasks_of(session, referral)
        assert second.status == TaskStatus.DRAFT

        referrals.reject(session, loop.caseworker, first.id, reason=Reason.NOT_ELIGIBLE, at=LATER)

        assert (referral.status, second.status) == (ReferralStatus.ACTIVE, TaskStatus.REQUESTED)

    def test_who_may_not_be_told_any_more_is_passed_over_and_the_decliner_notices_nothing(self, session, loop):
        others = [
            make_service(session, make_participant(session, name=name)) for name in ("Heron House", "Open Basket")
        ]
        request = loop.request(service_ids=(loop.service.id, *(each.id for each in others)), in_order=True)
        referral = referrals.send(session, loop.navigator, request, previewed=None, at=NOON)
        first, second, third = referrals.tasks_of(session, referral)
        say_no(session, loop, second.performer_id)

        referrals.reject(session, loop.caseworker, first.id, reason=Reason.NO_ROOM, at=LATER)

        assert [task.status for task in (first, second, third)] == [
            TaskStatus.REJECTED,
            TaskStatus.ENTERED_IN_ERROR,
            TaskStatus.REQUESTED,
        ]

    def test_something_else_needs_words(self, session, loop):
        _referral, task = send_one(session, loop)

        with pytest.raises(Invalid) as fault:
            referrals.reject(session, loop.caseworker, task.id, reason=Reason.OTHER, at=LATER)

        assert fault.value.field == "words"

    def test_a_reason_of_another_list_is_refused(self, session, loop):
        _referral, task = send_one(session, loop)

        with pytest.raises(Invalid):
            referrals.reject(session, loop.caseworker, task.id, reason=Reason.MISSING_PAPERS, at=LATER)


class TestWaitlist:
    def test_it_is_neither_yes_nor_no(self, session, loop):
        _referral, task = send_one(session, loop)

        referrals.put_on_waitlist(session, loop.caseworker, task.id, until=date(2026, 12, 7), at=LATER)

        assert task.status == TaskStatus.REQUESTED
        assert task.due_at is not None
        assert task.due_at.date() >= date(2026, 12, 7)
        assert loop.service.capacity_status == CapacityStatus.WAITLIST


class TestClosing:
    def test_help_given_closes_the_loop(self, session, loop):
        referral, task = send_one(session, loop)
        referrals.accept(session, loop.caseworker, task.id, at=LATER)
        referrals.start(session, loop.caseworker, task.id, at=LATER)

        referrals.complete(session, loop.caseworker, task.id, words="First box picked up", at=LATER)

        assert (referral.status, referral.closing) == (ReferralStatus.COMPLETED, Closing.SERVICES_RECEIVED)
        moves = session.exec(select(TaskHistory).where(col(TaskHistory.task_id) == task.id)).all()
        assert [m.to_status.value for m in moves] == ["requested", "accepted", "in-progress", "completed"]

    def test_unable_to_reach_needs_the_configured_tries(self, session, loop):
        _referral, task = send_one(session, loop)
        referrals.accept(session, loop.caseworker, task.id, at=LATER)

        with pytest.raises(NotPossibleNow, match="Needs 3 tries on record. You have 0"):
            referrals.fail(session, loop.caseworker, task.id, reason=Reason.UNABLE_TO_REACH, at=LATER)
        for _n in range(3):
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
        referrals.fail(session, loop.caseworker, task.id, reason=Reason.UNABLE_TO_REACH, at=LATER)

        assert task.status == TaskStatus.FAILED

    def test_the_sender_ends_the_loop_and_the_other_side_reads_nothing_more(self, session, loop):
        referral, task = send_one(session, loop)

        referrals.close_loop(session, loop.navigator, referral.id, closing=Closing.NO_LONGER_NEEDS, at=LATER)

        assert (referral.status, task.status) == (ReferralStatus.REVOKED, TaskStatus.CANCELLED)
        assert consent.released_to(session, loop.pantry.id, task.id, DataSet.REFERRAL) is None
        with pytest.raises(NotPossibleNow):
            referrals.close_loop(session, loop.navigator, referral.id, closing=Closing.OTHER, at=LATER)

    def test_the_persons_own_word_is_kept_with_who_took_it(self, session, loop):
        referral, task = send_one(session, loop)
        referrals.accept(session, loop.caseworker, task.id, at=LATER)
        referrals.complete(session, loop.caseworker, task.id, at=LATER)

        referrals.record_word(session, loop.navigator, referral.id, PersonWord.GOT_HELP, at=LATER)

        (word,) = referrals.words_of(session, referral)
        assert (word.word, word.door) == (PersonWord.GOT_HELP, "web")


def test_who_accepts_an_offer_after_a_no_never_hears_why(session, loop):
    other = make_service(session, make_participant(session, name="Heron House"))
    request = loop.request(service_ids=(loop.service.id, other.id))
    referral = referrals.send(session, loop.navigator, request, previewed=None, at=NOON)
    say_no(session, loop)

    with pytest.raises(ConsentRequired) as refusal:
        referrals.accept(session, loop.caseworker, referrals.tasks_of(session, referral)[0].id, at=LATER)

    assert refusal.value.rule == "no-further-updates"


@pytest.mark.parametrize("days", [0, 1])
def test_tomorrow_is_the_day_after_today_in_california(session, loop, days):
    _referral, task = send_one(session, loop)
    until = calendar.local_day(EVENING) + timedelta(days=days)

    if days:
        assert referrals.put_on_waitlist(session, loop.caseworker, task.id, until=until, at=EVENING).waitlist_until
    else:
        with pytest.raises(Invalid):
            referrals.put_on_waitlist(session, loop.caseworker, task.id, until=until, at=EVENING)
