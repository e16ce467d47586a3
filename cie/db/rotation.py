"""Sealing everything anew with the current keys, in small steps, while the exchange is in use.

What is of the network, and of organizations without a key of their own, goes to the current data key; what is of an
organization with its own, to the current version of that.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Row, Table, and_, func, or_, select, update
from sqlmodel import Session

from cie.db.columns import is_of_network, metadata
from cie.db.encryption import OWN_LAYOUT, Keyring, header, place_of
from cie.db.engine import current, transaction

STEP = 500
Own = Mapping[UUID, Keyring | None]


def sealed_columns() -> Iterator[tuple[Table, list[Column[Any]]]]:
    """Each table that keeps something sealed, with the columns in which it does."""
    for table in metadata.sorted_tables:
        columns = [column for column in table.columns if column.name.endswith("_sealed")]
        if columns:
            yield table, columns


def reseal_all() -> Iterator[tuple[str, int]]:
    """Seal every value of an older key with the current one; yields each table with how many rows changed.

    Safe to stop and to run again, and beside other writers: each step is a transaction of its own that holds the rows
    it changes. What a destroyed key sealed is left as it is.
    Raises CannotOpen when the key of a value is not in CIE_DATA_KEYS; what was done before stays done.
    """
    for table, columns in sealed_columns():
        yield table.name, sum(_steps(table, columns))


def _steps(table: Table, columns: list[Column[Any]]) -> Iterator[int]:
    after: UUID | None = None
    while True:
        own = current().own_keys.every()
        with transaction() as session:
            ids = _reseal_step(session, table, columns, own, after)
        if not ids:
            return
        after = ids[-1]
        yield len(ids)


def _reseal_step(
    session: Session, table: Table, columns: list[Column[Any]], own: Own, after: UUID | None
) -> list[UUID]:
    stale = or_(*(stale_in(table, column, own) for column in columns))
    query = (
        select(table.c.id, table.c.organization_id, *columns)
        .where(stale)
        .order_by(table.c.id)
        .limit(STEP)
        .with_for_update()
    )
    if after is not None:
        query = query.where(table.c.id > after)
    rows = session.execute(query).all()
    for row in rows:
        values = {column.name: _resealed(table, column, row) for column in columns}
        session.execute(update(table).where(table.c.id == row.id).values(values))
    return [row.id for row in rows]


def stale_in(table: Table, column: Column[Any], own: Own) -> ColumnElement[bool]:
    """Which rows have in this column a value that is not of the current key for it."""
    by_network = _differs(column, header(current().keyring.current))
    if is_of_network(column) or not own:
        return by_network
    owner = table.c.organization_id
    theirs = (
        and_(owner == id, _differs(column, header(keyring.current, OWN_LAYOUT)))
        for id, keyring in own.items()
        if keyring
    )
    return or_(and_(owner.not_in(own), by_network), *theirs)


def _differs(column: Column[Any], start: bytes) -> ColumnElement[bool]:
    return func.substr(column, 1, len(start)) != start


def _resealed(table: Table, column: Column[Any], row: Row[Any]) -> bytes | None:
    sealed: bytes | None = getattr(row, column.name)
    if sealed is None:
        return None
    database, place = current(), place_of(table.name, column.name, row.id)
    owner = None if is_of_network(column) else row.organization_id
    opens = database.own_keys.opening(owner, sealed) if owner and sealed[:1] == OWN_LAYOUT else database.keyring
    return database.seal(place, opens.open(place, sealed), owner)
