"""The person's own word, each kept with who took it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from cie.db import Table, at_field, code_field, id_field


class PersonWord(StrEnum):
    """The person's answer to whether help came."""

    GOT_HELP = "got-help"
    CONTACTED_NO_HELP = "contacted-no-help"
    NOT_CONTACTED = "not-contacted"
    NO_LONGER_NEEDS = "no-longer-needs"


class WordOfPerson(Table, table=True):
    """What the person said, kept with who took it; each word is kept, the newest counts."""

    __tablename__ = "person_word"
    __table_args__ = (Index("ix_person_word_referral", "organization_id", "referral_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    referral_id: UUID = Field(foreign_key="referral.id")
    person_id: UUID
    word: PersonWord = code_field(PersonWord)
    door: str = Field(max_length=20)
    taken_by_id: UUID | None = None
    said_at: datetime = at_field()
