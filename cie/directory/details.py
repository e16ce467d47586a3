"""All that may be told of one service. Of a confidential place neither the address nor the city is told."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie.directory.describing import Hit, described
from cie.directory.models import Address, Location, Organization, Phone, Schedule, ServiceAtLocation
from cie.directory.services import get_service


@dataclass(frozen=True)
class ServiceDetails:
    """A service with everything that its page shows; `hit` is what a list shows of it."""

    hit: Hit
    addresses: tuple[Address, ...]
    phones: tuple[str, ...]
    schedules: tuple[Schedule, ...]
    assured_on: date | None

    @property
    def participant_id(self) -> UUID | None:
        """The organization on the exchange that keeps these facts."""
        return self.hit.organization.participant_id


def get_service_details(session: Session, service_id: UUID, *, at: datetime) -> ServiceDetails:
    """All facts of one service. Raises NotFound."""
    service = get_service(session, service_id)
    (hit,) = described(session, [service], at=at)
    return ServiceDetails(
        hit,
        _rows(session, _addresses(service_id)),
        tuple(phone.number for phone in _rows(session, _phones(service_id, service.organization_id))),
        _rows(session, select(Schedule).where(col(Schedule.service_id) == service_id).order_by(col(Schedule.id))),
        service.assured_date,
    )


def places_of(session: Session, participant_ids: Collection[UUID]) -> dict[UUID, Address]:
    """Where these organizations are: of each the first address that is not kept private, if there is one."""
    query = (
        select(col(Organization.participant_id), Address)
        .join(Location, col(Location.organization_id) == col(Organization.id))
        .join(Address, col(Address.location_id) == col(Location.id))
        .where(col(Organization.participant_id).in_(participant_ids), col(Location.confidential).is_(False))
        .order_by(col(Address.id).desc())
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _rows(session: Session, query: Any) -> tuple[Any, ...]:
    return tuple(session.execute(query).scalars())


def _addresses(service_id: UUID) -> Any:
    return (
        select(Address)
        .join(Location, col(Location.id) == col(Address.location_id))
        .join(ServiceAtLocation, col(ServiceAtLocation.location_id) == col(Location.id))
        .where(col(ServiceAtLocation.service_id) == service_id, col(Location.confidential).is_(False))
        .order_by(col(Address.id))
    )


def _phones(service_id: UUID, organization_id: UUID) -> Any:
    """The service's own phones, then those of its organization."""
    theirs = (col(Phone.service_id) == service_id) | (col(Phone.organization_id) == organization_id)
    return select(Phone).where(theirs).order_by(col(Phone.service_id).is_(None), col(Phone.id))
