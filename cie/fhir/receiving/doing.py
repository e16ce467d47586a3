"""Doing what entries say, in one transaction, in this order.

People; screenings and needs; what persons are asked; loops; what is only kept; changes. References between entries of
one Bundle are resolved as the resources come to be, so that their order does not matter.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from cie.errors import NotFound
from cie.fhir.receiving.claimed_needs import change_need, claim, is_claim
from cie.fhir.receiving.documents import bring_documents
from cie.fhir.receiving.entries import MADE, Entry, Outcome
from cie.fhir.receiving.loops import change_request, change_task, save_request, send_loop
from cie.fhir.receiving.patient_tasks import ask_patient, change_patient_task, is_for_patient
from cie.fhir.receiving.people import add_patient, correct_patient
from cie.fhir.receiving.references import id_in, key_in
from cie.fhir.receiving.results import follow_source, record_results
from cie.fhir.receiving.screenings import correct_response, is_screening, own_person, record_response, refuse_private
from cie.fhir.receiving.services import change_service
from cie.fhir.receiving.transaction import UNKNOWN, Doing, body_in, path_at, tell
from cie.fhir.refusals import Changed, Fault, NotTaken, not_taken
from cie.fhir.resources.patient_task import kind_in
from cie.fhir.store import EVERYONE, Stored, unsealed
from cie.fhir.subscribing import change_subscription, subscribe

Resource = dict[str, Any]
Matches = Callable[[str, str], Sequence[str]]
"""The ids that a search finds, given the type and the query."""
_NO_SUCH = "There is no such record"


def done(doing: Doing, entries: Sequence[Entry], matches: Matches) -> list[Outcome]:
    """Do what all entries say, or raise and do nothing.

    Raises NotTaken, Duplicate, Ambiguous, Changed, and what the verbs of the domain raise.
    """
    try:
        return _all_done(doing, entries, matches)
    except NotTaken as error:
        raise NotTaken(_in_bundle(each, entries) for each in error.faults) from error


def _in_bundle(fault: Fault, entries: Sequence[Entry]) -> Fault:
    """A fault of an element in the entry that has it, where one entry alone is of its type."""
    kind = (fault.place or "").partition(".")[0]
    own = [each for each in entries if each.resource_type == kind]
    return fault._replace(place=path_at(own[0].place, fault.place or "")) if len(own) == 1 else fault


def _all_done(doing: Doing, entries: Sequence[Entry], matches: Matches) -> list[Outcome]:
    numbered = list(enumerate(entries))
    for entry in entries:
        refuse_private(doing, entry)
    new = [each for each in numbered if each[1].is_create and not _is_there(doing, *each, matches)]
    told = [each for each in new if is_screening(doing, each[1]) or is_claim(each[1])]
    kept = {number: str(uuid7()) for number, entry in new if entry.resource_type not in MADE}
    for number in kept.keys() - {each[0] for each in told}:
        doing.name(entries[number], kept[number])
    _add_people(doing, [each for each in new if each[1].resource_type == "Patient"])
    _record(doing, told, kept)
    _ask_patients(doing, [each for each in new if is_for_patient(each[1])])
    _send_loops(doing, [each for each in new if not is_for_patient(each[1])])
    _subscribe(doing, [each for each in new if each[1].resource_type == "Subscription"])
    for number, id in kept.items():
        doing.made(number, entries[number], id)
        doing.remember(entries[number], id, is_kept=True)
        tell(doing, entries[number], id, "fhir.create")
    for _number, entry in new:
        doing.require_known(entry)
    for number, entry in numbered:
        if not entry.is_create:
            _update(doing, number, entry, matches)
    return [doing.outcomes[number] for number, _entry in numbered]


def _is_there(doing: Doing, number: int, entry: Entry, matches: Matches) -> bool:
    """Whether a conditional create names one that there is (FHIR R4, 3.1.0.8.1). Raises Ambiguous."""
    if not entry.condition:
        return False
    found = matches(entry.resource_type, entry.condition)
    if found:
        doing.made(number, entry, found[0], 200)
    return bool(found)


def _add_people(doing: Doing, entries: Sequence[tuple[int, Entry]]) -> None:
    for number, entry in entries:
        id = str(add_patient(doing.session, doing.actor, entry.resource, at=doing.at))
        doing.made(number, entry, id)
        doing.remember(entry, id)


def _record(doing: Doing, entries: Sequence[tuple[int, Entry]], kept: dict[int, str]) -> None:
    """Answers and needs of people whom the sender serves are screenings and needs, and not only kept."""
    verbs = {"QuestionnaireResponse": record_response, "Condition": claim}
    for number, entry in sorted(entries, key=lambda each: each[1].resource_type != "QuestionnaireResponse"):
        person_id = own_person(doing, entry)
        made = verbs[entry.resource_type](doing, entry, person_id) if person_id else None
        if made is None:
            doing.name(entry, kept[number])
            continue
        del kept[number]
        doing.made(number, entry, str(made))
        doing.remember(entry, str(made))


def _ask_patients(doing: Doing, entries: Sequence[tuple[int, Entry]]) -> None:
    for number, entry in entries:
        id = str(ask_patient(doing, entry))
        doing.made(number, entry, id)
        doing.remember(entry, id)


def _subscribe(doing: Doing, entries: Sequence[tuple[int, Entry]]) -> None:
    for number, entry in entries:
        try:
            made = subscribe(doing.session, doing.actor, entry.resource, doing.caller, at=doing.at)
        except NotTaken as error:
            places = [(fault, path_at(entry.place, fault.place or "Subscription")) for fault in error.faults]
            raise NotTaken(fault._replace(place=place) for fault, place in places) from error
        doing.made(number, entry, str(made.id))


def _send_loops(doing: Doing, new: Sequence[tuple[int, Entry]]) -> None:
    """Each ServiceRequest with the Tasks that ask for it; then the Tasks for one that was sent before."""
    requests = [each for each in new if each[1].resource_type == "ServiceRequest"]
    tasks = [each for each in new if each[1].resource_type == "Task"]
    for number, entry in requests:
        own = [each for each in tasks if _focus(each[1]) == entry.full_url != ""]
        _send(doing, (number, entry), own)
    for number, entry in tasks:
        if number not in doing.outcomes:
            _send_draft(doing, (number, entry), tasks)


def _focus(task: Entry) -> str:
    focus: str = task.resource.get("focus", {}).get("reference", "")
    return focus


def _send(doing: Doing, request: tuple[int, Entry], tasks: Sequence[tuple[int, Entry]]) -> None:
    number, entry = request
    body = doing.resolved(entry.resource)
    person_id = id_in(body["subject"], doing.base, "Patient")
    if person_id is None:
        raise not_taken(path_at(entry.place, "ServiceRequest.subject"), "Name a Patient of this server", "not-found")
    if tasks:
        _sent(doing, request, tasks, body, person_id, None)
        return
    if body["status"] != "draft":
        words = "Nobody is asked: send a Task with it, or keep it as a draft"
        raise not_taken(path_at(entry.place, "ServiceRequest.status"), words, "business-rule")
    draft = save_request(doing.session, doing.actor, body, person_id=person_id, draft_id=None, at=doing.at)
    doing.made(number, entry, str(draft.id))
    doing.remember(entry, str(draft.id))


def _sent(
    doing: Doing,
    request: tuple[int, Entry],
    tasks: Sequence[tuple[int, Entry]],
    body: Resource,
    person_id: UUID,
    draft_id: UUID | None,
) -> None:
    referral_id, task_ids = send_loop(
        doing.session,
        doing.actor,
        body,
        [doing.resolved(entry.resource) for _number, entry in tasks],
        person_id=person_id,
        draft_id=draft_id,
        consents=doing.consents_of(body),
        base=doing.base,
        at=doing.at,
    )
    if draft_id is None:
        doing.made(*request, str(referral_id))
        doing.remember(request[1], str(referral_id))
    for (number, entry), task_id in zip(tasks, task_ids, strict=True):
        doing.made(number, entry, str(task_id))
        doing.remember(entry, str(task_id))
        if "owner" in entry.resource:
            bring_documents(doing, task_id, doing.resolved(entry.resource), body)


def _send_draft(doing: Doing, task: tuple[int, Entry], tasks: Sequence[tuple[int, Entry]]) -> None:
    """Send a request that was kept as a draft, to the owners of all tasks here that ask for it."""
    focus = key_in(doing.resolved(task[1].resource).get("focus"), doing.base)
    row = unsealed(doing.session, doing.organization_id, *focus) if focus else None
    if row is None or focus is None or focus[0] != "ServiceRequest":
        raise not_taken(path_at(task[1].place, "Task.focus"), UNKNOWN, "not-found")
    body = body_in(row)
    if body["status"] != "draft":
        words = "This was sent already. Ask others by a new ServiceRequest that names it in basedOn"
        raise not_taken(path_at(task[1].place, "Task.focus"), words, "business-rule")
    own = [each for each in tasks if each[0] not in doing.outcomes and _focus(each[1]) == _focus(task[1])]
    person_id = id_in(body["subject"], doing.base, "Patient")
    if person_id is not None:
        _sent(doing, (-1, task[1]), own, body, person_id, UUID(focus[1]))


def _update(doing: Doing, number: int, entry: Entry, matches: Matches) -> None:
    """Raises NotFound alike for what is somebody else's and for what there is not; Changed."""
    id = entry.id or next(iter(matches(entry.resource_type, entry.condition)), "")
    row = unsealed(doing.session, doing.organization_id, entry.resource_type, id)
    is_listed = row is not None and row.organization_id == EVERYONE and row.resource_type == "HealthcareService"
    if row is None or not (is_listed or row.organization_id == doing.organization_id):
        raise NotFound(_NO_SUCH)
    if entry.if_match is not None and entry.if_match != row.version:
        raise Changed("Read it again: this is not its newest version")
    if entry.resource.get("id") not in (id, None):
        raise not_taken(
            path_at(entry.place, f"{entry.resource_type}.id"), "The id is not the one of the address", "value"
        )
    # what may be read before the change may be named in it
    doing.require_known(entry)
    _change(doing, entry, row)
    doing.made(number, entry, id, 200, row.person_id)
    if not is_listed:
        doing.remember(entry, id, is_kept=row.is_kept)
        tell(doing, entry, id, "fhir.update")


def _change(doing: Doing, entry: Entry, row: Stored) -> None:
    session, actor, body = doing.session, doing.actor, doing.resolved(entry.resource)
    if row.is_kept:
        follow_source(doing, row, body)
        return
    if entry.resource_type == "Patient":
        correct_patient(session, actor, UUID(row.resource_id), body, at=doing.at)
    elif entry.resource_type == "ServiceRequest":
        change_request(session, actor, UUID(row.resource_id), body, at=doing.at)
    elif entry.resource_type == "Task" and kind_in(body_in(row)) is not None:
        change_patient_task(doing, UUID(row.resource_id), body, body_in(row))
    elif entry.resource_type == "Task":
        _change_referral_task(doing, UUID(row.resource_id), body, body_in(row))
    elif entry.resource_type == "HealthcareService":
        change_service(session, actor, UUID(row.resource_id), body, body_in(row), at=doing.at)
    elif entry.resource_type == "Subscription":
        change_subscription(session, actor, UUID(row.resource_id), body, doing.caller, at=doing.at)
    elif entry.resource_type == "QuestionnaireResponse":
        correct_response(doing, entry, row)
    elif entry.resource_type == "Condition":
        change_need(doing, entry, row)
    else:
        raise not_taken(
            entry.resource_type, "This is made by the exchange. It changes with what it tells of", "forbidden"
        )


def _change_referral_task(doing: Doing, task_id: UUID, task: Resource, seen: Resource) -> None:
    change_task(doing.session, doing.actor, task_id, task, seen, base=doing.base, at=doing.at)
    # what nobody owned yet has no files, and nothing came of it
    if "owner" in seen:
        record_results(doing, task_id, task)
        bring_documents(doing, task_id, task)
