"""The read model of the measures: one row of facts a referral."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from cie.db import Table, at_field


class ReferralFact(Table, table=True):
    """What is counted of one direct referral. Masked referrals and those sent by mistake have no row."""

    __tablename__ = "referral_fact"
    __table_args__ = (Index("ix_referral_fact_month", "month", "organization_id"),)

    referral_id: UUID = Field(primary_key=True)
    organization_id: UUID
    month: date
    need_code: str = Field(max_length=40)
    county_fips: str = Field(max_length=5)
    language: str = Field(max_length=12)
    sent_at: datetime = at_field()
    answered_at: datetime | None = at_field(optional=True)
    answer_business_hours: float | None = None
    closed_at: datetime | None = at_field(optional=True)
    closing: str | None = Field(default=None, max_length=40)
    asked: bool = False
    person_word: str | None = Field(default=None, max_length=40)
