"""What the programs of the demo's partners send: a referral that is taken, and what partners get wrong."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from cie.fhir import codes
from cie.story.by_fhir import bundle

Resource = dict[str, Any]
Said = tuple[str, str, Resource]
"""A method, a path behind `/fhir/`, and the resource that goes there."""
JUNIPER = {
    "resourceType": "Patient",
    "name": [{"family": "Okafor", "given": ["Juniper"]}],
    "gender": "unknown",
    "birthDate": "1974-02-11",
    "telecom": [{"system": "phone", "use": "mobile", "value": "559 555 0148"}],
}
"""What the record system knows of a person."""
ELSEWHERE = "0190f3d2-6b6e-7c3a-8f1e-2b1d5c4a9e01"
"""The id of a service in the list of another county."""


class Reads(Protocol):
    """Who sends looks up first what it sends about."""

    def first(self, path: str) -> Resource:
        """The first that a search finds."""

    def matched(self, known: Resource) -> Resource:
        """The person of whom this is known."""


def _referral(system: Reads, service_id: str | None = None) -> Said:
    """Juniper, for whom the pantry nearby was outside its area, is referred to another one."""
    organization = system.first("Organization?name=Open+Basket")["id"]
    services = f"HealthcareService?organization=Organization/{organization}&service-category=food-insecurity"
    person = system.matched(JUNIPER)["id"]
    clinic = system.first("Organization?name=Blue+Kite")["id"]
    return "POST", "", bundle(person, service_id or system.first(services)["id"], clinic)


def _service_of_elsewhere(system: Reads) -> Said:
    """The list of services that the sender uses is not ours."""
    return _referral(system, ELSEWHERE)


def _birth_date_with_slashes(_system: Reads) -> Said:
    """The month first, as people write it."""
    resource = {
        "resourceType": "Patient",
        "meta": {"profile": [f"{codes.US_CORE}us-core-patient"]},
        "identifier": [{"system": "https://bluekiteclinic.example.org/records", "value": "BK-20417"}],
        "name": [{"use": "official", "family": "Vale", "given": ["Tansy"]}],
        "telecom": [{"system": "phone", "use": "mobile", "value": "(559) 555-0149"}],
        "gender": "female",
        "birthDate": "11/02/1974",
        "address": [{"line": ["9 Fig Lane"], "city": "Fresno", "state": "CA", "postalCode": "93702"}],
    }
    return "POST", "Patient", resource


def _status_in_own_words(system: Reads) -> Said:
    """The words on the pantry's own screen instead of a code."""
    task = system.first("Task?status=accepted,in-progress")
    return "PUT", f"Task/{task['id']}", {**task, "status": "picked up"}


MESSAGES: Mapping[str, Callable[[Reads], Said]] = {
    "referral": _referral,
    "service-of-elsewhere": _service_of_elsewhere,
    "birth-date-with-slashes": _birth_date_with_slashes,
    "status-in-own-words": _status_in_own_words,
}
