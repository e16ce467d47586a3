"""The table of what other consent systems say of a person's wish."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from cie.consent.models import Decision
from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class Settled(StrEnum):
    """What a person decided about a statement of another consent system that disagrees with ours."""

    OPEN = "open"
    THEIRS = "theirs"
    OURS = "ours"


class ExternalStatement(Table, table=True):
    """What another consent system keeps of a person's wish, as it told us last. It never opens anything by itself.

    `recipient_ids` are organizations here; empty is everybody. `settled`: OURS sets it aside, until it changes.
    """

    __tablename__ = "external_statement"
    __table_args__ = (
        UniqueConstraint("organization_id", "source", "external_id"),
        Index("ix_external_statement_person", "organization_id", "person_id"),
    )

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    source: str = Field(max_length=40)
    external_id: str = Field(max_length=100)
    decision: Decision = code_field(Decision)
    categories: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    recipient_ids: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    given_on: date
    expires_on: date | None = None
    withdrawn: bool = False
    received_at: datetime = at_field()
    settled: Settled = code_field(Settled, default=Settled.OPEN)
    settled_at: datetime | None = at_field(optional=True)
    settled_by_id: UUID | None = None
    words_sealed: bytes | None = sealed_field()

    words = Sealed[str | None]("words_sealed")

    def counts_on(self, today: date) -> bool:
        """Whether it holds there on this day, and was not set aside here."""
        has_ended = self.expires_on is not None and self.expires_on < today
        return not self.withdrawn and not has_ended and self.settled != Settled.OURS
