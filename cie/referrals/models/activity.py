"""What changed last about a referral, as each side may know it: a read model, which can be made again from the rest."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from cie.db import Table, at_field


class ReferralActivity(Table, table=True):
    """Read model: the newest event of one referral that one organization may see. Kept by a projector.

    `change` is its code. Of a loop with a protected service the sender sees its own acts alone.
    """

    __tablename__ = "referral_activity"
    __table_args__ = (Index("ix_referral_activity_changed", "organization_id", "changed_at", "referral_id"),)

    organization_id: UUID = Field(primary_key=True)
    referral_id: UUID = Field(primary_key=True, index=True)
    side: str = Field(max_length=10)
    task_id: UUID | None = None
    change: str = Field(max_length=60)
    changed_at: datetime = at_field()
