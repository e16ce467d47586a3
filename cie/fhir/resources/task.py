"""Task for referral management: what one organization is asked to do, and how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cie.fhir.codes import (
    FULFILL,
    REASON,
    REASON_DISPLAYS,
    SDOHCC,
    concept,
    profiled,
    reference,
    temporary,
)
from cie.fhir.moments import instant
from cie.referrals import Reason, Referral, ReferralTask, TaskStatus

PROFILE = f"{SDOHCC}SDOHCC-TaskForReferralManagement"
Resource = dict[str, Any]


@dataclass(frozen=True)
class _Said:
    """What a task says to one audience: its status and reason as this side knows them."""

    id: UUID | None
    status: TaskStatus
    reason: Reason | None
    waits: bool
    urgency: str | None
    subject: str
    authored_at: datetime
    owner_id: UUID | None
    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()


def referral_task(
    referral: Referral,
    task: ReferralTask,
    *,
    status: TaskStatus,
    reason: Reason | None,
    urgency: str | None,
    subject: str,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
) -> Resource:
    """One task for one audience. `inputs`: references to what was given along; `outputs`: to what came of it."""
    authored_at, waits = task.requested_at or referral.created_at, _waits(task, status)
    said = _Said(task.id, status, reason, waits, urgency, subject, authored_at, task.performer_id, inputs, outputs)
    return _resource(referral, said)


def open_task(
    referral: Referral, *, status: TaskStatus, reason: Reason | None, urgency: str | None, subject: str
) -> Resource:
    """The task of an open request for whoever reads it before somebody takes it, or as one of the others: nobody's."""
    authored_at = referral.first_sent_at or referral.created_at
    said = _Said(referral.open_task_id, status, reason, False, urgency, subject, authored_at, None)
    return _resource(referral, said)


def _resource(referral: Referral, said: _Said) -> Resource:
    return {
        **profiled("Task", said.id, PROFILE),
        "status": said.status.value,
        **({"statusReason": _why(said.reason)} if said.reason else {}),
        **({"businessStatus": concept(temporary("waitlist"))} if said.waits else {}),
        "intent": "order",
        **({"priority": said.urgency} if said.urgency else {}),
        "code": concept(FULFILL),
        "focus": reference("ServiceRequest", referral.id),
        "for": reference("Patient", said.subject),
        "authoredOn": instant(said.authored_at),
        "requester": reference("Organization", referral.organization_id),
        **({"owner": reference("Organization", said.owner_id)} if said.owner_id else {}),
        **({"input": [_named(each) for each in said.inputs]} if said.inputs else {}),
        **({"output": [_named(each) for each in said.outputs]} if said.outputs else {}),
    }


def _why(reason: Reason) -> dict[str, Any]:
    words = REASON_DISPLAYS[reason]
    own = {"system": REASON, "code": reason.value, "display": words}
    codings = [temporary("no-capacity"), own] if reason == Reason.NO_ROOM else [own]
    return concept(*codings, text=words)


def _waits(task: ReferralTask, status: TaskStatus) -> bool:
    return status == TaskStatus.REQUESTED and task.waitlist_until is not None


def _named(literal: str) -> dict[str, Any]:
    code = "resulting-activity" if literal.startswith("Procedure/") else "additional-content"
    return {"type": concept(temporary(code)), "valueReference": {"reference": literal}}
