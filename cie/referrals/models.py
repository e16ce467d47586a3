"""Tables of the closed loop: the referral (the loop), its tasks (one an organization asked), and what was said."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
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

    `service_id` is the service of a draft, or whose contact was given; who was asked stands in the tasks.
    """

    __tablename__ = "referral"
    __table_args__ = (
        Index("ix_referral_person", "organization_id", "person_id"),
        Index("ix_referral_sent", "organization_id", "first_sent_at"),
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
    at_person_request: bool = False
    follow_up_on: date | None = None
    assignee_id: UUID | None = Field(default=None, foreign_key="user_account.id")
    created_by_id: UUID | None = None
    created_at: datetime = at_field()
    first_sent_at: datetime | None = at_field(optional=True)
    closed_at: datetime | None = at_field(optional=True)
    closing: Closing | None = code_field(Closing, optional=True)
    version: int = 1

    message = Sealed[str | None]("message_sealed")

    @property
    def requester_id(self) -> UUID:
        """The organization that asked."""
        return self.organization_id


class ReferralTask(Table, table=True):
    """What one organization is asked to do (FHIR Task), with its own status, timer and version."""

    __tablename__ = "referral_task"
    __table_args__ = (
        Index("ix_referral_task_referral", "organization_id", "referral_id"),
        Index("ix_referral_task_performer", "performer_id", "status"),
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


class Attachment(Table, table=True):
    """A file with a referral; its type is told from its content, and what cannot be told is kept apart."""

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
    added_at: datetime = at_field()

    name = Sealed[str]("name_sealed")
    content = Sealed[str]("content_sealed")


class Owed(StrEnum):
    """With whom the next step is, seen from one organization."""

    US = "us"
    PERSON = "person"
    OTHERS = "others"
    NOBODY = "nobody"


WORKLIST_ORDER = ("group_rank", "urgency_rank", "order_at", "sent_at")


class WorklistItem(Table, table=True):
    """Read model: one line of one organization's worklist. Kept by a projector from the rest.

    Need, language and urgency are those that this organization may know. `order_at` is when the step is due, far in the
    future when no clock runs, so that both databases sort alike.
    """

    __tablename__ = "worklist_item"
    __table_args__ = (
        Index("ix_worklist_item_order", "organization_id", "owed", *WORKLIST_ORDER),
        Index("ix_worklist_item_own", "organization_id", "assignee_id", "owed", *WORKLIST_ORDER),
    )

    organization_id: UUID = Field(primary_key=True)
    item_id: UUID = Field(primary_key=True)
    referral_id: UUID = Field(index=True)
    task_id: UUID | None = None
    side: str = Field(max_length=10)
    owed: Owed = code_field(Owed)
    group: str = Field(max_length=30)
    group_rank: int
    urgency_rank: int
    due_at: datetime | None = at_field(optional=True)
    order_at: datetime = at_field()
    sent_at: datetime = at_field()
    assignee_id: UUID | None = None
    need_code: str = Field(max_length=40)
    language: str = Field(max_length=12)
    counterpart_id: UUID | None = None
    last_event: str = Field(max_length=60)
    last_event_at: datetime = at_field()


class CodeList(Table, table=True):
    """One version of a list that others report by, with its source and the day from which it holds."""

    __tablename__ = "code_list"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: UUID = id_field()
    name: str = Field(max_length=60)
    version: str = Field(max_length=40)
    effective_on: date
    source: str = Field(max_length=400)
    codes: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)
    loaded_at: datetime = at_field()
