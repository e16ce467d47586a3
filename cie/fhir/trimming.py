"""A part of a resource, for who asked for no more: FHIR R4, 3.1.1.5.8 and 3.1.1.5.9."""

from collections.abc import Collection, Mapping
from typing import Any

from cie.fhir.definitions.types import elements_of
from cie.fhir.formats import read_json, write_json

SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
_ALWAYS = frozenset({"resourceType", "id", "meta", "implicitRules"})
_SUMMARY: Mapping[str, str] = {
    "Task": "instantiatesCanonical instantiatesUri basedOn groupIdentifier partOf status statusReason businessStatus"
    " intent code description focus for encounter executionPeriod lastModified requester owner location",
    "ServiceRequest": "identifier instantiatesCanonical instantiatesUri basedOn replaces requisition status intent"
    " category priority doNotPerform code orderDetail quantity[x] subject encounter occurrence[x] asNeeded[x]"
    " authoredOn requester performerType performer locationCode locationReference reasonCode reasonReference specimen"
    " bodySite patientInstruction",
    "Procedure": "identifier instantiatesCanonical instantiatesUri basedOn partOf status statusReason category code"
    " subject encounter performed[x] recorder asserter performer location reasonCode reasonReference bodySite outcome",
    "Condition": "identifier clinicalStatus verificationStatus code bodySite subject encounter onset[x] recordedDate"
    " recorder asserter",
    "Goal": "lifecycleStatus achievementStatus category priority description subject start[x] statusDate expressedBy",
    "Consent": "identifier status scope category patient dateTime performer organization source[x] policyRule"
    " verification provision",
    "Observation": "identifier basedOn partOf status code subject focus encounter effective[x] issued performer"
    " value[x] hasMember derivedFrom component",
    "DocumentReference": "masterIdentifier identifier status docStatus type category subject date author relatesTo"
    " description securityLabel content context",
    "Group": "identifier active type actual code name quantity managingEntity",
    "HealthcareService": "identifier active providedBy category type specialty location name comment photo",
    "Device": "udiCarrier status safety",
    "Location": "identifier status operationalStatus name description mode type physicalType managingOrganization",
    "CareTeam": "identifier status category name subject encounter period managingOrganization",
    "RelatedPerson": "identifier active patient relationship name telecom gender birthDate address",
    "Patient": "identifier active name telecom gender birthDate deceased[x] address managingOrganization link",
    "Practitioner": "identifier active name telecom address gender birthDate",
    "PractitionerRole": "identifier active period practitioner organization code specialty location telecom",
    "Organization": "identifier active type name partOf",
    "Questionnaire": "url identifier version name title status experimental subjectType date publisher contact"
    " useContext jurisdiction effectivePeriod code",
    "QuestionnaireResponse": "identifier basedOn partOf questionnaire status subject encounter authored author source",
    "CarePlan": "identifier instantiatesCanonical instantiatesUri basedOn replaces partOf status intent category title"
    " description subject encounter period created author addresses",
    "Coverage": "identifier status type policyHolder subscriber subscriberId beneficiary dependent period payor order"
    " network",
    "Subscription": "status contact end reason criteria error channel",
}
"""The elements that the definitions mark as the summary of a type; all but the text of those that are not here."""


def trimmed(body: bytes, summary: str, elements: Collection[str]) -> bytes:
    """The part of a resource that was asked for, marked as such; what it must have stays."""
    resource = read_json(body)
    kept = {name: value for name, value in resource.items() if _is_kept(resource, name, summary, elements)}
    meta = kept.get("meta", {})
    return write_json({**kept, "meta": {**meta, "tag": [*meta.get("tag", []), SUBSETTED]}})


def _is_kept(resource: Mapping[str, Any], name: str, summary: str, elements: Collection[str]) -> bool:
    if name in _ALWAYS:
        return True
    if elements:
        return _is_asked_for(resource["resourceType"], name, elements)
    if summary == "data" or (summary == "true" and resource["resourceType"] not in _SUMMARY):
        return name != "text"
    wanted = ("text",) if summary == "text" else _SUMMARY[resource["resourceType"]].split()
    return _is_asked_for(resource["resourceType"], name, wanted)


def _is_asked_for(resource_type: str, name: str, wanted: Collection[str]) -> bool:
    name = name.removeprefix("_")
    element = elements_of(resource_type).get(name)
    names = {name, element.name, element.name.removesuffix("[x]")} if element else {name}
    return not names.isdisjoint(wanted) or (element is not None and element.min > 0)
