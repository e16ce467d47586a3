"""Who may take an open request: one row for each organization that could help, until one of them does."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from cie.db import Table, at_field, code_field, id_field
from cie.referrals.states import Reason, TaskStatus


class OpenOffer(Table, table=True):
    """One organization that may take an open request. What it reads of it stands in its release.

    `task_id`: the id that the task has for everybody, from the first; its row is made when somebody takes it. `status`
    is as its own organization knows it, `urgency_rank` as it was released.
    """

    __tablename__ = "open_offer"
    __table_args__ = (
        UniqueConstraint("referral_id", "performer_id"),
        Index("ix_open_offer_performer", "performer_id", "status", "urgency_rank", "due_at"),
        Index("ix_open_offer_task", "task_id", "performer_id"),
    )

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    referral_id: UUID = Field(foreign_key="referral.id")
    task_id: UUID
    person_id: UUID = Field(foreign_key="person.id")
    performer_id: UUID = Field(foreign_key="participant.id")
    service_id: UUID = Field(foreign_key="service.id")
    status: TaskStatus = code_field(TaskStatus, default=TaskStatus.REQUESTED)
    reason: Reason | None = code_field(Reason, optional=True)
    urgency_rank: int
    sent_at: datetime = at_field()
    due_at: datetime = at_field()
    ended_at: datetime | None = at_field(optional=True)

    @property
    def requester_id(self) -> UUID:
        """The organization that asked."""
        return self.organization_id
