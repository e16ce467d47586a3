"""The table of e-mail addresses that organizations named for notices."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class AddressState(StrEnum):
    """What is known of an address: whoever reads it was asked, said yes, or said no; or the mail server said no."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    STOPPED = "stopped"
    REFUSED = "refused"


class MailAddress(Table, table=True):
    """An address that one organization named. What another organization was told of it counts for nothing here."""

    __tablename__ = "mail_address"
    __table_args__ = (UniqueConstraint("organization_id", "address_key"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    address_key: bytes = Field(sa_type=LargeBinary)
    address_sealed: bytes | None = sealed_field(of_network=True)
    state: AddressState = code_field(AddressState, default=AddressState.ASKED)
    asked_at: datetime = at_field()
    answered_at: datetime | None = at_field(optional=True)

    address = Sealed[str]("address_sealed")
