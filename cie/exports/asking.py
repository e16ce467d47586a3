"""Asking for an export, how far it is, and ending it. It belongs to the client that asked; nobody else knows of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor, Permission, check
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.exports.kinds import KINDS
from cie.exports.models import LIVE, Export, ExportFile, ExportKind, ExportStatus
from cie.identity import Client

MOST_LIVE, MOST_LISTED = 5, 100
ASKS_A_DAY, DAY = 100, timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """An export as it stands: its status at this moment, its kinds, and its files once it is ready."""

    export: Export
    status: ExportStatus
    kinds: Sequence[ExportKind]
    files: Sequence[ExportFile] = ()

    @property
    def done(self) -> int:
        """How many records are in the files by now."""
        return sum(kind.line_count for kind in self.kinds)

    @property
    def total(self) -> int | None:
        """How many there will be about; None before it was begun. Those that were added meanwhile come on top."""
        if self.status is ExportStatus.READY:
            return self.done
        counts = [kind.total for kind in self.kinds if kind.total is not None]
        return max(sum(counts), self.done) if len(counts) == len(self.kinds) else None


def ask_for_export(
    session: Session, actor: Actor, kinds: Sequence[str], *, updated_since: datetime | None = None, at: datetime
) -> Export:
    """Have files made of everything that the client may read now: of some kinds, of what changed since a moment.

    Raises NotAllowed, Invalid (the kinds), NotPossibleNow (5 exports of the client are there), TooMany.
    """
    check(actor, Permission.EXPORT_MANAGE)
    _require_known(kinds)
    export = Export(
        organization_id=actor.organization,
        client_id=_asking(session, actor, at).id,
        purpose=actor.purpose.value,
        updated_since=updated_since,
        asked_at=at,
        touched_at=at,
    )
    session.add(export)
    session.flush()
    wanted = [kind for kind in KINDS if kind in kinds]
    for position, kind in enumerate(wanted):
        row = ExportKind(organization_id=export.organization_id, export_id=export.id, kind=kind, position=position)
        session.add(row)
    events.record(session, actor, "export.ask", export, at=at, kinds=wanted)
    return export


def _require_known(kinds: Sequence[str]) -> None:
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise Invalid.all([Invalid("There is no kind %(name)s", "kinds", name=kind[:40]) for kind in unknown])
    if not kinds:
        raise Invalid("Name at least one kind", "kinds")


def _asking(session: Session, actor: Actor, at: datetime) -> Client:
    """The client that asks, held until the end, so that two that it asks for at once wait for each other.

    Raises NotPossibleNow, TooMany: it has many, or asks again and again.
    """
    client = session.get_one(Client, actor.id, with_for_update=True)
    live = select(func.count()).where(
        col(Export.client_id) == client.id,
        col(Export.status).in_(LIVE),
        or_(col(Export.expires_at).is_(None), col(Export.expires_at) > at),
    )
    if session.execute(live).scalar_one() >= MOST_LIVE:
        raise NotPossibleNow("5 exports are there already. End one first")
    events.count_attempt(session, f"export.ask:{client.id}", limit=ASKS_A_DAY, window=DAY, at=at)
    return client


def get_export(session: Session, actor: Actor, export_id: UUID, *, at: datetime) -> Standing:
    """One export that the caller asked for and did not end. Raises NotFound, NotAllowed."""
    return _standing(session, _own(session, actor, export_id), at)


def _own(session: Session, actor: Actor, export_id: UUID) -> Export:
    export = session.get(Export, export_id)
    if export is None or export.client_id != actor.id or export.status is ExportStatus.ENDED:
        raise NotFound("There is no such record")
    check(actor, Permission.EXPORT_MANAGE, export)
    return export


def _standing(session: Session, export: Export, at: datetime) -> Standing:
    status = status_now(export, at)
    files = files_of(session, export) if status is ExportStatus.READY else ()
    return Standing(export, status, kinds_of(session, export), files)


def kinds_of(session: Session, export: Export) -> Sequence[ExportKind]:
    """What it holds, in the order in which it is made."""
    query = select(ExportKind).where(col(ExportKind.export_id) == export.id).order_by(col(ExportKind.position))
    return session.execute(query).scalars().all()


def files_of(session: Session, export: Export) -> Sequence[ExportFile]:
    """Its files, in the order in which they were made."""
    query = select(ExportFile).where(col(ExportFile.export_id) == export.id).order_by(col(ExportFile.id))
    return session.execute(query).scalars().all()


def status_now(export: Export, at: datetime) -> ExportStatus:
    """The status at this moment: one whose time is over has expired, whether its bytes are gone yet or not."""
    is_over = export.expires_at is not None and export.expires_at <= at
    return ExportStatus.EXPIRED if export.status is ExportStatus.READY and is_over else export.status


def exports_of(session: Session, actor: Actor, *, at: datetime) -> list[Standing]:
    """The newest hundred exports that the caller asked for and did not end, newest first. Raises NotAllowed."""
    check(actor, Permission.EXPORT_MANAGE)
    query = (
        select(Export)
        .where(col(Export.client_id) == actor.id, col(Export.status) != ExportStatus.ENDED)
        .order_by(col(Export.id).desc())
        .limit(MOST_LISTED)
    )
    return [_standing(session, export, at) for export in session.execute(query).scalars()]


def end_export(session: Session, actor: Actor, export_id: UUID, *, at: datetime) -> None:
    """Nothing of it is made or read any more; a worker removes its lines. Raises NotFound, NotAllowed."""
    export = _own(session, actor, export_id)
    session.refresh(export, with_for_update=True)
    export.status = ExportStatus.ENDED
    session.add(export)
    events.record(session, actor, "export.end", export, at=at)
