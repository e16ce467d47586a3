"""Who is acting, for whom, why and through which door."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    """What kind of caller acts."""

    STAFF = "staff"
    PERSON = "person"
    PROXY = "proxy"
    CLIENT = "client"
    LINK = "link"
    SYSTEM = "system"


class Door(StrEnum):
    """Where the request came in."""

    WEB = "web"
    TEXT = "text"
    LINK = "link"
    API = "api"
    FHIR = "fhir"
    FILE = "file"
    COMMAND = "command"
    JOB = "job"


class Role(StrEnum):
    """What a member of staff is trusted with."""

    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    NAVIGATOR = "navigator"
    ORGANIZATION_ADMINISTRATOR = "organization-administrator"
    PRIVACY_OFFICER = "privacy-officer"
    NETWORK_ADMINISTRATOR = "network-administrator"


class Purpose(StrEnum):
    """Why the data is used: codes of the HL7 v3 PurposeOfUse value set."""

    TREATMENT = "TREAT"
    PAYMENT = "HPAYMT"
    OPERATIONS = "HOPERAT"
    CARE_COORDINATION = "COC"
    EMERGENCY = "ETREAT"
    LEGAL = "HLEGAL"
    PERSON_REQUEST = "PATRQT"
    PUBLIC_HEALTH = "PUBHLTH"
    SYSTEM = "SYSADMIN"


@dataclass(frozen=True)
class Actor:
    """The one caller type: staff, person, proxy, client program, holder of a link, or the system itself."""

    kind: ActorKind
    id: UUID | None = None
    organization_id: UUID | None = None
    roles: frozenset[Role] = field(default_factory=frozenset)
    on_behalf_of: UUID | None = None
    purpose: Purpose = Purpose.CARE_COORDINATION
    door: Door = Door.WEB

    @property
    def organization(self) -> UUID:
        """The organization that is acting. Raises ValueError for callers without one."""
        if self.organization_id is None:
            raise ValueError("this caller acts for no organization")
        return self.organization_id

    @property
    def person_id(self) -> UUID | None:
        """The person who acts, or in whose place a proxy does; None for all others."""
        if self.kind == ActorKind.PROXY:
            return self.on_behalf_of
        return self.id if self.kind == ActorKind.PERSON else None


SYSTEM = Actor(ActorKind.SYSTEM, purpose=Purpose.SYSTEM, door=Door.JOB)
ANYONE = Actor(ActorKind.PERSON, purpose=Purpose.PERSON_REQUEST, door=Door.WEB)
