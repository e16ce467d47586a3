"""The codes and systems that our resources carry, by the names of the guides that they come from."""

from typing import Any

from cie.referrals import Reason

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
SDOHCC = "http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/"
TEMPORARY = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
US_CORE_CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/us-core-category"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ICD_10 = "http://hl7.org/fhir/sid/icd-10-cm"
TASK_CODE = "http://hl7.org/fhir/CodeSystem/task-code"
LANGUAGES = "urn:ietf:bcp:47"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
URI = "urn:ietf:rfc:3986"

OURS = "urn:x-cie:"
OFFER = f"{OURS}offer"
"""Identifiers of people of whom nothing is known but that an offer is about them."""
NUMBER = f"{OURS}number:"
"""Numbers by which other systems know a person, by their kind."""
REASON = f"{OURS}reason"

DUTY = f"{OURS}duty"
"""What binds whoever reads a resource, as a label of it: the code, and the statement that stays with the record."""

SOCIAL_SERVICE = {"system": SNOMED, "code": "410606002", "display": "Social service procedure"}
REFERRAL = {"system": SNOMED, "code": "306238000", "display": "Referral to Social Services (procedure)"}
"""In every value set of service requests and of procedures of SDOH Clinical Care, so that it fits each need."""
SDOH = {"system": US_CORE_CATEGORY, "code": "sdoh", "display": "SDOH"}
SURVEY = {
    "system": "http://terminology.hl7.org/CodeSystem/observation-category",
    "code": "survey",
    "display": "Survey",
}
HEALTH_CONCERN = {
    "system": "http://hl7.org/fhir/us/core/CodeSystem/condition-category",
    "code": "health-concern",
    "display": "Health Concern",
}
FULFILL = {"system": TASK_CODE, "code": "fulfill", "display": "Fulfill the focal request"}

UNSPECIFIED = "sdoh-category-unspecified"
DISPLAYS = {
    UNSPECIFIED: "SDOH Category Unspecified",
    "food-insecurity": "Food Insecurity",
    "housing-instability": "Housing Instability",
    "homelessness": "Homelessness",
    "inadequate-housing": "Inadequate Housing",
    "transportation-insecurity": "Transportation Insecurity",
    "financial-insecurity": "Financial Insecurity",
    "material-hardship": "Material Hardship",
    "educational-attainment": "Educational Attainment",
    "employment-status": "Employment Status",
    "veteran-status": "Veteran Status",
    "stress": "Stress",
    "social-connection": "Social Connection",
    "intimate-partner-violence": "Intimate Partner Violence",
    "elder-abuse": "Elder Abuse",
    "personal-health-literacy": "Personal Health Literacy",
    "health-insurance-coverage-status": "Health Insurance Coverage Status",
    "medical-cost-burden": "Medical Cost Burden",
    "digital-literacy": "Digital Literacy",
    "digital-access": "Digital Access",
    "utility-insecurity": "Utility Insecurity",
    "language-access": "Language Access",
    "incarceration-status": "Incarceration Status",
    "resulting-activity": "Resulting Activity",
    "additional-content": "Additional Content",
    "program-enrollment": "Program Enrollment Status",
    "enrolled": "Enrolled",
    "not-enrolled": "Not Enrolled",
    "not-enrolled-on-waitlist": "Not Enrolled - On Waitlist",
    "contacting-subject-prohibited": "Contacting Subject Prohibited",
    "capacity": "Has Capacity",
    "no-capacity": "No Capacity",
    "waitlist": "No Capacity - Has Waitlist",
    "additional-assessment-required": "Additional Assessment Required",
    "make-contact": "Make Contact",
    "review-material": "Review Material",
    "general-information": "General Information",
    "contact-entity": "Contact Entity",
    "questionnaire-pdf": "Questionnaire PDF",
    "questionnaire-url": "Questionnaire URL",
    "questionnaire-category": "Questionnaire Category",
    "risk-questionnaire": "Risk Questionnaire",
    "feedback-questionnaire": "Feedback Questionnaire",
    "application-questionnaire": "Application Questionnaire",
    "personal-characteristics-questionnaire": "Personal Characteristics Questionnaire",
    "other-specify": "Other Specify",
    "general-information-response": "General Information Response",
    "chosen-contact": "Chosen Contact",
    "questionnaire-pdf-completed": "Questionnaire PDF Completed",
}

REASON_DISPLAYS = {
    Reason.NO_ROOM: "No room",
    Reason.NOT_ELIGIBLE: "Not eligible",
    Reason.OUTSIDE_AREA: "Outside the area served",
    Reason.LANGUAGE: "Language not spoken",
    Reason.OTHER_FITS_BETTER: "Another service fits better",
    Reason.DUPLICATE: "Asked twice",
    Reason.SERVICE_ENDED: "The service ended",
    Reason.CONFLICT: "Conflict of interest",
    Reason.UNABLE_TO_REACH: "Person not reached",
    Reason.MISSING_PAPERS: "Papers missing",
    Reason.PERSON_DECLINES: "The person does not want it",
    Reason.RECALLED: "Somebody else said yes first",
    Reason.LOOP_CLOSED: "The referral was closed",
    Reason.OTHER: "Another reason",
}


def temporary(code: str) -> dict[str, str]:
    """A coding of the temporary code system of SDOH Clinical Care."""
    return {"system": TEMPORARY, "code": code, "display": DISPLAYS[code]}


def concept(*codings: dict[str, str], text: str | None = None) -> dict[str, Any]:
    """A CodeableConcept."""
    return {**({"coding": list(codings)} if codings else {}), **({"text": text} if text else {})}


def reference(resource_type: str, id: object) -> dict[str, str]:
    """A Reference to a resource of this server."""
    return {"reference": f"{resource_type}/{id}"}


def profiled(resource_type: str, id: object, *profiles: str) -> dict[str, Any]:
    """The beginning of a resource that claims these profiles."""
    return {"resourceType": resource_type, "id": str(id), "meta": {"profile": list(profiles)}}
