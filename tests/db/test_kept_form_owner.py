"""What was typed before a sign-out gets its organization from the account, when the column comes."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, MetaData, Table, select

from cie.db import configure, current
from cie.db.migrate import upgrade

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


def put(connection: Connection, tables: MetaData, name: str, **values: Any) -> None:
    """A row of a table as it was, with something in each column that must have it."""
    table: Table = tables.tables[name]
    filled = {
        column.name: values[column.name] if column.name in values else _anything(column)
        for column in table.columns
        if column.name in values or not column.nullable
    }
    connection.execute(table.insert().values(filled))


def _anything(column: Any) -> Any:
    kind = column.type.python_type
    made = {bool: True, int: 0, str: "", bytes: b"x", datetime: NOW, dict: [], list: []}
    return made.get(kind, "")


def tables_of(connection: Connection) -> MetaData:
    found = MetaData()
    found.reflect(connection, only=["participant", "user_account", "kept_form"])
    return found


def test_each_form_gets_the_organization_of_its_user(empty):
    configure(empty)
    upgrade("0006")
    place, user, form = (uuid4() for _n in range(3))
    as_kept = (lambda id: id.hex) if current().is_sqlite else (lambda id: id)
    with current().engine.begin() as connection:
        tables = tables_of(connection)
        put(connection, tables, "participant", id=as_kept(place), kind="cbo")
        put(connection, tables, "user_account", id=as_kept(user), organization_id=as_kept(place))
        put(connection, tables, "kept_form", id=as_kept(form), user_id=as_kept(user), fields_sealed=b"sealed")

    upgrade()

    with current().engine.connect() as connection:
        kept = tables_of(connection).tables["kept_form"]
        assert not kept.columns["organization_id"].nullable
        (row,) = connection.execute(select(kept.c.id, kept.c.organization_id, kept.c.fields_sealed))
    assert tuple(row) == (as_kept(form), as_kept(place), b"sealed")
