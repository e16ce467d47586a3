"""Tasks that ask something of a person, as the system of a clinic sends them."""

from typing import Any

from tests.factories import Loop
from tests.fhir.sending import SDOHCC, TEMPORARY, coded

SDC = "http://hl7.org/fhir/uv/sdc/CodeSystem/temp"
Resource = dict[str, Any]


def patient_task(loop: Loop, **changed: Any) -> Resource:
    """The clinic asks how the person gets to the appointment."""
    person = {"reference": f"Patient/{loop.person.id}"}
    return {
        "resourceType": "Task",
        "meta": {"profile": [f"{SDOHCC}SDOHCC-TaskForPatient"]},
        "status": "ready",
        "intent": "order",
        "priority": "routine",
        "code": coded(TEMPORARY, "general-information"),
        "description": "How will you get here?",
        "for": person,
        "authoredOn": "2026-11-20T10:00:00-08:00",
        "requester": {"reference": f"Organization/{loop.clinic.id}"},
        "owner": person,
        **changed,
    }


def part(code: str, system: str = TEMPORARY, **value: Any) -> Resource:
    """An input or output of a Task."""
    return {"type": coded(system, code), **value}
