"""What persons are asked to do, as the organization that asks reads it, and nobody else."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie.fhir.projecting.loop import Sight
from cie.fhir.resources.document_reference import patient_document
from cie.fhir.resources.patient_task import has_own_document, patient_task
from cie.fhir.store import Content
from cie.patient_tasks import DocumentPart, PatientTask, document_of
from cie.screening import QuestionnaireRow


def patient_tasks_among(session: Session, ids: Collection[UUID]) -> Sequence[PatientTask]:
    """These tasks, in the order of their ids."""
    if not ids:
        return []
    query = select(PatientTask).where(col(PatientTask.id).in_(ids)).order_by(col(PatientTask.id))
    return session.execute(query).scalars().all()


def sight_of_patient_tasks(session: Session, organization_id: UUID, tasks: Iterable[PatientTask]) -> Sight:
    """What the organization reads of those of these that it asked."""
    own = [each for each in tasks if each.organization_id == organization_id]
    return Sight([content for each in own for content in _contents(session, each)])


def _contents(session: Session, task: PatientTask) -> Iterator[Content]:
    if has_own_document(task):
        yield Content(patient_document(task, document_of(session, task)), task.person_id)
    filled = document_of(session, task, DocumentPart.FILLED) if task.filled_reference else None
    if filled is not None:
        yield Content(patient_document(task, filled), task.person_id)
    yield Content(patient_task(task, _questions(session, task)), task.person_id)


def _questions(session: Session, task: PatientTask) -> QuestionnaireRow | None:
    return session.get(QuestionnaireRow, task.questionnaire_id) if task.questionnaire_id else None
