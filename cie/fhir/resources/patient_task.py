"""Task for a patient: what a person is asked to do, and what came of it, as the organization that asks reads it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cie.fhir.checking.values import codings_of
from cie.fhir.codes import REASON, REASON_DISPLAYS, SDOHCC, TEMPORARY, concept, profiled, reference, temporary
from cie.fhir.moments import instant
from cie.fhir.resources.questionnaire import canonical
from cie.patient_tasks import Contact, PatientTask, PatientTaskKind, PatientTaskStatus, contacts_of
from cie.referrals import Reason
from cie.screening import QuestionnaireRow

PROFILE = f"{SDOHCC}SDOHCC-TaskForPatient"
SDC = "http://hl7.org/fhir/uv/sdc/CodeSystem/temp"
QUESTIONNAIRE = {"system": SDC, "code": "questionnaire", "display": "Questionnaire"}
RESPONSE = {"system": SDC, "code": "questionnaire-response", "display": "Questionnaire Response"}
CODES: Mapping[PatientTaskKind, dict[str, str]] = {
    PatientTaskKind.QUESTIONNAIRE: {
        "system": SDC,
        "code": "complete-questionnaire",
        "display": "Complete Questionnaire",
    },
    PatientTaskKind.MATERIAL: temporary("review-material"),
    PatientTaskKind.CONTACT: temporary("make-contact"),
    PatientTaskKind.QUESTION: temporary("general-information"),
}
"""By the kind of a task, its code in the value set of the guide."""
_WORDS = {
    PatientTaskKind.QUESTION: temporary("general-information-response"),
    PatientTaskKind.CONTACT: temporary("chosen-contact"),
}
"""Under which type the words of an answer are an output."""
Resource = dict[str, Any]


def kind_in(task: Resource) -> PatientTaskKind | None:
    """What a Task asks of a person; None for one that asks something of an organization, or is no sound Task."""
    said = set(codings_of(task.get("code")))
    return next((kind for kind, code in CODES.items() if (code["system"], code["code"]) in said), None)


def patient_task(task: PatientTask, questionnaire: QuestionnaireRow | None) -> Resource:
    """One task, as it stands."""
    parts = {
        "status": task.status.value,
        "statusReason": _why(task),
        "intent": "order",
        "priority": task.priority.value,
        "code": concept(CODES[task.kind]),
        "description": task.description,
        "focus": _focus(task),
        "for": reference("Patient", task.person_id),
        "authoredOn": instant(task.requested_at),
        "requester": reference("Organization", task.organization_id),
        "owner": reference("Patient", task.person_id),
        "input": list(_inputs(task, questionnaire)),
        "output": list(_outputs(task)),
    }
    return {**profiled("Task", task.id, PROFILE), **{name: value for name, value in parts.items() if value}}


def _why(task: PatientTask) -> Resource | None:
    if task.reason is None:
        return None
    words = REASON_DISPLAYS[Reason(task.reason.value)]
    return concept({"system": REASON, "code": task.reason.value, "display": words}, text=task.reason_words or words)


def _focus(task: PatientTask) -> Resource | None:
    return _document(task) if task.kind is PatientTaskKind.MATERIAL else None


def has_own_document(task: PatientTask) -> bool:
    """Whether the exchange says what is to be read or filled in: its sender gave no DocumentReference for it."""
    is_file = task.kind is PatientTaskKind.QUESTIONNAIRE and task.questionnaire_id is None and not task.link
    return not task.document_reference and (is_file or task.kind is PatientTaskKind.MATERIAL)


def _document(task: PatientTask) -> Resource:
    return reference("DocumentReference", task.document_reference or task.id)


def _inputs(task: PatientTask, questionnaire: QuestionnaireRow | None) -> Iterator[Resource]:
    if task.kind is PatientTaskKind.QUESTIONNAIRE:
        yield from _questions(task, questionnaire)
    for contact in contacts_of(task):
        yield _typed(temporary("contact-entity"), valueReference=_named(contact))


def _questions(task: PatientTask, questionnaire: QuestionnaireRow | None) -> Iterator[Resource]:
    if questionnaire is not None:
        yield _typed(QUESTIONNAIRE, valueCanonical=canonical(questionnaire))
    elif task.document_reference or has_own_document(task):
        yield _typed(temporary("questionnaire-pdf"), valueReference=_document(task))
    else:
        yield _typed(temporary("questionnaire-url"), valueUrl=task.link)
    yield _typed(temporary("questionnaire-category"), valueCodeableConcept=concept(temporary(task.category)))


def _named(contact: Contact) -> Resource:
    if contact.service_id is not None:
        return reference("HealthcareService", contact.service_id)
    said = {"reference": contact.reference, "display": contact.name}
    return {name: value for name, value in said.items() if value}


def _outputs(task: PatientTask) -> Iterator[Resource]:
    if task.status is not PatientTaskStatus.COMPLETED:
        return
    if task.answer:
        yield _typed(_WORDS[task.kind], valueMarkdown=task.answer)
    if task.screening_id is not None:
        yield _typed(RESPONSE, valueReference=reference("QuestionnaireResponse", task.screening_id))
    if task.filled_reference:
        filled = reference("DocumentReference", task.filled_reference)
        yield _typed(temporary("questionnaire-pdf-completed"), valueReference=filled)


def _typed(coding: dict[str, str], **value: Any) -> Resource:
    return {"type": concept(coding), **value}


@dataclass(frozen=True)
class Said:
    """What the outputs of a Task say: words, and the references to answers and to a form that was filled in."""

    words: str
    response: str
    filled: str


def said_in(task: Resource) -> Said:
    """What came of a task, as its outputs say it."""
    words = [*values(task, "output", TEMPORARY, "general-information-response", "valueMarkdown")]
    words += values(task, "output", TEMPORARY, "chosen-contact", "valueMarkdown")
    responses = values(task, "output", SDC, RESPONSE["code"], "valueReference")
    filled = values(task, "output", TEMPORARY, "questionnaire-pdf-completed", "valueReference")
    return Said("\n\n".join(words), _first(responses), _first(filled))


def _first(references: list[Any]) -> str:
    return next((each.get("reference", "") for each in references), "")


def values(task: Resource, part: str, system: str, code: str, value: str) -> list[Any]:
    """The values of the inputs or outputs of one type."""
    wanted = (system, code)
    found = [each for each in task.get(part, []) if value in each and wanted in _types(each)]
    return [each[value] for each in found]


def _types(part: Resource) -> set[tuple[Any, Any]]:
    return {(each.get("system"), each.get("code")) for each in part.get("type", {}).get("coding", [])}


def answered_otherwise(made: Resource, sent: Resource) -> frozenset[str]:
    """The elements of a Task in which the exchange says something else by now than its sender did."""
    is_other = kind_in(made) is not None and "output" in made and said_in(made) != said_in(sent)
    return frozenset({"output"} if is_other else ())
