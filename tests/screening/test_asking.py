"""A screening is saved as it goes, its safety questions open only in private, and it ends in proposed needs."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7

from cie import people
from cie.access import SYSTEM, Role
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.events import Change
from cie.screening import (
    GivenAnswer,
    NeedStatus,
    SafetyGate,
    ScreeningStatus,
    SectionState,
    answer_safety_gate,
    dismiss_need,
    findings_in,
    finish,
    get_screening,
    import_questionnaire,
    needs_of,
    save_section,
    screenings_of,
    section_answers,
    section_states,
    start_screening,
    summary,
    to_ask_in_private,
)
from cie.screening.models import ScreeningAnswer
from tests.factories import NOON, make_participant, staff_of
from tests.screening.test_loading import PRAPARE, read

LATER = NOON + timedelta(hours=1)
FOOD = {"/88122-7": GivenAnswer(("LA28397-0",)), "/88123-5": GivenAnswer(("LA28398-8",))}
NEVER, FREQUENTLY, SOMETIMES = "LA6270-8", "LA6482-9", "LA10082-8"
HITS = ("/95618-5", "/95617-7", "/95616-9", "/95615-1")
NO_STEADY_PLACE, PESTS, MOLD, NONE_OF_THESE = "LA31995-6", "LA31996-4", "LA28580-1", "LA9-3"


def hits(code):
    return {link_id: GivenAnswer((code,)) for link_id in HITS}


@pytest.fixture
def begun(session, staff, person, ahc):
    return start_screening(session, staff, person.id, ahc.id, at=NOON)


@pytest.fixture
def stranger(session):
    return staff_of(make_participant(session))


@pytest.fixture
def administrator(clinic):
    return staff_of(clinic, Role.ORGANIZATION_ADMINISTRATOR)


def open_alerts(session, staff):
    return people.open_alerts(session, staff)


def states(session, staff, screening, here=None):
    return [progress.state.value for progress in section_states(session, staff, screening.id, here)]


class TestStartScreening:
    def test_it_begins_and_says_so(self, session, person, begun):
        assert (begun.status, begun.person_id, begun.safety_gate) == (ScreeningStatus.IN_PROGRESS, person.id, None)
        assert session.info["events"][-1].action == "screening.start"

    def test_an_unfinished_one_goes_on(self, session, staff, person, ahc, begun):
        save_section(session, staff, begun.id, "food", FOOD, at=NOON)

        again = start_screening(session, staff, person.id, ahc.id, at=LATER)

        assert again.id == begun.id
        assert section_answers(session, staff, again.id, "food") == FOOD

    def test_an_unfinished_one_goes_on_in_the_version_that_was_begun(self, session, staff, person, ahc, begun):
        newer = import_questionnaire(session, SYSTEM, {**ahc.resource, "version": "2027"}, at=NOON)

        assert start_screening(session, staff, person.id, newer.id, at=LATER).id == begun.id

    def test_going_on_asks_again_whether_it_is_safe_to_talk(self, session, staff, person, ahc, begun):
        answer_safety_gate(session, staff, begun.id, SafetyGate.SAFE, at=NOON)

        again = start_screening(session, staff, person.id, ahc.id, at=LATER)

        assert again.safety_gate is None

    def test_a_finished_one_is_asked_anew(self, session, staff, person, ahc, begun):
        finish(session, staff, begun.id, at=NOON)

        assert start_screening(session, staff, person.id, ahc.id, at=LATER).id != begun.id

    def test_an_old_version_is_not_begun(self, session, staff, person, ahc):
        import_questionnaire(session, SYSTEM, {**ahc.resource, "version": "2027"}, at=NOON)

        with pytest.raises(NotPossibleNow):
            start_screening(session, staff, person.id, ahc.id, at=NOON)

        assert screenings_of(session, staff, person.id) == []

    def test_unknown_questions_are_not_found(self, session, staff, person):
        with pytest.raises(NotFound):
            start_screening(session, staff, person.id, uuid7(), at=NOON)

    def test_a_stranger_finds_nobody(self, session, stranger, person, ahc):
        with pytest.raises(NotFound):
            start_screening(session, stranger, person.id, ahc.id, at=NOON)

    def test_a_privacy_officer_may_not_ask(self, session, clinic, person, ahc):
        with pytest.raises(NotAllowed):
            start_screening(session, staff_of(clinic, Role.PRIVACY_OFFICER), person.id, ahc.id, at=NOON)


class TestSaveSection:
    def test_answers_are_kept_sealed(self, session, staff, begun):
        save_section(session, staff, begun.id, "food", FOOD, at=LATER)

        rows = session.execute(select(ScreeningAnswer)).scalars().all()
        assert section_answers(session, staff, begun.id, "food") == FOOD
        assert all(b"LA28397-0" not in row.answer_sealed for row in rows)
        assert begun.saved_at == LATER

    def test_another_answer_replaces_and_the_first_stays_in_the_history(self, session, staff, begun):
        save_section(session, staff, begun.id, "food", FOOD, at=NOON)

        save_section(session, staff, begun.id, "food", {"/88122-7": GivenAnswer(declined=True)}, at=LATER)
        save_section(session, staff, begun.id, "food", {"/88122-7": GivenAnswer(declined=True)}, at=LATER)

        (change,) = session.execute(select(Change)).scalars()
        assert change.fields == {
            "answer": [{"codes": ["LA28397-0"], "declined": False}, {"codes": [], "declined": True}]
        }
        assert section_answers(session, staff, begun.id, "food")["/88123-5"] == FOOD["/88123-5"]

    def test_several_answers_where_the_question_allows_them(self, session, staff, begun):
        given = {"/96778-6": GivenAnswer((PESTS, MOLD))}

        save_section(session, staff, begun.id, "living-situation", given, at=NOON)

        assert section_answers(session, staff, begun.id, "living-situation") == given

    @pytest.mark.parametrize(
        ("section", "link_id", "answer"),
        [
            ("food", "/88122-7", GivenAnswer(("LA0-0",))),
            ("food", "/88122-7", GivenAnswer(("LA28397-0", "LA28398-8"))),
            ("food", "/88122-7", GivenAnswer(("LA28397-0",), declined=True)),
            ("food", "/71802-3", GivenAnswer((NO_STEADY_PLACE,))),
            ("living-situation", "/96778-6", GivenAnswer((PESTS, NONE_OF_THESE))),
        ],
    )
    def test_an_answer_that_the_question_does_not_have_is_refused(
        self, session, staff, begun, section, link_id, answer
    ):
        with pytest.raises(Invalid) as refused:
            save_section(session, staff, begun.id, section, {link_id: answer}, at=NOON)

        assert refused.value.field == link_id
        assert session.execute(select(ScreeningAnswer)).first() is None

    def test_every_wrong_answer_is_named_at_once(self, session, staff, begun):
        wrong = {"/88122-7": GivenAnswer(("x",)), "/88123-5": GivenAnswer(("y",))}

        with pytest.raises(Invalid) as refused:
            save_section(session, staff, begun.id, "food", wrong, at=NOON)

        assert [error.field for error in refused.value.errors] == ["/88122-7", "/88123-5"]

    @pytest.mark.parametrize(
        ("link_id", "code", "words"),
        [
            ("/93042-0/63512-8", "four", "Enter a whole number, like 3"),
            ("/93042-0/56799-0", "x" * 1001, "Use at most 1000 characters"),
        ],
    )
    def test_typed_answers_have_their_kind(self, session, staff, person, reference, link_id, code, words):
        prapare = import_questionnaire(session, SYSTEM, read(reference / PRAPARE), at=NOON)
        begun = start_screening(session, staff, person.id, prapare.id, at=NOON)

        with pytest.raises(Invalid) as refused:
            save_section(session, staff, begun.id, "/93042-0", {link_id: GivenAnswer((code,))}, at=NOON)

        assert (refused.value.field, refused.value.message) == (link_id, words)

    def test_a_finished_one_is_not_changed(self, session, staff, begun):
        finish(session, staff, begun.id, at=NOON)

        with pytest.raises(NotPossibleNow):
            save_section(session, staff, begun.id, "food", FOOD, at=LATER)

        assert section_answers(session, staff, begun.id, "food") == {}

    def test_an_unknown_section_is_not_found(self, session, staff, begun):
        with pytest.raises(NotFound):
            save_section(session, staff, begun.id, "weather", {}, at=NOON)

    def test_a_stranger_finds_nothing(self, session, stranger, begun):
        with pytest.raises(NotFound):
            save_section(session, stranger, begun.id, "food", FOOD, at=NOON)

    def test_an_administrator_may_not_save(self, session, administrator, begun):
        with pytest.raises(NotAllowed):
            save_section(session, administrator, begun.id, "food", FOOD, at=NOON)


class TestSafety:
    @pytest.mark.parametrize("said", [None, SafetyGate.NOT_SAFE, SafetyGate.DECLINED])
    def test_the_questions_stay_closed_without_a_yes(self, session, staff, begun, said):
        if said:
            answer_safety_gate(session, staff, begun.id, said, at=NOON)

        with pytest.raises(NotAllowed):
            section_answers(session, staff, begun.id, "safety")
        with pytest.raises(NotAllowed):
            save_section(session, staff, begun.id, "safety", hits(NEVER), at=NOON)

        assert session.execute(select(ScreeningAnswer)).first() is None

    def test_a_yes_opens_them(self, session, staff, begun):
        answer_safety_gate(session, staff, begun.id, SafetyGate.SAFE, at=NOON)

        save_section(session, staff, begun.id, "safety", hits(NEVER), at=NOON)

        assert section_answers(session, staff, begun.id, "safety") == hits(NEVER)
        assert open_alerts(session, staff) == []

    def test_a_positive_total_is_told_to_the_person_on_call_at_once(self, session, clinic, staff, person, begun):
        answer_safety_gate(session, staff, begun.id, SafetyGate.SAFE, at=NOON)

        save_section(session, staff, begun.id, "safety", hits(FREQUENTLY), at=LATER)
        finish(session, staff, begun.id, at=LATER)

        (alert,) = open_alerts(session, staff)
        assert (alert.source, alert.source_id, alert.person_id) == ("screening", begun.id, person.id)
        assert alert.on_call_user_id == clinic.on_call_user_id
        assert person.texts_paused_at == LATER

    def test_one_answer_above_rarely_is_enough_even_when_the_rest_is_silence(self, session, staff, begun):
        answer_safety_gate(session, staff, begun.id, SafetyGate.SAFE, at=NOON)

        save_section(session, staff, begun.id, "safety", {HITS[0]: GivenAnswer((SOMETIMES,))}, at=NOON)

        assert len(open_alerts(session, staff)) == 1

    def test_worse_answers_after_the_first_alert_was_closed_raise_another(self, session, staff, begun):
        answer_safety_gate(session, staff, begun.id, SafetyGate.SAFE, at=NOON)
        save_section(session, staff, begun.id, "safety", hits(SOMETIMES), at=NOON)
        save_section(session, staff, begun.id, "safety", hits(FREQUENTLY), at=NOON)
        (first,) = open_alerts(session, staff)
        people.close_alert(session, staff, first.id, note="Spoke with them.", resume_texts=False, at=NOON)

        save_section(session, staff, begun.id, "safety", hits(FREQUENTLY), at=LATER)
        unchanged = open_alerts(session, staff)
        save_section(session, staff, begun.id, "safety", hits(SOMETIMES), at=LATER)

        assert (len(unchanged), len(open_alerts(session, staff))) == (0, 1)

    def test_after_a_finished_screening_a_private_yes_opens_the_rest(self, session, staff, begun):
        answer_safety_gate(session, staff, begun.id, SafetyGate.NOT_SAFE, at=NOON)
        finish(session, staff, begun.id, at=NOON)

        answer_safety_gate(session, staff, begun.id, SafetyGate.SAFE, at=LATER)
        save_section(session, staff, begun.id, "safety", hits(FREQUENTLY), at=LATER)
        finish(session, staff, begun.id, at=LATER)

        assert begun.completed_at == LATER
        assert [need.need_code for need in needs_of(session, staff, begun.person_id)] == ["safety-from-abuse"]

    def test_while_it_is_open_again_it_still_says_that_it_was_finished(self, session, staff, begun):
        answer_safety_gate(session, staff, begun.id, SafetyGate.NOT_SAFE, at=NOON)
        finish(session, staff, begun.id, at=NOON)

        answer_safety_gate(session, staff, begun.id, SafetyGate.SAFE, at=LATER)

        assert (begun.status, begun.completed_at) == (ScreeningStatus.IN_PROGRESS, NOON)

    @pytest.mark.parametrize("said", [None, SafetyGate.SAFE, SafetyGate.DECLINED])
    def test_a_finished_screening_is_not_opened_by_anything_else(self, session, staff, begun, said):
        if said:
            answer_safety_gate(session, staff, begun.id, said, at=NOON)
        finish(session, staff, begun.id, at=NOON)

        with pytest.raises(NotPossibleNow):
            answer_safety_gate(session, staff, begun.id, SafetyGate.SAFE, at=LATER)

        assert begun.safety_gate is said

    def test_a_stranger_finds_nothing(self, session, stranger, begun):
        with pytest.raises(NotFound):
            answer_safety_gate(session, stranger, begun.id, SafetyGate.SAFE, at=NOON)


class TestToAskInPrivate:
    def test_not_safe_leaves_a_reminder_until_another_word(self, session, staff, person, begun):
        answer_safety_gate(session, staff, begun.id, SafetyGate.NOT_SAFE, at=NOON)
        reminded = to_ask_in_private(session, staff, person.id)
        answer_safety_gate(session, staff, begun.id, SafetyGate.DECLINED, at=LATER)

        assert reminded is not None
        assert reminded.id == begun.id
        assert to_ask_in_private(session, staff, person.id) is None

    def test_a_stranger_learns_nothing(self, session, stranger, person, begun):
        with pytest.raises(NotFound):
            to_ask_in_private(session, stranger, person.id)


class TestSectionStates:
    def test_declined_is_told_apart_from_done_and_not_started(self, session, staff, begun):
        save_section(session, staff, begun.id, "food", FOOD, at=NOON)
        save_section(session, staff, begun.id, "utilities", {"/96779-4": GivenAnswer(declined=True)}, at=NOON)
        answer_safety_gate(session, staff, begun.id, SafetyGate.DECLINED, at=NOON)

        found = states(session, staff, begun, here="transportation")

        assert found == ["todo", "done", "here", "declined", "declined"]

    def test_not_safe_leaves_the_safety_section_not_started(self, session, staff, begun):
        answer_safety_gate(session, staff, begun.id, SafetyGate.NOT_SAFE, at=NOON)

        assert states(session, staff, begun)[-1] == SectionState.TODO

    def test_open_questions_are_counted(self, session, staff, begun):
        save_section(session, staff, begun.id, "food", {"/88122-7": FOOD["/88122-7"]}, at=NOON)

        found = section_states(session, staff, begun.id)

        assert [progress.open_questions for progress in found] == [2, 1, 1, 1, 4]


class TestFinish:
    def test_each_need_is_proposed_once(self, session, staff, person, begun):
        save_section(session, staff, begun.id, "food", FOOD, at=NOON)
        save_section(session, staff, begun.id, "living-situation", {"/96778-6": GivenAnswer((PESTS, MOLD))}, at=NOON)

        finish(session, staff, begun.id, at=LATER)
        finish(session, staff, begun.id, at=LATER + timedelta(hours=1))

        needs = {need.need_code: need for need in needs_of(session, staff, person.id)}
        assert sorted(needs) == ["food", "home-repair"]
        assert (needs["food"].status, needs["food"].icd10, needs["food"].screening_id) == (
            NeedStatus.PROPOSED,
            "Z59.41",
            begun.id,
        )
        assert (begun.status, begun.completed_at) == (ScreeningStatus.COMPLETED, LATER)

    def test_declined_unknown_and_silence_propose_nothing(self, session, staff, person, begun):
        declined = {"/88122-7": GivenAnswer(declined=True)}
        save_section(session, staff, begun.id, "food", declined, at=NOON)

        finish(session, staff, begun.id, at=NOON)

        assert needs_of(session, staff, person.id) == []

    def test_a_need_that_is_open_is_not_proposed_again(self, session, staff, person, ahc, begun):
        save_section(session, staff, begun.id, "food", FOOD, at=NOON)
        finish(session, staff, begun.id, at=NOON)
        second = start_screening(session, staff, person.id, ahc.id, at=LATER)
        save_section(session, staff, second.id, "food", FOOD, at=LATER)

        finish(session, staff, second.id, at=LATER)

        assert len(needs_of(session, staff, person.id)) == 1

    def test_a_dismissed_need_is_not_proposed_again_by_the_same_screening(self, session, staff, person, begun):
        save_section(session, staff, begun.id, "food", FOOD, at=NOON)
        answer_safety_gate(session, staff, begun.id, SafetyGate.NOT_SAFE, at=NOON)
        finish(session, staff, begun.id, at=NOON)
        dismiss_need(session, staff, needs_of(session, staff, person.id)[0].id, at=NOON)

        answer_safety_gate(session, staff, begun.id, SafetyGate.SAFE, at=LATER)
        finish(session, staff, begun.id, at=LATER)

        assert [need.status for need in needs_of(session, staff, person.id)] == [NeedStatus.DISMISSED]

    def test_a_stopped_one_is_not_finished(self, session, staff, begun):
        begun.status = ScreeningStatus.STOPPED
        session.flush()

        with pytest.raises(NotPossibleNow):
            finish(session, staff, begun.id, at=NOON)

    def test_a_stranger_finds_nothing(self, session, stranger, begun):
        with pytest.raises(NotFound):
            finish(session, stranger, begun.id, at=NOON)


class TestReading:
    def test_the_summary_has_no_safety_answers_and_no_need_that_tells_of_them(self, session, staff, begun):
        save_section(session, staff, begun.id, "food", FOOD, at=NOON)
        answer_safety_gate(session, staff, begun.id, SafetyGate.SAFE, at=NOON)
        save_section(session, staff, begun.id, "safety", hits(FREQUENTLY), at=NOON)
        finish(session, staff, begun.id, at=NOON)

        printed = summary(session, staff, begun.id)

        assert "Safety" not in [section.title for section in printed.sections]
        assert "Frequently" not in repr(printed.sections)
        assert [need.need_code for need in printed.needs] == ["food"]
        assert printed.sections[1].lines[0].answers == ("Often true",)

    def test_the_summary_says_declined_apart_from_no_answer(self, session, staff, begun):
        save_section(session, staff, begun.id, "utilities", {"/96779-4": GivenAnswer(declined=True)}, at=NOON)

        lines = [line for section in summary(session, staff, begun.id).sections for line in section.lines]

        assert [line.declined for line in lines] == [False, False, False, False, False, True]
        assert all(line.answers == () for line in lines)

    def test_findings_keep_an_incomplete_total_apart(self, session, staff, begun):
        answer_safety_gate(session, staff, begun.id, SafetyGate.SAFE, at=NOON)
        save_section(session, staff, begun.id, "safety", {HITS[0]: GivenAnswer((NEVER,))}, at=NOON)

        found = {finding.need: finding for finding in findings_in(session, staff, begun.id)}

        assert (found["safety-from-abuse"].result, found["safety-from-abuse"].score) == ("incomplete", None)

    @pytest.mark.parametrize("read_one", [get_screening, summary, findings_in, section_states])
    def test_a_stranger_and_a_wrong_id_get_the_same_answer(self, session, stranger, staff, begun, read_one):
        with pytest.raises(NotFound) as hidden:
            read_one(session, stranger, begun.id)
        with pytest.raises(NotFound) as missing:
            read_one(session, staff, uuid7())

        assert hidden.value.message == missing.value.message

    def test_an_administrator_may_not_read(self, session, administrator, begun):
        with pytest.raises(NotAllowed):
            get_screening(session, administrator, begun.id)

    def test_reading_one_is_recorded_for_the_person(self, session, staff, person, begun):
        session.info.pop("shown", None)

        get_screening(session, staff, begun.id)

        assert session.info["shown"] == {staff: {person.id}}
