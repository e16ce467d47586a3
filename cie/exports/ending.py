"""The end of what exports hold: whose time is over, who wanted it no more, and what was taken back meanwhile."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, func, select, update
from sqlmodel import Session, col

from cie import events
from cie.access import SYSTEM
from cie.consent import Release
from cie.exports.ends import LONGEST_TRANSACTION, was_taken_back
from cie.exports.models import LIVE, Export, ExportFile, ExportKind, ExportLine, ExportStatus

STEP, KEPT = 1000, timedelta(days=30)


def expire(session: Session, *, at: datetime) -> int:
    """Mark the exports whose time is over; how many that are."""
    query = select(Export).where(col(Export.status) == ExportStatus.READY, col(Export.expires_at) <= at)
    found = session.execute(query.with_for_update(skip_locked=True)).scalars().all()
    for export in found:
        export.status = ExportStatus.EXPIRED
        session.add(export)
        events.record(session, SYSTEM, "export.expire", export, at=at, organization_id=export.organization_id)
    return len(found)


def remove_some(session: Session) -> int:
    """Remove some of the lines of exports that are over; how many that were, none when all are gone."""
    over = select(col(ExportFile.id)).join(Export).where(col(Export.status).not_in(LIVE))
    some = select(col(ExportLine.id)).where(col(ExportLine.file_id).in_(over)).limit(STEP)
    gone = session.execute(delete(ExportLine).where(col(ExportLine.id).in_(some)))
    return gone.rowcount  # type: ignore[attr-defined, no-any-return]  # a cursor result


def forget_old(session: Session, *, at: datetime) -> None:
    """Delete what is left of exports that are over for long and empty; that they were asked for stays in the audit."""
    over = select(col(Export.id)).where(col(Export.status).not_in(LIVE), col(Export.touched_at) < at - KEPT)
    full = select(col(ExportFile.export_id)).join(ExportLine).where(col(ExportFile.export_id).in_(over))
    old = session.execute(over.where(col(Export.id).not_in(full))).scalars().all()
    for table, column in ((ExportFile, ExportFile.export_id), (ExportKind, ExportKind.export_id), (Export, Export.id)):
        session.execute(delete(table).where(col(column).in_(old)))


def forget_what_was_taken(session: Session) -> int:
    """Empty the lines that hold what their organization may not read any more; how many that were.

    Nothing of them was given out since it ended; this takes the bytes, too.
    """
    is_live = col(Export.status).in_(LIVE)
    oldest = session.execute(select(func.min(Export.asked_at)).where(is_live)).scalar()
    if oldest is None:
        return 0
    ended = select(col(Release.referral_id)).where(
        col(Release.recipient_id).in_(select(col(Export.organization_id)).where(is_live)),
        col(Release.ended_at) >= oldest - LONGEST_TRANSACTION,
    )
    whole = col(ExportLine.content_sealed).is_not(None)
    emptied = session.execute(
        update(ExportLine)
        .where(col(ExportLine.referral_id).in_(ended), whole, was_taken_back())
        .values(content_sealed=None)
        .execution_options(synchronize_session=False)
    )
    return emptied.rowcount  # type: ignore[attr-defined, no-any-return]  # a cursor result


def lines_about(table: Table, organization_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    """The lines about a person that go when an organization erases them: its own, and what it took back from others."""
    return (table.c.person_id == person_id) & ((table.c.organization_id == organization_id) | was_taken_back())
