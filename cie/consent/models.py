"""Tables of what a person allowed and of what was released because of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class Decision(StrEnum):
    """What the person said. "Do not share" is a record, too."""

    SHARE = "share"
    DO_NOT_SHARE = "do-not-share"


class Method(StrEnum):
    """How the person gave it."""

    IN_PERSON = "in-person"
    SIGNED_PAPER = "signed-paper"
    BY_VOICE = "by-voice"
    BY_LINK = "by-link"


class SignerKind(StrEnum):
    """Who signed, and so for which categories the signature counts."""

    PERSON = "person"
    MINOR = "minor"
    PARENT_OR_GUARDIAN = "parent-or-guardian"
    LEGAL_REPRESENTATIVE = "legal-representative"


class Consent(Table, table=True):
    """What a person allowed or refused: to whom, which categories, for what, until when, given how. Append-only.

    `deliveries_on_the_way`: how many messages about the person were in hand when sharing ended by this record.
    """

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_person", "organization_id", "person_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    decision: Decision = code_field(Decision)
    categories: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    recipient_ids: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    purpose: str = Field(max_length=20)
    method: Method = code_field(Method)
    signer: SignerKind = code_field(SignerKind, default=SignerKind.PERSON)
    entitled_categories: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    signer_name_sealed: bytes | None = sealed_field()
    witness_name_sealed: bytes | None = sealed_field()
    language: str = Field(default="en", max_length=12)
    form_version: str = Field(default="", max_length=40)
    given_at: datetime = at_field()
    expires_on: date | None = None
    recorded_by_id: UUID | None = None
    revoked_at: datetime | None = at_field(optional=True)
    revoked_method: Method | None = code_field(Method, optional=True)
    deliveries_on_the_way: int | None = None
    supersedes_id: UUID | None = Field(default=None, foreign_key="consent.id")

    signer_name = Sealed[str | None]("signer_name_sealed")
    witness_name = Sealed[str | None]("witness_name_sealed")

    @property
    def names_anyone(self) -> bool:
        """The person named no organization: any participant that can help may receive it."""
        return not self.recipient_ids

    def is_about(self, organization_id: UUID) -> bool:
        """Whether the person meant this organization, by its name or with all others."""
        return self.names_anyone or str(organization_id) in self.recipient_ids


class DataSet(StrEnum):
    """The minimum data set that an output carries."""

    OFFER = "offer"
    REFERRAL = "referral"
    ANSWER = "answer"
    MESSAGE = "message"


class Release(Table, table=True):
    """What one organization lets another read of a person, frozen as it was previewed. One row a version."""

    __tablename__ = "release"
    __table_args__ = (
        UniqueConstraint("subject_id", "recipient_id", "data_set", "version"),
        Index("ix_release_person", "organization_id", "person_id"),
        Index("ix_release_recipient", "recipient_id", "subject_id"),
    )

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    recipient_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    referral_id: UUID | None = Field(default=None, index=True)
    subject_id: UUID = Field(index=True)
    data_set: DataSet = code_field(DataSet)
    version: int = 1
    purpose: str = Field(max_length=20)
    basis: str = Field(max_length=60)
    consent_ids: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    fingerprint: str = Field(max_length=64)
    masked: bool = False
    released_at: datetime = at_field()
    ended_at: datetime | None = at_field(optional=True)


class ReleaseElement(Table, table=True):
    """One element value of a release, in the order in which the preview showed it."""

    __tablename__ = "release_element"
    __table_args__ = (UniqueConstraint("release_id", "position"),)

    id: UUID = id_field()
    organization_id: UUID
    release_id: UUID = Field(foreign_key="release.id")
    position: int
    element: str = Field(max_length=40)
    category: str = Field(max_length=40)
    value_sealed: bytes | None = sealed_field()

    value = Sealed[Any]("value_sealed")
