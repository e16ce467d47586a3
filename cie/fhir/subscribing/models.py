"""Tables of subscriptions: what a program wants to hear of and where, and the events that it was to hear of."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class SubscriptionStatus(StrEnum):
    """How a subscription stands: FHIR R4 SubscriptionStatusCodes."""

    REQUESTED = "requested"
    ACTIVE = "active"
    ERROR = "error"
    OFF = "off"


class ContentLevel(StrEnum):
    """How much a notification says: the content codes of the R5 Subscriptions Backport."""

    EMPTY = "empty"
    ID_ONLY = "id-only"
    FULL_RESOURCE = "full-resource"


class Channel(StrEnum):
    """How notifications go: FHIR R4 SubscriptionChannelType, those that are served."""

    REST_HOOK = "rest-hook"
    EMAIL = "email"


class Subscription(Table, table=True):
    """What one program wants to hear of, at an address of its own.

    `filters`: searches as they are written in an address, all of which must hold. `endpoint`: empty where it hears by
    e-mail. `is_bare`: an e-mail goes without a file. `round`: of the newest handshake. `said`: the resource as it was
    sent, without its headers. `beats_at`: when it hears that we are there, if nothing else is told before.
    """

    __tablename__ = "fhir_subscription"

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id", index=True)
    client_id: UUID = Field(foreign_key="oauth_client.id", index=True)
    topic: str = Field(max_length=200)
    filters: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    endpoint: str = Field(max_length=500)
    content: ContentLevel = code_field(ContentLevel)
    is_xml: bool = False
    is_bare: bool = False
    mail_address_id: UUID | None = Field(default=None, foreign_key="mail_address.id")
    heartbeat_seconds: int | None = None
    timeout_seconds: int | None = None
    most_events: int | None = None
    status: SubscriptionStatus = code_field(SubscriptionStatus, default=SubscriptionStatus.REQUESTED)
    fault: str = Field(default="", max_length=60)
    round: int = 0
    created_at: datetime = at_field()
    ends_at: datetime | None = at_field(optional=True)
    beats_at: datetime | None = at_field(optional=True)
    reached_at: datetime | None = at_field(optional=True)
    failed_at: datetime | None = at_field(optional=True)
    headers_sealed: bytes | None = sealed_field(of_network=True)
    said_sealed: bytes | None = sealed_field(of_network=True)

    headers = Sealed[list[str]]("headers_sealed")
    said = Sealed[dict[str, Any]]("said_sealed")

    @property
    def channel(self) -> Channel:
        """How its notifications go."""
        return Channel.EMAIL if self.mail_address_id else Channel.REST_HOOK


class SubscriptionEvent(Table, table=True):
    """That a resource has a new version, by its number among the events of a subscription; nothing of what it says."""

    __tablename__ = "fhir_subscription_event"
    __table_args__ = (Index("ix_fhir_subscription_event_at", "at"),)

    subscription_id: UUID = Field(primary_key=True, foreign_key="fhir_subscription.id")
    number: int = Field(primary_key=True)
    organization_id: UUID
    at: datetime = at_field()
    resource_type: str = Field(max_length=40)
    resource_id: str = Field(max_length=64)
