"""Tables of the spine: the audit chains, the outbox, change history, idempotency keys, throttles."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class AuditEntry(Table, table=True):
    """One thing that was done, in the chain of one organization's stream. Ids and codes only."""

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("stream", "sequence"),)

    id: UUID = id_field()
    stream: str = Field(max_length=60)
    sequence: int
    at: datetime = at_field()
    action: str = Field(max_length=60)
    actor_kind: str = Field(max_length=20)
    actor_id: UUID | None = None
    actor_organization_id: UUID | None = None
    actor_roles: str = Field(default="", max_length=200)
    on_behalf_of: UUID | None = None
    purpose: str = Field(max_length=20)
    door: str = Field(max_length=20)
    subject_type: str = Field(max_length=40)
    subject_id: UUID | None = None
    person_id: UUID | None = Field(default=None, index=True)
    referral_id: UUID | None = Field(default=None, index=True)
    codes: str = Field(default="{}")
    previous_hash: bytes = Field(sa_type=LargeBinary)
    hash: bytes = Field(sa_type=LargeBinary)


class AuditPerson(Table, table=True):
    """A person that one access row showed."""

    __tablename__ = "audit_person"

    entry_id: UUID = Field(foreign_key="audit_entry.id", primary_key=True)
    person_id: UUID = Field(primary_key=True, index=True)


class AuditHead(Table, table=True):
    """The newest link of a stream; locked while a link is added."""

    __tablename__ = "audit_head"

    stream: str = Field(primary_key=True, max_length=60)
    sequence: int = 0
    hash: bytes = Field(default=b"", sa_type=LargeBinary)


class DeliveryState(StrEnum):
    """Where an outbox row stands. `uncertain` may or may not have gone; a person decides."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    RETRY = "retry"
    SENT = "sent"
    DROPPED = "dropped"
    UNCERTAIN = "uncertain"
    DEAD = "dead"


class Outbox(Table, table=True):
    """Something to send: ids and codes, never content. It is rendered when it is sent."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_open",
            "due_at",
            "id",
            sqlite_where=text("state IN ('waiting', 'retry', 'claimed')"),
            postgresql_where=text("state IN ('waiting', 'retry', 'claimed')"),
        ),
        Index("ix_outbox_order", "order_key", "state", "id"),
        Index("ix_outbox_organization", "organization_id", "state"),
        Index("ix_outbox_destination", "destination_id", "id"),
    )

    id: UUID = id_field()
    organization_id: UUID
    kind: str = Field(max_length=40)
    destination_id: UUID
    order_key: str = Field(max_length=80)
    dedup_key: str = Field(max_length=160, unique=True)
    due_at: datetime = at_field()
    state: DeliveryState = code_field(DeliveryState, default=DeliveryState.WAITING)
    lease_until: datetime | None = at_field(optional=True)
    attempts: int = 0
    person_id: UUID | None = Field(default=None, index=True)
    subject_id: UUID | None = Field(default=None, index=True)
    codes: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)
    result: str = Field(default="", max_length=60)
    reference: str = Field(default="", max_length=80)
    created_at: datetime = at_field()
    settled_at: datetime | None = at_field(optional=True)


class Change(Table, table=True):
    """A correction: who changed which fields of a record, from what to what (Civ. 56.101(b))."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_record", "organization_id", "record_id"),)

    id: UUID = id_field()
    organization_id: UUID
    record_type: str = Field(max_length=40)
    record_id: UUID
    person_id: UUID | None = Field(default=None, index=True)
    at: datetime = at_field()
    actor_kind: str = Field(max_length=20)
    actor_id: UUID | None = None
    door: str = Field(max_length=20)
    fields_sealed: bytes | None = sealed_field()

    fields = Sealed[dict[str, list[Any]]]("fields_sealed")


class IdempotencyKey(Table, table=True):
    """A request that may be repeated without a second effect. Ids of what it made, never a body."""

    __tablename__ = "idempotency_key"

    client_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True, max_length=120)
    request_hash: bytes = Field(sa_type=LargeBinary)
    resource_id: UUID | None = None
    created_at: datetime = at_field(index=True)


class Throttle(Table, table=True):
    """How often something was tried in a window of time; the key is an HMAC."""

    __tablename__ = "throttle"

    key: bytes = Field(primary_key=True, sa_type=LargeBinary)
    window_started_at: datetime = at_field(index=True)
    count: int = 0
