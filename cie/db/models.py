"""Tables about the keys: which versions of the data key were used since when, and the keys of organizations."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field

from cie.db.columns import Sealed, Table, at_field, id_field, sealed_field


class DataKey(Table, table=True):
    """Since when a version of the data key is in use here; the key itself is never in the database."""

    __tablename__ = "data_key"

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    first_used_at: datetime = at_field()


class OrganizationKey(Table, table=True):
    """The key of an organization whose records stand apart: the secret of its match keys, and its keys by version.

    `version` and `made_at` are those of the current key. Older ones stay, since other processes may use them for some
    seconds more. Once destroyed, the row says so and holds nothing.
    """

    __tablename__ = "organization_key"

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id", unique=True)
    keys_sealed: bytes | None = sealed_field(of_network=True)
    version: int = 1
    made_at: datetime = at_field()
    destroyed_at: datetime | None = at_field(optional=True)

    keys = Sealed[dict[str, Any] | None]("keys_sealed")
