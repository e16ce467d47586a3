"""What each kind of task has to say, who may be named in it, and what came of it."""

from datetime import timedelta
from uuid import UUID

import pytest

from cie import patient_tasks, screening
from cie.access import SYSTEM, Actor, ActorKind, Door, Purpose
from cie.directory import Category
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.files import LARGEST_FILE_BYTES
from cie.participants import ParticipantKind
from cie.patient_tasks import (
    Answer,
    Asked,
    Contact,
    NewDocument,
    PatientTaskKind,
    PatientTaskPriority,
    PatientTaskStatus,
)
from cie.screening import GivenAnswer, SafetyGate
from tests.factories import NOON, make_loop, make_participant, make_person, make_service

LATER = NOON + timedelta(hours=1)
QUESTION, MATERIAL = PatientTaskKind.QUESTION, PatientTaskKind.MATERIAL
CONTACT, QUESTIONNAIRE = PatientTaskKind.CONTACT, PatientTaskKind.QUESTIONNAIRE
FRIEND = Contact(name="Dr. Jan Water", phone="+15595550111", reference="Practitioner/1")
PDF = b"%PDF-1.7\n%%EOF\n"
TEXT = NewDocument("tea.txt", b"Drink water.")
PAGE = "https://health.example.org/tea"


@pytest.fixture
def loop(session):
    return make_loop(session)


@pytest.fixture
def them(loop) -> Actor:
    """The person, by their link."""
    return Actor(ActorKind.PERSON, loop.person.id, purpose=Purpose.PERSON_REQUEST, door=Door.LINK)


@pytest.fixture
def instruments(session):
    return {row.code: row for row in screening.import_shipped(session, SYSTEM, at=NOON)}


def ask(session, loop, kind, description="", **fields):
    asked = Asked(kind, description, **fields)
    return patient_tasks.ask(session, loop.navigator, loop.person.id, asked, at=NOON)


@pytest.mark.parametrize(
    ("kind", "said", "fields"),
    [
        (QUESTION, {}, {"description"}),
        (QUESTION, {"description": "x" * 4001}, {"description"}),
        (CONTACT, {"description": "Call one"}, {"contacts"}),
        (CONTACT, {"contacts": (FRIEND,)}, {"description"}),
        (CONTACT, {"description": "Call one", "contacts": (FRIEND,) * 21}, {"contacts"}),
        (MATERIAL, {}, {"document"}),
        (MATERIAL, {"document": TEXT, "link": PAGE}, {"document"}),
        (MATERIAL, {"document": NewDocument("a.txt", b"")}, {"file"}),
        (MATERIAL, {"document": NewDocument("a.txt", b"PK\x03\x04zip")}, {"file"}),
        (MATERIAL, {"document": NewDocument("a.html", b"\x00\x01<html>")}, {"file"}),
        (QUESTIONNAIRE, {"category": "risk-questionnaire"}, {"questionnaire"}),
        (QUESTIONNAIRE, {"link": PAGE}, {"category"}),
        (QUESTIONNAIRE, {"link": PAGE, "category": "food-insecurity"}, {"category"}),
        (QUESTIONNAIRE, {"link": PAGE, "document": TEXT, "category": "risk-questionnaire"}, {"questionnaire"}),
    ],
)
def test_what_a_kind_does_not_say_is_named(session, loop, kind, said, fields):
    with pytest.raises(Invalid) as raised:
        ask(session, loop, kind, said.get("description", ""), **{k: v for k, v in said.items() if k != "description"})

    assert {error.field for error in raised.value.errors} == fields


@pytest.mark.parametrize(
    "link",
    ["http://health.example.org", "javascript:alert(1)", "https://a@health.example.org", "https://", "https://a.b/ c"],
)
def test_only_a_safe_address_is_given_to_a_person(session, loop, link):
    with pytest.raises(Invalid, match="https://"):
        ask(session, loop, MATERIAL, link=link)


class TestContacts:
    def test_a_service_is_shown_as_the_directory_knows_it_today(self, session, loop):
        service = make_service(session, loop.pantry, name="Food box")
        task = ask(session, loop, CONTACT, "Call one", contacts=(FRIEND, Contact(service_id=service.id)))

        service.name = "Food box, weekly"
        session.flush()

        lines = patient_tasks.lines_of(session, task, at=LATER)
        assert [(line.number, line.name) for line in lines] == [(1, "Dr. Jan Water"), (2, "Food box, weekly")]

    def test_the_one_that_was_chosen_is_the_answer(self, session, loop, them):
        task = ask(session, loop, CONTACT, "Call one", contacts=(FRIEND,))

        patient_tasks.answer(session, them, task.id, Answer(contact=1), at=LATER)

        assert task.answer == "Dr. Jan Water, +15595550111"

    @pytest.mark.parametrize("given", [Answer(), Answer(contact=2)])
    def test_a_person_says_whom_they_contacted(self, session, loop, them, given):
        task = ask(session, loop, CONTACT, "Call one", contacts=(FRIEND,))

        with pytest.raises(Invalid, match="choose one"):
            patient_tasks.answer(session, them, task.id, given, at=LATER)

    @pytest.mark.parametrize("how", ["service", "sensitive", "organization"])
    def test_a_protected_one_is_never_on_a_page_that_others_may_find(self, session, loop, how):
        harbor = make_participant(session, name="Quiet Harbor", kind=ParticipantKind.VICTIM_SERVICES)
        contact = {
            "service": lambda: Contact(service_id=make_service(session, harbor).id),
            "sensitive": lambda: Contact(
                service_id=make_service(session, loop.pantry, sensitivity=Category.VICTIM_SERVICES).id
            ),
            "organization": lambda: Contact(participant_id=harbor.id, name="Quiet Harbor", reference="Organization/1"),
        }[how]()

        with pytest.raises(NotPossibleNow, match="in person"):
            ask(session, loop, CONTACT, "Call one", contacts=(contact,))

    def test_one_that_is_protected_since_is_not_shown_any_more(self, session, loop):
        service = make_service(session, loop.pantry)
        task = ask(session, loop, CONTACT, "Call one", contacts=(Contact(service_id=service.id),))

        service.sensitivity = Category.VICTIM_SERVICES
        session.flush()

        assert patient_tasks.lines_of(session, task, at=LATER) == []


class TestMaterial:
    def test_a_file_is_kept_under_the_type_that_its_content_tells(self, session, loop, them):
        task = ask(session, loop, MATERIAL, document=NewDocument("../tea.exe", PDF))

        row, content = patient_tasks.open_document(session, them, task.id)

        assert (row.media_type, row.name, content) == ("application/pdf", "tea.exe", PDF)

    def test_it_is_read_without_a_word(self, session, loop, them):
        task = ask(session, loop, MATERIAL, link=PAGE)

        with pytest.raises(Invalid, match="no answer in words"):
            patient_tasks.answer(session, them, task.id, Answer("Fine"), at=LATER)
        patient_tasks.answer(session, them, task.id, Answer(), at=LATER)

        assert (task.status, task.answer) == (PatientTaskStatus.COMPLETED, None)


class TestForms:
    FORM = NewDocument("form.pdf", PDF)

    @pytest.fixture
    def task(self, session, loop):
        return ask(session, loop, QUESTIONNAIRE, category="other-specify", document=self.FORM)

    def test_one_that_came_back_is_kept_beside_the_one_that_was_asked_with(self, session, loop, them, task):
        filled = NewDocument("mine.pdf", PDF + b"Aster")

        patient_tasks.answer(session, them, task.id, Answer(filled=filled), at=LATER)

        parts = {
            part: patient_tasks.open_document(session, loop.navigator, task.id, part)[1]
            for part in patient_tasks.DocumentPart
        }
        assert list(parts.values()) == [PDF, PDF + b"Aster"]
        assert task.status == PatientTaskStatus.COMPLETED

    @pytest.mark.parametrize("content", [b"", b"In words", b"%PDF-1.7\n" + bytes(LARGEST_FILE_BYTES)])
    def test_what_is_no_filled_form_is_refused(self, session, them, task, content):
        with pytest.raises(Invalid, match="File: "):
            patient_tasks.answer(session, them, task.id, Answer(filled=NewDocument("mine.pdf", content)), at=LATER)

    def test_what_has_no_form_takes_none(self, session, loop, them):
        task = ask(session, loop, MATERIAL, link=PAGE)

        with pytest.raises(Invalid, match="no form"):
            patient_tasks.answer(session, them, task.id, Answer(filled=self.FORM), at=LATER)

    def test_nobody_else_opens_it(self, session, loop, them, task):
        patient_tasks.answer(session, them, task.id, Answer(filled=self.FORM), at=LATER)

        with pytest.raises(NotFound):
            patient_tasks.open_file(session, loop.caseworker, UUID(task.filled_reference))


class TestQuestions:
    @pytest.fixture
    def task(self, session, loop, instruments):
        row = instruments["96777-8"]
        return ask(session, loop, QUESTIONNAIRE, questionnaire_id=row.id, category="risk-questionnaire")

    def sections(self, instruments):
        return patient_tasks.open_sections(instruments["96777-8"])

    def test_none_of_safety_is_among_them(self, instruments):
        row = instruments["96777-8"]

        assert patient_tasks.asks_in_private(row)
        assert not patient_tasks.asks_in_private(instruments["88121-9"])
        assert [section for section in self.sections(instruments) if section.safety] == []

    def test_they_become_a_screening_of_the_persons_own_and_its_needs(self, session, loop, them, task, instruments):
        section = next(s for s in self.sections(instruments) if any(i.code == "88122-7" for i in s.items))
        item = next(item for item in section.items if item.code == "88122-7")
        patient_tasks.begin_questions(session, them, task.id, at=LATER)
        patient_tasks.save_answers(
            session, them, task.id, section, {item.link_id: GivenAnswer(("LA28397-0",))}, at=LATER
        )

        patient_tasks.finish_questions(session, them, task.id, at=LATER)

        found = screening.get_screening(session, loop.navigator, task.screening_id)
        assert (found.started_by_id, found.status) == (loop.person.id, screening.ScreeningStatus.COMPLETED)
        assert [need.need_code for need in screening.needs_from(session, loop.navigator, found.id)] == ["food"]
        assert task.status == PatientTaskStatus.COMPLETED

    def test_safety_stays_shut_also_when_staff_opened_it(self, session, loop, them, task, instruments):
        patient_tasks.begin_questions(session, them, task.id, at=LATER)
        screening.answer_safety_gate(session, loop.navigator, task.screening_id, SafetyGate.SAFE, at=LATER)
        private = next(s for s in screening.instrument_of(instruments["96777-8"]).sections if s.safety)

        with pytest.raises(NotAllowed):
            patient_tasks.own_answers(session, them, task.id, private)
        with pytest.raises(NotAllowed):
            patient_tasks.save_answers(session, them, task.id, private, {}, at=LATER)
        with pytest.raises(NotAllowed):
            screening.answer_safety_gate(session, them, task.screening_id, SafetyGate.SAFE, at=LATER)

    def test_what_was_left_out_waits_for_a_talk(self, session, loop, them, task):
        patient_tasks.begin_questions(session, them, task.id, at=LATER)
        assert screening.to_ask_in_private(session, loop.navigator, loop.person.id) is None
        patient_tasks.finish_questions(session, them, task.id, at=LATER)

        waiting = screening.to_ask_in_private(session, loop.navigator, loop.person.id)
        screening.answer_safety_gate(session, loop.navigator, task.screening_id, SafetyGate.SAFE, at=LATER)

        assert waiting is not None and waiting.id == task.screening_id
        assert waiting.status is screening.ScreeningStatus.IN_PROGRESS
        assert screening.to_ask_in_private(session, loop.navigator, loop.person.id) is None

    def test_they_wait_while_staff_ask_the_same(self, session, loop, them, task):
        screening.start_screening(session, loop.navigator, loop.person.id, task.questionnaire_id, at=NOON)

        with pytest.raises(NotPossibleNow, match="are being asked"):
            patient_tasks.begin_questions(session, them, task.id, at=LATER)

    def test_staff_may_come_to_the_end_first(self, session, loop, them, task):
        patient_tasks.begin_questions(session, them, task.id, at=LATER)
        screening.finish(session, loop.navigator, task.screening_id, at=LATER)

        patient_tasks.finish_questions(session, them, task.id, at=LATER)

        assert task.status == PatientTaskStatus.COMPLETED

    def test_answers_of_somebody_else_are_none(self, session, loop, task):
        other = make_person(session, loop.clinic, given_name="Hazel")
        theirs = screening.record_screening(session, loop.navigator, other.id, task.questionnaire_id, {}, at=NOON)

        with pytest.raises(Invalid, match="name those of this person"):
            patient_tasks.answer(session, loop.navigator, task.id, Answer(screening_id=theirs.id), at=LATER)

    def test_a_version_that_is_no_longer_asked_is_not_asked(self, session, loop, instruments):
        row = instruments["88121-9"]
        row.is_active = False
        session.flush()

        with pytest.raises(NotPossibleNow, match="no longer asked"):
            ask(session, loop, QUESTIONNAIRE, questionnaire_id=row.id, category="risk-questionnaire")


def test_the_urgent_comes_first(session, loop, them):
    calm = ask(session, loop, QUESTION, "How?")
    urgent = ask(session, loop, QUESTION, "When?", priority=PatientTaskPriority.URGENT)

    assert [task.id for task in patient_tasks.own_tasks(session, them)] == [urgent.id, calm.id]
