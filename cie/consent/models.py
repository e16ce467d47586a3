"""Tables of what a person allowed and of what was released because of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class Decision(StrEnum):
    """What the person said. "Do not share" is a record, too."""

    SHARE = "share"
    DO_NOT_SHARE = "do-not-share"


class Method(StrEnum):
    """How the person gave it; the first three leave a signature."""

    ON_SCREEN = "on-screen"
    SIGNED_PAPER = "signed-paper"
    BY_LINK = "by-link"
    IN_PERSON = "in-person"
    BY_VOICE = "by-voice"


class SignerKind(StrEnum):
    """Who signed, and so for which categories the signature counts."""

    PERSON = "person"
    MINOR = "minor"
    PARENT_OR_GUARDIAN = "parent-or-guardian"
    LEGAL_REPRESENTATIVE = "legal-representative"


class Capacity(StrEnum):
    """By what right a representative signs."""

    CONSERVATOR = "conservator"
    HEALTH_CARE_AGENT = "health-care-agent"
    COURT_ORDER = "court-order"
    FOSTER_CARE_WORKER = "foster-care-worker"


class Reach(StrEnum):
    """Whom a consent is meant for: organizations by name, those that treat the person, care partners, or anybody."""

    NAMED = "named"
    TREATING_PROVIDERS = "treating-providers"
    CARE_PARTNERS = "care-partners"
    ANYONE = "anyone"


class Expiry(StrEnum):
    """How a document says when it ends."""

    DAY = "day"
    EVENT = "event"
    NONE = "none"


class Consent(Table, table=True):
    """What a person allowed or refused: to whom, which categories, for what, until when, given how. Append-only.

    `form` names its type, `own_form_id` the version of one of the network's own; `form_version` is that of the paper or
    of the words that were read. `stated`: what the document states. `programs`: whose own records it covers by name.
    `recipient_class`: whom it is meant for when it names no organization; empty is anybody who can help.
    `deliveries_on_the_way`: how many messages about the person were in hand when sharing ended by this record.
    """

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_person", "organization_id", "person_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    decision: Decision = code_field(Decision)
    categories: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    programs: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    recipient_ids: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    recipient_class: Reach | None = code_field(Reach, optional=True)
    purpose: str = Field(max_length=20)
    more_purposes: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    method: Method = code_field(Method)
    signer: SignerKind = code_field(SignerKind, default=SignerKind.PERSON)
    capacity: Capacity | None = code_field(Capacity, optional=True)
    custody_limits: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    entitled_categories: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    signer_name_sealed: bytes | None = sealed_field()
    witness_name_sealed: bytes | None = sealed_field()
    language: str = Field(default="en", max_length=12)
    form: str = Field(default="cie-sharing", max_length=40)
    form_version: str = Field(default="", max_length=40)
    own_form_id: UUID | None = Field(default=None, foreign_key="own_form.id")
    stated: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    names_network: bool = False
    given_at: datetime = at_field()
    expiry: Expiry | None = code_field(Expiry, optional=True)
    expires_on: date | None = None
    recorded_by_id: UUID | None = None
    revoked_at: datetime | None = at_field(optional=True)
    revoked_method: Method | None = code_field(Method, optional=True)
    revoked_by: SignerKind | None = code_field(SignerKind, optional=True)
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


class EmergencyKind(StrEnum):
    """What is recorded of an emergency: the person needs care now, or somebody's life is in danger."""

    MEDICAL = "medical-emergency"
    DANGER = "danger-to-life"


class NetworkRole(StrEnum):
    """What the exchange is by law to those who disclose through it; counsel records it."""

    NONE = "none"
    BUSINESS_ASSOCIATE = "business-associate"
    QSO = "qso"
    PART2_INTERMEDIARY = "part2-intermediary"


class NetworkPolicy(Table, table=True):
    """What counsel of the network recorded, from a day on; each setting opens something. Append-only.

    `hipaa_policy`: telling those who are neither covered entity nor business associate is treatment.
    `statute_before_no`: a statute may let data go although the person said no.
    """

    __tablename__ = "network_policy"

    id: UUID = id_field()
    role: NetworkRole = code_field(NetworkRole, default=NetworkRole.NONE)
    ab133: bool = False
    hipaa_policy: bool = False
    statute_before_no: bool = False
    wic_agreement: bool = False
    ab210_protocol: bool = False
    hmis_inferred: bool = False
    counsel: str = Field(max_length=100)
    source: str = Field(max_length=300)
    effective_on: date
    recorded_at: datetime = at_field()
    recorded_by_id: UUID | None = None


class DataSet(StrEnum):
    """The minimum data set that an output carries."""

    OFFER = "offer"
    REFERRAL = "referral"
    ANSWER = "answer"
    MESSAGE = "message"
    EMERGENCY = "emergency"
    PERMISSION = "permission"
    ELIGIBILITY = "eligibility"
    EVENT_NOTICE = "event-notice"
    AGGREGATE = "aggregate"


class Release(Table, table=True):
    """What one organization lets another read of a person, frozen as it was previewed. One row a version.

    `obligations`: the duties that go with it, by the codes of the rules.
    """

    __tablename__ = "release"
    __table_args__ = (
        UniqueConstraint("subject_id", "recipient_id", "data_set", "version"),
        Index("ix_release_person", "organization_id", "person_id"),
        Index("ix_release_of_person", "person_id"),
        Index("ix_release_recipient", "recipient_id", "subject_id"),
        Index(
            "ix_release_ended",
            "recipient_id",
            "ended_at",
            sqlite_where=text("ended_at IS NOT NULL"),
            postgresql_where=text("ended_at IS NOT NULL"),
        ),
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
    obligations: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
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


class ConsentDecision(Table, table=True):
    """One decision as it was made: all that was asked, what the rules answered, and which rules these were.

    The question is kept without the values of the elements, so that it can be decided again.
    """

    __tablename__ = "consent_decision"
    __table_args__ = (Index("ix_consent_decision_person", "organization_id", "person_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    release_id: UUID = Field(foreign_key="release.id", unique=True, index=True)
    rule_version: str = Field(max_length=64)
    question_sealed: bytes | None = sealed_field()
    answers_sealed: bytes | None = sealed_field()
    decided_at: datetime = at_field()

    question = Sealed[Any]("question_sealed")
    answers = Sealed[Any]("answers_sealed")
