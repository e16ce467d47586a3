"""What an organization says of a service of its own over FHIR: how much room there is, its name and its words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import directory
from cie.access import Actor
from cie.directory import CapacityStatus, Correction, Service
from cie.errors import Invalid
from cie.fhir.codes import TEMPORARY
from cie.fhir.refusals import at_place, not_taken
from cie.fhir.resources.healthcare_service import CAPACITY

_PLACES = {"name": "HealthcareService.name", "status": "HealthcareService.extension"}
_KEPT = ("eligibility_description", "application_process", "fees_description")
"""Facts that stay, since FHIR has no place of their own for them."""
Resource = dict[str, Any]


def change_service(
    session: Session, actor: Actor, service_id: UUID, resource: Resource, seen: Resource, *, at: datetime
) -> None:
    """Keep what is said anew. `seen`: the service as everybody reads it.

    Room that is said once more is confirmed by that. Raises NotTaken, NotFound (not the caller's), NotAllowed.
    """
    service = directory.get_own_service(session, actor, service_id)
    try:
        _say_room(session, actor, service, resource, seen, at)
        if any(resource.get(name) != seen.get(name) for name in ("name", "comment")):
            _correct(session, actor, service, resource, at)
    except Invalid as error:
        raise at_place(error, _PLACES, "HealthcareService") from error
    if resource.get("active", True) is not seen.get("active"):
        words = "Services are opened and closed on their pages, where it is told what follows"
        raise not_taken("HealthcareService.active", words, "business-rule")


def _say_room(
    session: Session, actor: Actor, service: Service, resource: Resource, seen: Resource, at: datetime
) -> None:
    said, before = _room(resource), _room(seen)
    code = next((each.get("code") for each in said.get("capacityStatus", ()) if each.get("system") == TEMPORARY), None)
    if code is None:
        return
    if code not in set(CapacityStatus):
        raise not_taken("HealthcareService.extension", "There is no such capacity status", "code-invalid")
    note = said.get("capacityNotes")
    if note == before.get("capacityNotes"):
        note = service.capacity_note
    directory.confirm_capacity(session, actor, service.id, CapacityStatus(code), at=at, note=note)


def _room(resource: Resource) -> Mapping[str, Any]:
    """The codings of the status and the notes, by the names of the extension."""
    extensions = (each for each in resource.get("extension", []) if each.get("url") == CAPACITY)
    parts = [part for each in extensions for part in each.get("extension", [])]
    return {
        part.get("url"): part.get("valueString") or part.get("valueCodeableConcept", {}).get("coding", [])
        for part in parts
    }


def _correct(session: Session, actor: Actor, service: Service, resource: Resource, at: datetime) -> None:
    kept = {name: getattr(service, name) or "" for name in _KEPT}
    new = Correction(name=resource.get("name", ""), description=resource.get("comment", ""), **kept)
    directory.correct_service(session, actor, service.id, new, at=at)
