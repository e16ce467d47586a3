"""What the two sides write about a referral: messages and notes, tries to reach the person, files."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class EntryKind(StrEnum):
    """A message is read by both sides, a note by the author's organization alone."""

    MESSAGE = "message"
    NOTE = "note"
    REASON = "reason"


class Entry(Table, table=True):
    """Free text about a referral. What the other side may read of it went through a release."""

    __tablename__ = "entry"
    __table_args__ = (Index("ix_entry_referral", "referral_id", "organization_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    referral_id: UUID = Field(foreign_key="referral.id")
    task_id: UUID | None = Field(default=None, foreign_key="referral_task.id")
    person_id: UUID
    author_id: UUID | None = None
    kind: EntryKind = code_field(EntryKind)
    text_sealed: bytes | None = sealed_field()
    written_at: datetime = at_field()

    text = Sealed[str]("text_sealed")


class ContactMethod(StrEnum):
    """How somebody tried to reach the person."""

    PHONE = "phone"
    TEXT = "text"
    IN_PERSON = "in-person"
    VIDEO = "video"
    EMAIL = "email"
    MAIL = "mail"


class ContactAttempt(Table, table=True):
    """One try to reach the person: when it happened, how, by whom, reached or not, how long."""

    __tablename__ = "contact_attempt"
    __table_args__ = (Index("ix_contact_attempt_referral", "referral_id", "organization_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    referral_id: UUID = Field(foreign_key="referral.id")
    task_id: UUID | None = Field(default=None, foreign_key="referral_task.id")
    person_id: UUID
    method: ContactMethod = code_field(ContactMethod)
    reached: bool
    minutes: int | None = None
    happened_at: datetime = at_field()
    entered_at: datetime = at_field()
    by_id: UUID | None = None


class Attachment(Table, table=True):
    """A file with a referral; its type is told from its content, and what cannot be told is kept apart.

    `source`: how the program that sent it names it there; empty for what staff added.
    """

    __tablename__ = "attachment"

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    referral_id: UUID = Field(foreign_key="referral.id", index=True)
    task_id: UUID | None = Field(default=None, foreign_key="referral_task.id")
    person_id: UUID
    author_id: UUID | None = None
    name_sealed: bytes | None = sealed_field()
    content_sealed: bytes | None = sealed_field()
    media_type: str = Field(default="", max_length=80)
    size_bytes: int = 0
    quarantined: bool = False
    source: str = Field(default="", max_length=120)
    added_at: datetime = at_field()

    name = Sealed[str]("name_sealed")
    content = Sealed[str]("content_sealed")
