"""Making exports, a part at a time: what a client may read at this moment becomes lines, sealed one by one.

A part is one transaction, reading and keeping together, so that no erasure comes between. It goes on where the last one
ended: one that is broken off, by kill -9 too, leaves nothing and is made again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events, identity
from cie.access import Actor, Door, Purpose
from cie.access.scopes import Level, opens
from cie.exports.asking import kinds_of
from cie.exports.ends import ends_of
from cie.exports.kinds import KINDS, REFERRALS, count, next_places
from cie.exports.lines import Line, Renderer, keep_lines, line_of
from cie.exports.models import TO_MAKE, Export, ExportFile, ExportKind, ExportStatus

PART_LINES, PART_SECONDS = 50, 0.5
"""How large a part may be, and how long it may take: on SQLite all others who write wait for it."""
FILE_BYTES = 2 * 1024 * 1024
"""A file that has so many bytes gets no more lines: each is given out in one piece, so that nobody who reads slowly
keeps a thread of the web at work."""
MOST_ATTEMPTS = 5
NO_LONGER_ALLOWED, BROKEN = "no longer allowed", "broken"


def is_anything_to_make(session: Session) -> bool:
    """Whether an export is not finished."""
    return session.execute(select(col(Export.id)).where(col(Export.status).in_(TO_MAKE)).limit(1)).first() is not None


def next_turn(session: Session) -> Export | None:
    """The export that waited longest, held until the end; None when there is nothing to make."""
    query = (
        select(Export)
        .where(col(Export.status).in_(TO_MAKE))
        .order_by(col(Export.touched_at), col(Export.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found: Export | None = session.execute(query).scalar_one_or_none()
    return found


def make_part(
    session: Session, export: Export, renderers: Mapping[str, Renderer], *, lives: timedelta, at: datetime
) -> None:
    """Make the next part of an export that is held; with its last part it is ready, and lives for so long from then.

    It stops when its client may not act or read any more.
    """
    export.touched_at, export.status, export.attempts = at, ExportStatus.RUNNING, 0
    session.add(export)
    kinds = kinds_of(session, export)
    actor = caller_of(session, export, kinds, at=at)
    if actor is None:
        _fail(session, export, NO_LONGER_ALLOWED, at)
        return
    _count(session, export, kinds, at)
    unfinished = next((kind for kind in kinds if not kind.is_complete), None)
    if unfinished is not None:
        _add_part(session, actor, export, unfinished, renderers[unfinished.kind], at)
    if all(kind.is_complete for kind in kinds):
        export.status, export.ready_at, export.expires_at = ExportStatus.READY, at, at + lives
        events.record(session, actor, "export.ready", export, at=at, lines=sum(kind.line_count for kind in kinds))


def caller_of(session: Session, export: Export, kinds: Sequence[ExportKind], *, at: datetime) -> Actor | None:
    """The client as it may act at this moment; None when it may not act, or not read all that it asked for."""
    client = identity.client_for(session, export.client_id, at=at)
    if client is None or export.purpose not in client.purposes:
        return None
    if not all(opens(client.scopes, Level.API, each.kind, "r") for each in kinds):
        return None
    return identity.system_actor(client, Purpose(export.purpose), Door.API)


def _fail(session: Session, export: Export, fault: str, at: datetime) -> None:
    export.status, export.fault = ExportStatus.FAILED, fault
    session.add(export)
    client = session.get_one(identity.Client, export.client_id)
    caller = identity.system_actor(client, Purpose(export.purpose), Door.API)
    events.record(session, caller, "export.fail", export, at=at, fault=fault)


def note_broken(session: Session, export_id: UUID, *, at: datetime) -> None:
    """A part could not be made: it is tried again after the others, a few times, and then the export has failed."""
    export = session.get_one(Export, export_id, with_for_update=True)
    if export.status in TO_MAKE:
        export.attempts, export.touched_at = export.attempts + 1, at
        session.add(export)
        if export.attempts >= MOST_ATTEMPTS:
            _fail(session, export, BROKEN, at)


def _count(session: Session, export: Export, kinds: Sequence[ExportKind], at: datetime) -> None:
    """Say once how many records there are."""
    for row in kinds:
        if row.total is None:
            row.total = count(session, KINDS[row.kind].records(export.organization_id, export.updated_since, at))
            session.add(row)


def _add_part(
    session: Session, actor: Actor, export: Export, row: ExportKind, renderer: Renderer, at: datetime
) -> None:
    kind = KINDS[row.kind]
    records = kind.records(export.organization_id, export.updated_since, at)
    places = next_places(session, kind, records, row.after, PART_LINES)
    ids = [UUID(place[-1]) for place in places]
    ends = ends_of(session, export.organization_id, ids if row.kind == REFERRALS else [])
    # held until the lines are made, so that the session finds it there
    held = kind.gather(session, ids)
    made = list(_in_time(line_of(session, actor, renderer, record_id, at=at) for record_id in ids))
    del held
    lines = [_about(row, line, ends) for line in made if line is not None]
    keep_lines(session, _open_file(session, row), lines)
    row.line_count += len(lines)
    row.after = places[len(made) - 1] if places else row.after
    row.is_complete = len(made) == len(places) < PART_LINES
    session.add(row)


def _in_time(lines: Iterable[Line | None]) -> Iterator[Line | None]:
    """Lines for as long as a part may take, at least one."""
    until = monotonic() + PART_SECONDS
    for line in lines:
        yield line
        if monotonic() > until:
            return


def _about(row: ExportKind, line: Line, ends: Mapping[UUID, int]) -> Line:
    """A line with what must not have ended when it is given out."""
    if row.kind != REFERRALS:
        return {**line, "referral_id": None, "ends": 0}
    referral_id = line["record_id"]
    return {**line, "referral_id": referral_id, "ends": ends.get(referral_id, 0)}


def _open_file(session: Session, row: ExportKind) -> ExportFile:
    """The newest file of the kind, or the next one when there is none or it is large enough."""
    its = col(ExportFile.export_id) == row.export_id, col(ExportFile.kind) == row.kind
    query = select(ExportFile).where(*its).order_by(col(ExportFile.number).desc()).limit(1)
    newest: ExportFile | None = session.execute(query).scalar_one_or_none()
    if newest is not None and newest.byte_count < FILE_BYTES:
        return newest
    number = newest.number + 1 if newest else 1
    return ExportFile(organization_id=row.organization_id, export_id=row.export_id, kind=row.kind, number=number)
