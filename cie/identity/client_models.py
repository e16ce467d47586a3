"""Tables of the programs that use the exchange for an organization: clients, what they were granted, tokens."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, LargeBinary, UniqueConstraint
from sqlmodel import Field

from cie.db import Table, at_field, code_field, id_field


class ClientKind(StrEnum):
    """Whether a system comes by itself, or an app in which a member of staff works."""

    SYSTEM = "system"
    STAFF_APP = "staff-app"


class ClientAuthentication(StrEnum):
    """How a client shows who it is at the token endpoint: names of the OAuth registry (RFC 7591, 2)."""

    PRIVATE_KEY_JWT = "private_key_jwt"
    SECRET = "client_secret_basic"  # noqa: S105  # a name of the registry
    NONE = "none"


class Client(Table, table=True):
    """A program that an organization registered. What it may do is never more than its organization may.

    `jwks`: its public keys by value; `jwks_url`: where it publishes them. `role_codes`: what a system is trusted with.
    `purposes`: codes for which it may use data, the first when it names none.
    """

    __tablename__ = "oauth_client"

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id", index=True)
    name: str = Field(max_length=100)
    kind: ClientKind = code_field(ClientKind)
    authentication: ClientAuthentication = code_field(ClientAuthentication)
    jwks: dict[str, Any] | None = Field(default=None, sa_type=JSON, nullable=True)
    jwks_url: str | None = Field(default=None, max_length=500)
    secret_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    redirect_uris: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    scopes: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    purposes: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    role_codes: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    created_at: datetime = at_field()
    created_by_id: UUID | None = None
    suspended_at: datetime | None = at_field(optional=True)
    last_used_at: datetime | None = at_field(optional=True)


class ScopeUse(Table, table=True):
    """When a client was last given a scope."""

    __tablename__ = "oauth_scope_use"

    client_id: UUID = Field(foreign_key="oauth_client.id", primary_key=True)
    scope: str = Field(max_length=100, primary_key=True)
    organization_id: UUID
    last_used_at: datetime = at_field()


class Way(StrEnum):
    """What a program does here: it sends something to us, or it reads."""

    SEND = "send"
    READ = "read"


class ClientUse(Table, table=True):
    """How it goes with what a client does in one way: when that went well last, and what it was refused last.

    `refused_route`: the address as a pattern; `refused_code`: of the error.
    """

    __tablename__ = "oauth_client_use"
    __table_args__ = (UniqueConstraint("client_id", "way"),)

    id: UUID = id_field()
    organization_id: UUID = Field(index=True)
    client_id: UUID = Field(foreign_key="oauth_client.id")
    way: Way = code_field(Way)
    succeeded_at: datetime | None = at_field(optional=True)
    refused_at: datetime | None = at_field(optional=True)
    refused_route: str = Field(default="", max_length=200)
    refused_status: int = 0
    refused_code: str = Field(default="", max_length=40)


class UsedAssertion(Table, table=True):
    """The id of a signed assertion that was taken once (`jti`, RFC 7523), as an HMAC; it may go when it has expired."""

    __tablename__ = "oauth_used_assertion"

    key: bytes = Field(primary_key=True, sa_type=LargeBinary)
    expires_at: datetime = at_field(index=True)


class Grant(Table, table=True):
    """What one member of staff allowed one app: its code first, then a line of refresh tokens.

    No token is kept: codes and refresh tokens are HMACs over the id of the row and their number.
    """

    __tablename__ = "oauth_grant"

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id", index=True)
    client_id: UUID = Field(foreign_key="oauth_client.id", index=True)
    user_id: UUID = Field(foreign_key="user_account.id", index=True)
    scopes: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    purpose: str = Field(max_length=20)
    redirect_uri: str = Field(max_length=500)
    code_challenge: str = Field(max_length=128)
    created_at: datetime = at_field()
    code_used_at: datetime | None = at_field(optional=True)
    generation: int = 0
    expires_at: datetime = at_field()
    ended_at: datetime | None = at_field(optional=True)


class AccessToken(Table, table=True):
    """One access token that was given out, by its `jti`; the token itself is not kept. Ended, it opens nothing."""

    __tablename__ = "oauth_access_token"

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    client_id: UUID = Field(foreign_key="oauth_client.id", index=True)
    user_id: UUID | None = Field(default=None, foreign_key="user_account.id")
    grant_id: UUID | None = Field(default=None, foreign_key="oauth_grant.id", index=True)
    scopes: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    purpose: str = Field(max_length=20)
    issued_at: datetime = at_field()
    expires_at: datetime = at_field(index=True)
    revoked_at: datetime | None = at_field(optional=True)


@dataclass(frozen=True)
class ClientRow:
    """What is read of a client with each use of its tokens."""

    __tablename__: ClassVar[str] = str(Client.__tablename__)

    id: UUID
    organization_id: UUID
    name: str
    role_codes: list[str]
    suspended_at: datetime | None


@dataclass(frozen=True)
class TokenRow:
    """What is read of an access token with each use."""

    id: UUID
    client_id: UUID
    organization_id: UUID
    user_id: UUID | None
    scopes: list[str]
    purpose: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
