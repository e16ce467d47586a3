"""Tables of staff accounts: sign-in, sessions, recovery codes, invitations, forms kept over a sign-out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, LargeBinary
from sqlmodel import Field

from cie.access import Role
from cie.db import Sealed, Table, at_field, id_field, sealed_field


class UserAccount(Table, table=True):
    """A member of staff of one organization. The e-mail is found through its match key only."""

    __tablename__ = "user_account"

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id", index=True)
    email_key: bytes = Field(sa_type=LargeBinary, unique=True)
    email_sealed: bytes | None = sealed_field(of_network=True)
    name_sealed: bytes | None = sealed_field(of_network=True)
    role_codes: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    password_hash: str | None = Field(default=None, max_length=200)
    totp_secret_sealed: bytes | None = sealed_field(of_network=True)
    totp_step: int = 0
    is_active: bool = True
    away_until: datetime | None = at_field(optional=True)
    language: str = Field(default="en", max_length=10)
    keys_on: bool = False
    created_at: datetime = at_field()

    email = Sealed[str]("email_sealed")
    name = Sealed[str]("name_sealed")
    totp_secret = Sealed[str]("totp_secret_sealed")

    @property
    def roles(self) -> frozenset[Role]:
        """What this member of staff is trusted with."""
        return frozenset(Role(code) for code in self.role_codes)


class UserSession(Table, table=True):
    """One signed-in browser. The cookie holds the token; the row only its hash.

    `handed_over_for`: what a person reads and signs in it at this moment; it shows nothing else of the exchange.
    """

    __tablename__ = "user_session"

    id: UUID = id_field()
    user_id: UUID = Field(foreign_key="user_account.id", index=True)
    organization_id: UUID
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    created_at: datetime = at_field()
    last_seen_at: datetime = at_field()
    second_factor_at: datetime | None = at_field(optional=True)
    ended_at: datetime | None = at_field(optional=True)
    browser: str = Field(default="", max_length=80)
    handed_over_for: UUID | None = None


class RecoveryCode(Table, table=True):
    """A code for one sign-in without the phone app; kept hashed."""

    __tablename__ = "recovery_code"

    id: UUID = id_field()
    user_id: UUID = Field(foreign_key="user_account.id", index=True)
    code_hash: bytes = Field(sa_type=LargeBinary)
    used_at: datetime | None = at_field(optional=True)


class Invitation(Table, table=True):
    """A link by which a new member of staff makes an account; its token is an HMAC of id and generation.

    With `user_id` it is for a colleague who lost password or phone, and sets both again.
    """

    __tablename__ = "invitation"

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id", index=True)
    email_key: bytes = Field(sa_type=LargeBinary)
    email_sealed: bytes | None = sealed_field(of_network=True)
    name_sealed: bytes | None = sealed_field(of_network=True)
    role_codes: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    user_id: UUID | None = None
    invited_by_id: UUID | None = None
    generation: int = 1
    created_at: datetime = at_field()
    expires_at: datetime = at_field()
    used_at: datetime | None = at_field(optional=True)

    email = Sealed[str]("email_sealed")
    name = Sealed[str]("name_sealed")


class KeptForm(Table, table=True):
    """What somebody posted after their session ended, kept for that user alone."""

    __tablename__ = "kept_form"

    id: UUID = id_field()
    organization_id: UUID
    user_id: UUID = Field(foreign_key="user_account.id", index=True)
    path: str = Field(max_length=200)
    fields_sealed: bytes | None = sealed_field()
    kept_at: datetime = at_field()

    fields = Sealed[dict[str, Any]]("fields_sealed")
