"""Asking anyone who can help: who may take it, what they see, and that the first yes has it."""

from datetime import timedelta

import pytest
from sqlmodel import select

from cie import consent, referrals
from cie.access import Role
from cie.consent import Decision, Release
from cie.db import transaction
from cie.directory import Category, ServiceStatus
from cie.errors import ConsentRequired, Ended, NotAllowed, NotFound, NotPossibleNow, Stale
from cie.events import AuditEntry
from cie.measures.models import ReferralFact
from cie.participants import ParticipantKind
from cie.referrals import (
    Closing,
    Owed,
    Reason,
    Referral,
    ReferralStatus,
    ReferralTask,
    TaskHistory,
    TaskStatus,
    Urgency,
    WorklistItem,
)
from tests.factories import (
    NOON,
    make_consent,
    make_found,
    make_loop,
    make_participant,
    make_service,
    send_one,
    staff_of,
)

OFFERED = {"need", "urgency", "area", "household", "language"}
LATE = NOON + timedelta(days=30)


@pytest.fixture
def loop(session):
    """A person, the pantry and a second place that help with food in their county, and one far away."""
    return make_places(session)


def make_places(session):
    loop = make_loop(session)
    make_found(session, loop.service)
    loop.second = make_participant(session, name="Second Pantry")
    loop.second_service = make_found(session, make_service(session, loop.second))
    loop.far = make_participant(session, name="Far Pantry")
    make_found(session, make_service(session, loop.far), county="06037")
    return loop


def could_take(session, loop, **fields):
    found = referrals.candidates(session, loop.navigator, asked(loop, **fields), at=NOON)
    return [each.recipient_name for each in found]


def asked(loop, **fields):
    return loop.request(**{"service_ids": (), "is_open": True, **fields})


def ask(session, loop, *, at=NOON, **fields) -> Referral:
    request = asked(loop, **fields)
    mark = referrals.open_fingerprint(referrals.candidates(session, loop.navigator, request, at=at))
    return referrals.ask_openly(session, loop.navigator, request, previewed=mark, at=at)


def claim(session, organization, referral, at=NOON) -> ReferralTask:
    return referrals.claim(session, staff_of(organization), referral.open_task_id, at=at)


def listed(session, organization):
    return session.execute(referrals.offers_open_to(staff_of(organization))).scalars().all()


def seen_by(session, organization, referral):
    found = consent.released_about(session, organization.id, [referral.open_task_id])
    return set(found.get(referral.open_task_id, {}))


class TestWhoCouldTake:
    def test_those_that_meet_the_need_where_the_person_is_one_service_each(self, session, loop):
        make_found(session, make_service(session, loop.pantry, name="Hot meal"))

        assert sorted(could_take(session, loop)) == ["Lantern Pantry", "Second Pantry"]

    def test_no_service_that_is_closed_or_takes_no_referrals_here(self, session, loop):
        loop.service.status = ServiceStatus.INACTIVE
        loop.second_service.accepts_referrals = False

        assert could_take(session, loop) == []

    def test_never_a_protected_place(self, session, loop):
        refuge = make_participant(session, name="Refuge", kind=ParticipantKind.VICTIM_SERVICES)
        make_found(session, make_service(session, refuge))
        loop.second_service.sensitivity = Category.VICTIM_SERVICES

        assert could_take(session, loop, at_person_request=True) == ["Lantern Pantry"]

    def test_never_the_sender_itself(self, session, loop):
        make_found(session, make_service(session, loop.clinic))

        assert "Blue Kite Clinic" not in could_take(session, loop)

    def test_nobody_whom_the_person_does_not_allow_to_know(self, session, loop):
        make_consent(session, loop.person, decision=Decision.DO_NOT_SHARE, recipient_ids=[str(loop.second.id)])

        assert could_take(session, loop) == ["Lantern Pantry"]

    def test_nobody_where_it_is_not_known_where_the_person_is(self, session, loop):
        loop.person.zip = loop.person.county_fips = ""

        with pytest.raises(NotPossibleNow):
            ask(session, loop)

    def test_needed_today_only_those_that_help_the_same_day(self, session, loop):
        assert could_take(session, loop, urgency=Urgency.TODAY) == []


class TestAsking:
    def test_each_sees_what_is_needed_to_say_yes_and_no_name(self, session, loop):
        referral = ask(session, loop, message="Mornings are best")

        assert seen_by(session, loop.pantry, referral) == seen_by(session, loop.second, referral) == OFFERED
        assert seen_by(session, loop.far, referral) == set()
        assert referrals.tasks_of(session, referral) == []

    def test_each_has_it_on_its_list_urgent_first(self, session, loop):
        later = ask(session, loop)
        sooner = ask(session, loop, urgency=Urgency.TWO_DAYS)

        assert [each.referral_id for each in listed(session, loop.pantry)] == [sooner.id, later.id]

    def test_what_changed_since_the_preview_is_not_sent(self, session, loop):
        mark = referrals.open_fingerprint(referrals.candidates(session, loop.navigator, asked(loop), at=NOON))
        make_found(session, make_service(session, make_participant(session, name="Third Pantry")))

        with pytest.raises(Stale):
            referrals.ask_openly(session, loop.navigator, asked(loop), previewed=mark, at=NOON)

    def test_a_draft_is_sent_as_the_row_that_it_is(self, session, loop):
        draft = referrals.save_draft(session, loop.navigator, asked(loop), at=NOON)
        was_for_anyone = draft.asks_anyone

        sent = referrals.ask_openly(session, loop.navigator, asked(loop), previewed=None, at=NOON, draft_id=draft.id)

        assert (sent.id, sent.status) == (draft.id, ReferralStatus.ACTIVE)
        assert (was_for_anyone, sent.asks_anyone) == (True, False)


class TestTaking:
    def test_the_first_yes_has_the_task_and_reads_who_it_is(self, session, loop):
        referral = ask(session, loop)

        task = claim(session, loop.pantry, referral)

        assert (task.id, task.performer_id, task.status) == (
            referral.open_task_id, loop.pantry.id, TaskStatus.ACCEPTED,
        )  # fmt: skip
        assert {"name", "contact"} <= seen_by(session, loop.pantry, referral)
        assert listed(session, loop.pantry) == []

    def test_the_others_read_nothing_more_and_are_told_that_somebody_was_first(self, session, loop):
        referral = ask(session, loop)
        claim(session, loop.pantry, referral)

        with pytest.raises(Ended, match="Someone else just said yes"):
            claim(session, loop.second, referral)

        assert seen_by(session, loop.second, referral) == set()
        assert listed(session, loop.second) == []

    def test_nobody_takes_what_was_not_offered_to_them(self, session, loop):
        referral = ask(session, loop)

        for organization in (loop.far, loop.clinic):
            with pytest.raises(NotFound):
                claim(session, organization, referral)

    def test_only_those_who_answer_requests(self, session, loop):
        referral = ask(session, loop)

        with pytest.raises(NotAllowed):
            referrals.claim(
                session, staff_of(loop.pantry, Role.ORGANIZATION_ADMINISTRATOR), referral.open_task_id, at=NOON
            )

    def test_no_place_that_is_protected_by_now(self, session, loop):
        referral = ask(session, loop)
        loop.service.sensitivity = Category.VICTIM_SERVICES

        with pytest.raises(NotPossibleNow):
            claim(session, loop.pantry, referral)

    def test_after_the_person_took_back_their_yes_nobody_gets_a_name_or_hears_why(self, session, loop):
        referral = ask(session, loop)
        (record,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
        consent.revoke(session, loop.navigator, record.id, method=record.method, at=NOON)

        assert listed(session, loop.pantry) == []
        with pytest.raises(ConsentRequired, match="no further updates"):
            claim(session, loop.pantry, referral)


class TestLeavingItToOthers:
    def test_it_goes_off_the_list_of_those_who_leave_it_and_no_other(self, session, loop):
        referral = ask(session, loop)

        referrals.pass_by(session, staff_of(loop.pantry), referral.open_task_id, at=NOON, reason=Reason.NO_ROOM)

        assert (listed(session, loop.pantry), len(listed(session, loop.second))) == ([], 1)
        with pytest.raises(Ended):
            claim(session, loop.pantry, referral)
        assert claim(session, loop.second, referral).status == TaskStatus.ACCEPTED

    def test_the_sender_cannot_tell(self, database):
        with transaction() as session:
            loop = make_places(session)
            referral = ask(session, loop)
        before = senders_view(loop, referral)

        with transaction() as session:
            referrals.pass_by(session, staff_of(loop.pantry), referral.open_task_id, at=LATE)

        assert senders_view(loop, referral) == before


def senders_view(loop, referral):
    """All rows of the sender, but for how those to whom it was offered know each their own; its audit; its changes."""
    tables = (Referral, ReferralTask, TaskHistory, Release, WorklistItem, ReferralFact)
    with transaction() as session:
        rows = [
            row.model_dump()
            for table in tables
            for row in session.exec(select(table).where(table.organization_id == loop.clinic.id)).all()
        ]
        own = select(AuditEntry.action).where(AuditEntry.stream == str(loop.clinic.id))
        news = referrals.changes(session, loop.navigator, at=LATE).items
        return rows, session.exec(own).all(), [each.model_dump() for each in news]


class TestItsEnd:
    @pytest.mark.parametrize("end", ["close", "mistake"])
    def test_when_the_sender_ends_it_it_is_gone_everywhere(self, session, loop, end):
        referral = ask(session, loop)

        if end == "close":
            referrals.close_loop(session, loop.navigator, referral.id, closing=Closing.NO_LONGER_NEEDS, at=NOON)
        else:
            referrals.mark_in_error(session, loop.navigator, referral.id, at=NOON)

        for organization in (loop.pantry, loop.second):
            assert (listed(session, organization), seen_by(session, organization, referral)) == ([], set())
            with pytest.raises(Ended, match="already ended"):
                claim(session, organization, referral)

    def test_what_nobody_took_in_time_is_the_senders_to_decide_once(self, session, loop):
        referral = ask(session, loop)
        assert list(referrals.unclaimed(session, at=NOON)) == []
        assert list(referrals.unclaimed(session, at=LATE)) == [referral.id]

        referrals.return_unclaimed(session, referral.id, at=LATE)

        line = referrals.senders_line(session, referral, [], [])
        assert (line.owed, line.group) == (Owed.US, "choose")
        assert list(referrals.unclaimed(session, at=LATE)) == []

    def test_a_late_yes_still_counts(self, session, loop):
        referral = ask(session, loop)
        referrals.return_unclaimed(session, referral.id, at=LATE)

        claim(session, loop.pantry, referral, at=LATE)

        line = referrals.senders_line(session, referral, referrals.tasks_of(session, referral), [])
        assert (line.owed, line.group) == (Owed.OTHERS, "under-way")

    def test_asking_a_place_instead_ends_it(self, session, loop):
        referral = ask(session, loop)

        send_one(session, loop, replaces_id=referral.id)

        assert referral.status == ReferralStatus.REVOKED
        assert listed(session, loop.second) == []


def test_it_is_counted_as_one_referral_that_was_answered_once(database):
    with transaction() as session:
        loop = make_places(session)
        referral = ask(session, loop)
    assert [fact.answered_at for fact in facts()] == [None]

    with transaction() as session:
        referrals.pass_by(session, staff_of(loop.second), referral.open_task_id, at=NOON)
    assert [fact.answered_at for fact in facts()] == [None]

    with transaction() as session:
        claim(session, loop.pantry, referral)

    assert [fact.answered_at for fact in facts()] == [NOON]


def facts():
    with transaction() as session:
        return session.exec(select(ReferralFact)).all()


def test_before_and_after_the_yes_it_stands_on_the_worklists_as_any_request(database):
    with transaction() as session:
        loop = make_places(session)
        referral = ask(session, loop)
    assert lines() == [(loop.clinic.id, Owed.OTHERS, "waiting-answer")]

    with transaction() as session:
        claim(session, loop.pantry, referral)

    assert sorted(lines()) == sorted(
        [(loop.clinic.id, Owed.OTHERS, "under-way"), (loop.pantry.id, Owed.US, "next-step")]
    )


def lines():
    with transaction() as session:
        return [(row.organization_id, row.owed, row.group) for row in session.exec(select(WorklistItem)).all()]
