"""What was kept of a screening is put right: other answers, or none of it since it was a mistake."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7

from cie import people, screening
from cie.access import Role
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.events import Change
from cie.screening import GivenAnswer, NeedStatus, SafetyGate, ScreeningStatus
from tests.factories import NOON, make_participant, staff_of
from tests.screening.test_asking import FOOD, MOLD, hits

LATER = NOON + timedelta(hours=1)
OFTEN, NEVER = "LA28397-0", "LA28398-8"
NO_HUNGER = {link_id: GivenAnswer((NEVER,)) for link_id in FOOD}
MOLDY = {"/96778-6": GivenAnswer((MOLD,))}


@pytest.fixture
def needs(session, staff, person):
    """The needs of the person: code and status."""

    def found():
        return {(need.need_code, need.status.value) for need in screening.needs_of(session, staff, person.id)}

    return found


class TestCorrection:
    def test_needs_that_nobody_decided_on_follow_the_answers(self, session, staff, record, needs):
        kept = record(FOOD)

        screening.correct_screening(session, staff, kept.id, NO_HUNGER | MOLDY, at=LATER)

        assert needs() == {("food", "entered-in-error"), ("home-repair", "proposed")}
        assert (kept.status, kept.amended_at, kept.started_at) == (ScreeningStatus.COMPLETED, LATER, NOON)

    def test_a_need_comes_again_when_the_answers_do(self, session, staff, record, needs):
        kept = record(FOOD)
        screening.correct_screening(session, staff, kept.id, NO_HUNGER, at=LATER)

        screening.correct_screening(session, staff, kept.id, FOOD, at=LATER)

        assert needs() == {("food", "entered-in-error"), ("food", "proposed")}

    def test_what_somebody_decided_stays(self, session, staff, record, needs):
        kept = record(FOOD)
        (need,) = screening.needs_from(session, staff, kept.id)
        screening.confirm_need(session, staff, need.id, at=NOON)

        screening.correct_screening(session, staff, kept.id, NO_HUNGER, at=LATER)

        assert needs() == {("food", "confirmed")}

    def test_the_answers_before_stay_in_the_history(self, session, staff, record):
        kept = record(FOOD)

        screening.correct_screening(session, staff, kept.id, NO_HUNGER, at=LATER)

        changes = session.execute(select(Change).where(Change.record_type == "screening_answer")).scalars().all()
        assert [change.fields["answer"][0]["codes"] for change in changes] == [[OFTEN]]

    def test_a_question_that_is_not_named_has_no_answer_any_more(self, session, staff, record):
        kept = record(FOOD | MOLDY)

        screening.correct_screening(session, staff, kept.id, MOLDY, at=LATER)

        assert [item.link_id for item, _given in screening.open_answers(session, staff, kept.id)] == list(MOLDY)

    def test_the_same_answers_change_nothing(self, session, staff, record, needs):
        kept = record(FOOD)

        screening.correct_screening(session, staff, kept.id, FOOD, at=LATER)

        assert (kept.amended_at, needs()) == (None, {("food", "proposed")})

    def test_when_they_were_asked(self, session, staff, record):
        kept = record(FOOD)

        screening.correct_screening(session, staff, kept.id, FOOD, asked_at=NOON - timedelta(days=2), at=LATER)

        assert kept.started_at == NOON - timedelta(days=2)
        with pytest.raises(Invalid):
            screening.correct_screening(session, staff, kept.id, FOOD, asked_at=LATER + timedelta(days=2), at=LATER)

    def test_the_preview_says_what_it_would_do_and_does_nothing(self, session, staff, record, needs):
        kept = record(FOOD)

        found = screening.preview_correction(session, staff, kept.id, NO_HUNGER | MOLDY)

        assert {item.link_id for item, _before, _after in found.changed} == {"/88122-7", *MOLDY}
        assert (found.proposed, found.withdrawn, found.confirmed) == (["home-repair"], ["food"], [])
        assert (kept.amended_at, needs()) == (None, {("food", "proposed")})

    def test_the_preview_names_what_somebody_confirmed(self, session, staff, record):
        kept = record(FOOD)
        (need,) = screening.needs_from(session, staff, kept.id)
        screening.confirm_need(session, staff, need.id, at=NOON)

        found = screening.preview_correction(session, staff, kept.id, NO_HUNGER)

        assert (found.proposed, found.withdrawn, found.confirmed) == ([], [], ["food"])

    def test_safety_stays_as_it_is(self, session, staff, person, record, needs):
        kept = record(FOOD | hits("LA6482-9"), gate=SafetyGate.SAFE)
        before = screening.section_answers(session, staff, kept.id, "safety")

        screening.correct_screening(session, staff, kept.id, NO_HUNGER, at=LATER)

        assert screening.section_answers(session, staff, kept.id, "safety") == before
        assert [need for need in needs() if need[0] != "food"] != []
        assert len(people.open_alerts(session, staff)) == 1

    def test_nothing_of_safety_is_taken(self, session, staff, record):
        kept = record(FOOD)

        with pytest.raises(Invalid) as error:
            screening.correct_screening(session, staff, kept.id, hits("LA6482-9"), at=LATER)

        assert {each.field for each in error.value.errors} == set(hits("LA6482-9"))

    def test_one_that_was_never_finished_cannot_be_corrected(self, session, staff, person, ahc):
        begun = screening.start_screening(session, staff, person.id, ahc.id, at=NOON)

        with pytest.raises(NotPossibleNow):
            screening.correct_screening(session, staff, begun.id, FOOD, at=LATER)


class TestMistake:
    def test_its_undecided_needs_end_and_the_confirmed_stay(self, session, staff, record, needs):
        kept = record(FOOD | MOLDY)
        food = next(need for need in screening.needs_from(session, staff, kept.id) if need.need_code == "food")
        screening.confirm_need(session, staff, food.id, at=NOON)

        screening.mark_mistake(session, staff, kept.id, at=LATER)

        assert kept.is_mistake
        assert needs() == {("food", "confirmed"), ("home-repair", "entered-in-error")}
        assert screening.needs_that_stay(session, staff, kept.id) == [food]

    def test_its_answers_are_not_those_to_begin_with(self, session, staff, person, record, ahc):
        record(NO_HUNGER)
        kept = record(FOOD, at=LATER)
        instrument = screening.instrument_of(ahc)
        latest = screening.latest_answers(session, staff, person.id, instrument)
        assert [given.codes for _item, given in latest] == [(OFTEN,), (NEVER,)]

        screening.mark_mistake(session, staff, kept.id, at=LATER)

        latest = screening.latest_answers(session, staff, person.id, instrument)
        assert {given.codes for _item, given in latest} == {(NEVER,)}

    def test_one_that_is_being_asked_ends_so_that_another_may_begin(self, session, staff, person, ahc):
        begun = screening.start_screening(session, staff, person.id, ahc.id, at=NOON)

        screening.mark_mistake(session, staff, begun.id, at=LATER)

        assert screening.start_screening(session, staff, person.id, ahc.id, at=LATER).id != begun.id
        with pytest.raises(NotPossibleNow):
            screening.finish(session, staff, begun.id, at=LATER)

    def test_nobody_is_to_be_asked_in_private_because_of_it(self, session, staff, person, record):
        kept = record(FOOD, gate=SafetyGate.NOT_SAFE)
        assert screening.to_ask_in_private(session, staff, person.id) == kept

        screening.mark_mistake(session, staff, kept.id, at=LATER)

        assert screening.to_ask_in_private(session, staff, person.id) is None

    def test_it_is_marked_once_and_corrected_no_more(self, session, staff, record):
        kept = record(FOOD)
        screening.mark_mistake(session, staff, kept.id, at=LATER)

        assert screening.mark_mistake(session, staff, kept.id, at=LATER) == kept
        with pytest.raises(NotPossibleNow):
            screening.correct_screening(session, staff, kept.id, NO_HUNGER, at=LATER)

    def test_others_cannot(self, session, clinic, record):
        kept = record(FOOD)

        with pytest.raises(NotFound):
            screening.mark_mistake(session, staff_of(make_participant(session)), uuid7(), at=LATER)
        for actor in (staff_of(make_participant(session)), staff_of(clinic, Role.PRIVACY_OFFICER)):
            with pytest.raises((NotFound, NotAllowed)):
                screening.mark_mistake(session, actor, kept.id, at=LATER)
            with pytest.raises((NotFound, NotAllowed)):
                screening.correct_screening(session, actor, kept.id, NO_HUNGER, at=LATER)


class TestNeed:
    def test_it_is_over(self, session, staff, person):
        need = screening.add_need(session, staff, person.id, "food", None, at=NOON)

        screening.resolve_need(session, staff, need.id, at=LATER)

        assert (need.status, need.decided_at) == (NeedStatus.RESOLVED, LATER)
        with pytest.raises(NotPossibleNow):
            screening.confirm_need(session, staff, need.id, at=LATER)

    def test_a_form_says_so_with_the_last_wish(self, session, staff, person):
        need = screening.add_need(session, staff, person.id, "food", None, at=NOON)
        over = screening.NeedDecision(need.id, NeedStatus.RESOLVED, screening.Wish.HAS_HELP)

        screening.settle_needs(session, staff, person.id, [over], at=LATER)

        assert (need.status, need.wish) == (NeedStatus.RESOLVED, screening.Wish.HAS_HELP)

    def test_it_was_a_mistake_whatever_was_decided(self, session, staff, person):
        need = screening.add_need(session, staff, person.id, "food", None, at=NOON)
        screening.dismiss_need(session, staff, need.id, at=NOON)

        screening.mark_need_mistake(session, staff, need.id, at=LATER)

        assert need.status is NeedStatus.ENTERED_IN_ERROR
