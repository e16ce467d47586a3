"""The referral, which is the loop; its tasks, one for each organization asked; and every move of a task."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field
from cie.referrals.states import Closing, Reason, TaskStatus


class Kind(StrEnum):
    """Whether a receiver must answer, the person was given a contact, or the person asked."""

    DIRECT = "direct"
    INFORMATIONAL = "informational"
    SELF = "self"


class Urgency(StrEnum):
    """How soon (FHIR request-priority): needed today, within 2 days, this week, not urgent, in this order."""

    TODAY = "stat"
    TWO_DAYS = "asap"
    WEEK = "urgent"
    NOT_URGENT = "routine"

    @property
    def rank(self) -> int:
        return list(Urgency).index(self)


class ReferralStatus(StrEnum):
    """The requester's status of the loop (FHIR ServiceRequest.status)."""

    DRAFT = "draft"
    ACTIVE = "active"
    COMPLETED = "completed"
    REVOKED = "revoked"
    ENTERED_IN_ERROR = "entered-in-error"


class Referral(Table, table=True):
    """The loop: what a person needs and asked for, from the first request until someone says that it ended.

    `service_id` is the service of a draft, or whose contact was given; `asks_anyone`: a draft is for whoever can help
    instead. Who was asked stands in the tasks. Of an open request, which whoever can help may take, `open_task_id` is
    the id that its task has from the first, though its row is made when somebody does; until then `open_due_at` is by
    when. `open_returned_at`: since when it is late.
    """

    __tablename__ = "referral"
    __table_args__ = (
        Index("ix_referral_person", "organization_id", "person_id"),
        Index("ix_referral_sent", "organization_id", "first_sent_at"),
        Index("ix_referral_open", "open_due_at"),
    )

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    need_id: UUID | None = Field(default=None, foreign_key="need.id")
    need_code: str = Field(max_length=40)
    title: str = Field(max_length=200)
    kind: Kind = code_field(Kind, default=Kind.DIRECT)
    urgency: Urgency = code_field(Urgency)
    status: ReferralStatus = code_field(ReferralStatus, default=ReferralStatus.DRAFT)
    message_sealed: bytes | None = sealed_field()
    masked: bool = False
    in_order: bool = False
    replaces_id: UUID | None = Field(default=None, foreign_key="referral.id")
    service_id: UUID | None = Field(default=None, foreign_key="service.id")
    asks_anyone: bool = False
    at_person_request: bool = False
    follow_up_on: date | None = None
    assignee_id: UUID | None = Field(default=None, foreign_key="user_account.id")
    created_by_id: UUID | None = None
    created_at: datetime = at_field()
    first_sent_at: datetime | None = at_field(optional=True)
    closed_at: datetime | None = at_field(optional=True)
    closing: Closing | None = code_field(Closing, optional=True)
    open_task_id: UUID | None = None
    open_due_at: datetime | None = at_field(optional=True)
    open_returned_at: datetime | None = at_field(optional=True)
    version: int = 1

    message = Sealed[str | None]("message_sealed")

    @property
    def requester_id(self) -> UUID:
        """The organization that asked."""
        return self.organization_id


class ReferralTask(Table, table=True):
    """What one organization is asked to do (FHIR Task), with its own status, timer and version.

    `outcome_withheld`: the sender may learn that it was answered and no more; the answer is kept with who gave it.
    """

    __tablename__ = "referral_task"
    __table_args__ = (
        Index("ix_referral_task_referral", "organization_id", "referral_id"),
        Index("ix_referral_task_performer", "performer_id", "status"),
        Index("ix_referral_task_asked", "referral_id", "performer_id"),
        Index("ix_referral_task_due", "due_at"),
    )

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    referral_id: UUID = Field(foreign_key="referral.id")
    person_id: UUID = Field(foreign_key="person.id")
    performer_id: UUID = Field(foreign_key="participant.id")
    service_id: UUID = Field(foreign_key="service.id")
    position: int = 1
    is_offer: bool = False
    status: TaskStatus = code_field(TaskStatus, default=TaskStatus.DRAFT)
    reason: Reason | None = code_field(Reason, optional=True)
    proposed_service_id: UUID | None = Field(default=None, foreign_key="service.id")
    requested_at: datetime | None = at_field(optional=True)
    answered_at: datetime | None = at_field(optional=True)
    ended_at: datetime | None = at_field(optional=True)
    waitlist_until: date | None = None
    hold_until: date | None = None
    due_at: datetime | None = at_field(optional=True)
    reminded_at: datetime | None = at_field(optional=True)
    returned_at: datetime | None = at_field(optional=True)
    recalled: bool = False
    told_by_voice: bool = False
    outcome_withheld: bool = False
    assignee_id: UUID | None = Field(default=None, foreign_key="user_account.id")
    opened_by_id: UUID | None = None
    opened_at: datetime | None = at_field(optional=True)
    version: int = 1

    @property
    def requester_id(self) -> UUID:
        """The organization that asked."""
        return self.organization_id


class TaskHistory(Table, table=True):
    """One move of a task: from which status to which, why, by whom, through which door."""

    __tablename__ = "task_history"
    __table_args__ = (Index("ix_task_history_referral", "organization_id", "referral_id"),)

    id: UUID = id_field()
    organization_id: UUID
    referral_id: UUID = Field(foreign_key="referral.id")
    task_id: UUID = Field(foreign_key="referral_task.id")
    from_status: TaskStatus | None = code_field(TaskStatus, optional=True)
    to_status: TaskStatus = code_field(TaskStatus)
    reason: Reason | None = code_field(Reason, optional=True)
    actor_kind: str = Field(max_length=20)
    actor_id: UUID | None = None
    actor_organization_id: UUID | None = None
    door: str = Field(max_length=20)
    told_by_sealed: bytes | None = sealed_field()
    at: datetime = at_field()

    told_by = Sealed[str | None]("told_by_sealed")
