"""The files that go with a task: what is to be read or filled in, and what came back filled in."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from cie import events
from cie.access import Actor
from cie.errors import Invalid, NotFound
from cie.files import ENDINGS, PLAIN_TEXT, claims_are_true, clean_name, require_content, told_type
from cie.patient_tasks.models import DocumentPart, PatientTask, PatientTaskDocument
from cie.patient_tasks.reading import get_task

_FILE: Any = PatientTaskDocument
_NO_SUCH = "There is no such record"


@dataclass(frozen=True)
class NewDocument:
    """A file to read or to fill in, or that was filled in; `claimed` is the type that came with it, if any."""

    name: str
    content: bytes
    claimed: str = ""


def faults_of_file(document: NewDocument) -> Iterator[Invalid]:
    """Why a file cannot be given to a person."""
    yield from _faults(document, frozenset(ENDINGS), "File: choose a PDF, a PNG or JPEG picture, or plain text")


def require_filled(document: NewDocument) -> None:
    """Refuse what is no form that somebody filled in, on a screen or on paper. Raises Invalid."""
    taken = frozenset(ENDINGS) - {PLAIN_TEXT}
    for fault in _faults(document, taken, "File: choose a PDF, or a photo as PNG or JPEG"):
        raise fault


def _faults(document: NewDocument, taken: frozenset[str], which: str) -> Iterator[Invalid]:
    try:
        require_content(document.content)
    except Invalid as error:
        yield error
        return
    found = told_type(document.content)
    if found not in taken:
        yield Invalid(which, "file")
    elif not claims_are_true(found, "", document.claimed):
        yield Invalid("File: its content is not of the type that it says", "file")


def keep_document(
    session: Session, task: PatientTask, document: NewDocument, part: DocumentPart, *, at: datetime
) -> PatientTaskDocument:
    """Keep a file with a task, under the type that its content tells."""
    row = PatientTaskDocument(
        organization_id=task.organization_id,
        person_id=task.person_id,
        task_id=task.id,
        part=part,
        media_type=told_type(document.content) or "",
        size_bytes=len(document.content),
        added_at=at,
    )
    row.name, row.content = clean_name(document.name), base64.b64encode(document.content).decode()
    session.add(row)
    return row


def document_of(
    session: Session, task: PatientTask, part: DocumentPart = DocumentPart.ASKED
) -> PatientTaskDocument | None:
    """A file that goes with a task, without its content."""
    query = (
        select(PatientTaskDocument)
        .where(
            col(_FILE.organization_id) == task.organization_id, col(_FILE.task_id) == task.id, col(_FILE.part) == part
        )
        .options(defer(_FILE.content_sealed, raiseload=True))
    )
    return session.execute(query).scalar_one_or_none()


def open_document(
    session: Session, actor: Actor, task_id: UUID, part: DocumentPart = DocumentPart.ASKED
) -> tuple[PatientTaskDocument, bytes]:
    """A file that goes with a task, and its content; that the caller opened it is recorded. Raises NotFound."""
    task = get_task(session, actor, task_id)
    row = document_of(session, task, part)
    if row is None:
        raise NotFound(_NO_SUCH)
    return _opened(session, actor, row.id)


def open_file(session: Session, actor: Actor, document_id: UUID) -> tuple[PatientTaskDocument, bytes]:
    """A file by its own id, to the organization that asks; that the caller opened it is recorded. Raises NotFound."""
    own = select(col(_FILE.task_id)).where(
        col(_FILE.organization_id) == actor.organization_id, col(_FILE.id) == document_id
    )
    task_id = session.execute(own).scalar_one_or_none()
    if task_id is None:
        raise NotFound(_NO_SUCH)
    get_task(session, actor, task_id)
    return _opened(session, actor, document_id)


def _opened(session: Session, actor: Actor, document_id: UUID) -> tuple[PatientTaskDocument, bytes]:
    row = session.get_one(PatientTaskDocument, document_id, populate_existing=True)
    events.showed(session, actor, row.person_id)
    return row, base64.b64decode(row.content)
