"""The rules that the guide adds in FHIRPath: what breaks each, and the near miss that does not."""

import pytest

from cie.fhir.checking import faults_in
from cie.fhir.checking.wording import WORDS
from cie.fhir.definitions.profiles import profile_of
from tests.fhir.checking.made import (
    CONDITION_CATEGORY,
    DEVICE,
    DOCUMENT,
    FOOD,
    GUIDE,
    OBSERVATION_CATEGORY,
    ORGANIZATION,
    PATIENT,
    PROFILES,
    SDC,
    SDOH,
    TEMPORARY,
    coded,
    made,
)

PROBLEM = coded(CONDITION_CATEGORY, "problem-list-item")
HEALTH_CONCERN = coded("http://hl7.org/fhir/us/core/CodeSystem/condition-category", "health-concern")
SAID_BY_DEVICE = [{"url": f"{GUIDE}SDOHCC-ExtensionConditionAsserter", "valueReference": DEVICE}]
MAKE_CONTACT, GENERAL_INFORMATION = coded(TEMPORARY, "make-contact"), coded(TEMPORARY, "general-information")
REVIEW_MATERIAL = coded(TEMPORARY, "review-material")
COMPLETE_QUESTIONNAIRE = coded(SDC, "complete-questionnaire")
CATEGORY = {
    "type": coded(TEMPORARY, "questionnaire-category"),
    "valueCodeableConcept": coded(TEMPORARY, "risk-questionnaire"),
}
QUESTIONNAIRE = {"type": coded(SDC, "questionnaire"), "valueCanonical": "https://example.org/Questionnaire/1"}
PDF = {"type": coded(TEMPORARY, "questionnaire-pdf"), "valueReference": DOCUMENT}
PDF_COMPLETED = {"type": coded(TEMPORARY, "questionnaire-pdf-completed"), "valueReference": DOCUMENT}
URL = {"type": coded(TEMPORARY, "questionnaire-url"), "valueUrl": "https://example.org/form"}
RESPONSE = {"type": coded(SDC, "questionnaire-response"), "valueReference": {"reference": "QuestionnaireResponse/1"}}
ANSWER = {"type": coded(TEMPORARY, "general-information-response"), "valueMarkdown": "Thank you"}
CONTACT = {"type": coded(TEMPORARY, "contact-entity"), "valueReference": ORGANIZATION}
CHOSEN = {"type": coded(TEMPORARY, "chosen-contact"), "valueMarkdown": "The first"}


def _task(code, **more):
    bare = {name: value for name, value in made("TaskForPatient").items() if name not in ("input", "description")}
    return {**bare, "code": code, **more}


def _rules(resource):
    return [fault.rule for fault in faults_in(resource)]


BROKEN = {
    "SDOH-Con-1": made("Condition", asserter=PATIENT, extension=SAID_BY_DEVICE),
    "SDOH-Con-2": made("Condition", category=[SDOH, FOOD]),
    "SDOH-Obs-4": made("ObservationAssessment", category=[coded(OBSERVATION_CATEGORY, "survey")]),
    "SDOH-Task-1 no form": _task(COMPLETE_QUESTIONNAIRE, input=[CATEGORY]),
    "SDOH-Task-1 two forms": _task(COMPLETE_QUESTIONNAIRE, input=[CATEGORY, QUESTIONNAIRE, URL]),
    "SDOH-Task-1 no category": _task(COMPLETE_QUESTIONNAIRE, input=[QUESTIONNAIRE]),
    "SDOH-Task-2 no words": _task(GENERAL_INFORMATION),
    "SDOH-Task-2 another output": _task(GENERAL_INFORMATION, description="Where do you live?", output=[CHOSEN]),
    "SDOH-Task-2 one output of two": _task(GENERAL_INFORMATION, description="Where?", output=[ANSWER, CHOSEN]),
    "SDOH-Task-3 no focus": _task(REVIEW_MATERIAL),
    "SDOH-Task-3 another focus": _task(REVIEW_MATERIAL, focus=DEVICE),
    "SDOH-Task-4": _task(MAKE_CONTACT, description="Call one of them"),
    "SDOH-Task-5": _task(COMPLETE_QUESTIONNAIRE, input=[CATEGORY, QUESTIONNAIRE], output=[CHOSEN]),
    "SDOH-Task-6": _task(COMPLETE_QUESTIONNAIRE, input=[CATEGORY, PDF], output=[CHOSEN]),
    "SDOH-Task-7 no words": _task(MAKE_CONTACT, input=[CONTACT]),
    "SDOH-Task-7 another output": _task(MAKE_CONTACT, description="Call", input=[CONTACT], output=[ANSWER]),
}
KEPT = {
    "a person asserts": made("Condition", asserter=PATIENT),
    "a device asserts": made("Condition", extension=SAID_BY_DEVICE),
    "a health concern": made("Condition", category=[SDOH, FOOD, HEALTH_CONCERN]),
    "an encounter's diagnosis": made("Condition", category=[SDOH, coded(CONDITION_CATEGORY, "encounter-diagnosis")]),
    "a form by its address": _task(COMPLETE_QUESTIONNAIRE, input=[CATEGORY, QUESTIONNAIRE]),
    "a form that was answered": _task(COMPLETE_QUESTIONNAIRE, input=[CATEGORY, QUESTIONNAIRE], output=[RESPONSE]),
    "a form on paper": _task(COMPLETE_QUESTIONNAIRE, input=[CATEGORY, PDF]),
    "a form on paper, filled in": _task(COMPLETE_QUESTIONNAIRE, input=[CATEGORY, PDF], output=[PDF_COMPLETED]),
    "a question": _task(GENERAL_INFORMATION, description="Where do you live?"),
    "a question that was answered": _task(GENERAL_INFORMATION, description="Where do you live?", output=[ANSWER]),
    "something to read": _task(REVIEW_MATERIAL, focus=DOCUMENT),
    "something to read that is not told": _task(REVIEW_MATERIAL, focus={"identifier": {"value": "1"}}),
    "a contact that was chosen": _task(MAKE_CONTACT, description="Call", input=[CONTACT], output=[CHOSEN]),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_breaks_a_rule_is_refused_by_it(case):
    assert _rules(BROKEN[case]) == [case.partition(" ")[0]]


@pytest.mark.parametrize("case", KEPT)
def test_what_keeps_to_the_rules_is_taken(case):
    assert _rules(KEPT[case]) == []


@pytest.mark.parametrize("profile", PROFILES)
def test_each_rule_of_the_guide_is_said_in_words(profile):
    invariants = profile_of(f"{GUIDE}SDOHCC-{profile}").invariants

    assert {key for key, (severity, _) in invariants.items() if severity == "error"} <= WORDS.keys()


def test_a_condition_without_the_sdoh_category_breaks_the_rule_and_the_slice():
    condition = made("Condition", category=[PROBLEM, FOOD])

    assert sorted(_rules(condition)) == ["SDOH-Con-3", "slice"]
