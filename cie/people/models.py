"""Tables of the persons served. A person row belongs to exactly one organization."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class ContactKind(StrEnum):
    """How a contact point is used (FHIR ContactPoint.system)."""

    PHONE = "phone"
    SMS = "sms"
    EMAIL = "email"


class ContactOwner(StrEnum):
    """Whose contact point it is."""

    SELF = "self"
    SHARED = "shared"
    HELPER = "helper"


class Safety(StrEnum):
    """Whether only the person reads it. Unknown means no text."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    UNKNOWN = "unknown"


class ContactState(StrEnum):
    """What we learned of the number since."""

    ACTIVE = "active"
    WRONG_NUMBER = "wrong-number"
    MOVED = "moved"
    DECEASED = "deceased"
    BAD_NUMBER = "bad-number"


class Standing(StrEnum):
    """What the law makes of a person beside their age; the rules of disclosure look at it."""

    MEDI_CAL = "medi-cal"
    LIVES_APART = "lives-apart"
    EMANCIPATED = "emancipated"
    FOSTER_YOUTH = "foster-youth"


class Person(Table, table=True):
    """A person whom one organization serves. Language, ZIP and county are in clear; all else is sealed.

    `standing` holds codes of `Standing`. Erased, the row stays for the ids that point to it.
    """

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_organization", "organization_id", "id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    given_name_sealed: bytes | None = sealed_field()
    family_name_sealed: bytes | None = sealed_field()
    chosen_name_sealed: bytes | None = sealed_field()
    pronouns_sealed: bytes | None = sealed_field()
    birth_sealed: bytes | None = sealed_field()
    street_sealed: bytes | None = sealed_field()
    standing_sealed: bytes | None = sealed_field()
    no_fixed_address: bool = False
    zip: str = Field(default="", max_length=5)
    county_fips: str = Field(default="", max_length=5)
    language: str = Field(default="en", max_length=12)
    interpreter: bool = False
    household_size: int | None = None
    texts_paused_at: datetime | None = at_field(optional=True)
    created_at: datetime = at_field()
    erased_at: datetime | None = at_field(optional=True)
    version: int = 1

    given_name = Sealed[str | None]("given_name_sealed")
    family_name = Sealed[str | None]("family_name_sealed")
    chosen_name = Sealed[str | None]("chosen_name_sealed")
    pronouns = Sealed[str | None]("pronouns_sealed")
    birth_text = Sealed[str | None]("birth_sealed")
    street = Sealed[str | None]("street_sealed")
    standing = Sealed[list[str] | None]("standing_sealed")

    @property
    def first_name(self) -> str:
        """What to call the person: the chosen name before the legal one."""
        return self.chosen_name or self.given_name or self.family_name or ""

    @property
    def short_name(self) -> str:
        """The name as lists show it: "Aster M."."""
        initial = f" {self.family_name[0]}." if self.family_name and self.first_name != self.family_name else ""
        return self.first_name + initial

    @property
    def full_name(self) -> str:
        """The chosen or given name with the family name."""
        return " ".join(filter(None, [self.chosen_name or self.given_name, self.family_name]))


class ContactPoint(Table, table=True):
    """A way to reach the person, with what they allowed and what is safe. Hours are local hours of the day."""

    __tablename__ = "contact_point"
    __table_args__ = (Index("ix_contact_point_person", "organization_id", "person_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    kind: ContactKind = code_field(ContactKind)
    value_sealed: bytes | None = sealed_field()
    value_key: bytes = Field(sa_type=LargeBinary, index=True)
    owner: ContactOwner = code_field(ContactOwner, default=ContactOwner.SELF)
    may_text: bool = False
    wording_version: str = Field(default="", max_length=20)
    permission_at: datetime | None = at_field(optional=True)
    safety: Safety = code_field(Safety, default=Safety.UNKNOWN)
    safe_from_hour: int = 0
    safe_until_hour: int = 24
    no_voicemail: bool = False
    state: ContactState = code_field(ContactState, default=ContactState.ACTIVE)
    introduced_at: datetime | None = at_field(optional=True)
    is_current: bool = True
    created_at: datetime = at_field()

    value = Sealed[str]("value_sealed")


class PersonIdentifier(Table, table=True):
    """An identifier by which another system knows the person; unique within the organization."""

    __tablename__ = "person_identifier"
    __table_args__ = (UniqueConstraint("organization_id", "namespace", "value_key"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id", index=True)
    namespace: str = Field(max_length=40)
    value_sealed: bytes | None = sealed_field()
    value_key: bytes = Field(sa_type=LargeBinary)

    value = Sealed[str]("value_sealed")


class BlockingKey(Table, table=True):
    """An HMAC under which a person may be found again: name parts, dates, phones."""

    __tablename__ = "blocking_key"

    organization_id: UUID = Field(primary_key=True)
    key: bytes = Field(primary_key=True, sa_type=LargeBinary)
    person_id: UUID = Field(primary_key=True, foreign_key="person.id", index=True)


class AlertSource(StrEnum):
    """Where we learned that somebody may be in danger."""

    SCREENING = "screening"
    TEXT = "text"
    STAFF = "staff"


class DangerAlert(Table, table=True):
    """Somebody may be in danger: an urgent matter for the named person on call, never one row of a queue."""

    __tablename__ = "danger_alert"
    __table_args__ = (Index("ix_danger_alert_open", "organization_id", "closed_at"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    source: AlertSource = code_field(AlertSource)
    kind: str = Field(max_length=20)
    source_id: UUID | None = None
    on_call_user_id: UUID | None = None
    opened_at: datetime = at_field()
    closed_at: datetime | None = at_field(optional=True)
    closed_by_id: UUID | None = None
    note_sealed: bytes | None = sealed_field()

    note = Sealed[str | None]("note_sealed")


class PersonLink(Table, table=True):
    """The link to a person's own page and the PIN that goes with it: one a person, with a new generation for each link.

    The hash of six digits is sealed as well: alone, a thief would try all of them in hours. `shows_protected`: the
    person turned on with staff that their page tells of protected services, too.
    """

    __tablename__ = "person_link"
    __table_args__ = (UniqueConstraint("organization_id", "person_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    generation: int = 0
    pin_hash_sealed: bytes | None = sealed_field()
    made_at: datetime = at_field()
    made_by_id: UUID | None = None
    expires_at: datetime = at_field()
    ended_at: datetime | None = at_field(optional=True)
    shows_protected: bool = False

    pin_hash = Sealed[str]("pin_hash_sealed")


class Relationship(StrEnum):
    """By what a proxy stands for the person: the law or an order of court, or because the person chose them."""

    PARENT_OR_GUARDIAN = "parent-or-guardian"
    LEGAL_REPRESENTATIVE = "legal-representative"
    CHOSEN = "chosen"


class ProxyScope(StrEnum):
    """One thing that a proxy may do."""

    SEE_PERMISSIONS = "see-permissions"
    SEE_SHARED = "see-shared"
    TAKE_BACK = "take-back"
    COPY = "copy"


class Verified(StrEnum):
    """How staff knew who the person and the proxy are."""

    ID_SEEN = "id-seen"
    KNOWN = "known"


class PersonProxy(Table, table=True):
    """Somebody who may look in a person's place, by a link and a PIN of their own, until a day. `scope`: what they may.

    Added with staff who knew both; what they are to the person is sealed as their name is.
    """

    __tablename__ = "person_proxy"
    __table_args__ = (Index("ix_person_proxy_person", "organization_id", "person_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    name_sealed: bytes | None = sealed_field()
    relationship_sealed: bytes | None = sealed_field()
    scope: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    verified: Verified = code_field(Verified)
    generation: int = 1
    pin_hash_sealed: bytes | None = sealed_field()
    made_at: datetime = at_field()
    made_by_id: UUID | None = None
    expires_at: datetime = at_field()
    ended_at: datetime | None = at_field(optional=True)

    name = Sealed[str]("name_sealed")
    relationship = Sealed[str]("relationship_sealed")
    pin_hash = Sealed[str]("pin_hash_sealed")
