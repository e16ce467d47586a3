"""Tables of the FHIR projection: who reads over FHIR, the bodies that each of them reads, what they are found by."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, id_field, sealed_field

EVERYONE = UUID(int=0)
"""The audience of what is public among the organizations of the exchange: the directory."""


class Audience(Table, table=True):
    """An organization with programs that read over FHIR; without one nothing is kept for it.

    `last_at`: the newest `lastUpdated` that it was given; whoever writes for it holds this row until they commit, so
    that a later commit never shows an earlier moment. `after`: how far its first bodies are made; `built_at`: all are.
    """

    __tablename__ = "fhir_audience"

    organization_id: UUID = Field(primary_key=True)
    last_at: datetime = at_field()
    added_at: datetime = at_field()
    after: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    built_at: datetime | None = at_field(optional=True)


class Stored(Table, table=True):
    """A resource as one audience reads it.

    `is_kept`: a program sent it and the exchange only keeps it for that organization. `sent`: what was sent last of a
    resource that the exchange makes; it adds what the exchange does not say itself. `person_id`: whom it shows.
    `release_id`: the release by which this audience may read it, for what is another's. The row of one that is not
    readable now stays without its body, so that its versions never count from one again. `stale_at`: after when it says
    something else without that anything happened.
    """

    __tablename__ = "fhir_resource"
    __table_args__ = (
        UniqueConstraint("organization_id", "resource_type", "resource_id"),
        Index("ix_fhir_resource_updated", "organization_id", "resource_type", "updated_at", "resource_id"),
        Index("ix_fhir_resource_release", "release_id"),
        Index("ix_fhir_resource_person", "person_id"),
        Index("ix_fhir_resource_stale", "stale_at"),
    )

    id: UUID = id_field()
    organization_id: UUID
    resource_type: str = Field(max_length=40)
    resource_id: str = Field(max_length=64)
    version: int = 1
    updated_at: datetime = at_field()
    person_id: UUID | None = None
    release_id: UUID | None = None
    is_kept: bool = False
    stale_at: datetime | None = at_field(optional=True)
    body_sealed: bytes | None = sealed_field()
    sent_sealed: bytes | None = sealed_field()

    sent = Sealed[str | None]("sent_sealed")
    body = Sealed[str | None]("body_sealed")
    """JSON, with `meta.versionId` and `meta.lastUpdated`."""


class Earlier(Table, table=True):
    """A resource as one audience read it before; gone when what it showed was taken back."""

    __tablename__ = "fhir_earlier"
    __table_args__ = (UniqueConstraint("stored_id", "version"),)

    id: UUID = id_field()
    organization_id: UUID
    stored_id: UUID = Field(foreign_key="fhir_resource.id")
    version: int
    updated_at: datetime = at_field()
    body_sealed: bytes | None = sealed_field()

    body = Sealed[str]("body_sealed")


class Indexed(Table, table=True):
    """One value by which a stored resource is found: ids, codes and instants, never words about a person.

    A token has its `system`; a reference has its type there and its id as `value`; a date has its bounds, both
    included.
    """

    __tablename__ = "fhir_index"
    __table_args__ = (
        Index("ix_fhir_index_value", "organization_id", "resource_type", "name", "value", "system", "stored_id"),
        Index("ix_fhir_index_date", "organization_id", "resource_type", "name", "from_at"),
    )

    stored_id: UUID = Field(primary_key=True, foreign_key="fhir_resource.id")
    position: int = Field(primary_key=True)
    organization_id: UUID
    resource_type: str = Field(max_length=40)
    name: str = Field(max_length=60)
    system: str = Field(default="", max_length=300)
    value: str = Field(default="", max_length=300)
    from_at: datetime | None = at_field(optional=True)
    until_at: datetime | None = at_field(optional=True)


Body = dict[str, Any]
Key = tuple[str, str]
"""A resource type and an id."""
