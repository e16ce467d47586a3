"""Location: a place that everybody may know. A confidential one is not made at all."""

from decimal import Decimal
from typing import Any

from cie.directory import ListedPlace
from cie.fhir.codes import SDOHCC, URI, profiled, reference
from cie.fhir.resources.public_contacts import address

PROFILE = f"{SDOHCC}SDOHCC-Location"
Resource = dict[str, Any]


def location(place: ListedPlace) -> Resource:
    """A place with its address; without a name of its own it is called like its organization."""
    row, organization = place.location, place.organization
    return {
        **profiled("Location", row.id, PROFILE),
        "identifier": [{"system": URI, "value": f"urn:uuid:{row.id}"}],
        "status": "active",
        "name": row.name or organization.name,
        "address": address(place.address),
        **_position(row.latitude, row.longitude),
        "managingOrganization": reference("Organization", organization.participant_id or organization.id),
    }


def _position(latitude: float | None, longitude: float | None) -> Resource:
    if latitude is None or longitude is None:
        return {}
    return {"position": {"longitude": _as_read(longitude), "latitude": _as_read(latitude)}}


def _as_read(number: float) -> Decimal:
    """The number as it is when it is read again, so that the same place is the same resource."""
    return Decimal(str(number))
