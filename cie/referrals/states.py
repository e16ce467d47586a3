"""The transitions of a referral task as one data table, which code, documentation and tests read.

Statuses are codes of FHIR R4 Task.status, restricted as in HL7 SDOH Clinical Care 3.0.0 (referral task state machine).
The requester alone drafts, requests and marks in error; the performer alone accepts, rejects, starts, holds, fails and
completes; either cancels.
"""

from enum import StrEnum


class TaskStatus(StrEnum):
    """FHIR Task.status as a referral task uses it."""

    DRAFT = "draft"
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in-progress"
    ON_HOLD = "on-hold"
    COMPLETED = "completed"
    FAILED = "failed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered-in-error"


class Side(StrEnum):
    """Which side of a task moves it."""

    REQUESTER = "requester"
    PERFORMER = "performer"


class Reason(StrEnum):
    """Why a task was declined, cancelled, paused or could not be done; each sets a next step."""

    NO_ROOM = "no-room"
    NOT_ELIGIBLE = "not-eligible"
    OUTSIDE_AREA = "outside-area"
    LANGUAGE = "language"
    OTHER_FITS_BETTER = "other-fits-better"
    DUPLICATE = "duplicate"
    SERVICE_ENDED = "service-ended"
    CONFLICT = "conflict"
    UNABLE_TO_REACH = "unable-to-reach"
    MISSING_PAPERS = "missing-papers"
    PERSON_DECLINES = "person-declines"
    RECALLED = "recalled"
    LOOP_CLOSED = "loop-closed"
    OTHER = "other"


class Closing(StrEnum):
    """Why the loop ended. The DHCS closed-loop reasons are mapped from these by a loadable list."""

    SERVICES_RECEIVED = "services-received"
    NO_LONGER_NEEDS = "no-longer-needs"
    UNABLE_TO_REACH = "unable-to-reach"
    NOT_ELIGIBLE = "not-eligible"
    OTHER = "other"


_S, _R, _P = TaskStatus, frozenset({Side.REQUESTER}), frozenset({Side.PERFORMER})
_EITHER = _R | _P

TRANSITIONS: dict[tuple[TaskStatus, TaskStatus], frozenset[Side]] = {
    (_S.DRAFT, _S.REQUESTED): _R,
    (_S.REQUESTED, _S.ACCEPTED): _P,
    (_S.REQUESTED, _S.REJECTED): _P,
    (_S.REQUESTED, _S.CANCELLED): _EITHER,
    (_S.ACCEPTED, _S.IN_PROGRESS): _P,
    (_S.ACCEPTED, _S.ON_HOLD): _P,
    (_S.ACCEPTED, _S.COMPLETED): _P,
    (_S.ACCEPTED, _S.FAILED): _P,
    (_S.ACCEPTED, _S.CANCELLED): _EITHER,
    (_S.IN_PROGRESS, _S.ON_HOLD): _P,
    (_S.IN_PROGRESS, _S.COMPLETED): _P,
    (_S.IN_PROGRESS, _S.FAILED): _P,
    (_S.IN_PROGRESS, _S.CANCELLED): _EITHER,
    (_S.ON_HOLD, _S.IN_PROGRESS): _P,
    (_S.ON_HOLD, _S.COMPLETED): _P,
    (_S.ON_HOLD, _S.FAILED): _P,
    (_S.ON_HOLD, _S.CANCELLED): _EITHER,
} | {(status, _S.ENTERED_IN_ERROR): _R for status in _S if status != _S.ENTERED_IN_ERROR}

TERMINAL = frozenset({_S.COMPLETED, _S.FAILED, _S.REJECTED, _S.CANCELLED, _S.ENTERED_IN_ERROR})
UNDER_WAY = frozenset({_S.ACCEPTED, _S.IN_PROGRESS, _S.ON_HOLD})
OPEN = UNDER_WAY | {_S.REQUESTED}
OUT_OF_SIGHT = UNDER_WAY | {_S.COMPLETED, _S.FAILED}
"""After the yes of a protected service its sender learns nothing more, not even from a line that moves or goes."""
NEEDS_REASON = frozenset({_S.REJECTED, _S.CANCELLED, _S.ON_HOLD, _S.FAILED})

REASONS: dict[TaskStatus, tuple[Reason, ...]] = {
    _S.REJECTED: (
        Reason.NO_ROOM, Reason.NOT_ELIGIBLE, Reason.OUTSIDE_AREA, Reason.LANGUAGE, Reason.OTHER_FITS_BETTER,
        Reason.DUPLICATE, Reason.SERVICE_ENDED, Reason.CONFLICT, Reason.OTHER,
    ),
    _S.ON_HOLD: (Reason.MISSING_PAPERS, Reason.NO_ROOM, Reason.OTHER),
    _S.FAILED: (Reason.UNABLE_TO_REACH, Reason.NOT_ELIGIBLE, Reason.PERSON_DECLINES, Reason.NO_ROOM, Reason.OTHER),
    _S.CANCELLED: (
        Reason.PERSON_DECLINES, Reason.DUPLICATE, Reason.RECALLED, Reason.LOOP_CLOSED, Reason.OTHER,
    ),
}  # fmt: skip


def may_move(status: TaskStatus, to: TaskStatus, side: Side) -> bool:
    """Whether the table lets this side make this move."""
    return side in TRANSITIONS.get((status, to), frozenset())
