"""The lists by which plans and counties report closed loops."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field

from cie.db import Table, at_field, id_field


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
