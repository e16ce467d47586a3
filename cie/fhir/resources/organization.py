"""Organization: one that joined the exchange, by the id that it has there, or one that only the directory knows."""

from typing import Any
from uuid import UUID

from cie.directory import ListedOrganization
from cie.fhir.codes import URI, US_CORE, profiled
from cie.fhir.resources.public_contacts import address, telecom
from cie.participants import Participant

PROFILE = f"{US_CORE}us-core-organization"
Resource = dict[str, Any]


def joined_organization(participant: Participant, listed: ListedOrganization | None) -> Resource:
    """An organization that joined, with what the directory says of it; how it talks with the network is not public."""
    return _organization(participant.id, participant.name, listed, active=participant.is_active)


def listed_organization(listed: ListedOrganization) -> Resource:
    """An organization of the directory that did not join."""
    return _organization(listed.organization.id, listed.organization.name, listed, active=True)


def _organization(id: UUID, name: str, listed: ListedOrganization | None, *, active: bool) -> Resource:
    ways = _telecom(listed) if listed else []
    return {
        **profiled("Organization", id, PROFILE),
        "identifier": [{"system": URI, "value": f"urn:uuid:{id}"}],
        "active": active,
        "name": name,
        **({"telecom": ways} if ways else {}),
        **({"address": [address(listed.address)]} if listed and listed.address else {}),
    }


def _telecom(listed: ListedOrganization) -> list[dict[str, Any]]:
    ways = [("phone", number) for number in listed.phones]
    ways += [("email", listed.organization.email or ""), ("url", listed.organization.website or "")]
    return [telecom(system, value) for system, value in ways if value]
