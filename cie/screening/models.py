"""Tables of questionnaires, screenings, answers and needs."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class QuestionnaireRow(Table, table=True):
    """An instrument as it was loaded: a FHIR R4 Questionnaire, never changed, one row a version."""

    __tablename__ = "questionnaire"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: UUID = id_field()
    code: str = Field(max_length=20)
    version: str = Field(max_length=40)
    title: str = Field(max_length=300)
    resource: dict[str, Any] = Field(sa_type=JSON)
    is_active: bool = True
    loaded_at: datetime = at_field()


class ScreeningStatus(StrEnum):
    """FHIR QuestionnaireResponse.status."""

    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    STOPPED = "stopped"
    ENTERED_IN_ERROR = "entered-in-error"


class SafetyGate(StrEnum):
    """What the person said when asked: "Are you alone, and is it safe to talk?"."""

    SAFE = "safe"
    NOT_SAFE = "not-safe"
    DECLINED = "declined"


class Screening(Table, table=True):
    """One time that a person was asked the questions of an instrument; saved as it goes.

    `completed_at`: when it was finished last; it stays while the questions on safety are asked afterwards.
    `amended_at`: when other answers took the place of some of it last.
    """

    __tablename__ = "screening"
    __table_args__ = (Index("ix_screening_person", "organization_id", "person_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    questionnaire_id: UUID = Field(foreign_key="questionnaire.id")
    status: ScreeningStatus = code_field(ScreeningStatus, default=ScreeningStatus.IN_PROGRESS)
    safety_gate: SafetyGate | None = code_field(SafetyGate, optional=True)
    started_by_id: UUID | None = None
    started_at: datetime = at_field()
    saved_at: datetime = at_field()
    completed_at: datetime | None = at_field(optional=True)
    amended_at: datetime | None = at_field(optional=True)

    @property
    def was_finished(self) -> bool:
        """Whether it was once asked to the end; it is also while the questions on safety are asked afterwards."""
        return self.completed_at is not None and self.status is not ScreeningStatus.STOPPED

    @property
    def is_mistake(self) -> bool:
        return self.status is ScreeningStatus.ENTERED_IN_ERROR

    @property
    def answers_version(self) -> str:
        """Another one each time that other answers took the place of some, so that two who correct do not cross."""
        return self.amended_at.isoformat() if self.amended_at else "first"


class ScreeningAnswer(Table, table=True):
    """An answer to one item: codes, or declined. Sealed, since it tells about the person."""

    __tablename__ = "screening_answer"
    __table_args__ = (UniqueConstraint("screening_id", "link_id"),)

    id: UUID = id_field()
    organization_id: UUID
    screening_id: UUID = Field(foreign_key="screening.id")
    link_id: str = Field(max_length=100)
    answer_sealed: bytes | None = sealed_field()
    answered_at: datetime = at_field()

    answer = Sealed[dict[str, Any]]("answer_sealed")


class NeedStatus(StrEnum):
    """Whether a worker confirmed it (FHIR Condition.verificationStatus and clinicalStatus, in our words)."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    RESOLVED = "resolved"
    ENTERED_IN_ERROR = "entered-in-error"


class Wish(StrEnum):
    """What the person wants done about a need. Only "wants help" becomes a referral."""

    WANTS_HELP = "wants-help"
    NOT_NOW = "not-now"
    HAS_HELP = "has-help"
    PREFERS_ALONE = "prefers-alone"


class Need(Table, table=True):
    """A health-related social need of a person; a health concern, never an encounter diagnosis."""

    __tablename__ = "need"
    __table_args__ = (Index("ix_need_person", "organization_id", "person_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    screening_id: UUID | None = Field(default=None, foreign_key="screening.id")
    need_code: str = Field(max_length=40)
    domain: str = Field(max_length=60)
    icd10: str | None = Field(default=None, max_length=12)
    snomed: str | None = Field(default=None, max_length=20)
    status: NeedStatus = code_field(NeedStatus, default=NeedStatus.PROPOSED)
    wish: Wish | None = code_field(Wish, optional=True)
    decided_by_id: UUID | None = None
    decided_at: datetime | None = at_field(optional=True)
    created_at: datetime = at_field()
