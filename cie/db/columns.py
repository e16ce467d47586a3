"""Shared columns and column types: ids, codes, aware UTC instants, sealed values."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import CheckConstraint, Column, DateTime, Dialect, LargeBinary, MetaData, String, TypeDecorator
from sqlmodel import Field, SQLModel
from uuid_utils.compat import uuid7

from cie.db.encryption import OWN_LAYOUT, place_of
from cie.db.engine import current

T = TypeVar("T")
OF_NETWORK = "of_network"

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)


class Table(SQLModel):
    """The base of every table."""

    metadata: ClassVar[MetaData] = metadata


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Naive values are refused; what comes back is aware UTC on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Code(TypeDecorator[StrEnum]):
    """A code of a value set, stored as that code; the check constraint refuses any other."""

    impl = String(40)
    cache_ok = True

    def __init__(self, codes: type[StrEnum]) -> None:
        super().__init__()
        self.codes = codes

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.codes(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.codes(value)


def id_field() -> Any:
    """A primary key that sorts by the time it was made (UUIDv7)."""
    return Field(default_factory=uuid7, primary_key=True)


def at_field(*, optional: bool = False, index: bool = False) -> Any:
    """An aware UTC instant."""
    if optional:
        return Field(default=None, sa_type=UtcDateTime, nullable=True, index=index)
    return Field(sa_type=UtcDateTime, nullable=False, index=index)


def code_field(codes: type[StrEnum], *, default: Any = ..., optional: bool = False) -> Any:
    """A code column. Its check constraint is added by `codes_are_checked`."""
    extra: dict[str, Any] = {"default": None} if optional else {}
    if default is not ...:
        extra = {"default": default}
    return Field(sa_type=Code(codes), nullable=optional, **extra)


def codes_are_checked() -> None:
    """Add to each table the check constraints of its code columns, once all models are defined."""
    for table in metadata.tables.values():
        named = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        for column in table.columns:
            if isinstance(column.type, Code) and not any(n.endswith(f"_{column.name}") for n in named):
                words = ", ".join(f"'{code.value}'" for code in column.type.codes)
                table.append_constraint(CheckConstraint(f"{column.name} IN ({words})", name=column.name))


def sealed_field(*, of_network: bool = False) -> Any:
    """The column under a `Sealed` property.

    `of_network`: also of an organization with a key of its own it is sealed with the data keys, since it is about its
    staff or its part here, not about those it serves.
    """
    info = {"info": {OF_NETWORK: of_network}}
    return Field(default=None, sa_type=LargeBinary, nullable=True, sa_column_kwargs=info)


class Sealed(property, Generic[T]):
    """A value of one record that is stored encrypted; None stays NULL.

    Written beside its column: `name_sealed: bytes | None = sealed_field()` and `name = Sealed[str]("name_sealed")`.
    A record of an organization that has a key of its own is sealed under that; reading goes by the first byte, so
    that all others cost nothing more.
    """

    def __init__(self, column: str) -> None:
        self._column = column
        self._of_network: bool | None = None
        super().__init__(self.of, self._write)

    def __set_name__(self, owner: Any, name: str) -> None:
        self._table = str(owner.__tablename__)

    def of(self, record: Any) -> Any:
        """The value of a record, or of a row that was selected by its id, its organization and the sealed column."""
        sealed = getattr(record, self._column)
        if sealed is None:
            return None
        database = current()
        if sealed[:1] == OWN_LAYOUT:
            return database.own_keys.opening(record.organization_id, sealed).open(self._place(record), sealed)
        return database.keyring.open(self._place(record), sealed)

    def _write(self, record: Any, value: Any) -> None:
        sealed = None
        if value is not None:
            database = current()
            keyring = database.keyring if self._is_of_network(record) else database.keyring_of(record.organization_id)
            sealed = keyring.seal(self._place(record), value)
        setattr(record, self._column, sealed)

    def _is_of_network(self, record: Any) -> bool:
        if self._of_network is None:
            self._of_network = is_of_network(record.__table__.c[self._column])
        return self._of_network

    def _place(self, record: Any) -> str:
        return place_of(self._table, self._column, record.id)


def is_of_network(column: Column[Any]) -> bool:
    """Whether the network's keys seal this column, whoever's record it is of."""
    return bool(column.info.get(OF_NETWORK))
