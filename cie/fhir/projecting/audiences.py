"""Who reads over FHIR: an organization since a program was registered for it that may, until its key is destroyed.

What it reads is made from then on whenever something happens. What there was before is made by the worker.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from cie.access.scopes import Level, read_scope
from cie.db import OrganizationKey, current
from cie.events import Event
from cie.fhir.store import EVERYONE, Audience, Earlier, Indexed, Stored, lock_audiences
from cie.identity import Client

_COMES, _ENDS = "client.register", "participant.key-destroy"


def follow_readers(session: Session, events: Sequence[Event]) -> None:
    """Begin to keep what organizations read from now on, and forget it of those that destroyed their key."""
    add_audiences(
        session, {e.organization_id for e in events if e.action == _COMES and _reads(e.codes.get("scopes", ()))}
    )
    _forget(session, {event.organization_id for event in events if event.action == _ENDS})


def _reads(scopes: Iterable[str]) -> bool:
    """Whether a program with these scopes may read over FHIR."""
    known = [scope for text in scopes if (scope := read_scope(text))]
    return any(scope.level in (Level.SYSTEM, Level.USER) for scope in known)


def organizations_that_read(session: Session) -> set[UUID]:
    """The organizations with a program that may read over FHIR."""
    clients = session.execute(select(col(Client.organization_id), col(Client.scopes)))
    return {organization_id for organization_id, scopes in clients if _reads(scopes)}


def add_audiences(session: Session, organization_ids: Collection[UUID]) -> None:
    """Keep what these read and, with the first of them, what everybody reads; without a key nothing can be kept."""
    ended = select(col(OrganizationKey.organization_id)).where(col(OrganizationKey.destroyed_at).is_not(None))
    wanted = set(organization_ids) - set(session.execute(ended).scalars()) if organization_ids else set()
    if not wanted:
        return
    now = datetime.now(UTC)
    rows: list[dict[str, Any]] = [
        {"organization_id": id, "last_at": now, "added_at": now, "after": [], "built_at": None}
        for id in sorted({EVERYONE, *wanted})
    ]
    dialect = sqlite if current().is_sqlite else postgresql
    session.execute(dialect.insert(Audience).on_conflict_do_nothing(), rows)


def _forget(session: Session, organization_ids: Collection[UUID]) -> None:
    """Nothing is kept any more of what these read, and nothing by which it was found."""
    if not lock_audiences(session, organization_ids):
        return
    for table in (Indexed, Earlier, Stored, Audience):
        session.execute(delete(table).where(col(table.organization_id).in_(organization_ids)))


def make_again(session: Session, organization_ids: Collection[UUID] | None = None) -> None:
    """Let the worker make all that these organizations read once more; without ids, that all do.

    For what was written without telling, such as a load in bulk.
    """
    query = update(Audience).values(built_at=None, after=[])
    session.execute(
        query if organization_ids is None else query.where(col(Audience.organization_id).in_(organization_ids))
    )
