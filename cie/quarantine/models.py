"""The table of messages that were refused."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class MessageState(StrEnum):
    """Whether a message waits for somebody, or was taken when it was sent again."""

    WAITING = "waiting"
    TAKEN = "taken"


class RefusedMessage(Table, table=True):
    """What a program sent and was refused: how in clear, what it said and what was wrong with it sealed.

    `route`: the address as a pattern, since its own ids and searches may name somebody. `codes`: of IssueType.
    `scopes`, `purpose`: of the token it came with. `byte_count`: of the body; `held_bytes`: what keeping it takes.
    `asked`: path, query and headers, and the hash of the body, which was too large to be kept when it is not there.
    `became`: what it made when it was taken, as `Type/id`. `part_of_id`: the batch that was taken apart into this.
    """

    __tablename__ = "refused_message"
    __table_args__ = (
        Index("ix_refused_message_organization", "organization_id", "id"),
        Index("ix_refused_message_client", "client_id", "state", "held_bytes"),
    )

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    client_id: UUID = Field(foreign_key="oauth_client.id")
    received_at: datetime = at_field()
    expires_at: datetime = at_field(index=True)
    method: str = Field(max_length=10)
    route: str = Field(max_length=200)
    status: int
    codes: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    scopes: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    purpose: str = Field(max_length=20)
    byte_count: int
    held_bytes: int
    state: MessageState = code_field(MessageState, default=MessageState.WAITING)
    tries: int = 0
    tried_at: datetime | None = at_field(optional=True)
    taken_at: datetime | None = at_field(optional=True)
    part_of_id: UUID | None = Field(default=None, foreign_key="refused_message.id", index=True)
    became: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    asked_sealed: bytes | None = sealed_field()
    body_sealed: bytes | None = sealed_field()
    outcome_sealed: bytes | None = sealed_field()

    asked = Sealed[dict[str, Any]]("asked_sealed")
    body = Sealed[str]("body_sealed")
    outcome = Sealed[dict[str, Any]]("outcome_sealed")

    @property
    def is_whole(self) -> bool:
        """Whether what was sent is here, and not only its hash and size."""
        return self.body_sealed is not None
