"""What came of a task: who may give it, what the sender reads of it, and what stays with whom it came from."""

from datetime import date, timedelta

import pytest

from cie import consent, directory, referrals
from cie.access import Role
from cie.consent import Method, Stated
from cie.consent.models import Expiry
from cie.directory import Category
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.participants import ParticipantKind, Program
from cie.referrals import Enrollment, NewResult, Reason, ResultKind
from tests.factories import NOON, make_consent, make_loop, make_participant, send_one, staff_of

LATER = NOON + timedelta(hours=1)
ENROLLED = NewResult(ResultKind.ENROLLMENT, program=Program.SNAP, status=Enrollment.ENROLLED)
FOUND = NewResult(ResultKind.ASSESSMENT, title="Food insecurity", source="Observation/1", body="{}")


@pytest.fixture
def loop(session):
    return make_loop(session)


@pytest.fixture
def task(session, loop):
    _referral, asked = send_one(session, loop)
    return referrals.accept(session, loop.caseworker, asked.id, at=NOON)


def give(session, loop, task, given=ENROLLED, at=NOON):
    return referrals.give_result(session, loop.caseworker, task.id, given, at=at)


def read_by(session, actor, task):
    return [(each.kind, each.program, each.status) for each in referrals.results_for(session, actor, [task])]


SAID = (ResultKind.ENROLLMENT, Program.SNAP, Enrollment.ENROLLED)


class TestGiving:
    def test_both_sides_read_it(self, session, loop, task):
        give(session, loop, task)

        assert read_by(session, loop.caseworker, task) == read_by(session, loop.navigator, task) == [SAID]

    def test_nobody_else_does(self, session, loop, task):
        stranger = staff_of(make_participant(session, name="Stranger"))

        give(session, loop, task)

        assert read_by(session, stranger, task) == []

    def test_what_the_sender_reads_went_through_a_release(self, session, loop, task):
        row = give(session, loop, task)

        released = consent.released_to(session, loop.clinic.id, row.id, consent.DataSet.ANSWER)
        assert released.release.organization_id == loop.pantry.id
        assert list(released.elements) == ["result"]
        assert consent.released_to(session, loop.pantry.id, row.id, consent.DataSet.ANSWER) is None

    def test_the_same_source_again_changes_it(self, session, loop, task):
        first = give(session, loop, task, FOUND)

        second = give(session, loop, task, NewResult(ResultKind.ASSESSMENT, title="None", source=FOUND.source), LATER)

        assert second.id == first.id
        assert [each.title for each in referrals.results_for(session, loop.navigator, [task])] == ["None"]

    def test_the_same_words_again_change_nothing(self, session, loop, task):
        row = give(session, loop, task, FOUND)
        before = consent.released_to(session, loop.clinic.id, row.id, consent.DataSet.ANSWER).release.id

        give(session, loop, task, FOUND, LATER)

        assert row.given_at == NOON
        assert consent.released_to(session, loop.clinic.id, row.id, consent.DataSet.ANSWER).release.id == before

    def test_two_that_staff_wrote_down_are_two(self, session, loop, task):
        give(session, loop, task)
        give(session, loop, task)

        assert read_by(session, loop.navigator, task) == [SAID, SAID]

    def test_what_is_taken_back_nobody_reads(self, session, loop, task):
        row = give(session, loop, task)

        referrals.take_back_result(session, loop.caseworker, row.id, at=NOON)

        assert read_by(session, loop.caseworker, task) == read_by(session, loop.navigator, task) == []
        assert consent.released_to(session, loop.clinic.id, row.id, consent.DataSet.ANSWER) is None

    @pytest.mark.parametrize("end", ["complete", "fail"])
    def test_it_may_come_after_the_end(self, session, loop, task, end):
        if end == "complete":
            referrals.complete(session, loop.caseworker, task.id, at=NOON)
        else:
            referrals.fail(session, loop.caseworker, task.id, reason=Reason.NOT_ELIGIBLE, at=NOON)

        give(session, loop, task)

        assert read_by(session, loop.navigator, task) == [SAID]


class TestRefused:
    def test_before_the_yes(self, session, loop):
        _referral, asked = send_one(session, loop)

        with pytest.raises(NotPossibleNow):
            give(session, loop, asked)

    def test_once_it_was_cancelled(self, session, loop, task):
        referrals.cancel(session, loop.navigator, task.id, reason=Reason.DUPLICATE, at=NOON)

        with pytest.raises(NotPossibleNow):
            give(session, loop, task)

    def test_by_the_sender(self, session, loop, task):
        with pytest.raises(NotAllowed):
            referrals.give_result(session, loop.navigator, task.id, ENROLLED, at=NOON)

    def test_by_a_stranger_who_learns_nothing(self, session, loop, task):
        stranger = staff_of(make_participant(session, name="Stranger"))

        with pytest.raises(NotFound):
            referrals.give_result(session, stranger, task.id, ENROLLED, at=NOON)

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            (NewResult(ResultKind.ENROLLMENT, status=Enrollment.ENROLLED), "program"),
            (NewResult(ResultKind.ENROLLMENT, program=Program.WIC), "status"),
        ],
    )
    def test_an_enrollment_that_does_not_say_what_it_is(self, session, loop, task, given, field):
        with pytest.raises(Invalid) as refused:
            give(session, loop, task, given)

        assert refused.value.field == field


def county(session, loop, *programs):
    loop.pantry.kind, loop.pantry.programs = ParticipantKind.COUNTY_AGENCY, list(programs)
    session.flush()


def release_of_information(session, loop, *programs):
    make_consent(
        session,
        loop.person,
        form="abcdm-229",
        categories=[Category.GENERAL.value],
        programs=list(programs),
        recipient_ids=[str(loop.pantry.id)],
        method=Method.SIGNED_PAPER,
        stated=[each.value for each in Stated],
        given_at=NOON + timedelta(minutes=1),
        expiry=Expiry.DAY,
        expires_on=date(2027, 11, 24),
    )


class TestTheGate:
    def test_an_enrollment_is_a_record_of_the_program_that_reports_it(self, session, loop, task):
        """7 CFR 272.1(c)."""
        county(session, loop, "snap")

        give(session, loop, task)

        assert read_by(session, loop.navigator, task) == []
        assert read_by(session, loop.caseworker, task) == [SAID]

    def test_also_where_its_service_is_part_of_no_program(self, session, loop, task):
        county(session, loop, "snap")
        directory.set_program(session, staff_of(loop.pantry, Role.PRIVACY_OFFICER), task.service_id, None, at=NOON)

        give(session, loop, task, FOUND)
        give(session, loop, task)

        assert [kind for kind, _program, _status in read_by(session, loop.navigator, task)] == [ResultKind.ASSESSMENT]

    def test_also_where_nobody_knows_which_program_it_is(self, session, loop, task):
        county(session, loop, "wic")
        directory.set_program(session, staff_of(loop.pantry, Role.PRIVACY_OFFICER), task.service_id, None, at=NOON)

        give(session, loop, task, NewResult(ResultKind.ENROLLMENT, status=Enrollment.WAITLIST, title="Food program"))

        assert read_by(session, loop.navigator, task) == []

    def test_who_does_not_run_the_program_may_say_it(self, session, loop, task):
        give(session, loop, task)

        assert read_by(session, loop.navigator, task) == [SAID]

    def test_with_a_release_that_names_the_program_it_goes(self, session, loop, task):
        county(session, loop, "snap")
        release_of_information(session, loop, "snap")

        give(session, loop, task)

        assert read_by(session, loop.navigator, task) == [SAID]

    def test_what_a_treatment_program_found_stays_on_a_plain_yes(self, session, loop, task):
        loop.pantry.is_part2_program = True
        session.flush()

        give(session, loop, task, FOUND)

        assert read_by(session, loop.navigator, task) == []

    def test_what_it_tells_itself_counts_where_service_and_need_tell_less(self, session, loop, task):
        give(session, loop, task, NewResult(ResultKind.ASSESSMENT, title="HIV", tells=(Category.HIV,)))

        assert read_by(session, loop.navigator, task) == []

    def test_where_only_the_fact_of_an_answer_went_back_nothing_follows_it(self, session, loop, task):
        county(session, loop, "wic")
        referrals.complete(session, loop.caseworker, task.id, at=NOON)
        assert task.outcome_withheld
        county(session, loop)

        give(session, loop, task)

        assert read_by(session, loop.navigator, task) == []

    def test_once_the_person_takes_the_yes_back_the_sender_reads_it_no_more(self, session, loop, task):
        give(session, loop, task)
        (record,) = consent.consents_of(session, loop.clinic.id, loop.person.id)

        consent.revoke(session, loop.navigator, record.id, method=Method.IN_PERSON, at=NOON)

        assert read_by(session, loop.navigator, task) == []
        assert read_by(session, loop.caseworker, task) == [SAID]

    def test_what_is_said_anew_and_may_not_go_takes_what_went_before_with_it(self, session, loop, task):
        give(session, loop, task, FOUND)
        county(session, loop, "wic")

        give(session, loop, task, NewResult(ResultKind.ASSESSMENT, title="More", source=FOUND.source), LATER)

        assert read_by(session, loop.navigator, task) == []

    def test_nothing_is_told_of_a_protected_service(self, session, loop, task):
        referral = session.get_one(referrals.Referral, task.referral_id)
        referral.masked = True
        session.flush()

        give(session, loop, task)

        assert read_by(session, loop.navigator, task) == []
