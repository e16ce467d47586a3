"""Answered, details not shared: where only the fact of an answer may go back, nothing at the sender tells which."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from cie import consent, measures, referrals
from cie.access import Role
from cie.consent import DataSet, Method, Release, Stated
from cie.consent.models import Expiry
from cie.directory import Category
from cie.errors import Invalid, NotPossibleNow
from cie.measures import Breakdown, Whose
from cie.participants import ParticipantKind
from cie.referrals import NOT_SHARED, Closing, PersonWord, Reason, TaskStatus, WithheldAnswer
from tests.factories import NOON, make_consent, make_loop, make_participant, make_service, send_one, staff_of

MONTH = date(2026, 11, 1)
ENDS = {
    "declined": lambda session, who, task: referrals.reject(
        session, who, task.id, reason=Reason.NOT_ELIGIBLE, words="Has a case already.", at=NOON
    ),
    "helped": lambda session, who, task: referrals.complete(session, who, task.id, words="Enrolled.", at=NOON),
    "could not": lambda session, who, task: referrals.fail(
        session, who, task.id, reason=Reason.PERSON_DECLINES, words="Does not want WIC.", at=NOON
    ),
    "stopped": lambda session, who, task: referrals.cancel(
        session, who, task.id, reason=Reason.DUPLICATE, words="Is served here.", at=NOON
    ),
}
"""Every end that a service can give to what it was asked."""
KNOWN = {
    "declined": (TaskStatus.REJECTED, Reason.NOT_ELIGIBLE),
    "helped": (TaskStatus.COMPLETED, None),
    "could not": (TaskStatus.FAILED, Reason.PERSON_DECLINES),
    "stopped": (TaskStatus.CANCELLED, Reason.DUPLICATE),
}


@pytest.fixture
def loop(session):
    """The place that is asked is a WIC office."""
    loop = make_loop(session)
    loop.pantry.kind, loop.pantry.programs = ParticipantKind.COUNTY_AGENCY, ["wic"]
    session.flush()
    return loop


@pytest.fixture
def sent(session, loop):
    return send_one(session, loop)


def begin(session, loop, task, how):
    """A yes comes before every end but a no."""
    if how != "declined":
        referrals.accept(session, loop.caseworker, task.id, at=NOON)


def end(session, loop, task, how, who=None):
    begin(session, loop, task, how)
    ENDS[how](session, who or loop.caseworker, task)
    session.flush()


def allow(session, loop):
    """The county's release names the place that asked."""
    return make_consent(
        session,
        loop.person,
        form="abcdm-229",
        categories=[Category.GENERAL.value],
        programs=["wic"],
        recipient_ids=[str(loop.pantry.id)],
        method=Method.SIGNED_PAPER,
        stated=[each.value for each in Stated],
        given_at=NOON + timedelta(minutes=1),
        expiry=Expiry.DAY,
        expires_on=date(2027, 11, 24),
    )


@pytest.mark.parametrize("how", ENDS)
class TestEveryEnd:
    def test_the_task_tells_that_it_was_answered_and_no_more(self, session, loop, sent, how):
        referral, task = sent

        end(session, loop, task, how)

        assert (task.status, task.reason, task.outcome_withheld) == (TaskStatus.COMPLETED, None, True)
        assert (task.answered_at, task.ended_at, task.due_at) == (NOON, NOON, None)
        assert (referral.status, referral.closing, referral.closed_at) == ("active", None, None)

    def test_the_history_tells_no_more_either(self, session, loop, sent, how):
        referral, task = sent

        end(session, loop, task, how)

        last = referrals.history_of(session, referral)[0]
        newest = [row for row in referrals.history_of(session, referral) if row.to_status == TaskStatus.COMPLETED]
        assert last.at == NOON
        assert [(row.reason, row.told_by) for row in newest] == [(None, None)]

    def test_the_answer_is_kept_with_who_gave_it_for_them_alone(self, session, loop, sent, how):
        _referral, task = sent

        end(session, loop, task, how)

        kept = referrals.withheld_answers(session, loop.caseworker, [task.id])[task.id]
        assert (kept.status, kept.reason) == KNOWN[how]
        assert kept.organization_id == loop.pantry.id
        assert referrals.withheld_answers(session, loop.navigator, [task.id]) == {}

    def test_its_words_stay_too(self, session, loop, sent, how):
        referral, task = sent

        end(session, loop, task, how)

        assert referrals.entries_for(session, loop.navigator, referral.id, [task]) == []
        assert len(referrals.entries_for(session, loop.caseworker, referral.id, [task])) == 1

    def test_the_sender_owes_the_next_step_the_same_for_each(self, session, loop, sent, how):
        referral, task = sent

        end(session, loop, task, how)

        line = referrals.senders_line(session, referral, [task], [])
        assert (line.group, line.task, line.owed) == ("not-shared", task, "us")

    def test_what_was_shared_with_the_place_ends_for_each(self, session, loop, sent, how):
        _referral, task = sent

        end(session, loop, task, how)

        assert consent.released_to(session, loop.pantry.id, task.id, DataSet.REFERRAL) is None

    def test_no_event_that_the_sender_sees_tells_which(self, session, loop, sent, how):
        _referral, task = sent

        end(session, loop, task, how)

        said = {e.action: e.codes for e in session.info["events"] if e.subject_id == task.id}
        assert "task.answered" in said and said["task.answered"].get("reason") is None
        assert not {f"task.{status.value}" for status, _reason in KNOWN.values()} & set(said)

    def test_with_a_release_that_names_them_the_sender_learns_all(self, session, loop, sent, how):
        _referral, task = sent
        allow(session, loop)

        end(session, loop, task, how)

        assert (task.status, task.reason) == KNOWN[how]
        assert not task.outcome_withheld
        row = session.execute(select(Release).where(Release.data_set == DataSet.ANSWER, Release.subject_id == task.id))
        (release,) = row.scalars()
        assert (release.organization_id, release.recipient_id) == (loop.pantry.id, loop.clinic.id)
        assert list(consent.elements_of(session, release.id)) == ["outcome"]


def test_the_duties_of_an_outcome_stay_with_it_after_the_release_was_taken_back(session, loop, sent):
    """The sender goes on reading how it ended, and on whose records that rests."""
    referral, task = sent
    release = allow(session, loop)
    end(session, loop, task, "could not")
    duties = consent.duties_to(session, loop.clinic.id, [referral.id])
    assert duties

    person = consent.SignerKind.PERSON
    consent.revoke(session, loop.navigator, release.id, method=Method.IN_PERSON, revoked_by=person, at=NOON)

    assert task.status == TaskStatus.FAILED
    assert consent.duties_to(session, loop.clinic.id, [referral.id]) == duties


class TestTold:
    def test_what_the_sender_heard_by_voice_it_knows(self, session, loop, sent):
        _referral, task = sent

        told = referrals.Told("Merle Oakes")
        referrals.reject(session, loop.navigator, task.id, reason=Reason.NO_ROOM, told=told, at=NOON)

        assert (task.status, task.outcome_withheld) == (TaskStatus.REJECTED, False)

    def test_what_the_sender_cancels_itself_it_knows(self, session, loop, sent):
        _referral, task = sent

        referrals.cancel(session, loop.navigator, task.id, reason=Reason.DUPLICATE, at=NOON)

        assert (task.status, task.outcome_withheld) == (TaskStatus.CANCELLED, False)


class TestRules:
    def test_a_plain_place_tells_it_under_the_persons_yes(self, session, loop, sent):
        loop.pantry.programs = []
        referral, task = sent

        end(session, loop, task, "helped")

        assert (task.outcome_withheld, referral.closing) == (False, Closing.SERVICES_RECEIVED)

    def test_once_the_person_took_the_yes_back_only_the_fact_goes(self, session, loop, sent):
        loop.pantry.programs = []
        _referral, task = sent
        begin(session, loop, task, "helped")
        (record,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
        consent.revoke(
            session,
            loop.navigator,
            record.id,
            method=Method.IN_PERSON,
            revoked_by=consent.SignerKind.PERSON,
            at=NOON,
        )

        referrals.complete(session, loop.caseworker, task.id, at=NOON)

        assert task.outcome_withheld

    def test_a_treatment_program_tells_no_outcome_on_a_plain_yes(self, session, loop, sent):
        loop.pantry.programs, loop.pantry.is_part2_program = [], True
        _referral, task = sent

        end(session, loop, task, "helped")

        assert task.outcome_withheld

    def test_who_did_not_choose_a_reason_is_told_so(self, session, loop, sent):
        _referral, task = sent
        begin(session, loop, task, "helped")

        with pytest.raises(Invalid) as refused:
            referrals.fail(session, loop.caseworker, task.id, reason=Reason.LANGUAGE, at=NOON)

        assert refused.value.field == "reason"
        assert session.execute(select(WithheldAnswer)).first() is None

    def test_what_has_ended_does_not_end_again(self, session, loop, sent):
        _referral, task = sent
        end(session, loop, task, "helped")

        with pytest.raises(NotPossibleNow):
            referrals.reject(session, loop.caseworker, task.id, reason=Reason.NO_ROOM, at=NOON)

    def test_a_no_for_want_of_room_changes_no_word_that_everybody_reads(self, session, loop, sent):
        _referral, task = sent
        before = loop.service.model_dump()

        referrals.reject(session, loop.caseworker, task.id, reason=Reason.NO_ROOM, at=NOON)

        session.refresh(loop.service)
        assert loop.service.model_dump() == before

    def test_the_next_in_order_is_not_asked_by_itself(self, session, loop):
        other = make_service(session, make_participant(session, name="Harvest Table"))
        request = loop.request(service_ids=(loop.service.id, other.id), in_order=True)
        referral = referrals.send(session, loop.navigator, request, previewed=None, at=NOON)
        first, second = referrals.tasks_of(session, referral)

        referrals.reject(session, loop.caseworker, first.id, reason=Reason.NOT_ELIGIBLE, at=NOON)

        assert (first.outcome_withheld, second.status) == (True, TaskStatus.DRAFT)

    def test_no_state_of_the_list_that_plans_report_by_fits_it(self, session, loop, sent):
        referral, task = sent
        boss = staff_of(loop.clinic, Role.NETWORK_ADMINISTRATOR)
        referrals.import_shipped_code_lists(session, boss, at=NOON)
        assert referrals.reported_state(session, referral, [task], at=NOON)

        end(session, loop, task, "helped")

        assert referrals.reported_state(session, referral, [task], at=NOON) is None


class TestClosing:
    def close(self, session, loop, sent, closing):
        referral, task = sent
        end(session, loop, task, "helped")
        referrals.close_loop(session, loop.navigator, referral.id, closing=closing, at=NOON)
        measures.rebuild(session, referrals.loop_of(session, referral))
        session.flush()
        return referral, task

    def test_without_a_reason_of_its_own_it_is_closed_as_not_shared(self, session, loop, sent):
        referral, task = self.close(session, loop, sent, Closing.OTHER)

        assert referrals.closing_code(referral, [task]) == NOT_SHARED

    def test_what_the_person_said_counts_as_said(self, session, loop, sent):
        referral, task = self.close(session, loop, sent, Closing.NO_LONGER_NEEDS)

        assert referrals.closing_code(referral, [task]) == "no-longer-needs"

    def test_the_senders_figures_count_it_and_add_up(self, session, loop, sent):
        self.close(session, loop, sent, Closing.OTHER)
        boss = staff_of(loop.clinic, Role.SUPERVISOR)

        found = measures.summary(session, boss, Whose.OURS, MONTH, small_below=11)

        assert (found.total["answered"], found.total["closed"], found.total["received"]) == (1, 1, 0)
        (reason,) = found.tables[Breakdown.REASON]
        assert (reason.code, reason.counts) == (NOT_SHARED, {"closed": 1})

    def test_the_place_counts_its_own_help(self, session, loop, sent):
        _referral, task = sent
        end(session, loop, task, "helped")

        assert measures.answering(session, staff_of(loop.pantry, Role.SUPERVISOR), MONTH).given == 1

    def test_the_person_may_always_say(self, session, loop, sent):
        referral, task = sent
        end(session, loop, task, "helped")

        referrals.record_word(session, loop.navigator, referral.id, PersonWord.GOT_HELP, at=NOON)

        line = referrals.senders_line(session, referral, [task], referrals.words_of(session, referral))
        assert line.group == "differ"


def test_every_end_leaves_the_same_rows_for_the_sender(session, loop):
    """All that stands in tables of the sender is alike, whichever way it ended."""
    apart = {"id", "task_id", "referral_id", "from_status"}
    seen = []
    for how in ENDS:
        referral, task = send_one(session, loop)
        begin(session, loop, task, "helped")
        if how == "declined":
            task.status = TaskStatus.REQUESTED
        ENDS[how](session, loop.caseworker, task)
        session.flush()
        ended = [row for row in referrals.history_of(session, referral) if row.to_status == TaskStatus.COMPLETED]
        seen.append([row.model_dump(exclude=apart) for row in (*ended, referral, task)])

    assert all(each == seen[0] for each in seen)
