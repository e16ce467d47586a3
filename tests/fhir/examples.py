"""The examples of SDOH Clinical Care as one clinic sends them, and what of each cannot be taken as it is."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cie.fhir.formats import read_json
from cie.fhir.receiving.references import references_in, with_references
from cie.fhir.resources.patient_task import kind_in
from tests.factories import Loop

ELSEWHERE = "https://elsewhere.example.org/fhir"
"""Where what the examples name and is not among them may be read."""

SUBREFERRAL = "ServiceRequest/SDOHCC-ServiceRequestSubreferral"
GARDEN, SUMMER = f"{SUBREFERRAL}GardenProgramExample", f"{SUBREFERRAL}SummerFoodProgramExample"
ACTIVE = "ServiceRequest/SDOHCC-ServiceRequestActiveFoodPantryApplicationAssistExample"
WIC, RFFA, MSW, FULFILLED, SUBTASK = (
    f"Task/SDOHCC-Task{name}"
    for name in (
        "ContentRichReferralWICExample",
        "ReferralForFurtherAssessmentExample",
        "ReferralForFurtherAssessmentMSW",
        "ReferralManagementOrderFulfillmentCompletedExample",
        "ReferralManagementOrderSubtaskAcceptedExample",
    )
)
LOOPS: Mapping[str, tuple[str, str]] = {
    WIC: (ACTIVE, "accepted"),
    RFFA: (ACTIVE, "completed"),
    MSW: (ACTIVE, "completed"),
    FULFILLED: (ACTIVE, "completed"),
    SUBTASK: (SUMMER, "accepted"),
}
"""Each task of a referral with the request that it asks for, and how far it has come."""

FOR_PATIENTS = (
    "Task/SDOHCC-TaskPatientMakeAppointmentCompletedExample",
    "Task/SDOHCC-TaskPatientReviewInformationCompletedExample",
)
ROLE = "PractitionerRole/SDOHCC-PractitionerRoleDrJanWaterExample"

CHANGED: Mapping[str, str] = {
    "Task.owner": "the organizations and the service of the examples are not on this exchange: the pantry is asked",
    "Task.requester": "of the sub-referral a platform asks, of another a role elsewhere: the role of the clinic asks",
    "Task.status": "a new task is requested, of a person ready; by updates it becomes what the example is",
    "Task.focus": "the request of the WIC example is not among the 46, and one request is one loop: each has its own",
    "ServiceRequest.status": "two are completed: each is sent as active, with a task, and completed by an update",
}
"""What is not sent as the guide has it, and why. Beside this, what is not among the examples is named elsewhere."""

OWNED: Mapping[str, Mapping[str, str]] = {
    "Task": {
        "authoredOn": "when the exchange heard of it",
        "requester": "the organization that asks, whoever of its staff did",
        "owner": "the organization that was asked, without words beside",
        "for": "the person by their id, without words beside",
        "focus": "the loop by its id",
    },
    "ServiceRequest": {
        "subject": "the person by their id, without words beside",
        "authoredOn": "when it was first sent",
        "requester": "the organization that sent it",
        "performer": "the organizations that are asked",
    },
    "Condition": {
        "clinicalStatus": "how the need stands that it is, in a code without words",
        "verificationStatus": "whether the need that it is was confirmed, in a code without words",
        "subject": "the person by their id, without words beside",
    },
    "Patient": {"identifier": "numbers by which the exchange knows the person are added"},
}
"""What the server says itself of each type, whatever was sent; ids and `meta` it gives to all."""

ADDED: Mapping[str, Mapping[str, str]] = {
    "Task": {"priority": "how soon is needed: routine, where nobody said"},
    "Condition": {"recordedDate": "when the exchange heard of it"},
    "ServiceRequest": {"priority": "how soon is needed: routine, where nobody said"},
    "Patient": {"communication": "in what language the person is written to: English, where nobody said"},
}
"""What the server says where nothing was sent."""


def examples_in(reference: Path) -> dict[str, Any]:
    """The examples by type and id; what they name and is not among them is elsewhere."""
    read = [read_json(path.read_bytes()) for path in sorted((reference / "gravity/examples").glob("*.json"))]
    named = {f"{each['resourceType']}/{each['id']}": each for each in read}
    return {name: with_references(each, lambda one: _placed(one, named)) for name, each in named.items()}


def _placed(literal: str, named: Mapping[str, Any]) -> str:
    return literal if literal in named or literal.startswith("http") else f"{ELSEWHERE}/{literal}"


def is_of_loop(name: str) -> bool:
    return name.startswith(("Task/", "ServiceRequest/"))


def waits_for_loops(examples: Mapping[str, Any]) -> set[str]:
    """What names a part of a loop, and so is sent after it."""
    return {name for name in examples if not is_of_loop(name) and any(map(is_of_loop, names_in(examples[name])))}


def names_in(resource: Any) -> Iterator[str]:
    """What a resource names of the other examples."""
    for _path, reference in references_in(resource, resource["resourceType"]):
        if not reference["reference"].startswith("http"):
            yield reference["reference"]


def as_new(task: Any, loop: Loop) -> Any:
    """A task as the clinic may send it."""
    if kind_in(task) is not None:
        return {**task, "status": "ready", "requester": {"reference": ROLE}}
    owner = {**task["owner"], "reference": f"Organization/{loop.pantry.id}"}
    return {**task, "status": "requested", "owner": owner, "requester": {"reference": ROLE}}


Renamed = Callable[[Any], Any]


def renamed(ids: Mapping[str, str]) -> Renamed:
    """Lets a resource name the others by the ids that they were given."""
    return lambda resource: with_references(resource, lambda literal: ids.get(literal, literal))
