"""What came of a task as its sender reads it: Observation, Condition, Goal, Procedure or QuestionnaireResponse.

Of what a program sent only those elements are told that are named here, in a resource that we make: no narrative, no
extension, nothing contained, no reference but to what its reader reads as well.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cie.fhir.codes import (
    SDOH,
    SDOHCC,
    SURVEY,
    TEMPORARY,
    concept,
    profiled,
    reference,
    temporary,
)
from cie.fhir.definitions.types import elements_of
from cie.fhir.moments import instant
from cie.fhir.resources.condition import PROFILE as CONDITION
from cie.fhir.resources.healthcare_service import PROGRAM, PROGRAMS
from cie.fhir.resources.procedure import PROFILE as PROCEDURE
from cie.fhir.resources.questionnaire_response import SDC
from cie.fhir.resources.screening_response import PROFILE as SCREENING
from cie.referrals import Enrollment, ReadResult, Referral, ReferralTask, ResultKind

ENROLLMENT = f"{SDOHCC}SDOHCC-ObservationProgramEnrollmentStatus"
ASSESSMENT = f"{SDOHCC}SDOHCC-ObservationAssessment"
GOAL = f"{SDOHCC}SDOHCC-Goal"
Resource = dict[str, Any]


@dataclass(frozen=True)
class About:
    """What a result is of: the loop, the task, and the id under which its reader knows the person."""

    referral: Referral
    task: ReferralTask
    subject: str


_TOLD: Mapping[str, str] = {
    "Observation": "status category code focus effective[x] issued value[x] dataAbsentReason interpretation note"
    " method hasMember derivedFrom component",
    "Condition": "clinicalStatus verificationStatus severity category code onset[x] abatement[x] recordedDate evidence"
    " note",
    "Goal": "lifecycleStatus achievementStatus category priority description start[x] target statusDate addresses note"
    " outcomeCode outcomeReference",
    "Procedure": "status statusReason category code performed[x] reasonCode reasonReference outcome note",
    "QuestionnaireResponse": "questionnaire status authored item",
}
"""The elements that are told of each type."""
TOLD_TYPES = tuple(_TOLD)
_REFERENCES = frozenset(
    {
        "focus",
        "hasMember",
        "derivedFrom",
        "detail",
        "addresses",
        "outcomeReference",
        "reasonReference",
        "authorReference",
        "valueReference",
    }
)
_NOT_TOLD = frozenset({"id", "extension", "valueAttachment"})
_NOTHING: tuple[Any, ...] = (None, {}, [])
_BY: Mapping[str, Callable[[dict[str, str]], Resource]] = {
    "Observation": lambda who: {"performer": [who]},
    "Procedure": lambda who: {"performer": [{"actor": who}]},
    "QuestionnaireResponse": lambda who: {"author": who},
}
"""Where each type says who tells it."""
_BASED_ON = ("Observation", "Procedure", "QuestionnaireResponse")


def kind_of(resource: Resource) -> ResultKind | None:
    """What kind of result a resource is; None for one that is not understood as one."""
    if _changes_meaning(resource):
        return None
    match resource["resourceType"]:
        case "Observation":
            return _kind_of_observation(resource)
        case "Condition" | "QuestionnaireResponse":
            return ResultKind.ASSESSMENT
        case "Procedure":
            return ResultKind.PROCEDURE
        case "Goal":
            return ResultKind.OTHER
    return None


def is_in_error(resource: Resource) -> bool:
    """Whether its author says that it should not be."""
    verified = [each.get("code") for each in _codings(resource.get("verificationStatus", {}))]
    return "entered-in-error" in (resource.get("status"), resource.get("lifecycleStatus"), *verified)


def _changes_meaning(value: Any) -> bool:
    """Whether something in it means otherwise than its elements say."""
    if isinstance(value, Mapping):
        named = "modifierExtension" in value or "implicitRules" in value
        return named or any(_changes_meaning(part) for part in value.values())
    return isinstance(value, list) and any(_changes_meaning(part) for part in value)


def _kind_of_observation(resource: Resource) -> ResultKind | None:
    if status_in(resource):
        return ResultKind.ENROLLMENT
    return ResultKind.ASSESSMENT if _is_of(resource, SDOH) else None


def _is_of(resource: Resource, category: Mapping[str, str]) -> bool:
    wanted = (category["system"], category["code"])
    return any((each.get("system"), each.get("code")) == wanted for each in _codings(resource.get("category", [])))


def _codings(concepts: Any) -> Iterator[Mapping[str, Any]]:
    for each in concepts if isinstance(concepts, list) else [concepts]:
        yield from each.get("coding", [])


def status_in(resource: Resource) -> Enrollment | None:
    """How somebody stands with a program, where an Observation says that."""
    codes = [e.get("code") for e in _codings(resource.get("valueCodeableConcept", {})) if e.get("system") == TEMPORARY]
    return next((Enrollment(code) for code in codes if code in set(Enrollment)), None)


def domains_in(resource: Resource) -> list[str]:
    """The SDOH categories that a resource names."""
    return [each.get("code", "") for each in _codings(resource.get("category", [])) if each.get("system") == TEMPORARY]


def title_in(coded: Mapping[str, Any]) -> str:
    """What a CodeableConcept is about, in words; only where it has none, its code."""
    said = [coded.get("text"), *(each.get(name) for name in ("display", "code") for each in coded.get("coding", []))]
    return str(next(filter(None, said), ""))


def since_in(resource: Resource) -> date | None:
    """The day from which an Observation holds; none where it says no whole day."""
    said = resource.get("effectiveDateTime") or resource.get("effectivePeriod", {}).get("start") or ""
    return date.fromisoformat(said[:10]) if len(said) >= 10 else None


def parts_of(resource: Resource) -> Resource:
    """What of a resource is told, with its references as they were sent."""
    kind = resource["resourceType"]
    known, told = elements_of(kind), _TOLD[kind].split()
    parts = {name: value for name, value in resource.items() if name in known and known[name].name in told}
    return {"resourceType": kind, **parts}


def profile_of(parts: Resource) -> str:
    """By which profile it is told."""
    if parts["resourceType"] == "Observation":
        if status_in(parts):
            return ENROLLMENT
        return SCREENING if _is_of(parts, SURVEY) else ASSESSMENT
    return {"Condition": CONDITION, "Goal": GOAL, "Procedure": PROCEDURE, "QuestionnaireResponse": SDC}[
        parts["resourceType"]
    ]


def told_as(parts: Resource, id: object, about: About, *, at: datetime, names: Mapping[str, str]) -> Resource:
    """What a program sent, as another resource tells it: `at` is when it came.

    `names`: what stands for each reference that may be told.
    """
    kind = parts["resourceType"]
    who = reference("Organization", about.task.performer_id)
    return {
        **_all_told(parts, names),
        **({"performedDateTime": instant(at)} if kind == "Procedure" and not _says_when(parts) else {}),
        **profiled(kind, id, profile_of(parts)),
        "subject": reference("Patient", about.subject),
        **({"basedOn": [reference("ServiceRequest", about.referral.id)]} if kind in _BASED_ON else {}),
        **(_BY[kind](who) if kind in _BY else {}),
    }


def _says_when(procedure: Resource) -> bool:
    return any(name.startswith("performed") for name in procedure)


def _all_told(value: Mapping[str, Any], names: Mapping[str, str]) -> Resource:
    return {name: told for name, part in value.items() if (told := _told(name, part, names)) not in _NOTHING}


def _told(name: str, value: Any, names: Mapping[str, str]) -> Any:
    if name in _NOT_TOLD or name.startswith("_"):
        return None
    if isinstance(value, list):
        return [told for each in value if (told := _told(name, each, names)) not in _NOTHING]
    if name in _REFERENCES and isinstance(value, Mapping):
        literal = names.get(value.get("reference", ""))
        return {"reference": literal} if literal else None
    if isinstance(value, Mapping):
        return _all_told(value, names)
    return value


def enrollment_status(result: ReadResult, about: About) -> Resource:
    """Where somebody stands with a program, as staff wrote it down."""
    assert result.program is not None and result.status is not None
    named = PROGRAMS[result.program]
    return {
        **profiled("Observation", result.id, ENROLLMENT),
        "basedOn": [reference("ServiceRequest", about.referral.id)],
        "status": "final",
        "category": [concept(SDOH), concept(temporary("program-enrollment"))],
        "code": concept({"system": PROGRAM, "code": result.program.value, "display": named}, text=named),
        "subject": reference("Patient", about.subject),
        "effectiveDateTime": (result.since_on or result.given_at.date()).isoformat(),
        "performer": [reference("Organization", about.task.performer_id)],
        "valueCodeableConcept": concept(temporary(result.status.value)),
    }


def activity(coded: Resource) -> Resource:
    """What was done, where a Task said it by a code alone: the parts of a Procedure."""
    return {"resourceType": "Procedure", "status": "completed", "code": coded}


def program_in(coded: Mapping[str, Any]) -> str:
    """The program of ours that a code names."""
    return next((each.get("code", "") for each in coded.get("coding", []) if each.get("system") == PROGRAM), "")
