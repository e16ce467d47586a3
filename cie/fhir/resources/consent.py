"""Consent: that a person allowed or refused to share, under the id of the record.

It is evidence alone, as SDOH Clinical Care means it: which data, for whom and for what stands in the record of the
exchange, which decides at each disclosure. So the policy says that there are restrictions, and no signer is named.
"""

from typing import Any

from cie.calendar import local_day
from cie.consent import Consent, Decision, SignerKind
from cie.fhir.codes import SDOHCC, concept, profiled, reference
from cie.fhir.moments import instant

PROFILE = f"{SDOHCC}SDOHCC-Consent"
_ACTS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_SCOPE = {
    "system": "http://terminology.hl7.org/CodeSystem/consentscope",
    "code": "patient-privacy",
    "display": "Privacy Consent",
}
_TO_DISCLOSE = {"system": _ACTS, "code": "IDSCL", "display": "information disclosure"}
_POLICIES = {
    Decision.SHARE: {"system": _ACTS, "code": "OPTINR", "display": "opt-in with restrictions"},
    Decision.DO_NOT_SHARE: {"system": _ACTS, "code": "OPTOUTE", "display": "opt-out with exceptions"},
}
_TYPES = {Decision.SHARE: "permit", Decision.DO_NOT_SHARE: "deny"}
_THEMSELVES = (SignerKind.PERSON, SignerKind.MINOR)
Resource = dict[str, Any]


def sharing_consent(record: Consent, *, holds: bool) -> Resource:
    """One record. `holds`: it is not taken back, not past its last day, not replaced."""
    person = reference("Patient", record.person_id)
    return {
        **profiled("Consent", record.id, PROFILE),
        "status": _status(record, holds),
        "scope": concept(_SCOPE),
        "category": [concept(_TO_DISCLOSE)],
        "patient": person,
        "dateTime": instant(record.given_at),
        **({"performer": [person]} if record.signer in _THEMSELVES else {}),
        "organization": [reference("Organization", record.organization_id)],
        "sourceAttachment": _form(record),
        "policyRule": concept(_POLICIES[record.decision]),
        "provision": {"type": _TYPES[record.decision], "period": _period(record)},
    }


def _status(record: Consent, holds: bool) -> str:
    if not holds:
        return "inactive"
    return "active" if record.decision == Decision.SHARE else "rejected"


def _form(record: Consent) -> Resource:
    """Which form it is on, without the form: what is signed stays with the record."""
    return {
        "language": record.language,
        "title": " ".join(filter(None, (record.form, record.form_version))),
        "creation": instant(record.given_at),
    }


def _period(record: Consent) -> Resource:
    """From when, and until when as far as a day is known: the day it ends by its own words, or was taken back."""
    start = local_day(record.given_at).isoformat()
    if record.revoked_at is not None:
        return {"start": start, "end": local_day(record.revoked_at).isoformat()}
    return {"start": start, **({"end": record.expires_on.isoformat()} if record.expires_on else {})}
