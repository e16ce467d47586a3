"""Tables of sign-in through an organization's own provider: the provider, its domains, who came through it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from cie.access import Role
from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class IdentityProvider(Table, table=True):
    """The OpenID provider at which the staff of one organization sign in, and what its words mean here.

    `role_values`: by code of a role, the values of `roles_claim` that give it. `second_factor_acrs`: the values of
    `acr` that say that two factors were used. `always_two_since`: since when an administrator states that the provider
    always asks for two; `always_two_said_by_id` is who.
    """

    __tablename__ = "identity_provider"
    __table_args__ = (CheckConstraint("default_role <> 'network-administrator'", name="not_the_network"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id", unique=True)
    issuer: str = Field(max_length=500)
    client_id: str = Field(max_length=200)
    client_secret_sealed: bytes | None = sealed_field(of_network=True)
    email_claim: str = Field(default="email", max_length=100)
    name_claim: str = Field(default="name", max_length=100)
    roles_claim: str = Field(default="", max_length=100)
    role_values: dict[str, list[str]] = Field(default_factory=dict, sa_type=JSON, nullable=False)
    makes_accounts: bool = False
    default_role: Role | None = code_field(Role, optional=True)
    second_factor_acrs: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    always_two_since: datetime | None = at_field(optional=True)
    always_two_said_by_id: UUID | None = None
    created_at: datetime = at_field()
    held_back_at: datetime | None = at_field(optional=True)

    client_secret = Sealed[str]("client_secret_sealed")


class ProviderDomain(Table, table=True):
    """A domain of e-mail addresses that leads to one provider, and to no other in the network."""

    __tablename__ = "identity_provider_domain"

    domain: str = Field(max_length=253, primary_key=True)
    organization_id: UUID
    provider_id: UUID = Field(foreign_key="identity_provider.id", index=True)


class ExternalAccount(Table, table=True):
    """Who somebody of a provider is here. The provider's name for them (`sub`) is kept as a key only."""

    __tablename__ = "external_account"
    __table_args__ = (
        UniqueConstraint("provider_id", "subject_key"),
        UniqueConstraint("provider_id", "user_id"),
        Index("ix_external_account_user", "user_id"),
    )

    id: UUID = id_field()
    organization_id: UUID
    provider_id: UUID = Field(foreign_key="identity_provider.id")
    subject_key: bytes = Field(sa_type=LargeBinary)
    user_id: UUID = Field(foreign_key="user_account.id")
    linked_at: datetime = at_field()
    last_used_at: datetime | None = at_field(optional=True)


class ExternalSession(Table, table=True):
    """A session that began at a provider, so that signing out there ends it here. `sid_key`: of its name there."""

    __tablename__ = "external_session"
    __table_args__ = (
        Index("ix_external_session_sid", "provider_id", "sid_key"),
        Index("ix_external_session_user", "provider_id", "user_id"),
    )

    session_id: UUID = Field(foreign_key="user_session.id", primary_key=True)
    organization_id: UUID
    provider_id: UUID = Field(foreign_key="identity_provider.id")
    user_id: UUID = Field(foreign_key="user_account.id")
    sid_key: bytes | None = Field(default=None, sa_type=LargeBinary)
