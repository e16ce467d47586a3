"""One line of a file: a record as a read answers it, sealed, or what stands in its place once it may not be told."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import Session
from uuid_utils.compat import uuid7

from cie import events
from cie.access import Actor
from cie.db import current, insert_rows, place_of
from cie.errors import NotFound, NotPossibleNow
from cie.exports.models import ExportFile, ExportLine

END = b"\n"
Line = Mapping[str, Any]
"""A line before it is kept: the record, the person whom it shows, the text."""
Renderer = Callable[[Session, Actor, UUID, datetime], Mapping[str, Any]]
"""A record as a read answers it to the caller. Raises NotFound, NotPossibleNow for one that it does not answer now."""


def blank(record_id: UUID) -> str:
    """What is told of a record that may not be told any more: that there is one."""
    return f'{{"id":"{record_id}","code":"cannot-share"}}'


def line_of(session: Session, actor: Actor, renderer: Renderer, record_id: UUID, *, at: datetime) -> Line | None:
    """A line and the person whom it shows; None when a read would not answer the record now.

    Nobody saw it yet: whom it showed is recorded each time that it leaves.
    """
    try:
        text = orjson.dumps(renderer(session, actor, record_id, at)).decode()
    except (NotFound, NotPossibleNow):
        events.put_off_access(session)
        return None
    (person_id,) = events.put_off_access(session)
    return {"record_id": record_id, "person_id": person_id, "text": text.ljust(len(blank(record_id)))}


def keep_lines(session: Session, file: ExportFile, lines: Sequence[Line]) -> None:
    """Add lines to the end of a file, each sealed for itself."""
    if not lines:
        return
    rows = []
    for line in lines:
        row = _row(file, line)
        file.line_count, file.byte_count = file.line_count + 1, file.byte_count + row["byte_count"]
        rows.append(row)
    session.add(file)
    session.flush()
    insert_rows(session, ExportLine, rows)


def _row(file: ExportFile, line: Line) -> dict[str, Any]:
    id_, content = uuid7(), line["text"]
    place = place_of(ExportLine.__tablename__, "content_sealed", id_)
    return {
        **line,
        "id": id_,
        "organization_id": file.organization_id,
        "file_id": file.id,
        "first_byte": file.byte_count,
        "byte_count": len(content.encode()) + len(END),
        "content_sealed": current().seal(place, content, file.organization_id),
    }


def bytes_of(line: ExportLine, *, is_taken: bool) -> bytes:
    """The bytes of a line, always as many as it was made with: of one that may not be told, the rest are spaces."""
    text: str | None = None if is_taken else line.content
    said = (blank(line.record_id) if text is None else text).encode()
    return said.ljust(line.byte_count - len(END)) + END
