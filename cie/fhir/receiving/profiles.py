"""By which profiles resources are told, together with what was sent of them: so that has to hold to them as well."""

from collections.abc import Mapping, Sequence
from typing import Any

from cie.fhir.resources import patient, patient_task, service_request, task

PROFILES: Mapping[str, Sequence[str]] = {
    "Patient": [patient.PROFILE],
    "ServiceRequest": [service_request.PROFILE],
    "Task": [task.PROFILE, patient_task.PROFILE],
}
"""Of each type that the exchange makes from its own records."""


def told_as(resource: dict[str, Any]) -> Sequence[str]:
    """The profiles that a resource has to hold to; which one of the two a Task is, its code says."""
    if resource.get("resourceType") != "Task":
        return PROFILES.get(resource.get("resourceType", ""), ())
    return [task.PROFILE if patient_task.kind_in(resource) is None else patient_task.PROFILE]
