"""How a service answered where the sender may learn no more than that it did."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from cie.db import Table, at_field, code_field, id_field
from cie.referrals.states import Reason, TaskStatus


class WithheldAnswer(Table, table=True):
    """The end that a service gave to a task, kept with the service alone. The task itself reads as answered, no more.

    `organization_id` is the one that answered.
    """

    __tablename__ = "withheld_answer"
    __table_args__ = (Index("ix_withheld_answer_referral", "organization_id", "referral_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    referral_id: UUID = Field(foreign_key="referral.id")
    task_id: UUID = Field(foreign_key="referral_task.id", unique=True)
    person_id: UUID
    status: TaskStatus = code_field(TaskStatus)
    reason: Reason | None = code_field(Reason, optional=True)
    at: datetime = at_field()
