"""What each resource type is searched by.

The parameters of the coordination platform of SDOH Clinical Care 3.0.0, what its workflows need besides, and
`identifier` where a resource has one. Two names that read the same element (`patient`, `subject`) are kept once.
"""

from collections.abc import Mapping
from dataclasses import replace

from cie.fhir.searching.kinds import Kind, Parameter


def _token(name: str, *paths: str, system: str = "") -> Parameter:
    return Parameter(name, Kind.TOKEN, paths or (name,), system and f"http://hl7.org/fhir/{system}")


def _told(name: str, *paths: str) -> Parameter:
    """A code that tells about somebody: what was asked or found of them, what they answered."""
    return replace(_token(name, *paths), sealed=True)


def _identifier(*paths: str) -> Parameter:
    return Parameter("identifier", Kind.TOKEN, paths or ("identifier",), sealed=True)


def _reference(name: str, path: str = "", *, to: str = "") -> Parameter:
    return Parameter(name, Kind.REFERENCE, (path or name,), targets=tuple(to.split()))


def _date(name: str, *paths: str) -> Parameter:
    return Parameter(name, Kind.DATE, paths or (name,))


def _text(name: str, *paths: str) -> Parameter:
    return Parameter(name, Kind.STRING, paths or (name,))


def _pair(name: str, path: str, first: str, *second: str) -> Parameter:
    return Parameter(name, Kind.COMPOSITE, (path,), parts=(_token("first", first), _token("second", *second)))


def _subject(path: str = "subject", to: str = "Patient Group") -> tuple[Parameter, Parameter]:
    """The one whom it is about, and the same when it is a patient."""
    subject = _reference("subject", path, to=to)
    return subject, replace(subject, name="patient", targets=("Patient",), kept_as="subject")


ANY = ""
_WHO = "Practitioner PractitionerRole Organization CareTeam HealthcareService Patient Device RelatedPerson"
_ASKS = "Practitioner PractitionerRole Organization Patient RelatedPerson Device"
_SDOH = "http://hl7.org/fhir/us/sdoh-clinicalcare/SearchParameter"

LISTED: Mapping[str, tuple[Parameter, ...]] = {
    "Task": (
        _token("code"),
        _reference("owner", to=_WHO),
        *_subject("for", to=ANY),
        _reference("requester", to=_ASKS),
        _token("status", system="task-status"),
        _reference("focus"),
        replace(_reference("output", "output.valueReference"), definition=f"{_SDOH}/Task-output-reference"),
        _token("intent", system="request-intent"),
        _date("authored-on", "authoredOn"),
        _reference("based-on", "basedOn"),
        _reference("part-of", "partOf", to="Task"),
        _identifier(),
    ),
    "ServiceRequest": (
        _token("category"),
        _token("code"),
        _token("intent", system="request-intent"),
        _date("occurrence", "occurrenceDateTime", "occurrencePeriod", "occurrenceTiming"),
        *_subject(to="Patient Group Device Location"),
        _reference("performer", to=_WHO),
        _reference("requester", to=_ASKS),
        _token("status", system="request-status"),
        replace(_reference("supporting-info", "supportingInfo"), definition=f"{_SDOH}/ServiceRequest-supporting-info"),
        _date("authored", "authoredOn"),
        _reference("based-on", "basedOn", to="ServiceRequest"),
        _identifier(),
    ),
    "Procedure": (
        _reference("based-on", "basedOn", to="ServiceRequest"),
        _token("category"),
        _told("code"),
        _date("date", "performedDateTime", "performedPeriod"),
        *_subject(),
        _reference("performer", "performer.actor", to=_ASKS),
        _token("status", system="event-status"),
        _identifier(),
    ),
    "Condition": (
        _token("category"),
        _token("clinical-status", "clinicalStatus"),
        _told("code"),
        *_subject(),
        _token("verification-status", "verificationStatus"),
        _date("recorded-date", "recordedDate"),
        _reference("evidence-detail", "evidence.detail"),
        _identifier(),
    ),
    "Goal": (
        _token("achievement-status", "achievementStatus"),
        _token("category"),
        _token("lifecycle-status", "lifecycleStatus", system="goal-status"),
        *_subject(to="Patient Group Organization"),
        _date("target-date", "target.dueDate"),
        _identifier(),
    ),
    "Consent": (
        _reference("source-reference", "sourceReference", to="Consent DocumentReference QuestionnaireResponse"),
        _reference("patient", to="Patient"),
        _token("status", system="consent-state-codes"),
        _token("category"),
        _date("date", "dateTime"),
        _identifier(),
    ),
    "Observation": (
        _token("category"),
        _told("code"),
        replace(_pair("code-value-concept", "", "code", "valueCodeableConcept"), sealed=True),
        _date("date", "effectiveDateTime", "effectivePeriod", "effectiveInstant", "effectiveTiming"),
        _reference("derived-from", "derivedFrom", to="DocumentReference QuestionnaireResponse Observation"),
        *_subject(to="Patient Group Device Location"),
        _token("status", system="observation-status"),
        _reference("has-member", "hasMember", to="Observation QuestionnaireResponse"),
        _told("value-concept", "valueCodeableConcept"),
        _identifier(),
    ),
    "DocumentReference": (
        *_subject(to="Patient Practitioner Group Device"),
        _token("status", system="document-reference-status"),
        _token("type"),
        _token("category"),
        _date("date"),
        _identifier("masterIdentifier", "identifier"),
    ),
    "Group": (
        _token("characteristic", "characteristic.code"),
        _pair("characteristic-value", "characteristic", "code", "valueCodeableConcept", "valueBoolean"),
        _reference("managing-entity", "managingEntity", to="Organization RelatedPerson Practitioner PractitionerRole"),
        _token("type", system="group-type"),
        _token("actual"),
        _identifier(),
        _reference("member", "member.entity", to="Patient Practitioner PractitionerRole Device Group"),
    ),
    "HealthcareService": (
        _reference("location", to="Location"),
        _token("service-category", "category"),
        _token("service-type", "type"),
        _token("program"),
        _token("active"),
        _reference("organization", "providedBy", to="Organization"),
        _text("name"),
        _token("identifier"),
    ),
    "Device": (
        _reference("patient", to="Patient"),
        _reference("organization", "owner", to="Organization"),
        _token("type"),
        _token("status", system="device-status"),
        _identifier(),
    ),
    "Location": (
        replace(_text("name", "name", "alias"), of_all=True),
        replace(_text("address-postalcode", "address.postalCode"), of_all=True),
        _reference("organization", "managingOrganization", to="Organization"),
        _token("status", system="location-status"),
        _identifier(),
    ),
    "CareTeam": (
        *_subject(),
        _token("status", system="care-team-status"),
        _token("category"),
        _reference("participant", "participant.member", to=_WHO),
        _identifier(),
    ),
    "RelatedPerson": (_reference("patient", to="Patient"), _token("active"), _token("relationship"), _identifier()),
    "Patient": (
        _identifier(),
        _token("active"),
        _reference("organization", "managingOrganization", to="Organization"),
        _reference("general-practitioner", "generalPractitioner", to="Organization Practitioner PractitionerRole"),
    ),
    "Practitioner": (_identifier(), _token("active")),
    "PractitionerRole": (
        _reference("organization", to="Organization"),
        _reference("practitioner", to="Practitioner"),
        _token("role", "code"),
        _token("specialty"),
        _reference("location", to="Location"),
        _reference("service", "healthcareService", to="HealthcareService"),
        _token("active"),
        _identifier(),
    ),
    "Organization": (
        _token("identifier"),
        _text("name", "name", "alias"),
        _token("active"),
        _token("type"),
        _reference("partof", "partOf", to="Organization"),
    ),
    "Questionnaire": (
        _token("code", "code", "item*.code"),
        _pair("context-type-value", "useContext", "code", "valueCodeableConcept"),
        _token("identifier"),
        _text("publisher"),
        _token("status", system="publication-status"),
        _token("subject-type", "subjectType", system="resource-types"),
        _text("title"),
        Parameter("url", Kind.URI, ("url",)),
        _token("version"),
        _text("name"),
    ),
    "QuestionnaireResponse": (
        _reference("author", to=_ASKS),
        _date("authored"),
        *_subject(to=ANY),
        replace(_reference("questionnaire", to="Questionnaire"), is_canonical=True),
        _token("status", system="questionnaire-answers-status"),
        _reference("source", to="Patient Practitioner PractitionerRole RelatedPerson"),
        _reference("based-on", "basedOn", to="ServiceRequest"),
        _identifier(),
    ),
    "Subscription": (
        _token("status", system="subscription-status"),
        _token("type", "channel.type", system="subscription-channel-type"),
    ),
    # what a referral points at and the exchange only keeps for who sent it
    "AllergyIntolerance": (_reference("patient", to="Patient"), _identifier()),
    "Appointment": (_token("status", system="appointmentstatus"), _identifier()),
    "Basic": (*_subject(to=ANY), _token("code"), _identifier()),
    "Binary": (),
    "CarePlan": (*_subject(), _token("status", system="request-status"), _token("category"), _identifier()),
    "Coverage": (_reference("patient", "beneficiary", to="Patient"), _identifier()),
    "DiagnosticReport": (*_subject(to="Patient Group Device Location"), _token("code"), _identifier()),
    "Encounter": (*_subject(), _token("status", system="encounter-status"), _identifier()),
    "Endpoint": (_token("status", system="endpoint-status"), _identifier()),
    "Immunization": (_reference("patient", to="Patient"), _identifier()),
    "List": (*_subject(to="Patient Group Device Location"), _token("code"), _identifier()),
    "Medication": (_token("code"), _identifier()),
    "MedicationDispense": (*_subject(), _identifier()),
    "MedicationRequest": (*_subject(), _identifier()),
    "Specimen": (*_subject(to="Patient Group Device Location"), _identifier()),
}
"""The parameters of each resource type that is served."""
