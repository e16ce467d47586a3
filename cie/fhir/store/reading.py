"""Reading what is kept for an audience, as long as the release by which it may read it holds."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, Uuid, and_, bindparam, exists, func, or_, select
from sqlmodel import Session, col

from cie.consent import Release
from cie.db import Sealed, table_of
from cie.fhir.definitions.primitives import PRIMITIVES
from cie.fhir.store.models import EVERYONE, Audience, Earlier, Key, Stored


class _Columns(NamedTuple):
    id: UUID
    resource_type: str
    resource_id: str
    person_id: UUID | None
    body_sealed: bytes
    organization_id: UUID


class Readable(_Columns):
    """A resource as an audience can read it now: what a search tells of `Stored`, which reading does not change.

    `organization_id`: who reads it; what is for everyone is sealed by no organization's own key.
    """

    __slots__ = ()
    __tablename__ = str(Stored.__tablename__)

    body = Sealed[str]("body_sealed")


class _ColumnsOfOne(NamedTuple):
    id: UUID
    organization_id: UUID
    resource_type: str
    resource_id: str
    person_id: UUID | None
    body_sealed: bytes
    version: int
    updated_at: datetime


class ReadableVersion(_ColumnsOfOne):
    """The same with its version and the moment of that, which cost a search more than they tell."""

    __slots__ = ()
    __tablename__ = Readable.__tablename__

    body = Sealed[str]("body_sealed")


_STORED, _RELEASES, _AUDIENCES = table_of(Stored).c, table_of(Release).c, table_of(Audience).c
COLUMNS = tuple(_STORED[name] for name in Readable._fields[:-1])
"""The columns of `Readable`, in its order; who reads is known."""
_ENDED = select(_RELEASES.id).where(_RELEASES.id == _STORED.release_id, _RELEASES.ended_at.is_not(None))
_IS_RELEASED = or_(_STORED.release_id.is_(None), ~_ENDED.exists())
_OWN = bindparam("organization_id", type_=Uuid())
_IS_READABLE = _STORED.body_sealed.is_not(None), _IS_RELEASED
_IS_AMONG = (
    _STORED.resource_type.in_(bindparam("types", expanding=True)),
    _STORED.resource_id.in_(bindparam("ids", expanding=True)),
)
_ROWS = select(Stored).where(_STORED.organization_id == bindparam("organization_id"), *_IS_AMONG)


def stored_among(session: Session, organization_id: UUID, keys: Collection[Key]) -> dict[Key, Stored]:
    """The rows of these resources for one audience, whether they can be read now or not."""
    asked = _parts(organization_id, keys)
    return {(row.resource_type, row.resource_id): row for row in session.execute(_ROWS, asked).scalars()}


def _parts(organization_id: UUID, keys: Collection[Key]) -> dict[str, Any]:
    types, ids = {kind for kind, _id in keys}, {id for _kind, id in keys if _is_id(id)}
    return {"organization_id": organization_id, "types": sorted(types), "ids": sorted(ids)}


def _is_id(text: str) -> bool:
    """Whether it is written as an id is: what is not is not asked for, since a database may not even take it."""
    return PRIMITIVES["id"].fullmatch(text) is not None


def readable_by(organization_id: UUID | BindParameter[UUID], *, ids: Select[Any] | None = None) -> Select[Stored]:
    """What an organization can read now: its own copies while their release holds, and what is for everyone.

    The end of a release takes the body away as well; this guards the time between the two. `ids`: of these records.
    """
    if ids is not None:
        return select(Stored).where(_STORED.id.in_(ids), may_read_record(organization_id))
    return select(Stored).where(_STORED.organization_id.in_([organization_id, EVERYONE]), *_IS_READABLE)


def may_read_record(organization_id: UUID | BindParameter[UUID]) -> ColumnElement[bool]:
    """That an organization can read a record which is looked up by its own id."""
    # hidden in a function, or SQLite looks through all of the organization's for it
    owner: Any = func.coalesce(_STORED.organization_id, EVERYONE)
    return and_(owner.in_([organization_id, EVERYONE]), *_IS_READABLE)


def is_prepared(organization_id: UUID) -> ColumnElement[bool]:
    """For a query: all that an organization may read is there."""
    return exists().where(_AUDIENCES.organization_id == organization_id, _AUDIENCES.built_at.is_not(None))


_ONE = (
    readable_by(_OWN)
    .where(col(Stored.resource_type) == bindparam("resource_type"), col(Stored.resource_id) == bindparam("resource_id"))
    # its own before one of that id that is for everyone
    .order_by(col(Stored.organization_id).desc())
)


def unsealed(session: Session, organization_id: UUID, resource_type: str, resource_id: str) -> Stored | None:
    """One resource that the organization can read now, or None."""
    if not _is_id(resource_id):
        return None
    asked = {"organization_id": organization_id, "resource_type": resource_type, "resource_id": resource_id}
    return session.execute(_ONE, asked).scalars().first()


_LOOK_UP = (
    select(_AUDIENCES.built_at, *(_STORED[name] for name in ReadableVersion._fields))
    .select_from(table_of(Audience))
    .outerjoin(
        table_of(Stored),
        and_(
            _STORED.organization_id.in_([_OWN, EVERYONE]),
            _STORED.resource_type == bindparam("resource_type"),
            _STORED.resource_id == bindparam("resource_id"),
            *_IS_READABLE,
        ),
    )
    .where(_AUDIENCES.organization_id == _OWN)
    .order_by(_STORED.organization_id.desc())
)


def look_up(
    session: Session, organization_id: UUID, resource_type: str, resource_id: str
) -> tuple[bool, ReadableVersion | None]:
    """Whether all that the organization may read is there, and one resource that it can read now; in one statement."""
    id = resource_id if _is_id(resource_id) else ""
    asked = {"organization_id": organization_id, "resource_type": resource_type, "resource_id": id}
    found = session.execute(_LOOK_UP, asked).first()
    if found is None or found.built_at is None:
        return False, None
    return True, ReadableVersion._make(found[1:]) if found.id else None


_AMONG = readable_by(_OWN).where(*_IS_AMONG).order_by(col(Stored.organization_id))


def unsealed_among(session: Session, organization_id: UUID, keys: Collection[Key]) -> dict[Key, Stored]:
    """Those of these resources that the organization can read now, in one statement; its own as in `unsealed`."""
    if not keys:
        return {}
    rows = session.execute(_AMONG, _parts(organization_id, keys)).scalars()
    return {key: row for row in rows if (key := (row.resource_type, row.resource_id)) in keys}


def earlier_of(session: Session, row: ReadableVersion, *, before: int, most: int) -> Sequence[Earlier]:
    """The versions of a resource that are kept of before this one, newest first."""
    query = select(Earlier).where(col(Earlier.stored_id) == row.id, col(Earlier.version) < before)
    return session.execute(query.order_by(col(Earlier.version).desc()).limit(most)).scalars().all()


def count_earlier(session: Session, row: ReadableVersion) -> int:
    """How many versions before the newest are kept."""
    query = select(func.count()).where(col(Earlier.stored_id) == row.id)
    return int(session.execute(query).scalar_one())
