"""Tables of legal holds, and of the tombstones that stay where a record was erased."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class LegalHold(Table, table=True):
    """Why the records of a person must stay as they are for now. `until_on`: the last day, when one was set.

    `demand_id`: the legal demand that it is for, when it is for one.
    """

    __tablename__ = "legal_hold"
    __table_args__ = (
        Index("ix_legal_hold_person", "organization_id", "person_id"),
        Index("ix_legal_hold_demand", "organization_id", "demand_id"),
    )

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    demand_id: UUID | None = Field(default=None, foreign_key="legal_demand.id")
    reason_sealed: bytes | None = sealed_field()
    set_at: datetime = at_field()
    set_by_id: UUID | None = None
    until_on: date | None = None
    lifted_at: datetime | None = at_field(optional=True)
    lifted_by_id: UUID | None = None

    reason = Sealed[str | None]("reason_sealed")


class Ground(StrEnum):
    """Why a record may be erased: the person asked, its time is over, or a victim service no longer keeps it."""

    REQUEST = "request"
    RETENTION = "retention"
    PURGE = "purge"


class Tombstone(Table, table=True):
    """That an organization erased what it kept of a person, and when: ids, a code and an instant, nothing else.

    It names no row of another table, so that it can be laid again into an older copy of the database.
    """

    __tablename__ = "tombstone"
    __table_args__ = (UniqueConstraint("organization_id", "person_id"),)

    id: UUID = id_field()
    organization_id: UUID
    person_id: UUID
    ground: Ground = code_field(Ground)
    erased_at: datetime = at_field()
    erased_by_id: UUID | None = None
