"""The table of what agencies said so that what they were told stays out of somebody's accounting for a time."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class StatedHow(StrEnum):
    """How the agency said it: 45 CFR 164.528(a)(2)(i) in writing, (ii) by voice."""

    WRITTEN = "written"
    ORAL = "oral"


class AccountingSuspension(Table, table=True):
    """An agency wants what it got because of a demand kept out of the accounting; both days count.

    `person_id`: of one person alone; None of everybody whom the demand is about. `said_by`: who spoke for the agency;
    `document`: where its paper is kept. Ended early it stays, since the law wants the statement kept.
    """

    __tablename__ = "accounting_suspension"
    __table_args__ = (Index("ix_accounting_suspension_demand", "organization_id", "demand_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    demand_id: UUID = Field(foreign_key="legal_demand.id")
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    how: StatedHow = code_field(StatedHow)
    stated_on: date
    until_on: date
    agency_sealed: bytes | None = sealed_field()
    said_by_sealed: bytes | None = sealed_field()
    reason_sealed: bytes | None = sealed_field()
    document_sealed: bytes | None = sealed_field()
    recorded_at: datetime = at_field()
    recorded_by_id: UUID | None = None
    ended_at: datetime | None = at_field(optional=True)
    ended_by_id: UUID | None = None

    agency = Sealed[str]("agency_sealed")
    said_by = Sealed[str | None]("said_by_sealed")
    reason = Sealed[str]("reason_sealed")
    document = Sealed[str | None]("document_sealed")

    def lasts_on(self, today: date) -> bool:
        """Whether it still keeps something out on this day."""
        return self.ended_at is None and self.stated_on <= today <= self.until_on

    def is_about(self, person_id: UUID | None) -> bool:
        """Whether it is about this person; None asks for anybody whom the demand is about."""
        return self.person_id is None or person_id is None or self.person_id == person_id
