"""Resources that the suite sends: invented, true to their profiles, and easy to know again."""

from collections.abc import Callable, Mapping
from typing import Any

from cie.conformance.platform import GUIDE, US_CORE

CODES = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
CORE_CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/us-core-category"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
CONDITION_CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/condition-category"
SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
TERMS = "http://terminology.hl7.org/CodeSystem"
OURS = "urn:x-sdohcc-suite"
BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport"
TOPIC = "http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/Task"
DAY, MOMENT = "2026-01-15", "2026-01-15T17:00:00Z"
SURVEY = "http://suite.example/Questionnaire/hunger"
WORDS = "Made by a conformance suite. Nobody is meant."
Resource = dict[str, Any]
_PAPER = "Tm9ib2R5IGlzIG1lYW50Lg=="
Parts = Mapping[str, str]
"""What a specimen may point to, by what it is: `patient`, `organization`, `request`, `response`, ..."""


def concept(system: str, *codes: str) -> Resource:
    return {"coding": [{"system": system, "code": code} for code in codes]}


def _point(address: str) -> Resource:
    return {"reference": address}


def _of(type_: str, profile: str, **elements: Any) -> Resource:
    meta = {"meta": {"profile": [profile]}} if profile else {}
    return {"resourceType": type_, **meta, **{n: e for n, e in elements.items() if e is not None}}


def patient(_parts: Parts) -> Resource:
    return _of(
        "Patient",
        f"{US_CORE}patient",
        identifier=[{"system": OURS, "value": "patient"}],
        name=[{"use": "official", "family": "Quillfeather", "given": ["Bramblewick"]}],
        gender="unknown",
        birthDate="1961-02-03",
        address=[{"city": "Fresno", "state": "CA", "postalCode": "93702"}],
    )


def service_request(parts: Parts) -> Resource:
    """A request for help with food, with all that a content-rich referral brings along."""
    return _of(
        "ServiceRequest",
        f"{GUIDE}ServiceRequest",
        status="active",
        intent="order",
        priority="routine",
        category=[concept(SNOMED, "410606002"), concept(CODES, "food-insecurity")],
        code=concept(SNOMED, "467771000124109"),
        subject=_point(parts["patient"]),
        occurrenceDateTime=DAY,
        authoredOn=MOMENT,
        requester=_point(parts["organization"]),
        supportingInfo=[_point(parts["consent"])] if "consent" in parts else None,
        note=[{"text": WORDS}],
    )


def task(parts: Parts) -> Resource:
    return _of(
        "Task",
        f"{GUIDE}TaskForReferralManagement",
        status="requested",
        intent="order",
        priority="routine",
        code=concept("http://hl7.org/fhir/CodeSystem/task-code", "fulfill"),
        focus=_point(parts["request"]),
        **{"for": _point(parts["patient"])},
        authoredOn=MOMENT,
        requester=_point(parts["organization"]),
        owner=_point(parts["owner"]),
    )


def consent(parts: Parts) -> Resource:
    return _of(
        "Consent",
        f"{GUIDE}Consent",
        status="active",
        scope=concept(f"{TERMS}/consentscope", "patient-privacy"),
        category=[concept(f"{TERMS}/v3-ActCode", "IDSCL")],
        patient=_point(parts["patient"]),
        dateTime=DAY,
        organization=[_point(parts["organization"])],
        policyRule=concept(f"{TERMS}/v3-ActCode", "OPTIN"),
        **(
            {"sourceReference": _point(parts["document"])}
            if "document" in parts
            else {"sourceAttachment": {"contentType": "text/plain", "data": _PAPER}}
        ),
    )


def document(parts: Parts) -> Resource:
    return _of(
        "DocumentReference",
        f"{US_CORE}documentreference",
        status="current",
        type=concept(LOINC, "59284-0"),
        category=[
            concept("http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category", "clinical-note")
        ],
        subject=_point(parts["patient"]),
        date=MOMENT,
        author=[_point(parts["organization"])],
        content=[{"attachment": {"contentType": "text/plain", "data": _PAPER}}],
    )


def procedure(parts: Parts) -> Resource:
    return _of(
        "Procedure",
        f"{GUIDE}Procedure",
        basedOn=[_point(parts["request"])] if "request" in parts else None,
        status="completed",
        category=concept(CODES, "food-insecurity"),
        code=concept(SNOMED, "467771000124109"),
        subject=_point(parts["patient"]),
        performedDateTime=DAY,
        performer=[{"actor": _point(parts["organization"])}],
    )


def condition(parts: Parts) -> Resource:
    return _of(
        "Condition",
        f"{GUIDE}Condition",
        clinicalStatus=concept(f"{TERMS}/condition-clinical", "active"),
        verificationStatus=concept(f"{TERMS}/condition-ver-status", "provisional"),
        category=[
            concept(CONDITION_CATEGORY, "health-concern"),
            concept(CORE_CATEGORY, "sdoh"),
            concept(CODES, "food-insecurity"),
        ],
        code=concept(SNOMED, "733423003"),
        subject=_point(parts["patient"]),
        onsetDateTime=DAY,
        recordedDate=DAY,
    )


def goal(parts: Parts) -> Resource:
    return _of(
        "Goal",
        f"{GUIDE}Goal",
        lifecycleStatus="active",
        achievementStatus=concept(f"{TERMS}/goal-achievement", "in-progress"),
        category=[concept(CODES, "food-insecurity")],
        description=concept(SNOMED, "1078229009"),
        subject=_point(parts["patient"]),
        startDate=DAY,
        target=[{"measure": concept(LOINC, "88124-3"), "dueDate": "2026-12-31"}],
    )


def response(parts: Parts) -> Resource:
    answer = {"valueCoding": {"system": LOINC, "code": "LA28397-0"}}
    return _of(
        "QuestionnaireResponse",
        "",
        questionnaire=SURVEY,
        status="completed",
        subject=_point(parts["patient"]),
        authored=MOMENT,
        author=_point(parts["organization"]),
        item=[{"linkId": "/88122-7", "answer": [answer]}],
    )


def observation(parts: Parts) -> Resource:
    return _of(
        "Observation",
        f"{GUIDE}ObservationScreeningResponse",
        status="final",
        category=[
            concept(OBSERVATION_CATEGORY, "survey"),
            concept(CORE_CATEGORY, "sdoh"),
            concept(CODES, "food-insecurity"),
        ],
        code=concept(LOINC, "88122-7"),
        subject=_point(parts["patient"]),
        effectiveDateTime=MOMENT,
        performer=[_point(parts["organization"])],
        valueCodeableConcept=concept(LOINC, "LA28397-0"),
        derivedFrom=[_point(parts["response"])] if "response" in parts else None,
    )


def group(parts: Parts) -> Resource:
    has_need = {"code": concept(CODES, "sdoh-condition-category"), "exclude": False}
    pays = {"code": concept(CODES, "payer-coverage"), "exclude": False}
    return _of(
        "Group",
        f"{GUIDE}Group",
        active=True,
        type="person",
        actual=True,
        managingEntity=_point(parts["organization"]),
        characteristic=[
            {**has_need, "valueCodeableConcept": concept(CODES, "food-insecurity")},
            {**pays, "valueReference": _point(parts["organization"])},
        ],
        member=[{"entity": _point(parts["patient"])}],
    )


def device(parts: Parts) -> Resource:
    return _of("Device", "", status="active", patient=_point(parts["patient"]), type={"text": WORDS})


def care_team(parts: Parts) -> Resource:
    member = {"role": [concept(SNOMED, "768836001")], "member": _point(parts["organization"])}
    about = _point(parts["patient"])
    return _of("CareTeam", f"{US_CORE}careteam", status="active", subject=about, participant=[member])


def related_person(parts: Parts) -> Resource:
    ties = [concept(f"{TERMS}/v3-RoleCode", "FAMMEMB")]
    return _of("RelatedPerson", "", active=True, patient=_point(parts["patient"]), relationship=ties)


def questionnaire(_parts: Parts) -> Resource:
    return _of(
        "Questionnaire",
        "",
        url=SURVEY,
        identifier=[{"system": OURS, "value": "hunger"}],
        version="1.0.0",
        title="Hunger, as a suite asks",
        status="active",
        subjectType=["Patient"],
        publisher="A conformance suite",
        useContext=[
            {
                "code": {"system": f"{TERMS}/usage-context-type", "code": "focus"},
                "valueCodeableConcept": concept(CODES, "food-insecurity"),
            }
        ],
        code=[{"system": LOINC, "code": "88121-9"}],
        item=[
            {
                "linkId": "/88122-7",
                "code": [{"system": LOINC, "code": "88122-7"}],
                "type": "choice",
                "text": "Worried that food would run out",
            }
        ],
    )


def subscription(channel: str, address: str, payload: str = "application/fhir+json") -> Resource:
    """A subscription to the guide's topic of tasks, that tells ids only."""
    content = {"extension": [{"url": f"{BACKPORT}-payload-content", "valueCode": "id-only"}]}
    return _of(
        "Subscription",
        f"{BACKPORT}-subscription",
        status="requested",
        reason=WORDS,
        criteria=TOPIC,
        channel={"type": channel, "endpoint": address, "payload": payload, "_payload": content},
    )


SPECIMENS: Mapping[str, Callable[[Parts], Resource]] = {
    "Patient": patient,
    "DocumentReference": document,
    "Consent": consent,
    "Questionnaire": questionnaire,
    "QuestionnaireResponse": response,
    "Condition": condition,
    "Goal": goal,
    "Observation": observation,
    "Procedure": procedure,
    "Group": group,
    "Device": device,
    "CareTeam": care_team,
    "RelatedPerson": related_person,
}
"""What can be sent by itself, each after those that it points to. Referrals are sent as a whole (`loop`)."""
