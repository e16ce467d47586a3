"""What becomes of a task: begun, answered, paused, given up, cancelled, marked in error."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from cie import screening
from cie.access import Actor, ActorKind, Permission, check
from cie.errors import Invalid, NotPossibleNow
from cie.patient_tasks.asking import LONGEST_TEXT, is_form
from cie.patient_tasks.contacts import ContactLine, lines_of
from cie.patient_tasks.documents import NewDocument, keep_document, require_filled
from cie.patient_tasks.models import DocumentPart, PatientTask, PatientTaskDocument, PatientTaskReason
from cie.patient_tasks.moving import locked, move
from cie.patient_tasks.states import PatientTaskKind, PatientTaskStatus
from cie.screening import Screening, ScreeningStatus

DECLINES = PatientTaskReason.PERSON_DECLINES


@dataclass(frozen=True)
class Answer:
    """What came of a task: words, the questions that were answered here, or a form that was filled in.

    `contact`: the number of the contact that was chosen, in place of words. `filled`: the form itself;
    `filled_reference`: its id where it was sent elsewhere.
    """

    text: str = ""
    contact: int | None = None
    screening_id: UUID | None = None
    filled: NewDocument | None = None
    filled_reference: str = ""


def start(session: Session, actor: Actor, task_id: UUID, *, at: datetime) -> PatientTask:
    """The person is at it. Raises NotFound, NotAllowed, NotPossibleNow."""
    task = locked(session, actor, task_id)
    move(session, actor, task, PatientTaskStatus.IN_PROGRESS, at=at)
    return task


def answer(session: Session, actor: Actor, task_id: UUID, given: Answer, *, at: datetime) -> PatientTask:
    """The person did what was asked. Raises NotFound, NotAllowed, NotPossibleNow, Invalid (the answer)."""
    task = locked(session, actor, task_id)
    text = _words(session, actor, task, given, at)
    move(session, actor, task, PatientTaskStatus.COMPLETED, at=at)
    if task.questionnaire_id is not None:
        task.screening_id = _answered(session, task, given.screening_id or task.screening_id).id
    task.answer, task.filled_reference = text or None, given.filled_reference
    if given.filled is not None:
        task.filled_reference = str(_filled(session, task, given.filled, at).id)
    return task


def _filled(session: Session, task: PatientTask, document: NewDocument, at: datetime) -> PatientTaskDocument:
    """The form that came back, kept with the task. Raises Invalid."""
    if not is_form(task):
        raise Invalid("A task of this kind has no form to fill in", "file")
    require_filled(document)
    return keep_document(session, task, document, DocumentPart.FILLED, at=at)


def _words(session: Session, actor: Actor, task: PatientTask, given: Answer, at: datetime) -> str:
    """The answer in words: as it was given, or the contact that was chosen of those that are listed."""
    text = given.text.strip()
    if given.contact is not None and not text:
        text = next((_named(line) for line in lines_of(session, task, at=at) if line.number == given.contact), "")
    if task.kind is PatientTaskKind.CONTACT and actor.kind is ActorKind.PERSON and not text:
        raise Invalid("Whom you contacted: choose one, or write it down", "contact")
    if task.kind is PatientTaskKind.QUESTION and not text:
        raise Invalid("Your answer: write it down", "answer")
    if text and task.kind not in (PatientTaskKind.QUESTION, PatientTaskKind.CONTACT):
        raise Invalid("A task of this kind has no answer in words", "answer")
    if len(text) > LONGEST_TEXT:
        raise Invalid("Your answer: use at most 4000 characters", "answer")
    return text


def _named(line: ContactLine) -> str:
    return ", ".join(filter(None, [line.name, line.phone]))


def _answered(session: Session, task: PatientTask, screening_id: UUID | None) -> Screening:
    """The finished screening of this person with the questions that were asked. Raises Invalid, NotPossibleNow."""
    found = session.get(Screening, screening_id) if screening_id else None
    asked = screening.get_instrument(session, task.questionnaire_id) if task.questionnaire_id else None
    is_theirs = found and (found.organization_id, found.person_id) == (task.organization_id, task.person_id)
    if found is None or asked is None or not is_theirs or screening.questionnaire_of(session, found).code != asked.code:
        raise Invalid("Answers: name those of this person to these questions", "screening")
    if found.status is not ScreeningStatus.COMPLETED:
        raise NotPossibleNow("These questions are not all answered yet")
    return found


def hold(session: Session, actor: Actor, task_id: UUID, *, words: str = "", at: datetime) -> PatientTask:
    """It waits for something. Raises NotFound, NotAllowed, NotPossibleNow, Invalid."""
    return _end(session, actor, task_id, PatientTaskStatus.ON_HOLD, PatientTaskReason.OTHER, words, at)


def fail(session: Session, actor: Actor, task_id: UUID, *, words: str = "", at: datetime) -> PatientTask:
    """It could not be done. Raises NotFound, NotAllowed, NotPossibleNow, Invalid."""
    return _end(session, actor, task_id, PatientTaskStatus.FAILED, PatientTaskReason.OTHER, words, at)


def cancel(
    session: Session,
    actor: Actor,
    task_id: UUID,
    *,
    reason: PatientTaskReason = PatientTaskReason.OTHER,
    words: str = "",
    at: datetime,
) -> PatientTask:
    """The person does not want to, or nobody asks any more. Raises NotFound, NotAllowed, NotPossibleNow, Invalid."""
    return _end(session, actor, task_id, PatientTaskStatus.CANCELLED, reason, words, at)


def _end(
    session: Session,
    actor: Actor,
    task_id: UUID,
    to: PatientTaskStatus,
    reason: PatientTaskReason,
    words: str,
    at: datetime,
) -> PatientTask:
    task = locked(session, actor, task_id)
    move(session, actor, task, to, at=at, reason=reason, words=words)
    return task


def mark_in_error(session: Session, actor: Actor, task_id: UUID, *, at: datetime) -> PatientTask:
    """It was asked by mistake. Raises NotFound, NotAllowed, NotPossibleNow."""
    task = locked(session, actor, task_id)
    check(actor, Permission.PATIENT_TASK_ASK, task)
    move(session, actor, task, PatientTaskStatus.ENTERED_IN_ERROR, at=at)
    return task
