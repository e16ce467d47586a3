"""Putting the whole database back as it was, so that two worlds begin alike, with the same ids."""

from typing import Any

from sqlalchemy import Connection, Table, select, text

from cie import schema
from cie.db import current

Rows = dict[Table, list[dict[str, Any]]]


def everything() -> Rows:
    """Every row of every table."""
    with current().engine.connect() as connection:
        return {table: _rows(connection, table) for table in schema.metadata.sorted_tables}


def _rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    ordered = select(table).order_by(*table.primary_key.columns)
    return [dict(row) for row in connection.execute(ordered).mappings()]


def put_back(rows: Rows) -> None:
    """Make the database hold these rows and no others."""
    with current().turn(), current().engine.begin() as connection:
        # rows name each other in circles; they were consistent when they were read
        loose = "PRAGMA defer_foreign_keys=ON" if current().is_sqlite else "SET session_replication_role = replica"
        connection.execute(text(loose))
        for table in reversed(schema.metadata.sorted_tables):
            connection.execute(table.delete())
        for table, kept in rows.items():
            if kept:
                connection.execute(table.insert(), kept)
        if not current().is_sqlite:
            connection.execute(text("SET session_replication_role = origin"))
