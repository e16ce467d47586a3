"""Answering the questions of an instrument by a link: the same questions and rules, and nothing of safety.

What is asked in private alone is asked by staff in a talk, also where staff opened those questions meanwhile.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from cie import screening
from cie.access import Actor
from cie.errors import NotFound, NotPossibleNow
from cie.patient_tasks.answering import Answer, answer
from cie.patient_tasks.models import PatientTask
from cie.patient_tasks.moving import locked, move
from cie.patient_tasks.reading import get_task
from cie.patient_tasks.states import PatientTaskStatus
from cie.screening import GivenAnswer, QuestionnaireRow, Section


def instrument_of(session: Session, task: PatientTask) -> QuestionnaireRow:
    """The instrument that a task asks for. Raises NotFound where it asks for none."""
    if task.questionnaire_id is None:
        raise NotFound("There is no such record")
    return screening.get_instrument(session, task.questionnaire_id)


def open_sections(row: QuestionnaireRow) -> Sequence[Section]:
    """The sections of an instrument that are asked by a link."""
    return [section for section in screening.instrument_of(row).sections if not section.safety]


def asks_in_private(row: QuestionnaireRow) -> bool:
    """Whether staff will ask more of it in a talk."""
    return len(open_sections(row)) < len(screening.instrument_of(row).sections)


def begin_questions(session: Session, actor: Actor, task_id: UUID, *, at: datetime) -> PatientTask:
    """The person begins to answer, or goes on; what was answered is kept.

    Raises NotFound, NotAllowed, NotPossibleNow (staff ask the same questions now; a version that is no longer asked).
    """
    task = locked(session, actor, task_id)
    asked = instrument_of(session, task).id
    if task.screening_id is None:
        task.screening_id = screening.start_screening(session, actor, task.person_id, asked, goes_on=False, at=at).id
    if task.status is not PatientTaskStatus.IN_PROGRESS:
        move(session, actor, task, PatientTaskStatus.IN_PROGRESS, at=at)
    return task


def own_answers(session: Session, actor: Actor, task_id: UUID, section: Section) -> dict[str, GivenAnswer]:
    """What is kept of one section by linkId; nothing before the questions were begun. Raises NotFound, NotAllowed."""
    task = get_task(session, actor, task_id)
    if task.screening_id is None:
        return {}
    return screening.section_answers(session, actor, task.screening_id, section.link_id)


def save_answers(
    session: Session, actor: Actor, task_id: UUID, section: Section, answers: Mapping[str, GivenAnswer], *, at: datetime
) -> None:
    """Keep the answers of one section. Raises NotFound, NotAllowed (safety), NotPossibleNow (not open), Invalid."""
    task = locked(session, actor, task_id)
    if task.screening_id is None or task.status is not PatientTaskStatus.IN_PROGRESS:
        raise NotPossibleNow("Begin the questions first")
    screening.save_section(session, actor, task.screening_id, section.link_id, answers, at=at)


def finish_questions(session: Session, actor: Actor, task_id: UUID, *, at: datetime) -> PatientTask:
    """All was answered that will be, also where staff came to the end first.

    Raises NotFound, NotAllowed, NotPossibleNow (not begun, or it has ended).
    """
    task = locked(session, actor, task_id)
    if task.screening_id is None:
        raise NotPossibleNow("Begin the questions first")
    screening.finish(session, actor, task.screening_id, at=at)
    return answer(session, actor, task_id, Answer(), at=at)
