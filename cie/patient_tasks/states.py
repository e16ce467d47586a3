"""The transitions of what a person is asked to do, as one data table which code, documentation and tests read.

Statuses and kinds are codes of HL7 SDOH Clinical Care 3.0.0, Task for Patient. The requester alone asks and marks in
error; the requester or the person cancels; all else the person does, or staff write down for them.
"""

from enum import StrEnum


class PatientTaskKind(StrEnum):
    """What a person may be asked to do."""

    QUESTIONNAIRE = "complete-questionnaire"
    MATERIAL = "review-material"
    CONTACT = "make-contact"
    QUESTION = "general-information"


class PatientTaskStatus(StrEnum):
    """FHIR Task.status as a task for a person uses it."""

    READY = "ready"
    IN_PROGRESS = "in-progress"
    ON_HOLD = "on-hold"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered-in-error"


class Party(StrEnum):
    """Which side of a task moves it."""

    REQUESTER = "requester"
    PERSON = "person"


_S, _R, _P = PatientTaskStatus, frozenset({Party.REQUESTER}), frozenset({Party.PERSON})
_EITHER = _R | _P

TRANSITIONS: dict[tuple[PatientTaskStatus, PatientTaskStatus], frozenset[Party]] = {
    (_S.READY, _S.IN_PROGRESS): _P,
    (_S.READY, _S.ON_HOLD): _P,
    (_S.READY, _S.COMPLETED): _P,
    (_S.READY, _S.FAILED): _P,
    (_S.READY, _S.CANCELLED): _EITHER,
    (_S.IN_PROGRESS, _S.ON_HOLD): _P,
    (_S.IN_PROGRESS, _S.COMPLETED): _P,
    (_S.IN_PROGRESS, _S.FAILED): _P,
    (_S.IN_PROGRESS, _S.CANCELLED): _EITHER,
    (_S.ON_HOLD, _S.IN_PROGRESS): _P,
    (_S.ON_HOLD, _S.COMPLETED): _P,
    (_S.ON_HOLD, _S.FAILED): _P,
    (_S.ON_HOLD, _S.CANCELLED): _EITHER,
} | {(status, _S.ENTERED_IN_ERROR): _R for status in _S if status != _S.ENTERED_IN_ERROR}

OPEN = frozenset({_S.READY, _S.IN_PROGRESS, _S.ON_HOLD})
WAITS_FOR_THEM = OPEN - {_S.ON_HOLD}
"""Where the next step is the person's."""
NEEDS_REASON = frozenset({_S.ON_HOLD, _S.FAILED, _S.CANCELLED})


def may_move(status: PatientTaskStatus, to: PatientTaskStatus, parties: frozenset[Party]) -> bool:
    """Whether the table lets one of these make this move."""
    return bool(parties & TRANSITIONS.get((status, to), frozenset()))
