"""The whole directory for those who take all of it: services, places and organizations, in few statements for many.

Nothing is here that the public pages do not show: no confidential place, of no kind of service.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie.directory.describing import Hit, described
from cie.directory.models import Address, Location, Organization, Phone, Schedule, Service, ServiceAtLocation


@dataclass(frozen=True)
class ListedService:
    """A service with all that is public of it. `place_ids`: its open places that have an address."""

    hit: Hit
    place_ids: tuple[UUID, ...]
    phones: tuple[str, ...]
    schedules: tuple[Schedule, ...]


@dataclass(frozen=True)
class ListedPlace:
    """A place that is not confidential, with its first address."""

    location: Location
    address: Address
    organization: Organization


@dataclass(frozen=True)
class ListedOrganization:
    """An organization of the directory with its own phones and the first of its addresses that is not confidential."""

    organization: Organization
    phones: tuple[str, ...]
    address: Address | None


def listed_services(session: Session, service_ids: Collection[UUID], *, at: datetime) -> list[ListedService]:
    """These services, in the order of their ids."""
    query = select(Service).where(col(Service.id).in_(service_ids)).order_by(col(Service.id))
    hits = described(session, session.execute(query).scalars().all(), at=at)
    places, schedules = _place_ids(session, service_ids), _schedules(session, service_ids)
    phones = _phones(session, service_ids, {hit.organization.id for hit in hits})
    return [
        ListedService(
            hit,
            tuple(places[hit.service.id]),
            (*phones[hit.service.id], *phones[hit.organization.id]),
            tuple(schedules[hit.service.id]),
        )
        for hit in hits
    ]


def listed_places(session: Session, location_ids: Collection[UUID]) -> list[ListedPlace]:
    """Those of these places that may be known, in the order of their ids; one without an address is none."""
    query = (
        select(Location, Address, Organization)
        .join(Address, col(Address.location_id) == col(Location.id))
        .join(Organization, col(Organization.id) == col(Location.organization_id))
        .where(col(Location.id).in_(location_ids), col(Location.confidential).is_(False))
        .order_by(col(Location.id), col(Address.id).desc())
    )
    first = {row[0].id: ListedPlace(*row) for row in session.execute(query)}
    return list(first.values())


def listed_organizations(session: Session, organization_ids: Collection[UUID]) -> list[ListedOrganization]:
    """These organizations of the directory, in the order of their ids."""
    query = select(Organization).where(col(Organization.id).in_(organization_ids)).order_by(col(Organization.id))
    phones, addresses = _phones(session, (), organization_ids), _addresses(session, organization_ids)
    return [
        ListedOrganization(row, tuple(phones[row.id]), addresses.get(row.id))
        for row in session.execute(query).scalars()
    ]


def _place_ids(session: Session, service_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    query = (
        select(col(ServiceAtLocation.service_id), col(Location.id))
        .join(Location, col(Location.id) == col(ServiceAtLocation.location_id))
        .where(
            col(ServiceAtLocation.service_id).in_(service_ids),
            col(Location.confidential).is_(False),
            col(Location.id).in_(select(col(Address.location_id))),
        )
        .order_by(col(ServiceAtLocation.id))
    )
    return _grouped(session.execute(query).all())


def _schedules(session: Session, service_ids: Collection[UUID]) -> dict[UUID, list[Schedule]]:
    query = select(Schedule).where(col(Schedule.service_id).in_(service_ids)).order_by(col(Schedule.id))
    return _grouped([(row.service_id, row) for row in session.execute(query).scalars()])


def _phones(
    session: Session, service_ids: Collection[UUID], organization_ids: Collection[UUID]
) -> dict[UUID, list[str]]:
    """The phones by the id of the service or organization that has them."""
    where = col(Phone.service_id).in_(service_ids) | col(Phone.organization_id).in_(organization_ids)
    rows = session.execute(select(Phone).where(where).order_by(col(Phone.id))).scalars()
    return _grouped([(row.service_id or row.organization_id, row.number) for row in rows])


def _addresses(session: Session, organization_ids: Collection[UUID]) -> dict[UUID, Address]:
    query = (
        select(col(Location.organization_id), Address)
        .join(Address, col(Address.location_id) == col(Location.id))
        .where(col(Location.organization_id).in_(organization_ids), col(Location.confidential).is_(False))
        .order_by(col(Address.id).desc())
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _grouped(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for key, value in rows:
        found[key].append(value)
    return found
