"""Tables of the texts: what was sent, what came in, and the one question that may be open on a phone."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, LargeBinary, text
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class Direction(StrEnum):
    """Whether a text was sent or came in."""

    OUT = "out"
    IN = "in"


WARNS_OF = "warns-of"
"""The code of a text from a number that nobody ever had, when it speaks of danger: of which kind."""


class TextMessage(Table, table=True):
    """A text. Of one that we sent we keep the template and codes, of one that came in the sealed words."""

    __tablename__ = "text_message"
    __table_args__ = (
        Index("ix_text_message_person", "organization_id", "person_id"),
        Index("ix_text_message_unread", "organization_id", "needs_person", "handled_at"),
    )

    id: UUID = id_field()
    organization_id: UUID
    person_id: UUID | None = None
    contact_point_id: UUID | None = Field(default=None, foreign_key="contact_point.id")
    phone_key: bytes = Field(sa_type=LargeBinary, index=True)
    direction: Direction = code_field(Direction)
    template: str = Field(default="", max_length=40)
    codes: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)
    question_id: UUID | None = Field(default=None, foreign_key="text_question.id")
    gateway_id: str | None = Field(default=None, max_length=64, unique=True)
    status: str = Field(default="", max_length=20)
    body_sealed: bytes | None = sealed_field()
    needs_person: bool = False
    handled_at: datetime | None = at_field(optional=True)
    handled_by_id: UUID | None = None
    note_sealed: bytes | None = sealed_field()
    at: datetime = at_field()

    body = Sealed[str | None]("body_sealed")
    note = Sealed[str | None]("note_sealed")


class TextQuestion(Table, table=True):
    """A question put to a phone. While it is open no other may be put to the same phone, whoever shares it."""

    __tablename__ = "text_question"
    __table_args__ = (
        Index(
            "uq_text_question_open",
            "phone_key",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_text_question_subject", "organization_id", "subject_id"),
    )

    id: UUID = id_field()
    organization_id: UUID
    person_id: UUID
    contact_point_id: UUID = Field(foreign_key="contact_point.id")
    phone_key: bytes = Field(sa_type=LargeBinary)
    question: str = Field(max_length=40)
    subject_id: UUID
    asked_at: datetime = at_field()
    expires_at: datetime = at_field()
    closed_at: datetime | None = at_field(optional=True)
    answer: str | None = Field(default=None, max_length=40)


class PhoneStop(Table, table=True):
    """A phone that asked for no more texts; by its key only, for every organization at once."""

    __tablename__ = "phone_stop"

    phone_key: bytes = Field(primary_key=True, sa_type=LargeBinary)
    stopped_at: datetime = at_field()
    reason: str = Field(default="stop", max_length=20)


class OneTimeCode(Table, table=True):
    """A code that was texted for one use, by the link that it opens. Kept as an HMAC: six digits are soon tried."""

    __tablename__ = "one_time_code"
    __table_args__ = (Index("ix_one_time_code_link", "organization_id", "link_id"),)

    id: UUID = id_field()
    organization_id: UUID
    link_id: UUID = Field(foreign_key="person_link.id")
    generation: int
    code_hash: bytes = Field(sa_type=LargeBinary)
    drawn_at: datetime = at_field()
