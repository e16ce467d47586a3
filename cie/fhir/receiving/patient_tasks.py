"""Tasks for patients that programs send: what is asked of a person of theirs, and what came of it.

Once it is asked, only the status, its reason and the output change, whoever sends it: all else is asked anew.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import directory, participants, patient_tasks
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.fhir.codes import REASON, TEMPORARY
from cie.fhir.receiving.asked_forms import form_named
from cie.fhir.receiving.entries import Entry
from cie.fhir.receiving.loop_reading import ways_told
from cie.fhir.receiving.loops import require_own_requester
from cie.fhir.receiving.references import id_in, key_in
from cie.fhir.receiving.transaction import Doing, path_at
from cie.fhir.refusals import NotTaken, at_place, not_taken
from cie.fhir.resources.patient_task import QUESTIONNAIRE, SDC, kind_in, said_in, values
from cie.patient_tasks import (
    TRANSITIONS,
    Answer,
    Asked,
    Contact,
    NewDocument,
    PatientTaskKind,
    PatientTaskPriority,
    PatientTaskReason,
    PatientTaskStatus,
)

_PLACES = {
    "description": "Task.description",
    "contacts": "Task.input",
    "questionnaire": "Task.input",
    "category": "Task.input",
    "link": "Task.input",
    "document": "Task.focus",
    "file": "Task.focus",
    "reason": "Task.statusReason",
    "answer": "Task.output",
    "screening": "Task.output",
}
_CHANGES = frozenset({"status", "statusReason", "output", "meta", "text", "authoredOn"})
"""What an update may say otherwise; when it was asked is what the exchange says."""
Resource = dict[str, Any]


def is_for_patient(entry: Entry) -> bool:
    """Whether something is asked of a person."""
    return entry.resource_type == "Task" and kind_in(entry.resource) is not None


def ask_patient(doing: Doing, entry: Entry) -> UUID:
    """Ask a person what a Task asks of them; the id of the task. Raises NotTaken, NotFound, NotPossibleNow."""
    body = doing.resolved(entry.resource)
    try:
        return _asked(doing, body)
    except NotTaken as error:
        raise NotTaken(
            each._replace(place=path_at(entry.place, each.place or "Task")) for each in error.faults
        ) from error


def _asked(doing: Doing, body: Resource) -> UUID:
    if body["status"] != PatientTaskStatus.READY:
        words = "A new task for a person is ready. Send it when they are to see it"
        raise not_taken("Task.status", words, "business-rule")
    require_own_requester(doing.actor, body, doing.base)
    person_id = id_in(body["for"], doing.base, "Patient")
    if person_id is None or id_in(body["owner"], doing.base, "Patient") != person_id:
        raise not_taken("Task.owner", "The person themselves is asked: name the same Patient in for and owner")
    asked = _read(doing, body)
    task = _placed(lambda: patient_tasks.ask(doing.session, doing.actor, person_id, asked, at=doing.at))
    found: UUID = task.id
    return found


def _placed(verb: Callable[[], Any]) -> Any:
    try:
        return verb()
    except Invalid as error:
        raise at_place(error, _PLACES, "Task") from error


def _read(doing: Doing, body: Resource) -> Asked:
    """What a Task asks. Raises NotTaken."""
    kind = kind_in(body)
    assert kind is not None
    asked = Asked(kind, body.get("description", ""), PatientTaskPriority(body["priority"]))
    if kind is PatientTaskKind.QUESTIONNAIRE:
        return _with_questions(doing, body, asked)
    if kind is PatientTaskKind.MATERIAL:
        return _with_document(doing, body, asked, "Task.focus", [body["focus"]])
    if kind is PatientTaskKind.CONTACT:
        named = values(body, "input", TEMPORARY, "contact-entity", "valueReference")
        return replace(asked, contacts=tuple(_contact(doing, each) for each in named))
    return asked


def _with_questions(doing: Doing, body: Resource, asked: Asked) -> Asked:
    urls = values(body, "input", TEMPORARY, "questionnaire-url", "valueUrl")
    files = values(body, "input", TEMPORARY, "questionnaire-pdf", "valueReference")
    by_link = replace(
        asked,
        questionnaire_id=_questionnaire(doing, body),
        category=_category(body),
        link=next(iter(urls), ""),
    )
    return _with_document(doing, body, by_link, "Task.input", files)


def _category(body: Resource) -> str:
    found = values(body, "input", TEMPORARY, "questionnaire-category", "valueCodeableConcept")
    codings = [coding for each in found for coding in each.get("coding", []) if coding.get("system") == TEMPORARY]
    return next((each.get("code", "") for each in codings), "")


def _questionnaire(doing: Doing, body: Resource) -> UUID | None:
    named = values(body, "input", SDC, QUESTIONNAIRE["code"], "valueCanonical")
    if not named:
        return None
    form = form_named(doing.session, named[0], doing.base)
    if form is None:
        raise not_taken("Task.input", "These questions are not asked here: search Questionnaire for those that are")
    return form.row.id


def _with_document(doing: Doing, body: Resource, asked: Asked, place: str, named: Sequence[Any]) -> Asked:
    """With the file that goes with a Task, or the address where it is, and the id of its DocumentReference."""
    if not named:
        return asked
    key = key_in(named[0], doing.base)
    found = doing.body(key) if key and key[0] == "DocumentReference" else None
    if key is None or found is None:
        raise not_taken(place, "Send the DocumentReference here first, with its content", "not-found")
    if doing.person_in(found) not in (None, doing.person_in(body)):
        raise not_taken(place, "This DocumentReference is about somebody else")
    attachment: Resource = next((each["attachment"] for each in found.get("content", []) if "attachment" in each), {})
    if "data" not in attachment:
        return replace(asked, link=asked.link or attachment.get("url", ""), document_reference=key[1])
    content, claimed = _bytes(attachment["data"], place), str(attachment.get("contentType", ""))
    document = NewDocument(str(attachment.get("title") or "document"), content, claimed)
    return replace(asked, document=document, document_reference=key[1])


def _bytes(data: str, place: str) -> bytes:
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except binascii.Error as error:
        raise not_taken(place, "The content of the DocumentReference is not base64", "value") from error


def _contact(doing: Doing, named: Resource) -> Contact:
    """Whom a Reference names: a service of the directory by its id, all others by what is said of them."""
    service_id = id_in(named, doing.base, "HealthcareService")
    if service_id is not None and _is_known(directory.get_service, doing.session, service_id):
        return Contact(service_id=service_id)
    place_id = id_in(named, doing.base, "Organization")
    is_here = place_id is not None and _is_known(participants.get_participant, doing.session, place_id)
    key = key_in(named, doing.base)
    body = doing.body(key) if key else None
    return Contact(
        participant_id=place_id if is_here else None,
        name=named.get("display") or _name(body or {}),
        phone=_phone(body or {}),
        reference=named.get("reference", ""),
    )


def _is_known(get: Callable[[Session, UUID], Any], session: Session, id: UUID) -> bool:
    try:
        get(session, id)
    except NotFound:
        return False
    return True


def _name(body: Resource) -> str:
    """What a resource is called: as it is, or as a person is."""
    name = body.get("name", "")
    if isinstance(name, str):
        return name or str(body.get("practitioner", {}).get("display", ""))
    first: Mapping[str, Any] = next(iter(name), {})
    return str(first.get("text") or " ".join([*first.get("given", []), first.get("family", "")])).strip()


def _phone(body: Resource) -> str:
    phones = [each.get("value", "") for each in body.get("telecom", []) if each.get("system") == "phone"]
    return str(next(iter(phones), ""))


def change_patient_task(doing: Doing, task_id: UUID, body: Resource, seen: Resource) -> None:
    """Do what the new status of a Task says. `seen`: the task as the caller reads it.

    Raises NotTaken, NotPossibleNow (the state machine has no such step), NotFound, NotAllowed.
    """
    _check_fixed(body, seen)
    to = PatientTaskStatus(body["status"])
    is_answered = to is PatientTaskStatus.COMPLETED and seen["status"] != to
    if "output" in body and body["output"] != seen.get("output") and not is_answered:
        raise not_taken("Task.output", "Send the output with the status completed, once", "business-rule")
    if to.value == seen["status"]:
        return
    try:
        _placed(lambda: _move(doing, task_id, to, body))
    except NotPossibleNow as error:
        ways = [way.value for before, way in TRANSITIONS if before.value == seen["status"]]
        words = f"{error.message}. {ways_told(seen['status'], ways)}"
        raise not_taken("Task.status", words, error.code) from error


def _check_fixed(body: Resource, seen: Resource) -> None:
    for name in sorted((body.keys() | seen.keys()) - _CHANGES):
        if _literal(body.get(name)) != _literal(seen.get(name)):
            words = "Only status, statusReason and output of a task for a person change. Ask anew for another"
            raise not_taken(f"Task.{name}", words, "business-rule")


def _literal(value: Any) -> Any:
    """What stays of an element when the words beside a reference do not count."""
    return value["reference"] if isinstance(value, Mapping) and "reference" in value else value


def _move(doing: Doing, task_id: UUID, to: PatientTaskStatus, body: Resource) -> None:
    session, actor, at = doing.session, doing.actor, doing.at
    if to is PatientTaskStatus.COMPLETED:
        patient_tasks.answer(session, actor, task_id, _answer(doing, body), at=at)
    elif to is PatientTaskStatus.CANCELLED:
        reason, words = _reason(body)
        patient_tasks.cancel(session, actor, task_id, reason=reason, words=words, at=at)
    elif to in (PatientTaskStatus.ON_HOLD, PatientTaskStatus.FAILED):
        verb = patient_tasks.hold if to is PatientTaskStatus.ON_HOLD else patient_tasks.fail
        verb(session, actor, task_id, words=_reason(body)[1], at=at)
    elif to is PatientTaskStatus.ENTERED_IN_ERROR:
        patient_tasks.mark_in_error(session, actor, task_id, at=at)
    elif to is PatientTaskStatus.IN_PROGRESS:
        patient_tasks.start(session, actor, task_id, at=at)
    else:
        raise not_taken("Task.status", "A task for a person does not go back to ready", "business-rule")


def _reason(body: Resource) -> tuple[PatientTaskReason, str]:
    """Why it stands as it does: a code of ours where one is given, and the words. Raises NotTaken without any."""
    said: Mapping[str, Any] = body.get("statusReason", {})
    words = str(said.get("text", "")).strip()
    if not words:
        raise not_taken("Task.statusReason.text", "Say why", "required")
    codes = {each.get("code") for each in said.get("coding", []) if each.get("system") == REASON}
    declines = PatientTaskReason.PERSON_DECLINES
    return (declines if declines.value in codes else PatientTaskReason.OTHER), words


def _answer(doing: Doing, body: Resource) -> Answer:
    said = said_in(body)
    filled = key_in({"reference": said.filled}, doing.base)
    return Answer(
        said.words,
        screening_id=id_in({"reference": said.response}, doing.base, "QuestionnaireResponse"),
        filled_reference=filled[1] if filled else "",
    )
