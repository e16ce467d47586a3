"""Tables of what persons are asked to do: the tasks, every move of each, and the files that go with them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field
from cie.patient_tasks.states import PatientTaskKind, PatientTaskStatus


class PatientTaskPriority(StrEnum):
    """How soon: the two codes that the guide has for persons."""

    ROUTINE = "routine"
    URGENT = "urgent"


class PatientTaskReason(StrEnum):
    """Why a task stands as it does; what else there is to say is in words."""

    PERSON_DECLINES = "person-declines"
    OTHER = "other"


class DocumentPart(StrEnum):
    """What a file is to a task: what it is about, or what came back."""

    ASKED = "asked"
    FILLED = "filled"


class PatientTask(Table, table=True):
    """One thing that an organization asks of a person whom it serves (FHIR Task, SDOHCC Task for Patient).

    What is asked: `description`; questions by `questionnaire_id` or else by `link` or a file; `contacts`, one of which
    is to be called; something to read, by `link` or a file. `document_reference` is the id under which the sender
    knows the file. What came of it: `answer`, in words; `screening_id`; `filled_reference`, the id of the document of a
    form that was filled in, here or elsewhere.
    """

    __tablename__ = "patient_task"
    __table_args__ = (Index("ix_patient_task_person", "organization_id", "person_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    kind: PatientTaskKind = code_field(PatientTaskKind)
    status: PatientTaskStatus = code_field(PatientTaskStatus, default=PatientTaskStatus.READY)
    priority: PatientTaskPriority = code_field(PatientTaskPriority, default=PatientTaskPriority.ROUTINE)
    reason: PatientTaskReason | None = code_field(PatientTaskReason, optional=True)
    questionnaire_id: UUID | None = Field(default=None, foreign_key="questionnaire.id")
    category: str = Field(default="", max_length=60)
    document_reference: str = Field(default="", max_length=64)
    screening_id: UUID | None = Field(default=None, foreign_key="screening.id")
    filled_reference: str = Field(default="", max_length=64)
    requested_at: datetime = at_field()
    requested_by_id: UUID | None = None
    moved_at: datetime = at_field()
    version: int = 1
    description_sealed: bytes | None = sealed_field()
    link_sealed: bytes | None = sealed_field()
    contacts_sealed: bytes | None = sealed_field()
    answer_sealed: bytes | None = sealed_field()
    reason_words_sealed: bytes | None = sealed_field()

    description = Sealed[str | None]("description_sealed")
    link = Sealed[str | None]("link_sealed")
    contacts = Sealed[list[dict[str, Any]] | None]("contacts_sealed")
    answer = Sealed[str | None]("answer_sealed")
    reason_words = Sealed[str | None]("reason_words_sealed")

    @property
    def requester_id(self) -> UUID:
        """The organization that asks."""
        return self.organization_id


class PatientTaskMove(Table, table=True):
    """One move of a task: from which status to which, by whom, through which door."""

    __tablename__ = "patient_task_move"
    __table_args__ = (Index("ix_patient_task_move_task", "organization_id", "task_id"),)

    id: UUID = id_field()
    organization_id: UUID
    task_id: UUID = Field(foreign_key="patient_task.id")
    from_status: PatientTaskStatus | None = code_field(PatientTaskStatus, optional=True)
    to_status: PatientTaskStatus = code_field(PatientTaskStatus)
    reason: PatientTaskReason | None = code_field(PatientTaskReason, optional=True)
    actor_kind: str = Field(max_length=20)
    actor_id: UUID | None = None
    door: str = Field(max_length=20)
    at: datetime = at_field()


class PatientTaskDocument(Table, table=True):
    """A file that a person is asked to read or to fill in, or that they filled in; its content tells its type."""

    __tablename__ = "patient_task_document"
    __table_args__ = (UniqueConstraint("task_id", "part"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    task_id: UUID = Field(foreign_key="patient_task.id")
    part: DocumentPart = code_field(DocumentPart, default=DocumentPart.ASKED)
    media_type: str = Field(max_length=80)
    size_bytes: int
    added_at: datetime = at_field()
    name_sealed: bytes | None = sealed_field()
    content_sealed: bytes | None = sealed_field()

    name = Sealed[str]("name_sealed")
    content = Sealed[str]("content_sealed")
