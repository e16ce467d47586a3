"""HealthcareService: a service of the directory, with how much room it has.

Each open one claims the profile for referral management, which wants the room of each (cap-1). A word that grew old or
was never given is no word for room: the code is then *unknown* of data-absent-reason, since the four codes of the guide
all say something that nobody said; its binding is extensible, so that this is allowed. The day of the last word stands
in the notes. An open service with a phone claims the profile for appointments, too: that is the number which people are
told to call first. One that is not open claims neither, as both are for active services alone.
"""

from typing import Any

from cie.calendar import local_day
from cie.directory import CapacityStatus, Hit, ListedService, ServiceStatus, need
from cie.fhir.codes import (
    LANGUAGES,
    OURS,
    SDOH,
    SDOHCC,
    URI,
    concept,
    reference,
    temporary,
)
from cie.fhir.resources.opening_hours import available_times, other_hours
from cie.fhir.resources.public_contacts import telecom
from cie.fhir.resources.service_types import service_type
from cie.geography import counties
from cie.participants import Program

FOR_REFERRAL = f"{SDOHCC}SDOHCC-HealthcareServiceForReferralManagement"
FOR_APPOINTMENTS = f"{SDOHCC}SDOHCC-HealthcareService"
CAPACITY = f"{SDOHCC}SDOHCC-ExtensionHealthcareServiceCapacityStatus"
APPOINTMENT = f"{SDOHCC}SDOHCC-ExtensionHealthcareServiceTelecomAppointment"
UNKNOWN = {
    "system": "http://terminology.hl7.org/CodeSystem/data-absent-reason",
    "code": "unknown",
    "display": "Unknown",
}
THROUGH_HERE = {
    "system": "http://terminology.hl7.org/CodeSystem/service-referral-method",
    "code": "elec",
    "display": "Secure Messaging",
}
PROGRAM = f"{OURS}program"
PROGRAMS = {
    Program.SNAP: "CalFresh (SNAP)",
    Program.WIC: "WIC",
    Program.MEDI_CAL: "Medi-Cal",
    Program.CALWORKS: "CalWORKs",
    Program.SSI: "SSI",
    Program.SOCIAL_SERVICES: "Public social services",
    Program.SCHOOL: "A school or school district",
    Program.HMIS: "The homeless system (HMIS)",
}
Resource = dict[str, Any]


def healthcare_service(listed: ListedService) -> Resource:
    """A service as everybody may know it."""
    hit, service = listed.hit, listed.hit.service
    is_open = service.status == ServiceStatus.ACTIVE
    parts = {
        "meta": _meta(listed, is_open=is_open),
        "extension": [_room(hit)],
        "identifier": [{"system": URI, "value": f"urn:uuid:{service.id}"}],
        "active": is_open,
        "providedBy": {
            **reference("Organization", hit.organization.participant_id or hit.organization.id),
            "display": hit.organization.name,
        },
        "category": [concept(SDOH, *_needs(hit))],
        "type": [service_type(hit.why.needs)],
        "location": [reference("Location", place_id) for place_id in listed.place_ids],
        "name": service.name,
        "comment": service.description,
        "extraDetails": _more(hit),
        "telecom": _telecom(listed, is_open=is_open),
        "coverageArea": _area(hit),
        "eligibility": _eligibility(hit),
        "program": _program(service.program),
        "characteristic": [concept(text=service.interpretation_services)] if service.interpretation_services else [],
        "communication": [concept({"system": LANGUAGES, "code": code}) for code in hit.languages],
        "referralMethod": [concept(THROUGH_HERE)] if _takes_referrals(hit) and is_open else [],
        "availableTime": available_times(listed.schedules),
        "availabilityExceptions": other_hours(listed.schedules),
    }
    said = {name: value for name, value in parts.items() if value not in ("", [], {}, None)}
    return {"resourceType": "HealthcareService", "id": str(service.id), **said}


def _meta(listed: ListedService, *, is_open: bool) -> dict[str, list[str]]:
    if not is_open:
        return {}
    return {"profile": [FOR_REFERRAL, *([FOR_APPOINTMENTS] if listed.phones else [])]}


def _room(hit: Hit) -> dict[str, Any]:
    status, said_at = hit.room.status, hit.service.capacity_updated_at
    code = UNKNOWN if status == CapacityStatus.UNKNOWN else temporary(status.value)
    notes = [f"Last said on {local_day(said_at)}."] if said_at else []
    notes += [hit.room.note] if hit.room.note else []
    parts: list[dict[str, Any]] = [{"url": "capacityStatus", "valueCodeableConcept": concept(code)}]
    parts += [{"url": "capacityNotes", "valueString": " ".join(notes)}] if notes else []
    return {"url": CAPACITY, "extension": parts}


def _needs(hit: Hit) -> list[dict[str, str]]:
    """The categories of the needs that it meets, each once."""
    return [temporary(code) for code in dict.fromkeys(need(code).gravity for code in hit.why.needs)]


def _telecom(listed: ListedService, *, is_open: bool) -> list[dict[str, Any]]:
    """The phones; the first is the one for appointments."""
    phones = [telecom("phone", number) for number in listed.phones]
    if phones and is_open:
        phones[0] = {"extension": [{"url": APPOINTMENT, "valueBoolean": True}], **phones[0]}
    return phones


def _takes_referrals(hit: Hit) -> bool:
    return hit.service.accepts_referrals and hit.organization.participant_id is not None


def _area(hit: Hit) -> list[dict[str, str]]:
    names = counties()
    found = [f"{names[fips]} County" for fips in hit.why.counties if fips in names]
    return [{"display": words} for words in [*found, *(f"ZIP {zip}" for zip in hit.why.zips)]]


def _eligibility(hit: Hit) -> list[dict[str, Any]]:
    ages, words = _ages(hit.conditions.minimum_age, hit.conditions.maximum_age), hit.conditions.eligibility
    said = {**({"code": concept(text=ages)} if ages else {}), **({"comment": words} if words else {})}
    return [said] if said else []


def _ages(least: int | None, most: int | None) -> str:
    if least is not None and most is not None:
        return f"Ages {least} to {most}"
    if least is not None:
        return f"Ages {least} and over"
    return f"Ages up to {most}" if most is not None else ""


def _program(program: Program | None) -> list[dict[str, Any]]:
    if program is None:
        return []
    return [concept({"system": PROGRAM, "code": program.value, "display": PROGRAMS[program]})]


def _more(hit: Hit) -> str:
    """How to apply, what it costs and what to bring; FHIR has no elements for these."""
    service, documents = hit.service, hit.conditions.documents
    said = (
        ("How to apply", service.application_process),
        ("Cost", service.fees_description),
        ("What to bring", ", ".join(documents)),
    )
    return "\n\n".join(f"{title}: {words}" for title, words in said if words)
