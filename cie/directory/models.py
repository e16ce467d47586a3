"""Tables of the resource directory, shaped as HSDS 3.1 with our profile.

The profile adds what HSDS leaves out: a confidential location, the county of an area, the state of capacity with its
age, whether referrals and same-day requests are taken, the sensitivity of a service and the program that it is part of.
"""

from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from cie.db import Table, at_field, code_field, id_field
from cie.participants.models import Program


class ServiceStatus(StrEnum):
    """HSDS service.status."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    DEFUNCT = "defunct"
    TEMPORARILY_CLOSED = "temporarily closed"


class CapacityStatus(StrEnum):
    """Gravity SDOHCC capacity status, and unknown for a word that nobody has given or that grew old."""

    CAPACITY = "capacity"
    WAITLIST = "waitlist"
    NO_CAPACITY = "no-capacity"
    ADDITIONAL_ASSESSMENT = "additional-assessment-required"
    UNKNOWN = "unknown"


class Category(StrEnum):
    """The kind of data that naming a service would tell; decides who may learn of it."""

    GENERAL = "general"
    MEDICAL = "medical"
    HOUSING = "housing"
    MENTAL_HEALTH = "mental-health"
    SUD_PART2 = "sud-part2"
    HIV = "hiv"
    REPRODUCTIVE = "reproductive"
    IMMIGRATION = "immigration"
    EDUCATION = "education"
    JUSTICE = "justice"
    VICTIM_SERVICES = "victim-services"
    PSYCHOTHERAPY_NOTES = "psychotherapy-notes"


class Organization(Table, table=True):
    """HSDS organization. `participant_id` is set when it joined the exchange."""

    __tablename__ = "organization"

    id: UUID = id_field()
    participant_id: UUID | None = Field(default=None, foreign_key="participant.id", index=True)
    name: str = Field(max_length=200)
    description: str = ""
    email: str | None = Field(default=None, max_length=200)
    website: str | None = Field(default=None, max_length=300)


class Service(Table, table=True):
    """HSDS service, with the state of its capacity and when that was last confirmed."""

    __tablename__ = "service"
    __table_args__ = (Index("ix_service_organization", "organization_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="organization.id")
    name: str = Field(max_length=200)
    description: str = ""
    status: ServiceStatus = code_field(ServiceStatus, default=ServiceStatus.ACTIVE)
    eligibility_description: str | None = None
    minimum_age: int | None = None
    maximum_age: int | None = None
    interpretation_services: str | None = None
    application_process: str | None = None
    fees_description: str | None = None
    assured_date: date | None = None
    last_modified: datetime = at_field()
    accepts_referrals: bool = True
    same_day: bool = False
    sensitivity: Category = code_field(Category, default=Category.GENERAL)
    program: Program | None = code_field(Program, optional=True)
    is_no_program: bool = False
    capacity_status: CapacityStatus = code_field(CapacityStatus, default=CapacityStatus.UNKNOWN)
    capacity_note: str | None = Field(default=None, max_length=300)
    capacity_updated_at: datetime | None = at_field(optional=True)


class ServiceNeed(Table, table=True):
    """A need that a service meets (an HSDS attribute whose term is of our need list)."""

    __tablename__ = "service_need"

    service_id: UUID = Field(foreign_key="service.id", primary_key=True)
    need_code: str = Field(primary_key=True, max_length=40, index=True)


class Location(Table, table=True):
    """HSDS location. A confidential one is never shown, measured from, or exported."""

    __tablename__ = "location"

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="organization.id", index=True)
    name: str | None = Field(default=None, max_length=200)
    latitude: float | None = None
    longitude: float | None = None
    confidential: bool = False


class Address(Table, table=True):
    """HSDS address of a location."""

    __tablename__ = "address"

    id: UUID = id_field()
    location_id: UUID = Field(foreign_key="location.id", index=True)
    address_1: str = Field(max_length=200)
    city: str = Field(max_length=100)
    state_province: str = Field(default="CA", max_length=2)
    postal_code: str = Field(max_length=5)
    country: str = Field(default="US", max_length=2)
    address_type: str = Field(default="physical", max_length=20)


class ServiceAtLocation(Table, table=True):
    """HSDS service_at_location."""

    __tablename__ = "service_at_location"
    __table_args__ = (UniqueConstraint("service_id", "location_id"),)

    id: UUID = id_field()
    service_id: UUID = Field(foreign_key="service.id")
    location_id: UUID = Field(foreign_key="location.id", index=True)


class Phone(Table, table=True):
    """HSDS phone of an organization or a service."""

    __tablename__ = "phone"

    id: UUID = id_field()
    organization_id: UUID | None = Field(default=None, foreign_key="organization.id", index=True)
    service_id: UUID | None = Field(default=None, foreign_key="service.id", index=True)
    number: str = Field(max_length=40)
    type: str | None = Field(default="voice", max_length=20)


class Schedule(Table, table=True):
    """HSDS schedule: local hours of California; `closes_at` before `opens_at` ends on the next day."""

    __tablename__ = "schedule"

    id: UUID = id_field()
    service_id: UUID = Field(foreign_key="service.id", index=True)
    freq: str = Field(default="WEEKLY", max_length=10)
    byday: str = Field(max_length=60)
    opens_at: time
    closes_at: time
    valid_from: date | None = None
    valid_to: date | None = None


class ServiceArea(Table, table=True):
    """HSDS service_area: one county (FIPS) or one ZIP that a service covers; "unknown" when it does not say."""

    __tablename__ = "service_area"
    __table_args__ = (Index("ix_service_area_extent", "extent_type", "extent", "service_id"),)

    id: UUID = id_field()
    service_id: UUID = Field(foreign_key="service.id", index=True)
    extent_type: str = Field(max_length=10)
    extent: str = Field(max_length=10)


class Language(Table, table=True):
    """HSDS language that a service speaks, as a BCP 47 tag."""

    __tablename__ = "language"
    __table_args__ = (Index("ix_language_code", "code", "service_id"),)

    id: UUID = id_field()
    service_id: UUID = Field(foreign_key="service.id", index=True)
    code: str = Field(max_length=12)


class RequiredDocument(Table, table=True):
    """HSDS required_document."""

    __tablename__ = "required_document"

    id: UUID = id_field()
    service_id: UUID = Field(foreign_key="service.id", index=True)
    document: str = Field(max_length=200)


class ServiceWord(Table, table=True):
    """Read model of the search: how strongly a folded word stands for a service, 0 to 2.2 (BM25 without its IDF)."""

    __tablename__ = "service_word"
    __table_args__ = {"sqlite_with_rowid": False}

    word: str = Field(primary_key=True, max_length=40)
    service_id: UUID = Field(primary_key=True, foreign_key="service.id", index=True)
    weight: float
