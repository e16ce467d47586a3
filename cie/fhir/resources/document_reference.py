"""DocumentReference: a file with a referral, or with what a person is asked.

Its content is read by itself, as long as its reader may open it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from cie.fhir.codes import US_CORE, concept, profiled, reference
from cie.fhir.moments import instant
from cie.patient_tasks import DocumentPart, PatientTask, PatientTaskDocument
from cie.referrals import Attachment, Referral, ReferralTask

PROFILE = f"{US_CORE}us-core-documentreference"
_NOT_SAID = {"system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "UNK", "display": "Unknown"}
Resource = dict[str, Any]


def document_reference(row: Attachment, referral: Referral, task: ReferralTask, subject: str) -> Resource:
    """A file for one audience, under its own id and that of its content."""
    related = [reference("ServiceRequest", referral.id), reference("Task", task.id)]
    return {
        **profiled("DocumentReference", row.id, PROFILE),
        **_described("File with a referral", subject, row.added_at, row.organization_id),
        "content": [_content(row)],
        "context": {"related": related},
    }


def patient_document(task: PatientTask, row: PatientTaskDocument | None) -> Resource:
    """What a person is to read or to fill in: a file, or a page elsewhere; or a form as they gave it back."""
    is_filled = row is not None and row.part is DocumentPart.FILLED
    content = _content(row) if row else {"attachment": {"url": task.link, "creation": instant(task.requested_at)}}
    category = "Form that was filled in" if is_filled else "File for a patient"
    at = row.added_at if row else task.requested_at
    return {
        **profiled("DocumentReference", id_of(row) if row else task.id, PROFILE),
        **_described(category, task.person_id, at, task.organization_id),
        "content": [content],
        "context": {"related": [reference("Task", task.id)]},
    }


def id_of(row: Attachment | PatientTaskDocument) -> UUID:
    """Under which id a file is described: what a person is asked with under that of the task."""
    if isinstance(row, PatientTaskDocument) and row.part is DocumentPart.ASKED:
        return row.task_id
    return row.id


def _described(category: str, subject: UUID | str, at: datetime, author_id: UUID) -> Resource:
    """What every file says of itself."""
    return {
        "status": "current",
        "type": concept(_NOT_SAID, text="File"),
        "category": [concept(text=category)],
        "subject": reference("Patient", subject),
        "date": instant(at),
        "author": [reference("Organization", author_id)],
    }


def _content(row: Attachment | PatientTaskDocument) -> Resource:
    return {
        "attachment": {
            "contentType": row.media_type,
            "url": f"Binary/{row.id}",
            "size": row.size_bytes,
            "title": row.name,
            "creation": instant(row.added_at),
        }
    }
