"""Procedure: that a service was given, as the one that gave it says."""

from typing import Any

from cie.fhir.codes import REFERRAL, SDOHCC, concept, profiled, reference, temporary
from cie.fhir.moments import instant
from cie.referrals import Referral, ReferralTask

PROFILE = f"{SDOHCC}SDOHCC-Procedure"
Resource = dict[str, Any]


def service_given(referral: Referral, task: ReferralTask, *, subject: str, category: str) -> Resource:
    """The service that completed a task, under the id of the task."""
    return {
        **profiled("Procedure", task.id, PROFILE),
        "basedOn": [reference("ServiceRequest", referral.id)],
        "status": "completed",
        "category": concept(temporary(category)),
        "code": concept(REFERRAL),
        "subject": reference("Patient", subject),
        "performedDateTime": instant(task.ended_at or referral.created_at),
        "performer": [{"actor": reference("Organization", task.performer_id)}],
    }
