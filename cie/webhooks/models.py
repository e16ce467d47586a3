"""The table of webhooks: where a program wants to be told, of what, and the secret that the notices are signed with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, id_field, sealed_field


class Webhook(Table, table=True):
    """An address of one client. `changes`: beginnings of the changes that it wants; all when there are none.

    After a new secret was drawn the one before it signs as well, until `old_until`.
    """

    __tablename__ = "webhook"

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id", index=True)
    client_id: UUID = Field(foreign_key="oauth_client.id", index=True)
    url: str = Field(max_length=500)
    changes: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    secret_sealed: bytes | None = sealed_field(of_network=True)
    old_secret_sealed: bytes | None = sealed_field(of_network=True)
    old_until: datetime | None = at_field(optional=True)
    created_at: datetime = at_field()
    paused_at: datetime | None = at_field(optional=True)
    ended_at: datetime | None = at_field(optional=True)
    failed_at: datetime | None = at_field(optional=True)
    reached_at: datetime | None = at_field(optional=True)

    secret = Sealed[str]("secret_sealed")
    old_secret = Sealed[str | None]("old_secret_sealed")
