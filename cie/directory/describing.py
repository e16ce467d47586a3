"""What a list shows of services: organization, place, hours, room, languages and conditions, in few statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import literal, select, union_all
from sqlmodel import Session, col

from cie.directory.capacity import Room, room
from cie.directory.hours import Opening, opening
from cie.directory.models import (
    Address,
    Language,
    Location,
    Organization,
    Phone,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceNeed,
)
from cie.geography import miles_between, point_of_zip


@dataclass(frozen=True)
class Conditions:
    """Who may come and with what. Ages are None where there is no limit; no documents may also mean none are known."""

    minimum_age: int | None
    maximum_age: int | None
    eligibility: str
    documents: tuple[str, ...]


@dataclass(frozen=True)
class Why:
    """Why a service stands in a list: the needs it meets, and the ZIPs and counties (FIPS) that it says it covers."""

    needs: tuple[str, ...]
    zips: tuple[str, ...]
    counties: tuple[str, ...]


@dataclass(frozen=True)
class Hit:
    """A service that was found. A confidential place has no city and no distance."""

    service: Service
    organization: Organization
    city: str
    distance_miles: float | None
    confidential: bool
    opening: Opening
    room: Room
    languages: tuple[str, ...]
    phone: str
    conditions: Conditions
    why: Why


@dataclass(frozen=True)
class Place:
    """Where a service is given; nothing of it when that is confidential."""

    city: str = ""
    point: tuple[float, float] | None = None
    confidential: bool = False


def described(session: Session, services: Iterable[Service], zip_code: str = "", *, at: datetime) -> list[Hit]:
    """The services in their order, with what a list shows of each."""
    services = list(services)
    ids = [service.id for service in services]
    organizations = _organizations(session, {service.organization_id for service in services})
    here = point_of_zip(zip_code) if zip_code else None
    places, phones = _places(session, ids, here), _phones(session, services)
    schedules, parts = _schedules(session, ids), _parts(session, ids)
    return [
        Hit(
            service=service,
            organization=organizations[service.organization_id],
            city=places[service.id].city,
            distance_miles=_miles(here, places[service.id].point),
            confidential=places[service.id].confidential,
            opening=opening(schedules[service.id], at=at),
            room=room(service, at=at),
            languages=parts[service.id, "language"],
            phone=phones.get(service.id) or phones.get(service.organization_id, ""),
            conditions=_conditions(service, parts[service.id, "document"]),
            why=Why(*(parts[service.id, kind] for kind in ("need", "zip", "county"))),
        )
        for service in services
    ]


def _conditions(service: Service, documents: tuple[str, ...]) -> Conditions:
    return Conditions(service.minimum_age, service.maximum_age, service.eligibility_description or "", documents)


def _organizations(session: Session, ids: Iterable[UUID]) -> dict[UUID, Organization]:
    query = select(Organization).where(col(Organization.id).in_(list(ids)))
    return {row.id: row for row in session.execute(query).scalars()}


def _schedules(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[Schedule]]:
    found = defaultdict(list)
    query = select(Schedule).where(col(Schedule.service_id).in_(ids)).order_by(col(Schedule.id))
    for row in session.execute(query).scalars():
        found[row.service_id].append(row)
    return found


def _parts(session: Session, ids: Sequence[UUID]) -> dict[tuple[UUID, str], tuple[str, ...]]:
    """Languages, documents, needs and areas of the services, by kind, in one statement."""
    kinds: tuple[tuple[Any, Any, Any, Any], ...] = (
        (Language.service_id, literal("language"), Language.code, Language.id),
        (RequiredDocument.service_id, literal("document"), RequiredDocument.document, RequiredDocument.id),
        (ServiceArea.service_id, ServiceArea.extent_type, ServiceArea.extent, ServiceArea.id),
        (ServiceNeed.service_id, literal("need"), ServiceNeed.need_code, ServiceNeed.service_id),
    )
    rows = union_all(*(select(*kind).where(kind[0].in_(ids)) for kind in kinds)).subquery()
    service_id, kind, value, place = rows.c
    found: dict[tuple[UUID, str], tuple[str, ...]] = defaultdict(tuple)
    for row in session.execute(select(service_id, kind, value).order_by(place, value)):
        found[row[0], row[1]] += (row[2],)
    return found


def _places(session: Session, ids: Sequence[UUID], here: tuple[float, float] | None) -> dict[UUID, Place]:
    """The nearest open place of each service; a confidential one is only said to be that."""
    at, location, address = ServiceAtLocation, Location, Address
    query = (
        select(col(at.service_id), col(address.city), col(location.latitude), col(location.longitude))
        .add_columns(col(location.confidential))
        .join(location, col(location.id) == col(at.location_id))
        .outerjoin(address, col(address.location_id) == col(location.id))
        .where(col(at.service_id).in_(ids))
        .order_by(col(at.id))
    )
    found: dict[UUID, Place] = defaultdict(Place)
    for service_id, city, latitude, longitude, confidential in session.execute(query):
        point = None if latitude is None or longitude is None else (latitude, longitude)
        place = Place(confidential=True) if confidential else Place(city or "", point)
        found[service_id] = min(found.get(service_id, place), place, key=lambda p: _far(here, p))
    return found


def _far(here: tuple[float, float] | None, place: Place) -> tuple[bool, float]:
    miles = _miles(here, place.point)
    return place.confidential, 0.0 if miles is None else miles


def _phones(session: Session, services: Sequence[Service]) -> dict[UUID, str]:
    """The first phone by the id of its service or organization."""
    own, theirs = [s.id for s in services], [s.organization_id for s in services]
    where = col(Phone.service_id).in_(own) | col(Phone.organization_id).in_(theirs)
    found: dict[UUID, str] = {}
    for row in session.execute(select(Phone).where(where).order_by(col(Phone.id))).scalars():
        owner = row.service_id or row.organization_id
        if owner is not None:
            found.setdefault(owner, row.number)
    return found


def _miles(here: tuple[float, float] | None, there: tuple[float, float] | None) -> float | None:
    return miles_between(here, there) if here and there else None
