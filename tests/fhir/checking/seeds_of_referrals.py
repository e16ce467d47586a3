"""Wrong referrals, tasks of a patient, services and groups."""

from typing import Any

from tests.fhir.checking.changing import DROP
from tests.fhir.checking.made import (
    AT,
    DEVICE,
    DOCUMENT,
    FOOD,
    GUIDE,
    LOINC,
    ORGANIZATION,
    PATIENT,
    PRACTITIONER,
    SDC,
    TEMPORARY,
    TEXT,
    UNSPECIFIED,
    coded,
)
from tests.fhir.checking.seed import Seed

PROCEDURE = {"reference": "Procedure/1"}
CAPACITY = f"{GUIDE}SDOHCC-ExtensionHealthcareServiceCapacityStatus"
PERTAINS_TO_GOAL = "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal"


def _put(code: str, system: str = TEMPORARY, **value: Any) -> dict[str, Any]:
    """An input or output of a task."""
    return {"type": coded(system, code), **value}


REFERRALS = [
    Seed("TaskForReferralManagement", "status", DROP, "min", "Task.status"),
    Seed("TaskForReferralManagement", "status", "received", "binding", "Task.status"),
    Seed("TaskForReferralManagement", "status", "ready", "binding", "Task.status"),
    Seed("TaskForReferralManagement", "statusReason", coded(TEMPORARY, "no-capacity"), "min", "Task.statusReason.text"),
    Seed("TaskForReferralManagement", "intent", "plan", "pattern", "Task.intent"),
    Seed("TaskForReferralManagement", "priority", "soon", "binding", "Task.priority"),
    Seed("TaskForReferralManagement", "code", TEXT, "pattern", "Task.code"),
    Seed("TaskForReferralManagement", "code", DROP, "min", "Task.code"),
    Seed("TaskForReferralManagement", "focus", DROP, "min", "Task.focus"),
    Seed("TaskForReferralManagement", "focus", {"reference": "Task/1"}, "type", "Task.focus"),
    Seed("TaskForReferralManagement", "for", DROP, "min", "Task.for"),
    Seed("TaskForReferralManagement", "for", DEVICE, "type", "Task.for"),
    Seed("TaskForReferralManagement", "authoredOn", DROP, "min", "Task.authoredOn"),
    Seed("TaskForReferralManagement", "requester", PRACTITIONER, "type", "Task.requester"),
    Seed("TaskForReferralManagement", "requester", PATIENT, "type", "Task.requester"),
    Seed("TaskForReferralManagement", "requester", DROP, "min", "Task.requester"),
    Seed("TaskForReferralManagement", "lastModified", "2026-11-26T09:30:00Z", "inv-1", "Task"),
    Seed(
        "TaskForReferralManagement",
        "input",
        [_put("additional-content", valueString="In words")],
        "type",
        "Task.input[0].value",
    ),
    Seed(
        "TaskForReferralManagement",
        "output",
        [_put("resulting-activity", valueReference=PROCEDURE), _put("resulting-activity", valueReference=DOCUMENT)],
        "type",
        "Task.output[1].value",
    ),
    Seed(
        "TaskForReferralManagement",
        "output",
        [_put("resulting-activity", valueCodeableConcept=TEXT)],
        "binding",
        "Task.output[0].value",
    ),
    Seed(
        "TaskForReferralManagement",
        "output",
        [_put("additional-content", valueReference=DEVICE)],
        "type",
        "Task.output[0].value",
    ),
    Seed("ServiceRequest", "status", DROP, "min", "ServiceRequest.status"),
    Seed("ServiceRequest", "intent", "wish", "binding", "ServiceRequest.intent"),
    Seed("ServiceRequest", "code", DROP, "min", "ServiceRequest.code"),
    Seed("ServiceRequest", "code", TEXT, "binding", "ServiceRequest.code"),
    Seed(
        "ServiceRequest", "code", coded("http://hl7.org/fhir/sid/icd-10-cm", "Z59.41"), "binding", "ServiceRequest.code"
    ),
    Seed("ServiceRequest", "subject", DEVICE, "type", "ServiceRequest.subject"),
    Seed("ServiceRequest", "bodySite", [TEXT], "max", "ServiceRequest.bodySite"),
    Seed("ServiceRequest", "specimen", [{"reference": "Specimen/1"}], "max", "ServiceRequest.specimen"),
    Seed("ServiceRequest", "requester", {"reference": "CareTeam/1"}, "type", "ServiceRequest.requester"),
    Seed(
        "ServiceRequest",
        "orderDetail",
        [coded(TEMPORARY, "contacting-subject-prohibited")] * 2,
        "slice",
        "ServiceRequest.orderDetail",
    ),
    Seed(
        "ServiceRequest",
        "extension",
        [{"url": PERTAINS_TO_GOAL, "valueReference": DOCUMENT}],
        "type",
        "ServiceRequest.extension[0].value",
    ),
    Seed("Procedure", "status", "done", "binding", "Procedure.status"),
    Seed("Procedure", "code", DROP, "min", "Procedure.code"),
    Seed("Procedure", "subject", {"reference": "Group/1"}, "type", "Procedure.subject"),
    Seed("Procedure", "performedDateTime", DROP, "us-core-7", "Procedure"),
    Seed(
        "Procedure",
        "category",
        {"coding": FOOD["coding"] + UNSPECIFIED["coding"]},
        "slice",
        "Procedure.category.coding",
    ),
    Seed("Procedure", "encounter", PATIENT, "type", "Procedure.encounter"),
    Seed("Consent", "category", [coded(LOINC, "59284-0")], "slice", "Consent.category"),
    Seed("Consent", "dateTime", DROP, "min", "Consent.dateTime"),
    Seed("Consent", "organization", [ORGANIZATION, ORGANIZATION], "max", "Consent.organization"),
    Seed("Consent", "organization", DROP, "min", "Consent.organization"),
    Seed("Consent", "patient", DROP, "min", "Consent.patient"),
    Seed("Consent", "sourceReference", DROP, "min", "Consent.source"),
    Seed("Consent", "sourceReference", PATIENT, "type", "Consent.source"),
    Seed("Consent", "policy", DROP, "ppc-1", "Consent"),
    Seed("Consent", "status", "given", "binding", "Consent.status"),
]

PATIENT_TASKS = [
    Seed("TaskForPatient", "status", "requested", "binding", "Task.status"),
    Seed("TaskForPatient", "priority", "stat", "binding", "Task.priority"),
    Seed("TaskForPatient", "priority", DROP, "min", "Task.priority"),
    Seed("TaskForPatient", "for", {"reference": "Group/1"}, "type", "Task.for"),
    Seed("TaskForPatient", "owner", ORGANIZATION, "type", "Task.owner"),
    Seed("TaskForPatient", "owner", DROP, "min", "Task.owner"),
    Seed("TaskForPatient", "input.0.valueReference", PATIENT, "type", "Task.input[0].value"),
    Seed("TaskForPatient", "input", DROP, "SDOH-Task-4", "Task"),
    Seed("TaskForPatient", "description", DROP, "SDOH-Task-7", "Task"),
    Seed(
        "TaskForPatient",
        "output",
        [_put("general-information-response", valueMarkdown="Thanks")],
        "SDOH-Task-7",
        "Task",
    ),
    Seed(
        "TaskForPatient",
        "output",
        [_put("chosen-contact", valueReference=ORGANIZATION)],
        "type",
        "Task.output[0].value",
    ),
    Seed("TaskForPatient", "output", [_put("chosen-contact", valueMarkdown="Both")] * 2, "slice", "Task.output"),
    Seed("TaskForPatient", "code", coded(SDC, "complete-questionnaire"), "SDOH-Task-1", "Task"),
    Seed("TaskForPatient", "code", coded(TEMPORARY, "review-material"), "SDOH-Task-3", "Task"),
    Seed(
        "TaskForPatient",
        "input.1",
        _put("questionnaire-category", valueCodeableConcept=coded(TEMPORARY, "waitlist")),
        "binding",
        "Task.input[1].value",
    ),
]

PLACES_AND_GROUPS = [
    Seed("HealthcareService", "active", False, "pattern", "HealthcareService.active"),
    Seed("HealthcareService", "telecom.0.extension", DROP, "slice", "HealthcareService.telecom"),
    Seed("HealthcareService", "telecom.0.value", DROP, "min", "HealthcareService.telecom[0].value"),
    Seed(
        "HealthcareService",
        "telecom.0.extension.0.valueBoolean",
        False,
        "pattern",
        "HealthcareService.telecom[0].extension[0].value",
    ),
    Seed("HealthcareService", "location", [PATIENT], "type", "HealthcareService.location[0]"),
    Seed("HealthcareServiceForReferralManagement", "extension", DROP, "slice", "HealthcareService.extension"),
    Seed(
        "HealthcareServiceForReferralManagement",
        "extension",
        [{"url": CAPACITY, "extension": [{"url": "capacityNotes", "valueString": "Two weeks"}]}],
        "slice",
        "HealthcareService.extension[0].extension",
    ),
    Seed(
        "HealthcareServiceForReferralManagement",
        "extension.0.extension.0",
        {"url": "capacityStatus", "valueString": "Full"},
        "type",
        "HealthcareService.extension[0].extension[0].value",
    ),
    Seed("HealthcareServiceForReferralManagement", "category", [FOOD], "slice", "HealthcareService.category[0].coding"),
    Seed("HealthcareServiceForReferralManagement", "type.1", TEXT, "max", "HealthcareService.type"),
    Seed("HealthcareServiceForReferralManagement", "name", DROP, "min", "HealthcareService.name"),
    Seed("Location", "name", DROP, "min", "Location.name"),
    Seed("Location", "address", DROP, "min", "Location.address"),
    Seed("Location", "managingOrganization", PATIENT, "type", "Location.managingOrganization"),
    Seed("practitionerrole", "practitioner", DROP, "min", "PractitionerRole.practitioner"),
    Seed("practitionerrole", "organization", PRACTITIONER, "type", "PractitionerRole.organization"),
    Seed("practitionerrole", "telecom", DROP, "pd-1", "PractitionerRole"),
    Seed("practitionerrole", "telecom.0.value", DROP, "min", "PractitionerRole.telecom[0].value"),
    Seed("Group", "type", "animal", "pattern", "Group.type"),
    Seed("Group", "active", DROP, "min", "Group.active"),
    Seed(
        "Group",
        "characteristic.1",
        {"code": TEXT, "valueBoolean": True, "exclude": False},
        "slice",
        "Group.characteristic",
    ),
    Seed("Group", "characteristic.0.exclude", True, "pattern", "Group.characteristic[0].exclude"),
    Seed("Group", "characteristic.1.valueReference", PATIENT, "type", "Group.characteristic[1].value"),
    Seed("Group", "characteristic.1.period", {"start": AT}, "max", "Group.characteristic[1].period"),
]
