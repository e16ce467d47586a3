"""A screening that was asked elsewhere is kept whole or not at all; of safety only what was asked in a safe talk."""

from datetime import timedelta

import pytest

from cie import people, screening
from cie.access import Role
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.screening import GivenAnswer, NeedStatus, SafetyGate, ScreeningStatus
from tests.factories import NOON, make_participant, staff_of
from tests.screening.test_asking import FOOD, FREQUENTLY, HITS, NEVER, SOMETIMES, hits


class TestKept:
    def test_it_is_finished_and_its_needs_are_proposed(self, session, staff, record):
        kept = record(FOOD)

        (need,) = screening.needs_from(session, staff, kept.id)
        assert (kept.status, kept.completed_at) == (ScreeningStatus.COMPLETED, NOON)
        assert (need.need_code, need.status) == ("food", NeedStatus.PROPOSED)

    def test_it_says_when_the_person_was_asked(self, record):
        assert record(FOOD, asked_at=NOON - timedelta(days=3)).started_at == NOON - timedelta(days=3)

    @pytest.mark.parametrize("ahead", [timedelta(seconds=1), timedelta(days=-400)])
    def test_another_year_and_the_future_are_refused(self, record, ahead):
        with pytest.raises(Invalid) as error:
            record(FOOD, asked_at=NOON + ahead)

        assert error.value.field == "asked_at"

    def test_answers_of_several_sections_that_are_wrong_are_named_together(self, record):
        wrong = {"/88122-7": GivenAnswer(("LA0-0",)), "/93030-5": GivenAnswer(("a", "b")), "/none": GivenAnswer()}

        with pytest.raises(Invalid) as error:
            record(wrong)

        assert {each.field for each in error.value.errors} == set(wrong)

    def test_questions_that_are_being_asked_are_not_answered_over(self, session, staff, person, ahc, record):
        screening.start_screening(session, staff, person.id, ahc.id, at=NOON)

        with pytest.raises(NotPossibleNow):
            record(FOOD)

    def test_only_who_may_ask_may_record(self, session, clinic, person, ahc):
        officer = staff_of(clinic, Role.PRIVACY_OFFICER)

        with pytest.raises(NotAllowed):
            screening.record_screening(session, officer, person.id, ahc.id, FOOD, at=NOON)

    def test_nobody_records_for_another_organization(self, session, person, ahc):
        other = staff_of(make_participant(session, name="Third"), Role.NAVIGATOR)

        with pytest.raises(NotFound):
            screening.record_screening(session, other, person.id, ahc.id, FOOD, at=NOON)


class TestSafety:
    @pytest.mark.parametrize("gate", [None, SafetyGate.NOT_SAFE, SafetyGate.DECLINED])
    def test_answers_count_only_after_alone_and_safe_to_talk(self, session, staff, record, gate):
        with pytest.raises(Invalid) as error:
            record({**FOOD, **hits(NEVER)}, gate=gate)

        assert [each.field for each in error.value.errors] == list(HITS)
        assert people.open_alerts(session, staff) == []

    def test_what_speaks_of_danger_is_told_to_the_person_on_call(self, session, staff, clinic, person, record):
        kept = record(hits(FREQUENTLY), gate=SafetyGate.SAFE)

        (alert,) = people.open_alerts(session, staff)
        assert (alert.person_id, alert.source_id) == (person.id, kept.id)
        assert alert.on_call_user_id == clinic.on_call_user_id
        assert person.texts_paused_at == NOON
        assert screening.speaks_of_danger(session, staff, kept.id)

    def test_one_answer_above_rarely_is_enough(self, session, staff, record):
        kept = record({HITS[0]: GivenAnswer((SOMETIMES,))}, gate=SafetyGate.SAFE)

        assert screening.speaks_of_danger(session, staff, kept.id)
        assert len(people.open_alerts(session, staff)) == 1

    def test_what_does_not_speak_of_danger_tells_nobody(self, session, staff, record):
        kept = record(hits(NEVER), gate=SafetyGate.SAFE)

        assert not screening.speaks_of_danger(session, staff, kept.id)
        assert people.open_alerts(session, staff) == []

    def test_not_safe_now_waits_for_a_moment_alone(self, session, staff, person, record):
        kept = record(FOOD, gate=SafetyGate.NOT_SAFE)

        assert screening.to_ask_in_private(session, staff, person.id) == kept

    def test_a_gate_before_questions_that_hold_none_about_safety_is_refused(self, session, staff, person, ahc):
        hunger = next(row for row in screening.instruments(session) if row.id != ahc.id)

        with pytest.raises(Invalid) as error:
            screening.record_screening(session, staff, person.id, hunger.id, FOOD, gate=SafetyGate.SAFE, at=NOON)

        assert error.value.field == "safety_gate"

    def test_what_was_answered_about_safety_is_not_read_back(self, session, staff, record):
        kept = record({**FOOD, **hits(FREQUENTLY)}, gate=SafetyGate.SAFE)

        read = screening.open_answers(session, staff, kept.id)

        assert [(item.link_id, given) for item, given in read] == list(FOOD.items())
