"""Rows of a directory file for tests; every value can be overridden."""

from typing import Any
from uuid import uuid4

FRESNO, MADERA = "06019", "06039"
WEEKDAYS = {"byday": "MO,TU,WE,TH,FR", "opens_at": "09:00", "closes_at": "17:00"}


def location_row(**values: Any) -> dict[str, Any]:
    row = {
        "id": str(uuid4()),
        "name": "Main place",
        "address_1": "12 Elm Street",
        "city": "Fresno",
        "postal_code": "93702",
        "latitude": 36.74,
        "longitude": -119.75,
        "confidential": False,
    }
    return {**row, **values}


def service_row(**values: Any) -> dict[str, Any]:
    row = {
        "id": str(uuid4()),
        "name": "Food box, weekly",
        "description": "A box of staples for the week.",
        "status": "active",
        "needs": ["food"],
        "eligibility_description": None,
        "minimum_age": None,
        "maximum_age": None,
        "languages": ["en"],
        "interpretation_services": None,
        "fees_description": "Free",
        "application_process": "Come by",
        "required_documents": [],
        "schedules": [WEEKDAYS],
        "service_areas": [{"extent_type": "county", "extent": FRESNO}],
        "location": location_row(),
        "capacity": {"status": "capacity", "days_ago": 2, "note": None},
        "accepts_referrals": True,
        "same_day": False,
        "sensitivity": "general",
        "assured_days_ago": 10,
    }
    return {**row, **values}


def organization_row(*services: dict[str, Any], **values: Any) -> dict[str, Any]:
    row = {
        "id": str(uuid4()),
        "name": "Lantern Pantry",
        "description": "",
        "kind": "cbo",
        "participates": True,
        "email": "hello@lanternpantry.example.org",
        "website": None,
        "phones": [{"number": "(559) 555-0102"}],
    }
    return {**row, "services": list(services), **values}


def directory_of(*services: dict[str, Any]) -> dict[str, Any]:
    return {"organizations": [organization_row(*services)]}
