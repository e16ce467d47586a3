"""Valid records for tests; every field can be overridden."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import identity, referrals
from cie.access import SYSTEM, Actor, ActorKind, Purpose, Role
from cie.consent import Consent, Decision, Method
from cie.directory import Category
from cie.directory.models import Organization, Service, ServiceArea, ServiceNeed
from cie.identity import UserAccount
from cie.participants import give_key
from cie.participants.models import Agreement, Participant, ParticipantKind
from cie.people.contacts import contact_key
from cie.people.models import ContactKind, ContactPoint, Person, Safety
from cie.referrals import Referral, ReferralTask, Request, Urgency

NOON = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
FOOD = "food"
_numbers = count(1)


def add(session: Session, record: Any, **sealed: Any) -> Any:
    for name, value in sealed.items():
        setattr(record, name, value)
    session.add(record)
    session.flush()
    return record


def make_participant(session: Session, **fields: Any) -> Participant:
    """An organization with a current agreement; `agreement=False` leaves that out."""
    agreed = fields.pop("agreement", True)
    values: dict[str, Any] = {"name": "Lantern Pantry", "kind": ParticipantKind.CBO, "created_at": NOON}
    participant = add(session, Participant(**{**values, **fields}))
    give_key(session, SYSTEM, participant, at=NOON)
    if agreed:
        day = date(2026, 1, 1)
        agreement = Agreement(organization_id=participant.id, document_version="1", signed_on=day, effective_on=day)
        add(session, agreement, signer="Linnet Reed")
    return participant


def make_service(session: Session, participant: Participant | None = None, **fields: Any) -> Service:
    """A service of a directory organization that belongs to `participant`, or to nobody on the exchange."""
    organization = add(
        session,
        Organization(
            participant_id=participant.id if participant else None,
            name=participant.name if participant else "Green Gate Farm Stand",
        ),
    )
    values: dict[str, Any] = {"name": "Food box, weekly", "last_modified": NOON}
    return add(session, Service(organization_id=organization.id, **{**values, **fields}))


def make_found(session: Session, service: Service, county: str = "06019") -> Service:
    """The same service, found by whoever looks for food in its county."""
    add(session, ServiceNeed(service_id=service.id, need_code=FOOD))
    add(session, ServiceArea(service_id=service.id, extent_type="county", extent=county))
    return service


def make_person(session: Session, participant: Participant, **fields: Any) -> Person:
    """Aster M., 34, who speaks Spanish."""
    sealed = {"given_name": "Aster", "family_name": "Moreno", "birth_text": "1992-03-27", "street": "12 Elm St"}
    sealed |= {k: fields.pop(k) for k in list(fields) if k in (*sealed, "chosen_name", "pronouns")}
    values: dict[str, Any] = {
        "zip": "93702",
        "county_fips": "06019",
        "language": "es",
        "household_size": 4,
        "created_at": NOON,
    }
    return add(session, Person(organization_id=participant.id, **{**values, **fields}), **sealed)


def make_phone(session: Session, person: Person, number: str = "+15595550142", **fields: Any) -> ContactPoint:
    """A phone of the person's own that is safe to text, with permission."""
    values: dict[str, Any] = {
        "kind": ContactKind.SMS,
        "value_key": contact_key(ContactKind.SMS, number, person.organization_id),
        "may_text": True,
        "permission_at": NOON,
        "wording_version": "1",
        "safety": Safety.SAFE,
        "created_at": NOON,
    }
    point = ContactPoint(organization_id=person.organization_id, person_id=person.id, **{**values, **fields})
    return add(session, point, value=number)


def make_staff(session: Session, organization: Participant, *roles: Role, **fields: Any) -> UserAccount:
    """An account of the organization; a caseworker unless told."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "name": "Wren Alder",
        "email": f"staff-{number}@example.org",
        "roles": list(roles) or [Role.CASEWORKER],
        "password_hash": None,
        "totp_secret": None,
        "at": NOON,
    }
    return identity.add_staff(session, SYSTEM, organization.id, **{**values, **fields})


def staff_of(organization: Participant | UUID, *roles: Role, id: UUID | None = None) -> Actor:
    """A member of staff of the organization; a caseworker unless told."""
    organization_id = organization if isinstance(organization, UUID) else organization.id
    return Actor(ActorKind.STAFF, id, organization_id, roles=frozenset(roles or (Role.CASEWORKER,)))


def make_consent(session: Session, person: Person, **fields: Any) -> Consent:
    """The person agrees to share general and housing facts with any organization that can help."""
    values: dict[str, Any] = {
        "decision": Decision.SHARE,
        "categories": [Category.GENERAL.value, Category.HOUSING.value],
        "purpose": Purpose.CARE_COORDINATION.value,
        "method": Method.IN_PERSON,
        "given_at": NOON,
    }
    consent = Consent(organization_id=person.organization_id, person_id=person.id, **{**values, **fields})
    return add(session, consent)


@dataclass
class Loop:
    """A clinic, a pantry, a person who agreed, and the services that could help."""

    clinic: Participant
    pantry: Participant
    person: Person
    service: Service
    phone: ContactPoint

    @property
    def navigator(self) -> Actor:
        return staff_of(self.clinic, Role.NAVIGATOR)

    @property
    def caseworker(self) -> Actor:
        return staff_of(self.pantry)

    def request(self, **fields: Any) -> Request:
        values: dict[str, Any] = {
            "person_id": self.person.id,
            "need_code": FOOD,
            "urgency": Urgency.WEEK,
            "service_ids": (self.service.id,),
        }
        return Request(**{**values, **fields})


def make_loop(session: Session, **person_fields: Any) -> Loop:
    """Everything that a referral needs before it is sent."""
    clinic = make_participant(session, name="Blue Kite Clinic", kind=ParticipantKind.CLINIC)
    pantry = make_participant(session)
    person = make_person(session, clinic, **person_fields)
    phone = make_phone(session, person)
    make_consent(session, person)
    return Loop(clinic, pantry, person, make_service(session, pantry), phone)


def send_one(session: Session, loop: Loop, *, at: datetime = NOON, **fields: Any) -> tuple[Referral, ReferralTask]:
    """A referral to one service, and its task."""
    referral = referrals.send(session, loop.navigator, loop.request(**fields), previewed=None, at=at)
    (task, *_others) = referrals.tasks_of(session, referral)
    return referral, task
