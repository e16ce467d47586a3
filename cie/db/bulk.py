"""Writing many rows of one table at once: COPY on PostgreSQL, one prepared statement on SQLite."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Boolean, DateTime, Dialect, Insert, LargeBinary, Table, TypeDecorator, Uuid, insert
from sqlmodel import Session, SQLModel

from cie.db.engine import current

MANY = 10
"""From how many rows on it costs less to hand them to the driver as they are."""

Packed = list[tuple[Any, ...]]


def insert_rows(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows; a column that a row leaves out gets the default of its model.

    No records are made of them, and keys that are no columns are passed over.
    """
    if len(rows) >= MANY:
        insert_packed(session, model, pack(model, rows))
    elif rows:
        session.flush()
        statement, defaults = _insert(model)
        session.connection().execute(statement, [{n: row.get(n, d) for n, d in defaults} for row in rows])


@cache
def _insert(model: type[SQLModel]) -> tuple[Insert, list[tuple[str, Any]]]:
    """The statement that writes rows of a model, and the default of each of its columns."""
    table = table_of(model)
    return insert(table), [(column.name, _default(model, column.name)) for column in table.columns]


def pack(model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> Packed:
    """Rows as the driver takes them, in the order of the columns; this needs no connection.

    They are made column by column, which is much faster than row by row.
    """
    dialect = current().engine.dialect
    columns = (_packed_column(dialect, model, column, rows) for column in table_of(model).columns)
    return list(zip(*columns, strict=True))


def insert_packed(session: Session, model: type[SQLModel], rows: Packed) -> None:
    """Write what `pack` made of rows."""
    session.flush()
    connection, table = session.connection(), table_of(model)
    names = [column.name for column in table.columns]
    quoted = ", ".join(f'"{name}"' for name in names)
    if connection.dialect.name == "postgresql":
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(f'COPY "{table.name}" ({quoted}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(names))
    connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})', rows)  # noqa: S608 - names are of our own tables


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a class of rows."""
    table: Table = model.__table__  # type: ignore[attr-defined]  # sqlmodel adds it when the class is made
    return table


def _default(model: type[SQLModel], name: str) -> Any:
    field = model.model_fields[name]
    return None if field.is_required() or field.default_factory else field.default


def _packed_column(
    dialect: Dialect, model: type[SQLModel], column: Any, rows: Sequence[Mapping[str, Any]]
) -> list[Any]:
    name, default = column.name, _default(model, column.name)
    values = [row.get(name, default) for row in rows]
    if isinstance(column.type, Uuid):
        # both databases read 32 hexadecimal digits, and text is cheaper to hand on than an object
        return [None if value is None else value.hex for value in values]
    bind: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    if bind is None or isinstance(column.type, Boolean | LargeBinary):
        return values
    if isinstance(column.type, DateTime | TypeDecorator):
        known: dict[Any, Any] = {None: None}
        return [known[value] if value in known else known.setdefault(value, bind(value)) for value in values]
    return [None if value is None else bind(value) for value in values]
