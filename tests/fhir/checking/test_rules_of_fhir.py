"""The rules of FHIR R4 itself: each has a resource that breaks it, and it alone."""

from typing import Any

import pytest

from cie.fhir.checking import faults_in
from cie.fhir.definitions.types import invariants_of
from tests.fhir.checking.made import ORGANIZATION, PATIENT, TEXT, coded

UCUM = "http://unitsofmeasure.org"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
LATE, EARLY = "2026-11-27T09:30:00Z", "2026-11-26T09:30:00Z"
REQUEST = {"method": "GET", "url": "Patient"}
BACK = [{"url": "https://example.org/back", "valueReference": {"reference": "#"}}]
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">%s</div>'


def _of(kind: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": kind, **more}


def _observation(**more: Any) -> dict[str, Any]:
    return _of("Observation", status="final", code=TEXT, **more)


def _quantity(value: float, unit: str = "kg") -> dict[str, Any]:
    return {"value": value, "system": UCUM, "code": unit}


def _order(**repeat: Any) -> dict[str, Any]:
    timing = {"repeat": repeat}
    return _of("ServiceRequest", status="active", intent="order", subject=PATIENT, occurrenceTiming=timing)


def _condition(**more: Any) -> dict[str, Any]:
    return _of("Condition", subject=PATIENT, **more)


def _item(**more: Any) -> dict[str, Any]:
    return _of("Questionnaire", status="active", item=[{"linkId": "1", "type": "string", **more}])


def _bundle(kind: str, *entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return _of("Bundle", type=kind, entry=list(entries), **more)


def _patient(*contained: dict[str, Any], **more: Any) -> dict[str, Any]:
    kept = [{"id": "o", **each} for each in contained]
    return _of("Patient", contained=kept, managingOrganization={"reference": "#o"}, **more)


BROKEN = {
    "ele-1": (_of("Patient", name=[{}]), "Patient.name[0]"),
    "ext-1": (_of("Patient", extension=[{"url": "https://example.org/x"}]), "Patient.extension[0]"),
    "dom-2": (
        _patient(_of("Organization", name="A", contained=[_of("Device", extension=BACK)])),
        "Patient",
    ),
    "dom-3": (_of("Patient", contained=[_of("Organization", id="o", name="A")]), "Patient"),
    "dom-4": (_patient(_of("Organization", name="A", meta={"versionId": "1"})), "Patient"),
    "dom-5": (_patient(_of("Organization", name="A", meta={"security": [{"code": "R"}]})), "Patient"),
    "txt-1": (_of("Patient", text={"status": "generated", "div": DIV % "<form>A</form>"}), "Patient.text.div"),
    "txt-2": (_of("Patient", text={"status": "generated", "div": DIV % "<p> </p>"}), "Patient.text.div"),
    "att-1": (_of("Patient", photo=[{"data": "YQ=="}]), "Patient.photo[0]"),
    "cpt-2": (_of("Patient", telecom=[{"value": "+15595550100"}]), "Patient.telecom[0]"),
    "per-1": (_observation(effectivePeriod={"start": LATE, "end": EARLY}), "Observation.effective"),
    "qty-3": (_observation(valueQuantity={"value": 1, "code": "kg"}), "Observation.value"),
    "rng-2": (_observation(valueRange={"low": _quantity(2), "high": _quantity(1)}), "Observation.value"),
    "rat-1": (_observation(valueRatio={"numerator": _quantity(2)}), "Observation.value"),
    "ref-1": (_observation(subject={"reference": "#p"}), "Observation.subject"),
    "age-1": (_condition(onsetAge=_quantity(-1, "a")), "Condition.onset"),
    "drt-1": (_order(boundsDuration={"code": "d", "system": UCUM}), "ServiceRequest.occurrence.repeat.bounds"),
    "tim-1": (_order(duration=1), None),
    "tim-2": (_order(period=1), None),
    "tim-4": (_order(duration=-1, durationUnit="d"), None),
    "tim-5": (_order(period=-1, periodUnit="d"), None),
    "tim-6": (_order(periodMax=1), None),
    "tim-7": (_order(durationMax=1), None),
    "tim-8": (_order(countMax=1), None),
    "tim-9": (_order(offset=5, when=["C"]), None),
    "tim-10": (_order(timeOfDay=["09:30:00"], when=["MORN"]), None),
    "con-1": (_condition(stage=[{"type": TEXT}]), "Condition.stage[0]"),
    "con-2": (_condition(evidence=[{"id": "a", "extension": [{"url": "a:b", "valueBoolean": True}]}]), None),
    "con-4": (_condition(abatementDateTime=LATE, clinicalStatus=coded(CLINICAL, "active")), "Condition"),
    "con-5": (
        _condition(
            clinicalStatus=coded(CLINICAL, "active"), verificationStatus=coded(VERIFICATION, "entered-in-error")
        ),
        "Condition",
    ),
    "cpl-3": (
        _of(
            "CarePlan",
            status="active",
            intent="plan",
            subject=PATIENT,
            activity=[{"reference": {"reference": "Task/1"}, "detail": {"status": "scheduled"}}],
        ),
        "CarePlan.activity[0]",
    ),
    "ctm-1": (
        _of("CareTeam", participant=[{"member": PATIENT, "onBehalfOf": ORGANIZATION}]),
        "CareTeam.participant[0]",
    ),
    "gol-1": (
        _of("Goal", lifecycleStatus="active", description=TEXT, subject=PATIENT, target=[{"detailString": "Enough"}]),
        "Goal.target[0]",
    ),
    "grp-1": (_of("Group", type="person", actual=False, member=[{"entity": PATIENT}]), "Group"),
    "inv-1": (
        _of("Task", status="draft", intent="order", authoredOn=LATE, lastModified=EARLY),
        "Task",
    ),
    "obs-3": (_observation(referenceRange=[{"type": TEXT}]), "Observation.referenceRange[0]"),
    "obs-6": (_observation(valueString="Yes", dataAbsentReason=TEXT), "Observation"),
    "obs-7": (
        _of(
            "Observation",
            status="final",
            code=coded("http://loinc.org", "1"),
            valueString="Yes",
            component=[{"code": coded("http://loinc.org", "1"), "valueString": "Yes"}],
        ),
        "Observation",
    ),
    "org-1": (_of("Organization", active=True), "Organization"),
    "org-2": (_of("Organization", name="A", address=[{"use": "home", "city": "Fresno"}]), "Organization.address[0]"),
    "org-3": (
        _of("Organization", name="A", telecom=[{"use": "home", "system": "phone", "value": "1"}]),
        "Organization.telecom[0]",
    ),
    "pat-1": (_of("Patient", contact=[{"gender": "other"}]), "Patient.contact[0]"),
    "ppc-1": (_of("Consent", status="active", scope=TEXT, category=[TEXT]), "Consent"),
    "prr-1": (
        _of("ServiceRequest", status="active", intent="order", subject=PATIENT, orderDetail=[TEXT]),
        "ServiceRequest",
    ),
    "qrs-1": (
        _of(
            "QuestionnaireResponse",
            status="completed",
            item=[{"linkId": "1", "answer": [{"valueString": "Yes"}], "item": [{"linkId": "2"}]}],
        ),
        "QuestionnaireResponse.item[0]",
    ),
    "que-1": (_item(type="group"), "Questionnaire.item[0]"),
    "que-2": (_of("Questionnaire", status="active", item=[{"linkId": "1", "type": "string"}] * 2), "Questionnaire"),
    "que-3": (_item(type="display", code=[{"code": "a"}]), "Questionnaire.item[0]"),
    "que-4": (
        _item(type="choice", answerOption=[{"valueString": "Yes"}], answerValueSet="https://example.org/vs"),
        "Questionnaire.item[0]",
    ),
    "que-5": (_item(type="boolean", answerOption=[{"valueString": "Yes"}]), "Questionnaire.item[0]"),
    "que-6": (_item(type="display", required=True), "Questionnaire.item[0]"),
    "que-7": (
        _item(enableWhen=[{"question": "2", "operator": "exists", "answerString": "Yes"}]),
        "Questionnaire.item[0].enableWhen[0]",
    ),
    "que-8": (_item(type="display", initial=[{"valueString": "Yes"}]), "Questionnaire.item[0]"),
    "que-9": (_item(type="display", readOnly=True), "Questionnaire.item[0]"),
    "que-10": (_item(type="date", maxLength=5), "Questionnaire.item[0]"),
    "que-11": (
        _item(type="choice", answerOption=[{"valueString": "Yes"}], initial=[{"valueString": "Yes"}]),
        "Questionnaire.item[0]",
    ),
    "que-12": (
        _item(enableWhen=[{"question": "2", "operator": "exists", "answerBoolean": True}] * 3),
        "Questionnaire.item[0]",
    ),
    "que-13": (_item(initial=[{"valueString": "Yes"}, {"valueString": "No"}]), "Questionnaire.item[0]"),
    "bdl-1": (_bundle("collection", {"resource": _of("Device")}, total=1), "Bundle"),
    "bdl-2": (_bundle("collection", {"resource": _of("Device"), "search": {"mode": "match"}}), "Bundle"),
    "bdl-3": (_bundle("collection", {"resource": _of("Device"), "request": REQUEST}), "Bundle"),
    "bdl-4": (_bundle("collection", {"resource": _of("Device"), "response": {"status": "200"}}), "Bundle"),
    "bdl-5": (_bundle("collection", {"fullUrl": "https://example.org/fhir/Device/1"}), "Bundle.entry[0]"),
    "bdl-7": (_bundle("collection", *[{"fullUrl": "urn:uuid:a", "resource": _of("Device")}] * 2), "Bundle"),
    "bdl-8": (
        _bundle("collection", {"fullUrl": "https://example.org/Device/1/_history/2", "resource": _of("Device")}),
        "Bundle.entry[0]",
    ),
    "bdl-12": (_bundle("message", {"resource": _of("Device")}), "Bundle"),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_what_breaks_a_rule_is_refused_by_it(rule):
    resource, place = BROKEN[rule]

    faults = faults_in(resource)

    assert [fault.rule for fault in faults] == [rule]
    assert place is None or faults[0].place == place


def test_a_rule_that_only_warns_refuses_nothing():
    assert "dom-6" in {each.key for each in invariants_of("Patient")}

    assert faults_in(_of("Patient", active=True)) == []


def test_dates_of_which_neither_is_later_keep_to_the_rule():
    assert faults_in(_observation(effectivePeriod={"start": "2026-11-27", "end": "2026"})) == []
