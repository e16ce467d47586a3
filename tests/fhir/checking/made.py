"""One right resource for each profile of the guide, as small as the profile allows, with invented content."""

from copy import deepcopy
from typing import Any

GUIDE = "http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/"
TEMPORARY = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
SDC = "http://hl7.org/fhir/uv/sdc/CodeSystem/temp"
US_CORE_CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/us-core-category"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
CONDITION_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
CONDITION_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
CONDITION_STATUS = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
RACE = "urn:oid:2.16.840.1.113883.6.238"
PATIENT = {"reference": "Patient/1"}
ORGANIZATION = {"reference": "Organization/1"}
PRACTITIONER = {"reference": "Practitioner/1"}
DEVICE = {"reference": "Device/1"}
DOCUMENT = {"reference": "DocumentReference/1"}
TEXT = {"text": "In words"}
AT = "2026-11-27T09:30:00Z"


def coded(system: str, code: str) -> dict[str, Any]:
    """A CodeableConcept of one coding."""
    return {"coding": [{"system": system, "code": code}]}


SDOH = coded(US_CORE_CATEGORY, "sdoh")
FOOD = coded(TEMPORARY, "food-insecurity")
UNSPECIFIED = coded(TEMPORARY, "sdoh-category-unspecified")


def made(profile: str, **more: Any) -> dict[str, Any]:
    """A resource that holds to a profile, named without its "SDOHCC-", and claims it."""
    resource = deepcopy(_MADE[profile])
    return {**resource, "meta": {"profile": [f"{GUIDE}SDOHCC-{profile}"]}, **more}


def _characteristic(code: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [coded(TEMPORARY, "personal-characteristic")],
        "code": coded(LOINC, code),
        "subject": PATIENT,
        "performer": [PATIENT],
        "method": coded(TEMPORARY, "self-reported"),
        **more,
    }


def _observation(*categories: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": list(categories),
        "subject": PATIENT,
        "effectiveDateTime": "2026-11-27",
        **more,
    }


_TASK = {"resourceType": "Task", "intent": "order", "for": PATIENT, "authoredOn": AT, "requester": ORGANIZATION}
_MADE: dict[str, dict[str, Any]] = {
    "TaskForReferralManagement": {
        **_TASK,
        "status": "requested",
        "code": coded("http://hl7.org/fhir/CodeSystem/task-code", "fulfill"),
        "focus": {"reference": "ServiceRequest/1"},
    },
    "TaskForPatient": {
        **_TASK,
        "status": "ready",
        "priority": "routine",
        "code": coded(TEMPORARY, "make-contact"),
        "description": "Call one of them",
        "owner": PATIENT,
        "input": [{"type": coded(TEMPORARY, "contact-entity"), "valueReference": ORGANIZATION}],
    },
    "ServiceRequest": {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "category": [FOOD],
        "code": coded(SNOMED, "467771000124109"),
        "subject": PATIENT,
    },
    "Condition": {
        "resourceType": "Condition",
        "clinicalStatus": coded(CONDITION_CLINICAL, "active"),
        "verificationStatus": coded(CONDITION_STATUS, "confirmed"),
        "category": [coded(CONDITION_CATEGORY, "problem-list-item"), SDOH, FOOD],
        "code": coded(SNOMED, "733423003"),
        "subject": PATIENT,
    },
    "Goal": {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "category": [FOOD],
        "description": coded(SNOMED, "1078229009"),
        "subject": PATIENT,
    },
    "Procedure": {
        "resourceType": "Procedure",
        "status": "completed",
        "category": FOOD,
        "code": coded(SNOMED, "467771000124109"),
        "subject": PATIENT,
        "performedDateTime": "2026-11-27",
    },
    "Consent": {
        "resourceType": "Consent",
        "status": "active",
        "scope": coded("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [coded("http://terminology.hl7.org/CodeSystem/v3-ActCode", "IDSCL")],
        "patient": PATIENT,
        "dateTime": AT,
        "organization": [ORGANIZATION],
        "sourceReference": DOCUMENT,
        "policy": [{"uri": "https://exchange.example.org/policy"}],
    },
    "HealthcareService": {
        "resourceType": "HealthcareService",
        "active": True,
        "telecom": [
            {
                "extension": [
                    {"url": f"{GUIDE}SDOHCC-ExtensionHealthcareServiceTelecomAppointment", "valueBoolean": True}
                ],
                "system": "phone",
                "value": "+15595550100",
            }
        ],
    },
    "HealthcareServiceForReferralManagement": {
        "resourceType": "HealthcareService",
        "extension": [
            {
                "url": f"{GUIDE}SDOHCC-ExtensionHealthcareServiceCapacityStatus",
                "extension": [{"url": "capacityStatus", "valueCodeableConcept": coded(TEMPORARY, "waitlist")}],
            }
        ],
        "active": True,
        "category": [SDOH],
        "type": [coded("http://terminology.hl7.org/CodeSystem/service-type", "289")],
        "name": "Clothes for work",
    },
    "Location": {
        "resourceType": "Location",
        "name": "Front office",
        "address": {"line": ["1 Sample Street"], "city": "Fresno", "state": "CA"},
    },
    "practitionerrole": {
        "resourceType": "PractitionerRole",
        "practitioner": PRACTITIONER,
        "organization": ORGANIZATION,
        "telecom": [{"system": "email", "value": "front@example.org"}],
    },
    "Group": {
        "resourceType": "Group",
        "active": True,
        "type": "person",
        "actual": True,
        "characteristic": [
            {"code": coded(TEMPORARY, "sdoh-condition-category"), "valueCodeableConcept": FOOD, "exclude": False},
            {"code": coded(TEMPORARY, "payer-coverage"), "valueReference": ORGANIZATION, "exclude": False},
        ],
    },
    "ObservationScreeningResponse": _observation(
        coded(OBSERVATION_CATEGORY, "survey"),
        SDOH,
        FOOD,
        code=coded(LOINC, "88122-7"),
        valueCodeableConcept=coded(LOINC, "LA28397-0"),
    ),
    "ObservationAssessment": _observation(SDOH, code=coded(LOINC, "88124-3"), valueBoolean=True),
    "ObservationProgramEnrollmentStatus": _observation(
        SDOH,
        coded(TEMPORARY, "program-enrollment"),
        code=coded(SNOMED, "1"),
        valueCodeableConcept=coded(TEMPORARY, "enrolled"),
    ),
    "ObservationPersonalCharacteristic": _characteristic(
        "76691-5", valueCodeableConcept=coded(SNOMED, "446141000124107")
    ),
    "ObservationGenderIdentity": _characteristic("76691-5", valueCodeableConcept=coded(SNOMED, "446141000124107")),
    "ObservationPersonalPronouns": _characteristic("90778-2", valueCodeableConcept=coded(LOINC, "LA29519-8")),
    "ObservationSexualOrientation": _characteristic("76690-7", valueCodeableConcept=coded(SNOMED, "20430005")),
    "ObservationRecordedSexGender": _characteristic(
        "99502-7",
        valueCodeableConcept=coded("http://hl7.org/fhir/administrative-gender", "female"),
        derivedFrom=[DOCUMENT],
    ),
    "ObservationRaceOMB": _characteristic(
        "72826-1", component=[{"code": coded(LOINC, "72826-1"), "valueCodeableConcept": coded(RACE, "2028-9")}]
    ),
    "ObservationEthnicityOMB": _characteristic(
        "69490-1", component=[{"code": coded(LOINC, "69490-1"), "valueCodeableConcept": coded(RACE, "2186-5")}]
    ),
}
PROFILES = tuple(_MADE)
