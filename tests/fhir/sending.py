"""Resources as the system of a clinic sends them."""

from typing import Any

from tests.factories import Loop

SDOHCC = "http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/"
CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
TEMPORARY = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
SNOMED = "http://snomed.info/sct"
Resource = dict[str, Any]


def coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def patient(**changed: Any) -> Resource:
    """Tamarind Quist, whom nobody has on file yet."""
    return {
        "resourceType": "Patient",
        "meta": {"profile": [f"{CORE}us-core-patient"]},
        "identifier": [
            {
                "system": "http://clinic.example/mrn",
                "value": "MR990017",
                "type": coded("http://terminology.hl7.org/CodeSystem/v2-0203", "MR"),
            }
        ],
        "name": [{"use": "official", "family": "Quist", "given": ["Tamarind"], "prefix": ["Ms."]}],
        "telecom": [{"system": "phone", "use": "mobile", "value": "(559) 555-0177"}],
        "gender": "female",
        "birthDate": "1984-05-09",
        "address": [{"line": ["9 Fig Lane"], "city": "Fresno", "state": "CA", "postalCode": "93702"}],
        "communication": [{"language": coded("urn:ietf:bcp:47", "es"), "preferred": True}],
        **changed,
    }


def service_request(subject: str, **changed: Any) -> Resource:
    """A request for food."""
    return {
        "resourceType": "ServiceRequest",
        "meta": {"profile": [f"{SDOHCC}SDOHCC-ServiceRequest"]},
        "status": "active",
        "intent": "order",
        "category": [coded(SNOMED, "410606002"), coded(TEMPORARY, "food-insecurity")],
        "code": coded(SNOMED, "467771000124109"),
        "subject": {"reference": subject},
        "authoredOn": "2026-11-20T10:00:00-08:00",
        **changed,
    }


def task(loop: Loop, *, focus: str, subject: str, **changed: Any) -> Resource:
    """The clinic asks the pantry."""
    return {
        "resourceType": "Task",
        "meta": {"profile": [f"{SDOHCC}SDOHCC-TaskForReferralManagement"]},
        "status": "requested",
        "intent": "order",
        "priority": "urgent",
        "code": coded("http://hl7.org/fhir/CodeSystem/task-code", "fulfill"),
        "focus": {"reference": focus},
        "for": {"reference": subject},
        "authoredOn": "2026-11-20T10:00:00-08:00",
        "requester": {"reference": f"Organization/{loop.clinic.id}"},
        "owner": {"reference": f"Organization/{loop.pantry.id}"},
        **changed,
    }


def consent_of(loop: Loop, subject: str) -> Resource:
    """The clinic's own paper, signed by the person."""
    return {
        "resourceType": "Consent",
        "meta": {"profile": [f"{SDOHCC}SDOHCC-Consent"]},
        "status": "active",
        "scope": coded("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [coded("http://terminology.hl7.org/CodeSystem/v3-ActCode", "IDSCL")],
        "patient": {"reference": subject},
        "dateTime": "2026-11-20",
        "organization": [{"reference": f"Organization/{loop.clinic.id}"}],
        "sourceAttachment": {"title": "Authorization, signed on paper"},
        "policyRule": {"text": "45 CFR 164.508"},
    }


def entry(resource: Resource, name: str, **request: Any) -> Resource:
    """An entry that makes a resource; others name it by `urn:uuid:` and its name."""
    asked = {"method": "POST", "url": resource["resourceType"], **request}
    return {"fullUrl": urn(name), "resource": resource, "request": asked}


def urn(name: str) -> str:
    return f"urn:uuid:00000000-0000-4000-8000-{name.encode().hex():0>12}"


def bundle(*entries: Resource, type: str = "transaction") -> Resource:
    return {"resourceType": "Bundle", "type": type, "entry": list(entries)}


def referral(loop: Loop, subject: str | None = None, **changed: Any) -> Resource:
    """A person on file, what they need, and the task: a Bundle. `changed`: of the request."""
    about = subject or f"Patient/{loop.person.id}"
    return bundle(
        entry(service_request(about, **changed), "sr"),
        entry(task(loop, focus=urn("sr"), subject=about), "task"),
    )
