"""The lines of the worklists: a read model, which can be made again from the rest."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from cie.db import Table, at_field, code_field


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
