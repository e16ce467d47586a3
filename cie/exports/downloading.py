"""Giving out the files of an export: each line is asked about again as it leaves, and whom it shows is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor
from cie.errors import NotAllowed, NotFound, NotPossibleNow
from cie.exports.asking import get_export
from cie.exports.ends import taken_from, was_taken_back
from cie.exports.lines import bytes_of
from cie.exports.making import caller_of
from cie.exports.models import ExportLine, ExportStatus


@dataclass(frozen=True)
class FileNow:
    """A file that its client may read now: other bytes have another mark, the number of bytes stays."""

    id: UUID
    byte_count: int
    mark: str


def open_file(session: Session, actor: Actor, export_id: UUID, name: str, *, at: datetime) -> FileNow:
    """A file that the caller may read now.

    Raises NotFound, NotPossibleNow (it is not ready, or its time is over), NotAllowed (for another purpose).
    """
    standing = get_export(session, actor, export_id, at=at)
    if standing.status is not ExportStatus.READY:
        raise NotPossibleNow("This export has no files to read: it is %(status)s", status=standing.status.value)
    file = next((each for each in standing.files if each.name == name), None)
    if file is None:
        raise NotFound("There is no such record")
    if standing.export.purpose != actor.purpose:
        raise NotAllowed("This export was asked for another purpose than that of this token")
    if caller_of(session, standing.export, standing.kinds, at=at) is None:
        raise NotAllowed("This client may not read this any more")
    return FileNow(file.id, file.byte_count, f"{file.id.hex}-{taken_from(session, file, standing.export.asked_at)}")


def read_bytes(session: Session, actor: Actor, file: FileNow, start: int, stop: int) -> bytes:
    """The bytes of an open file from `start` up to before `stop`; whom they show is recorded as shown to the caller."""
    rows = _lines(session, file, start, stop)
    shown = {line.person_id for line, is_taken in rows if line.content_sealed is not None and not is_taken}
    events.showed(session, actor, *shown)
    found = b"".join(bytes_of(line, is_taken=is_taken) for line, is_taken in rows)
    first: int = rows[0][0].first_byte
    return found[start - first : stop - first]


def _lines(session: Session, file: FileNow, start: int, stop: int) -> Sequence[Any]:
    """The lines in which these bytes stand, each with whether it was taken back since it was made."""
    of_file = col(ExportLine.file_id) == file.id
    begins = select(func.max(ExportLine.first_byte)).where(of_file, col(ExportLine.first_byte) <= start)
    query = (
        select(ExportLine, was_taken_back())
        .where(of_file, col(ExportLine.first_byte) >= begins.scalar_subquery(), col(ExportLine.first_byte) < stop)
        .order_by(col(ExportLine.first_byte))
    )
    return session.execute(query).all()
