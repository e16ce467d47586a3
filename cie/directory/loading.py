"""Loading a directory: nested HSDS services with our profile fields become rows; loading again changes them."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, SQLModel, col

from cie import calendar, events
from cie.access import Actor
from cie.directory.models import (
    Address,
    CapacityStatus,
    Category,
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
    ServiceStatus,
)
from cie.directory.search_text import write_search_text
from cie.participants import Program

_PARTS = (ServiceNeed, Schedule, ServiceArea, Language, RequiredDocument, ServiceAtLocation)


def load_directory(
    session: Session, actor: Actor, data: Mapping[str, Any], participants: Mapping[str, UUID], *, at: datetime
) -> None:
    """Load organizations with their services; `participants` ties an organization's id to the one that joined."""
    for row in data["organizations"]:
        organization = session.merge(
            Organization(
                id=UUID(row["id"]),
                participant_id=participants.get(row["id"]),
                name=row["name"],
                description=row["description"],
                email=row["email"],
                website=row["website"],
            )
        )
        session.flush()
        session.execute(delete(Phone).where(col(Phone.organization_id) == organization.id))
        session.add_all([Phone(organization_id=organization.id, number=p["number"]) for p in row["phones"]])
        for service in row["services"]:
            _load_service(session, organization, service, at)
        events.record(session, actor, "directory.load", organization, at=at)
    session.flush()


def _load_service(session: Session, organization: Organization, row: Mapping[str, Any], at: datetime) -> None:
    service = session.merge(_service(organization, row, at))
    session.flush()
    for part in _PARTS:
        session.execute(delete(part).where(col(part.service_id) == service.id))
    if row["location"]:
        _load_location(session, organization, service, row["location"])
    session.add_all(_parts(service, row))
    session.flush()
    write_search_text(session, service, organization, row["needs"])


def _service(organization: Organization, row: Mapping[str, Any], at: datetime) -> Service:
    plain = ("name", "description", "eligibility_description", "minimum_age", "maximum_age", "interpretation_services")
    more = ("application_process", "fees_description", "accepts_referrals", "same_day")
    capacity = row["capacity"]
    return Service(
        id=UUID(row["id"]),
        organization_id=organization.id,
        status=ServiceStatus(row["status"]),
        sensitivity=Category(row["sensitivity"]),
        program=Program(row["program"]) if row.get("program") else None,
        assured_date=calendar.local_day(at - timedelta(days=row["assured_days_ago"])),
        last_modified=at,
        capacity_status=CapacityStatus(capacity["status"]),
        capacity_note=capacity["note"],
        capacity_updated_at=at - timedelta(days=capacity["days_ago"]),
        **{name: row[name] for name in (*plain, *more)},
    )


def _load_location(session: Session, organization: Organization, service: Service, row: Mapping[str, Any]) -> None:
    location = session.merge(
        Location(
            id=UUID(row["id"]),
            organization_id=organization.id,
            name=row["name"],
            latitude=row["latitude"],
            longitude=row["longitude"],
            confidential=row["confidential"],
        )
    )
    session.flush()
    session.execute(delete(Address).where(col(Address.location_id) == location.id))
    session.add(
        Address(location_id=location.id, address_1=row["address_1"], city=row["city"], postal_code=row["postal_code"])
    )
    session.add(ServiceAtLocation(service_id=service.id, location_id=location.id))


def _parts(service: Service, row: Mapping[str, Any]) -> list[SQLModel]:
    parts: list[SQLModel] = [ServiceNeed(service_id=service.id, need_code=code) for code in row["needs"]]
    parts += [Language(service_id=service.id, code=code) for code in row["languages"]]
    parts += [RequiredDocument(service_id=service.id, document=text) for text in row["required_documents"]]
    areas = row["service_areas"] or [{"extent_type": "unknown", "extent": ""}]
    parts += [ServiceArea(service_id=service.id, **area) for area in areas]
    for hours in row["schedules"]:
        parts.append(
            Schedule(
                service_id=service.id,
                freq=hours.get("freq", "WEEKLY"),
                byday=hours["byday"].replace(" ", ""),
                opens_at=time.fromisoformat(hours["opens_at"]),
                closes_at=time.fromisoformat(hours["closes_at"]),
                valid_from=_day(hours.get("valid_from")),
                valid_to=_day(hours.get("valid_to")),
            )
        )
    return parts


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
