"""Four rules of the guide's Task for a patient that do not bite as they are written, run as they are meant.

SDOH-Task-2 and -7 end in a test that something exists, which is true of any answer; -3 is true when there is no focus;
-6 looks for a code in a system that does not have it (SDOH Clinical Care 3.0.0).
"""

from collections.abc import Callable, Mapping
from typing import Any

from cie.fhir.checking.examination import Examination, Json
from cie.fhir.checking.values import codings_of

GUIDE = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
GENERAL_INFORMATION = (GUIDE, "general-information")
GENERAL_INFORMATION_RESPONSE = (GUIDE, "general-information-response")
MAKE_CONTACT = (GUIDE, "make-contact")
CHOSEN_CONTACT = (GUIDE, "chosen-contact")
REVIEW_MATERIAL = (GUIDE, "review-material")
QUESTIONNAIRE_PDF = (GUIDE, "questionnaire-pdf")
QUESTIONNAIRE_PDF_COMPLETED = (GUIDE, "questionnaire-pdf-completed")
Code = tuple[str, str]


def _asks_in_words(task: Json, asked: Code, answer: Code) -> bool:
    """A task of this kind says what it asks, and its outputs are answers to it."""
    return asked not in _codes(task.get("code")) or ("description" in task and _outputs_are(task, answer))


def _outputs_are(task: Json, answer: Code) -> bool:
    return all(answer in _codes(each.get("type")) for each in task.get("output", ()))


def _shows_material(task: Json, exam: Examination) -> bool:
    """What is to be read is the focus, and a DocumentReference as far as can be told."""
    if REVIEW_MATERIAL not in _codes(task.get("code")):
        return True
    return "focus" in task and exam.type_of_target(task["focus"]) in (None, "DocumentReference")


def _returns_the_form(task: Json) -> bool:
    """Where a form was sent to be filled in, an output is the form filled in."""
    is_sent = any(QUESTIONNAIRE_PDF in _codes(each.get("type")) for each in task.get("input", ()))
    outputs = task.get("output", ())
    return not (is_sent and outputs) or any(QUESTIONNAIRE_PDF_COMPLETED in _codes(each.get("type")) for each in outputs)


def _codes(concept: Any) -> set[tuple[str | None, str]]:
    return set(codings_of(concept))


RULES: Mapping[str, Callable[[Any, Examination], bool]] = {
    "SDOH-Task-2": lambda task, exam: _asks_in_words(task, GENERAL_INFORMATION, GENERAL_INFORMATION_RESPONSE),
    "SDOH-Task-3": _shows_material,
    "SDOH-Task-6": lambda task, exam: _returns_the_form(task),
    "SDOH-Task-7": lambda task, exam: _asks_in_words(task, MAKE_CONTACT, CHOSEN_CONTACT),
}
