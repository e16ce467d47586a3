"""Keeping what an audience reads: a new version when its bytes differ, nothing when they are the same."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlmodel import Session, col

from cie.db import insert_rows, table_of
from cie.fhir.formats import read_json, write_json
from cie.fhir.moments import instant
from cie.fhir.searching.indexing import values_of
from cie.fhir.store.models import Audience, Body, Earlier, Indexed, Key, Stored

_TICK = timedelta(milliseconds=1)
_OF_AUDIENCE = ("versionId", "lastUpdated")


@dataclass(frozen=True)
class Content:
    """A resource for one audience: its body without version and moment, whom it shows, by which release.

    `sent`: what a program of the audience sent of it last. `is_kept`: the exchange only keeps what was sent.
    `stale_at`: after when it says something else by itself.
    """

    body: Body
    person_id: UUID | None = None
    release_id: UUID | None = None
    sent: Body | None = None
    is_kept: bool = False
    stale_at: datetime | None = None

    @property
    def key(self) -> Key:
        return self.body["resourceType"], self.body["id"]


def lock_audiences(session: Session, organization_ids: Collection[UUID]) -> list[Audience]:
    """Those of the organizations that read over FHIR, each held until the end of the transaction; in a fixed order."""
    if not organization_ids:
        return []
    return list(session.execute(_LOCKED, {"ids": list(organization_ids)}).scalars())


_LOCKED = (
    select(Audience)
    .where(col(Audience.organization_id).in_(bindparam("ids", expanding=True)))
    .order_by(col(Audience.organization_id))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_BY_RESOURCE = delete(table_of(Indexed)).where(table_of(Indexed).c.stored_id.in_(bindparam("ids", expanding=True)))


def keep_all(
    session: Session,
    audience: Audience,
    contents: Sequence[Content],
    gone: Collection[Key],
    rows: Mapping[Key, Stored],
) -> list[Stored]:
    """Let the audience read all this from now on, and no more what is `gone`; what has a new version comes back.

    `rows`: what is kept of all these.
    """
    going = [rows[key] for key in set(gone) - {content.key for content in contents} if key in rows]
    lost = [f'"{row.resource_type}/{row.resource_id}"' for row in going if row.body is not None]
    kept = [(_keep(session, audience, content, rows.get(content.key), lost), content.body) for content in contents]
    new = [(row, body) for row, body in kept if row is not None]
    session.flush()
    insert_rows(session, Stored, [row.model_dump() for row, _body in new if row.version == 1])
    _index(session, new)
    for row in going:
        _take_away(session, audience, row)
    return [row for row, _body in new]


def _keep(
    session: Session, audience: Audience, content: Content, row: Stored | None, lost: Sequence[str]
) -> Stored | None:
    """The new version, the first not yet written; None where there is none, since the bytes are the same as before."""
    body = content.body
    if row is None:
        row = _new(audience, content)
    elif row.body is None:
        row.version += 1
    elif says_the_same(row, content):
        row.stale_at = content.stale_at
        return None
    else:
        _put_aside(session, row, content.release_id, lost)
        row.version += 1
    row.person_id, row.release_id = _whose(content)
    row.stale_at = content.stale_at
    row.is_kept, row.sent = content.is_kept, write_json(content.sent).decode() if content.sent else None
    row.updated_at = _next_moment(audience)
    row.body = write_json({**body, "meta": _meta(row, body)}).decode()
    return row


def says_the_same(row: Stored, content: Content) -> bool:
    """Whether what is kept is this, apart from version and moment."""
    return (
        row.body is not None
        and _whose(row) == _whose(content)
        and _plain(read_json(row.body.encode())) == _plain(content.body)
    )


def index_again(session: Session, row: Stored) -> None:
    """Find a resource by what it says now; search parameters may have come since it was kept."""
    session.execute(delete(Indexed).where(col(Indexed.stored_id) == row.id))
    if row.body is not None:
        _index(session, [(row, read_json(row.body.encode()))])


def _whose(kept: Content | Stored) -> tuple[UUID | None, UUID | None]:
    return kept.person_id, kept.release_id


def _new(audience: Audience, content: Content) -> Stored:
    body = content.body
    return Stored(
        organization_id=audience.organization_id,
        resource_type=body["resourceType"],
        resource_id=body["id"],
        updated_at=audience.last_at,
    )


def _plain(body: Body) -> Body:
    """A body without what the server gives to each version."""
    meta = {name: value for name, value in body.get("meta", {}).items() if name not in _OF_AUDIENCE}
    return {**body, "meta": meta}


def _put_aside(session: Session, row: Stored, release_id: UUID | None, lost: Sequence[str]) -> None:
    """What was readable by another release than what comes now has no history, nor what named a lost resource."""
    if row.release_id != release_id or any(name in (row.body or "") for name in lost):
        session.execute(delete(Earlier).where(col(Earlier.stored_id) == row.id))
        return
    earlier = Earlier(
        organization_id=row.organization_id, stored_id=row.id, version=row.version, updated_at=row.updated_at
    )
    earlier.body = row.body
    session.add(earlier)


def _next_moment(audience: Audience) -> datetime:
    now = datetime.now(UTC)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    audience.last_at = max(now, audience.last_at + _TICK)
    return audience.last_at


def _meta(row: Stored, body: Body) -> dict[str, Any]:
    return {**body.get("meta", {}), "versionId": str(row.version), "lastUpdated": instant(row.updated_at)}


def _index(session: Session, rows: Sequence[tuple[Stored, Body]]) -> None:
    """Find these by what they say now."""
    old = [row.id for row, _body in rows if row.version > 1]
    if old:
        session.execute(_BY_RESOURCE, {"ids": old})
    insert_rows(session, Indexed, [value for row, body in rows for value in _values(row, body)])


def _values(row: Stored, body: Body) -> Iterator[dict[str, Any]]:
    about = {"stored_id": row.id, "organization_id": row.organization_id, "resource_type": row.resource_type}
    for position, value in enumerate(values_of(body, row.organization_id)):
        yield {**about, "position": position, **vars(value)}


def _take_away(session: Session, audience: Audience, row: Stored) -> None:
    """To the audience there is no such resource from now on, nor any earlier version of it."""
    if row.body is None:
        return
    session.execute(delete(Earlier).where(col(Earlier.stored_id) == row.id))
    session.execute(delete(Indexed).where(col(Indexed.stored_id) == row.id))
    row.body, row.sent, row.release_id, row.stale_at = None, None, None, None
    row.updated_at = _next_moment(audience)
    session.add(row)
