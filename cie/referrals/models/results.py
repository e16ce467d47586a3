"""What came of a task beside how it ended: that somebody is enrolled, what an assessment found, what was done."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field
from cie.participants import Program


class ResultKind(StrEnum):
    """What a result is: where somebody stands with a program, what was found, what was done, or something else."""

    ENROLLMENT = "enrollment-status"
    ASSESSMENT = "assessment"
    PROCEDURE = "procedure"
    OTHER = "other"


class Enrollment(StrEnum):
    """How somebody stands with a program (SDOH Clinical Care 3.0.0, enrollment status)."""

    ENROLLED = "enrolled"
    NOT_ENROLLED = "not-enrolled"
    WAITLIST = "not-enrolled-on-waitlist"


class Result(Table, table=True):
    """One result that the organization asked gave. What its sender may read of it went through a release.

    `program` and `status` are those of an enrollment, which holds `since_on`. `source`: how the program of the author
    names what it sent; empty for what staff wrote down. `body`: what it sent, as far as it is understood, as its edge
    writes it.
    """

    __tablename__ = "referral_result"
    __table_args__ = (
        Index("ix_referral_result_task", "task_id", "organization_id"),
        Index("ix_referral_result_referral", "referral_id", "organization_id"),
    )

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    referral_id: UUID = Field(foreign_key="referral.id")
    task_id: UUID = Field(foreign_key="referral_task.id")
    person_id: UUID
    author_id: UUID | None = None
    kind: ResultKind = code_field(ResultKind)
    program: Program | None = code_field(Program, optional=True)
    status: Enrollment | None = code_field(Enrollment, optional=True)
    since_on: date | None = None
    source: str = Field(default="", max_length=120)
    title_sealed: bytes | None = sealed_field()
    body_sealed: bytes | None = sealed_field()
    given_at: datetime = at_field()
    taken_back_at: datetime | None = at_field(optional=True)

    title = Sealed[str]("title_sealed")
    body = Sealed[str | None]("body_sealed")
