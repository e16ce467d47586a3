"""Keeping a service true: its own organization confirms room, corrects facts, and sets how sensitive it is."""

from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import events
from cie.access import Actor, Permission, check
from cie.calendar import local_day
from cie.directory.capacity import say_capacity
from cie.directory.models import CapacityStatus, Category, Service
from cie.directory.search_text import write_search_text_again
from cie.directory.services import get_service, organization_of
from cie.errors import Invalid

# How much harm it can do that somebody learns of a person's use of the service.
_PROTECTION = {
    Category.GENERAL: 0,
    Category.HOUSING: 1,
    Category.EDUCATION: 1,
    Category.JUSTICE: 2,
    Category.IMMIGRATION: 2,
    Category.MENTAL_HEALTH: 2,
    Category.REPRODUCTIVE: 3,
    Category.HIV: 3,
    Category.SUD_PART2: 3,
    Category.VICTIM_SERVICES: 3,
}


@dataclass(frozen=True)
class Correction:
    """What the facts of a service shall be from now on; an empty text is no fact."""

    name: str
    description: str
    eligibility_description: str = ""
    application_process: str = ""
    fees_description: str = ""


def confirm_capacity(
    session: Session,
    actor: Actor,
    service_id: UUID,
    status: CapacityStatus | None = None,
    *,
    at: datetime,
    note: str | None = None,
) -> Service:
    """The organization says how much room there is; without `status`, that its last word is still right.

    Raises NotFound (not the caller's service), NotAllowed, Invalid (there is no last word).
    """
    service = own_service(session, actor, service_id, Permission.DIRECTORY_WRITE)
    if status is not None:
        return say_capacity(session, actor, service_id, status, at=at, note=note)
    if service.capacity_updated_at is None or service.capacity_status == CapacityStatus.UNKNOWN:
        raise Invalid("Room: choose one", "status")
    return say_capacity(session, actor, service_id, service.capacity_status, at=at, note=service.capacity_note)


def set_sensitivity(session: Session, actor: Actor, service_id: UUID, category: Category, *, at: datetime) -> Service:
    """Say what naming this service would tell of a person. To protect less takes the privacy officer.

    Raises NotFound, NotAllowed.
    """
    service = get_service(session, service_id)
    before = service.sensitivity
    permission = Permission.DIRECTORY_WRITE if raises(before, category) else Permission.SENSITIVITY_LOWER
    own_service(session, actor, service_id, permission)
    if category == before:
        return service
    service.sensitivity, service.last_modified = category, at
    session.add(service)
    events.record(session, actor, "service.sensitivity", service, at=at, before=before.value, after=category.value)
    return service


def raises(before: Category, after: Category) -> bool:
    """Whether the change protects more (or nothing changes); from one kind to its equal counts as less."""
    return before == after or _PROTECTION[after] > _PROTECTION[before]


def correct_service(session: Session, actor: Actor, service_id: UUID, new: Correction, *, at: datetime) -> Service:
    """The organization corrects its facts and by that assures them; what they were is kept.

    Raises NotFound, NotAllowed, Invalid ("name").
    """
    service = own_service(session, actor, service_id, Permission.DIRECTORY_WRITE)
    if not new.name.strip():
        raise Invalid("Name: enter a name", "name")
    changes = _apply(service, new)
    service.assured_date, service.last_modified = local_day(at), at
    session.add(service)
    if changes:
        write_search_text_again(session, service)
        events.changed(session, actor, _owned(session, service), changes, at=at)
    events.record(session, actor, "service.correct", service, at=at, fields=sorted(changes))
    return service


def _apply(service: Service, new: Correction) -> dict[str, list[Any]]:
    changes: dict[str, list[Any]] = {}
    for name, value in vars(new).items():
        after = value.strip() or (None if name not in ("name", "description") else "")
        before = getattr(service, name)
        if (before or "") != (after or ""):
            changes[name] = [before, after]
            setattr(service, name, after)
    return changes


def get_own_service(session: Session, actor: Actor, service_id: UUID) -> Service:
    """A service that the caller may correct. Raises NotFound, NotAllowed."""
    return own_service(session, actor, service_id, Permission.DIRECTORY_WRITE)


def own_service(session: Session, actor: Actor, service_id: UUID, permission: Permission) -> Service:
    """A service of the caller's organization, with which the caller may do this. Raises NotFound, NotAllowed."""
    service = get_service(session, service_id)
    check(actor, permission, _owned(session, service))
    return service


def _owned(session: Session, service: Service) -> Any:
    """The service as something that belongs to an organization on the exchange, or to none."""
    owner = organization_of(session, service).participant_id
    return SimpleNamespace(organization_id=owner, id=service.id, __tablename__=service.__tablename__)
