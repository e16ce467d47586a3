"""ServiceRequest: the loop. Its status is the requester's alone; how its receivers go on stands in the tasks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cie.directory import need
from cie.fhir.codes import (
    REFERRAL,
    SDOHCC,
    SOCIAL_SERVICE,
    UNSPECIFIED,
    concept,
    profiled,
    reference,
    temporary,
)
from cie.fhir.moments import instant
from cie.referrals import Referral

PROFILE = f"{SDOHCC}SDOHCC-ServiceRequest"
Resource = dict[str, Any]


def service_request(
    referral: Referral,
    *,
    status: str,
    told: Mapping[str, Any],
    subject: str,
    authored_at: datetime,
    performer_ids: Sequence[UUID],
) -> Resource:
    """The loop for one audience. `told`: what it may know of need, urgency, message and contact, by element code."""
    category = need(referral.need_code).gravity if "need" in told else UNSPECIFIED
    notes = [text for text in (told.get("message"), _facts(told)) if text]
    return {
        **profiled("ServiceRequest", referral.id, PROFILE),
        "status": status,
        "intent": "order",
        "category": [concept(SOCIAL_SERVICE), concept(temporary(category))],
        **({"priority": told["urgency"]} if "urgency" in told else {}),
        "code": concept(REFERRAL, text=told.get("need")),
        **({"orderDetail": [concept(temporary("contacting-subject-prohibited"))]} if _must_not_call(told) else {}),
        "subject": reference("Patient", subject),
        "authoredOn": instant(authored_at),
        "requester": reference("Organization", referral.organization_id),
        **({"performer": [reference("Organization", each) for each in performer_ids]} if performer_ids else {}),
        **({"note": [{"text": text} for text in notes]} if notes else {}),
    }


def _must_not_call(told: Mapping[str, Any]) -> bool:
    """Whether the only way to reach the person is not theirs alone."""
    return bool(told.get("contact")) and told["contact"].get("safety") == "unsafe"


def _facts(told: Mapping[str, Any]) -> str:
    """What a release tells of the person that no element of a Patient says."""
    said = (("Age", told.get("age")), ("People in the household", told.get("household")))
    return "\n".join(f"{title}: {value}" for title, value in said if value is not None)
