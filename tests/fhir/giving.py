"""Resources as the system of a pantry sends them, about what came of a referral."""

from typing import Any

import orjson

from tests.factories import Loop
from tests.fhir.readers import Reader
from tests.fhir.sending import SDOHCC, SNOMED, TEMPORARY, Resource, bundle, coded, entry, referral, urn

LOINC = "http://loinc.org"
PROGRAM = "urn:x-cie:program"
SDOH = coded("http://hl7.org/fhir/us/core/CodeSystem/us-core-category", "sdoh")
SURVEY = coded("http://terminology.hl7.org/CodeSystem/observation-category", "survey")
CONCERN = coded("http://hl7.org/fhir/us/core/CodeSystem/condition-category", "health-concern")
FOOD = coded(TEMPORARY, "food-insecurity")
COUNSELED = coded(SNOMED, "306238000")
_STANDS = "http://terminology.hl7.org/CodeSystem/condition-"


def _about(loop: Loop, kind: str, profile: str, changed: Resource) -> Resource:
    subject = {"reference": f"Patient/{loop.person.id}"}
    claimed = {"meta": {"profile": [f"{SDOHCC}{profile}"]}} if profile else {}
    return {"resourceType": kind, **claimed, "subject": subject, **changed}


def enrolled(loop: Loop, **changed: Any) -> Resource:
    """The person is enrolled in CalFresh."""
    told = {
        "status": "final",
        "category": [SDOH, coded(TEMPORARY, "program-enrollment")],
        "code": coded(PROGRAM, "snap"),
        "effectiveDateTime": "2026-11-21",
        "valueCodeableConcept": coded(TEMPORARY, "enrolled"),
    }
    return _about(loop, "Observation", "SDOHCC-ObservationProgramEnrollmentStatus", told | changed)


def assessed(loop: Loop, **changed: Any) -> Resource:
    """A worker asked about food."""
    told = {"status": "final", "category": [SDOH, FOOD], "code": coded(LOINC, "88124-3"), "valueString": "At risk"}
    return _about(loop, "Observation", "SDOHCC-ObservationAssessment", told | changed)


def screened(loop: Loop, derived_from: str, **changed: Any) -> Resource:
    """One answer of a form."""
    told = {
        "status": "final",
        "category": [SURVEY, SDOH, FOOD],
        "code": coded(LOINC, "88122-7"),
        "effectiveDateTime": "2026-11-21",
        "valueCodeableConcept": coded(LOINC, "LA28397-0"),
        "derivedFrom": [{"reference": derived_from}],
    }
    return _about(loop, "Observation", "SDOHCC-ObservationScreeningResponse", told | changed)


def answered(loop: Loop, **changed: Any) -> Resource:
    """A form that was filled in."""
    told = {
        "questionnaire": "http://forms.example/food|1",
        "status": "completed",
        "authored": "2026-11-21T10:00:00-08:00",
        "item": [{"linkId": "1", "text": "How often?", "answer": [{"valueString": "Often true"}]}],
    }
    return _about(loop, "QuestionnaireResponse", "", told | changed)


def found(loop: Loop, evidence: str, **changed: Any) -> Resource:
    """Food insecurity, as a worker found."""
    told = {
        "clinicalStatus": coded(f"{_STANDS}clinical", "active"),
        "verificationStatus": coded(f"{_STANDS}ver-status", "confirmed"),
        "category": [CONCERN, SDOH, FOOD],
        "code": coded(SNOMED, "733423003"),
        "evidence": [{"detail": [{"reference": evidence}]}],
    }
    return _about(loop, "Condition", "SDOHCC-Condition", told | changed)


def wished(loop: Loop, **changed: Any) -> Resource:
    """To have enough to eat."""
    told = {
        "lifecycleStatus": "active",
        "description": {"text": "Enough to eat every day"},
        "startDate": "2026-11-21",
    }
    return _about(loop, "Goal", "SDOHCC-Goal", told | changed)


def done(loop: Loop, **changed: Any) -> Resource:
    """Somebody filled in the application with them."""
    told = {
        "status": "completed",
        "category": FOOD,
        "code": coded(SNOMED, "467771000124109"),
        "performedDateTime": "2026-11-21",
    }
    return _about(loop, "Procedure", "SDOHCC-Procedure", told | changed)


def content(reference: str) -> Resource:
    """An output that names what was found."""
    return {"type": coded(TEMPORARY, "additional-content"), "valueReference": {"reference": reference}}


def activity(**value: Any) -> Resource:
    """An output that says what was done, by a code or by a Procedure."""
    return {"type": coded(TEMPORARY, "resulting-activity"), **value}


def send(reader: Reader, method: str, path: str, resource: Resource) -> Any:
    return reader.call(method, path, orjson.dumps(resource), Content_Type="application/fhir+json")


def accepted(clinic: Reader, pantry: Reader, loop: Loop) -> Resource:
    """A task that the clinic sent, to which the pantry said yes, as the pantry reads it."""
    answer = send(clinic, "POST", "", referral(loop))
    assert answer.status_code == 200, answer.get_json()
    (task,) = [each["resource"] for each in pantry.get("/Task?status=requested").get_json()["entry"]]
    said: Resource = send(pantry, "PUT", f"/Task/{task['id']}", {**task, "status": "accepted"}).get_json()
    return said


def give(pantry: Reader, task: Resource, *resources: Resource, status: str = "completed", **changed: Any) -> Any:
    """The pantry sends these with its task, in one Bundle. Others name them by `urn` and their place from 0."""
    new = [entry(each, str(number)) for number, each in enumerate(resources)]
    outputs = [_output(each, urn(str(number))) for number, each in enumerate(resources)]
    ended = {**task, "status": status, **({"output": outputs} if outputs else {}), **changed}
    return send(pantry, "POST", "", bundle(*new, {"resource": ended, "request": asked(task)}))


def asked(task: Resource) -> Resource:
    return {"method": "PUT", "url": f"Task/{task['id']}"}


def _output(resource: Resource, reference: str) -> Resource:
    is_activity = resource["resourceType"] == "Procedure"
    return activity(valueReference={"reference": reference}) if is_activity else content(reference)


def came_of(reader: Reader, task: Resource) -> dict[str, Resource]:
    """What an organization reads of what came of a task, beside that the service was given, by its references."""
    outputs = reader.get(f"/Task/{task['id']}").get_json().get("output", [])
    named = [each["valueReference"]["reference"] for each in outputs if "valueReference" in each]
    ours = f"Procedure/{task['id']}"
    return {each: reader.get(f"/{each}").get_json() for each in named if each != ours}
