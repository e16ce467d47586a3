"""A housing organization asks a hospital for help that touches alcohol or drugs; that part is withheld until later."""

from types import SimpleNamespace
from typing import Any

from sqlmodel import Session

from cie import referrals
from cie.access import Role
from cie.consent import EmergencyKind, NetworkPolicy, NetworkRole
from cie.directory import Category
from cie.participants import ParticipantKind
from cie.referrals import Emergency, Urgency
from tests.factories import (
    NOON,
    add,
    make_consent,
    make_participant,
    make_person,
    make_phone,
    make_service,
    make_staff,
    staff_of,
)

MESSAGE = "Drinks since March and sleeps by the canal."
REASON = "Found without a pulse at the station."


def said(**fields: Any) -> Emergency:
    """The person needs care now and cannot be asked."""
    values: dict[str, Any] = {"kind": EmergencyKind.MEDICAL, "reason": REASON, "cannot_ask": True}
    return Emergency(**{**values, **fields})


def make_hospital(session: Session, *, sender: dict[str, Any] | None = None, **asked: Any) -> SimpleNamespace:
    """Two places and who works there, a person who said yes to general facts, and what was asked of the hospital."""
    boat = make_participant(session, **{"name": "Paper Boat Housing", **(sender or {})})
    hospital = make_participant(session, name="Quarry Hospital", kind=ParticipantKind.HOSPITAL)
    person = make_person(session, boat)
    make_phone(session, person)
    make_consent(session, person, categories=[Category.GENERAL.value])
    service = make_service(session, hospital, name="Ward for bad days")
    worker = make_staff(session, hospital, name="Tansy Quill")
    place = SimpleNamespace(
        boat=boat, hospital=hospital, person=person, service=service, worker=worker,
        tansy=staff_of(hospital, id=worker.id), heron=staff_of(boat, Role.NAVIGATOR),
    )  # fmt: skip
    place.referral, place.task = ask(session, place, **asked)
    return place


def ask(session: Session, place: SimpleNamespace, **fields: Any) -> Any:
    """Ask the hospital for the person."""
    values: dict[str, Any] = {
        "person_id": place.person.id, "need_code": "substance-use", "urgency": Urgency.TWO_DAYS,
        "service_ids": (place.service.id,), "message": MESSAGE,
    }  # fmt: skip
    request = referrals.Request(**{**values, **fields})
    referral = referrals.send(session, place.heron, request, previewed=None, at=NOON)
    return referral, referrals.tasks_of(session, referral)[0]


def carry_health_records(session: Session) -> None:
    """Counsel recorded that the network is a business associate."""
    policy = NetworkPolicy(
        role=NetworkRole.BUSINESS_ASSOCIATE, counsel="Linnet Reed", source="Contract 7", recorded_at=NOON,
        effective_on=NOON.date(),
    )  # fmt: skip
    add(session, policy)
