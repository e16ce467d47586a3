"""The content of a file with a referral or with what a person is asked: as a Binary, or as the file itself.

FHIR R4, Binary, 2.36.3.
"""

import base64
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from flask import Response, g
from sqlmodel import Session
from werkzeug.exceptions import NotAcceptable

from cie import patient_tasks, referrals
from cie.errors import NotFound
from cie.fhir.answering import answer_with, format_asked
from cie.fhir.resources.document_reference import id_of
from cie.patient_tasks import PatientTaskDocument
from cie.referrals import Attachment

AnyFile = Attachment | PatientTaskDocument


def file_with(session: Session, resource_id: str) -> Response | None:
    """The file that has this id, if the caller may open it now; that they saw it is recorded."""
    found = _opened(session, resource_id)
    if found is None:
        return None
    row, content = found
    try:
        format_asked()
    except NotAcceptable:
        return _as_it_is(row, content)
    return answer_with(_binary(row, content))


def _opened(session: Session, resource_id: str) -> tuple[AnyFile, bytes] | None:
    opens: tuple[Callable[..., tuple[AnyFile, bytes]], ...] = (referrals.open_attachment, patient_tasks.open_file)
    for open_one in opens:
        with suppress(NotFound, ValueError):
            return open_one(session, g.actor, UUID(resource_id))
    return None


def _binary(row: AnyFile, content: bytes) -> dict[str, str | dict[str, str]]:
    return {
        "resourceType": "Binary",
        "id": str(row.id),
        "contentType": row.media_type,
        "securityContext": {"reference": f"DocumentReference/{id_of(row)}"},
        "data": base64.b64encode(content).decode(),
    }


def _as_it_is(row: AnyFile, content: bytes) -> Response:
    """To be saved, never shown inside a page."""
    safe = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    held = {"Cache-Control": "no-store", "Vary": "Accept"}
    return Response(content, content_type=row.media_type, headers={**safe, **held})
