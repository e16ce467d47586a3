"""Reading a ServiceRequest and its Tasks: what is asked of whom, in the words of the exchange."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from cie.directory import needs
from cie.errors import Invalid
from cie.fhir.codes import REASON, REASON_DISPLAYS, TEMPORARY
from cie.fhir.refusals import at_place, not_taken
from cie.referrals import REASONS, Closing, Reason, TaskStatus, Urgency

STATUS_REASON = "http://hl7.org/fhir/StructureDefinition/request-statusReason"
Resource = dict[str, Any]


def needs_in(request: Resource) -> list[str]:
    """The codes of our needs that the SDOH categories of a ServiceRequest may mean, in the order of our list.

    Raises NotTaken when it names none that we know.
    """
    named = set(_codes(request.get("category", [])))
    found = [term.code for term in needs().values() if term.gravity in named]
    if not found:
        raise not_taken(
            "ServiceRequest.category",
            "Name the SDOH category of the need, with a code of SDOHCC-CodeSystemTemporaryCodes",
            "code-invalid",
        )
    return found


def _codes(concepts: Any) -> Iterator[str]:
    for concept in concepts:
        yield from (each.get("code", "") for each in concept.get("coding", []) if each.get("system") == TEMPORARY)


def urgency_in(*resources: Resource) -> Urgency:
    """The first priority that one of these resources says; routine when none does (FHIR R4, Task.priority)."""
    return next((Urgency(each["priority"]) for each in resources if "priority" in each), Urgency.NOT_URGENT)


def message_in(request: Resource) -> str | None:
    """What the sender writes to those who are asked."""
    return "\n\n".join(note["text"] for note in request.get("note", []) if note.get("text")) or None


def closing_in(request: Resource) -> Closing:
    """How a loop ended that its requester completed or revoked; the reason is a code of ours, if one is given."""
    if request["status"] == "completed":
        return Closing.SERVICES_RECEIVED
    said = (each for each in request.get("extension", []) if each.get("url") == STATUS_REASON)
    codes = (coding.get("code") for each in said for coding in each.get("valueCodeableConcept", {}).get("coding", []))
    return next((Closing(code) for code in codes if code in set(Closing)), Closing.OTHER)


def reason_in(task: Resource, to: TaskStatus) -> tuple[Reason, str | None]:
    """Why a task stands as it does: a code, and words where they say more. Raises NotTaken when it says nothing."""
    said: Mapping[str, Any] = task.get("statusReason", {})
    text = said.get("text", "").strip() or None
    if text is None:
        raise not_taken("Task.statusReason.text", "Say why", "required")
    found = _reason_coded(said)
    if found is None:
        return Reason.OTHER, text
    if found not in REASONS[to]:
        raise not_taken("Task.statusReason", f"This reason does not go with the status {to.value}", "code-invalid")
    return found, None if text == REASON_DISPLAYS[found] else text


def _reason_coded(said: Mapping[str, Any]) -> Reason | None:
    codings = said.get("coding", [])
    own = next((each.get("code") for each in codings if each.get("system") == REASON), None)
    if own in set(Reason):
        return Reason(own)
    is_full = any(each.get("code") == "no-capacity" and each.get("system") == TEMPORARY for each in codings)
    return Reason.NO_ROOM if is_full else None


def last_day_in(task: Resource) -> date | None:
    """Until when somebody waits or is paused: the end of `restriction.period`."""
    end = task.get("restriction", {}).get("period", {}).get("end")
    try:
        return date.fromisoformat(end[:10]) if end else None
    except ValueError as error:
        raise not_taken("Task.restriction.period.end", "Give a day: 2027-01-31", "value") from error


def is_waitlisted(task: Resource) -> bool:
    """Whether it says that the person waits for room."""
    return "waitlist" in _codes([task.get("businessStatus", {})])


def status_in(task: Resource) -> TaskStatus:
    """The status that a Task says. Raises NotTaken for one that a referral task never has."""
    try:
        return TaskStatus(task["status"])
    except ValueError as error:
        raise not_taken("Task.status", "A referral task is never received or ready", "code-invalid") from error


PLACES = {
    "service": "Task.owner",
    "need": "ServiceRequest.category",
    "message": "ServiceRequest.note",
    "reason": "Task.statusReason",
    "words": "Task.statusReason.text",
    "until": "Task.restriction.period.end",
}
"""From which element each value comes that the verbs of a loop take."""


def placed(verb: Callable[[], Any]) -> Any:
    """What the verb gives; its faults at the elements from which the values came."""
    try:
        return verb()
    except Invalid as error:
        raise at_place(error, PLACES, "Task") from error


def ways_told(before: str, ways: Iterable[str]) -> str:
    """The rule that a wrong step broke: where a task goes from where it stands."""
    return f"From {before} it goes to: {', '.join(ways) or 'nothing more'}"


def check_fixed(task: Resource, seen: Resource, names: Iterable[str]) -> None:
    """Refuse to change what a task says of these. Raises NotTaken."""
    for name in names:
        if _literal(task.get(name)) != _literal(seen.get(name)):
            raise not_taken(f"Task.{name}", "This stays as it was. Refer again where another is meant", "business-rule")


def _literal(value: Any) -> Any:
    """What stays of an element when the words beside a reference do not count."""
    return value.get("reference") if isinstance(value, dict) else value
