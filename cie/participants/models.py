"""Tables of the organizations that joined the exchange and of their agreements."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, Index
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class ParticipantKind(StrEnum):
    """What kind of organization it is; the rules of disclosure depend on it."""

    CLINIC = "clinic"
    HOSPITAL = "hospital"
    HEALTH_PLAN = "health-plan"
    COUNTY_AGENCY = "county-agency"
    CBO = "cbo"
    VICTIM_SERVICES = "victim-services"


class HipaaRole(StrEnum):
    """What an organization is under HIPAA: 45 CFR 160.103."""

    COVERED_ENTITY = "covered-entity"
    BUSINESS_ASSOCIATE = "business-associate"
    NEITHER = "neither"


class Program(StrEnum):
    """A program whose own records are guarded by its law, and which an organization may administer."""

    SNAP = "snap"
    WIC = "wic"
    MEDI_CAL = "medi-cal"
    CALWORKS = "calworks"
    SSI = "ssi"
    SOCIAL_SERVICES = "social-services"
    SCHOOL = "school"
    HMIS = "hmis"


class Participant(Table, table=True):
    """An organization that joined. `danger_steps` are its own steps when somebody is in danger.

    What the law asks of it: its part under HIPAA, whether it is a program under 42 CFR Part 2, the programs that it
    administers, whether it belongs to a county's homeless team (AB 210), the state that it is in.
    """

    __tablename__ = "participant"

    id: UUID = id_field()
    name: str = Field(max_length=200)
    kind: ParticipantKind = code_field(ParticipantKind)
    county_fips: str = Field(default="", max_length=5)
    email: str = Field(default="", max_length=200)
    phone: str = Field(default="", max_length=20)
    attempts_before_unreachable: int = 3
    on_call_user_id: UUID | None = None
    on_call_phone: str = Field(default="", max_length=20)
    danger_steps: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    hipaa_role: HipaaRole | None = code_field(HipaaRole, optional=True)
    is_part2_program: bool = False
    programs: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    on_ab210_team: bool = False
    state: str = Field(default="CA", max_length=2)
    is_active: bool = True
    created_at: datetime = at_field()

    @property
    def treats(self) -> bool:
        """Whether it gives health care itself."""
        return self.kind in (ParticipantKind.CLINIC, ParticipantKind.HOSPITAL)

    @property
    def hipaa_by_kind(self) -> HipaaRole:
        """What an organization of its kind mostly is under HIPAA."""
        is_covered = self.treats or self.kind == ParticipantKind.HEALTH_PLAN
        return HipaaRole.COVERED_ENTITY if is_covered else HipaaRole.NEITHER

    @property
    def hipaa(self) -> HipaaRole:
        """What is recorded, else what its kind mostly is."""
        return self.hipaa_role or self.hipaa_by_kind

    @property
    def organization_id(self) -> UUID:
        """Whose record this is: its own."""
        return self.id


class Agreement(Table, table=True):
    """A signed participation agreement. Without a current one nothing is sent to or from the organization."""

    __tablename__ = "agreement"
    __table_args__ = (Index("ix_agreement_organization", "organization_id", "effective_on"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    document_version: str = Field(max_length=40)
    signer_sealed: bytes | None = sealed_field(of_network=True)
    signed_on: date
    effective_on: date
    ends_on: date | None = None

    signer = Sealed[str]("signer_sealed")
