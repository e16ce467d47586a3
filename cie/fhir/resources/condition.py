"""Condition: a need of a person as a health concern, unconfirmed until a worker says so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cie import directory
from cie.fhir.codes import HEALTH_CONCERN, ICD_10, SDOH, SDOHCC, SNOMED, concept, profiled, reference, temporary
from cie.fhir.moments import instant
from cie.screening import Need, NeedStatus

PROFILE = f"{SDOHCC}SDOHCC-Condition"
DEVICE = f"{SDOHCC}SDOHCC-ExtensionConditionAsserter"
"""The extension by which a device asserts a Condition, and no person."""
_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"
_STANDS = {
    NeedStatus.PROPOSED: ("active", "unconfirmed"),
    NeedStatus.CONFIRMED: ("active", "confirmed"),
    NeedStatus.DISMISSED: ("inactive", "refuted"),
    NeedStatus.RESOLVED: ("resolved", "confirmed"),
    NeedStatus.ENTERED_IN_ERROR: ("", "entered-in-error"),
}
Resource = dict[str, Any]


def can_be_told(need: Need) -> bool:
    """Whether a code says what the need is: a Condition without one is none."""
    return bool(need.icd10 or need.snomed)


def condition(need: Need, evidence: Sequence[str], asserter: dict[str, str] | None) -> Resource:
    """A need under its own id. `evidence`: ids of the Observations that point to it; `asserter`: who decided on it."""
    clinical, verified = _STANDS[need.status]
    return {
        **profiled("Condition", need.id, PROFILE),
        **({"extension": [_asserted(need.decided_at)]} if verified == "confirmed" and need.decided_at else {}),
        **({"clinicalStatus": concept({"system": _CLINICAL, "code": clinical})} if clinical else {}),
        "verificationStatus": concept({"system": _VERIFIED, "code": verified}),
        "category": [concept(HEALTH_CONCERN), concept(SDOH), concept(temporary(need.domain))],
        "code": _code(need),
        "subject": reference("Patient", need.person_id),
        "recordedDate": instant(need.created_at),
        **({"asserter": asserter} if asserter else {}),
        **({"evidence": [{"detail": [reference("Observation", id) for id in evidence]}]} if evidence else {}),
    }


def _asserted(at: datetime) -> dict[str, str]:
    return {"url": _ASSERTED, "valueDateTime": instant(at)}


def _code(need: Need) -> Resource:
    """The codes of the need, with their words where our list has them."""
    term = directory.need(need.need_code)
    words = {each.code: each.display for each in (term.icd10, term.snomed) if each}
    codes = ((ICD_10, need.icd10), (SNOMED, need.snomed))
    codings = [
        {"system": system, "code": code, **({"display": words[code]} if code in words else {})}
        for system, code in codes
        if code
    ]
    return concept(*codings, text=term.label["en"])
