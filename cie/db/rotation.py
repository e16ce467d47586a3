"""Sealing everything anew with the current data key, in small steps, while the exchange is in use."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, func, or_, select, update
from sqlmodel import Session

from cie.db.columns import metadata, place_of
from cie.db.encryption import header
from cie.db.engine import current, transaction

STEP = 500


def reseal_all() -> Iterator[tuple[str, int]]:
    """Seal every value of an older key with the current one; yields each table with how many rows changed.

    Safe to stop and to run again, and beside other writers: each step is a transaction of its own that holds the rows
    it changes. Raises CannotOpen when the key of a value is not in CIE_DATA_KEYS; what was done before stays done.
    """
    for table in metadata.sorted_tables:
        columns = [column for column in table.columns if column.name.endswith("_sealed")]
        if columns:
            yield table.name, sum(_steps(table, columns))


def _steps(table: Table, columns: list[Column[Any]]) -> Iterator[int]:
    after: UUID | None = None
    while True:
        with transaction() as session:
            ids = _reseal_step(session, table, columns, after)
        if not ids:
            return
        after = ids[-1]
        yield len(ids)


def _reseal_step(session: Session, table: Table, columns: list[Column[Any]], after: UUID | None) -> list[UUID]:
    start = header(current().keyring.current)
    stale = or_(*(func.substr(column, 1, len(start)) != start for column in columns))
    query = select(table.c.id, *columns).where(stale).order_by(table.c.id).limit(STEP).with_for_update()
    if after is not None:
        query = query.where(table.c.id > after)
    rows = session.execute(query).all()
    for row in rows:
        values = {column.name: _resealed(table, column, row.id, getattr(row, column.name)) for column in columns}
        session.execute(update(table).where(table.c.id == row.id).values(values))
    return [row.id for row in rows]


def _resealed(table: Table, column: Column[Any], record_id: UUID, sealed: bytes | None) -> bytes | None:
    if sealed is None:
        return None
    place, keyring = place_of(table.name, column.name, record_id), current().keyring
    return keyring.seal(place, keyring.open(place, sealed))
