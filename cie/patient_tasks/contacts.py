"""Whom a person is asked to contact: kept as they were named, shown as the directory knows them today."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import directory, participants, referrals
from cie.directory import Opening, Service, ServiceStatus
from cie.participants import ParticipantKind
from cie.patient_tasks.models import PatientTask

_IDS = ("service_id", "participant_id")


@dataclass(frozen=True)
class Contact:
    """Whom the person may contact: a service of the directory, an organization here, or somebody known elsewhere.

    `name` and `phone` are what the sender says of them; of a service the directory has the word. `reference`: what the
    sender calls one that is no service here.
    """

    service_id: UUID | None = None
    participant_id: UUID | None = None
    name: str = ""
    phone: str = ""
    reference: str = ""


@dataclass(frozen=True)
class ContactLine:
    """A contact as the page lists it; `number` is its place among those of the task, from 1."""

    number: int
    name: str
    phone: str
    opening: Opening | None = None


def kept(contact: Contact) -> dict[str, str]:
    """A contact as the task keeps it."""
    return {name: str(value) for name, value in asdict(contact).items() if value}


def contacts_of(task: PatientTask) -> list[Contact]:
    """The contacts of a task as they were named."""
    return [_opened(each) for each in task.contacts or ()]


def _opened(said: Mapping[str, str]) -> Contact:
    return Contact(**{name: UUID(value) if name in _IDS else value for name, value in said.items()})  # type: ignore[arg-type]  # by name


def is_protected(session: Session, contact: Contact) -> bool:
    """Whether a page that others find open would tell of a protected service."""
    if contact.service_id is not None:
        return referrals.is_protected(session, directory.get_service(session, contact.service_id))
    if contact.participant_id is None:
        return False
    return participants.get_participant(session, contact.participant_id).kind is ParticipantKind.VICTIM_SERVICES


def lines_of(session: Session, task: PatientTask, *, at: datetime) -> list[ContactLine]:
    """Who of the contacts has a name, with phone and hours; not who is closed for good or is protected by now."""
    contacts = contacts_of(task)
    hits = _hits(session, [each.service_id for each in contacts if each.service_id], at)
    shown = [each for each in enumerate(contacts, 1) if not is_protected(session, each[1])]
    lines = [_line(number, contact, hits) for number, contact in shown]
    return [line for line in lines if line.name]


def _hits(session: Session, ids: Sequence[UUID], at: datetime) -> dict[UUID, Any]:
    open_ones = col(Service.status) == ServiceStatus.ACTIVE
    rows = session.execute(select(Service).where(col(Service.id).in_(ids), open_ones)).scalars().all()
    return {hit.service.id: hit for hit in directory.described(session, rows, at=at)} if rows else {}


def _line(number: int, contact: Contact, hits: Mapping[UUID, Any]) -> ContactLine:
    if contact.service_id is None:
        return ContactLine(number, contact.name, contact.phone)
    hit = hits.get(contact.service_id)
    return ContactLine(number, hit.service.name, hit.phone, hit.opening) if hit else ContactLine(number, "", "")
