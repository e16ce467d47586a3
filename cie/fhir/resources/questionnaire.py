"""Questionnaire: an instrument as it was loaded, in its own words; its marks of safety stay on it."""

from typing import Any

from cie.fhir.checking import faults_in
from cie.fhir.codes import OURS
from cie.screening import QuestionnaireRow

PROFILE = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire"
_NOT_OURS = frozenset({"text", "meta"})
Resource = dict[str, Any]


def questionnaire(row: QuestionnaireRow) -> Resource:
    """An instrument under the id by which it was loaded; a version that is no longer asked is retired."""
    body = {
        "resourceType": "Questionnaire",
        **{name: value for name, value in row.resource.items() if name not in _NOT_OURS},
        "id": str(row.id),
        "url": url_of(row),
        **({"version": row.version} if row.version else {}),
        "status": "active" if row.is_active else "retired",
    }
    # a file that was written to no profile is shown as it is
    return {**body, "meta": {"profile": [] if faults_in(body, [PROFILE]) else [PROFILE]}}


def url_of(row: QuestionnaireRow) -> str:
    """The address by which systems name an instrument, without its version."""
    url: str = row.resource.get("url") or f"{OURS}questionnaire:{row.id}"
    return url


def canonical(row: QuestionnaireRow) -> str:
    """The address of an instrument with its version, if it has one."""
    return f"{url_of(row)}|{row.version}" if row.version else url_of(row)
