"""Living capacity: what a service last said of its room, how old that word is, and what a decline teaches.

A word that nobody confirmed for a month decays to unknown by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from cie import events
from cie.access import Actor
from cie.directory.models import CapacityStatus, Service, ServiceStatus
from cie.directory.services import get_service

DECAYS_AFTER = timedelta(days=30)


@dataclass(frozen=True)
class Room:
    """What is known of a service's room now; `age_days` is the age of its last word, None when it never spoke."""

    status: CapacityStatus
    age_days: int | None
    note: str | None = None


def room(service: Service, *, at: datetime) -> Room:
    """The capacity of a service as it may be shown at this moment."""
    if service.capacity_updated_at is None:
        return Room(CapacityStatus.UNKNOWN, None)
    age = at - service.capacity_updated_at
    status = CapacityStatus.UNKNOWN if age > DECAYS_AFTER else service.capacity_status
    return Room(status, max(age.days, 0), service.capacity_note)


def say_capacity(
    session: Session, actor: Actor, service_id: UUID, status: CapacityStatus, *, at: datetime, note: str | None = None
) -> Service:
    """Keep what was just said of a service's room."""
    service = get_service(session, service_id)
    service.capacity_status, service.capacity_note = status, note
    service.capacity_updated_at = service.last_modified = at
    session.add(service)
    events.record(session, actor, "service.capacity", service, at=at, status=status.value)
    return service


def learn_from_decline(session: Session, actor: Actor, service_id: UUID, reason: str, *, at: datetime) -> None:
    """A decline for want of room, or because the service ended, changes the directory at once."""
    if reason == "no-room":
        say_capacity(session, actor, service_id, CapacityStatus.NO_CAPACITY, at=at)
    elif reason == "service-ended":
        service = get_service(session, service_id)
        service.status, service.last_modified = ServiceStatus.INACTIVE, at
        session.add(service)
        events.record(session, actor, "service.end", service, at=at)


def learn_waitlist(session: Session, actor: Actor, service_id: UUID, *, at: datetime) -> None:
    """Somebody was put on the waiting list, so there is one."""
    say_capacity(session, actor, service_id, CapacityStatus.WAITLIST, at=at)
