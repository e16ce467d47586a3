"""What is wrong, as FHIR says it: an OperationOutcome with one issue for each fault."""

from collections.abc import Iterable
from typing import Any

from flask import Response, g
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from cie.errors import Busy, CieError, Invalid, TooMany
from cie.fhir.answering import JSON, answer_with
from cie.fhir.formats import write_json
from cie.http import STATUS

_NOT_SERVED = {
    404: ("not-found", "There is no such address. /fhir/metadata says what is served"),
    405: ("not-supported", "This address does not answer to this method"),
    406: ("not-supported", "Ask for application/fhir+json or application/fhir+xml, in FHIR version 4.0"),
    413: ("too-long", "This is too large"),
    415: ("not-supported", "Say by its content type what is sent, and send what this address takes"),
}
_DETAILS = {"login": "Send a live access token: Authorization: Bearer TOKEN. Tokens come from /oauth/token"}
"""Where a program needs other words than somebody in a browser."""
_ISSUE = {"precondition": "conflict", "precondition-required": "required", "range": "invalid", "scope": "forbidden"}
"""Codes of ours that IssueType does not have."""
_BROKEN = ("exception", "We cannot do this right now. Try again in a minute")


def operation_outcome(faults: Iterable[tuple[str, str, str | None]], severity: str = "error") -> dict[str, Any]:
    """An OperationOutcome. Each fault: a code of IssueType, what is wrong and what to do, the field that was wrong."""
    issues: list[dict[str, Any]] = []
    for code, words, field in faults:
        place = {"expression": [field]} if field else {}
        issues.append({"severity": severity, "code": code, "details": {"text": words}, **place})
    return {"resourceType": "OperationOutcome", "issue": issues}


def refused(error: CieError | HTTPException) -> Response:
    """The answer to a request that was refused; `g.refused_as` is the code, for those who keep what was refused."""
    if isinstance(error, HTTPException):
        g.refused_as = _NOT_SERVED.get(error.code or 500, _BROKEN)[0]
        return _not_served(error)
    g.refused_as = error.code
    answer = _answer(faults_of(error), status_of(error))
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.retry_after_seconds)
    elif isinstance(error, Busy):
        answer.headers["Retry-After"] = "60"
    elif error.code == "login":
        answer.headers["WWW-Authenticate"] = 'Bearer realm="cie", error="invalid_token"'
    elif "scope" in error.values:
        needed = error.values["scope"]
        answer.headers["WWW-Authenticate"] = f'Bearer realm="cie", error="insufficient_scope", scope="{needed}"'
    return answer


def status_of(error: CieError) -> int:
    """The HTTP status of a refusal. A rule of the exchange is a reason not to process: FHIR R4, 3.1.0.7.1."""
    return 422 if error.code == "business-rule" else STATUS.get(error.code, 400)


def faults_of(error: CieError) -> list[tuple[str, str, str | None]]:
    """Each fault of a refusal; those of a document know their own codes and places."""
    told = getattr(error, "faults", None)
    if told is not None:
        return [(fault.code, fault.words, fault.place) for fault in told]
    code = _ISSUE.get(error.code, error.code)
    errors = error.errors if isinstance(error, Invalid) else [error]
    return [(code, _DETAILS.get(error.code, each.message), each.field) for each in errors]


def _not_served(error: HTTPException) -> Response:
    status = error.code or 500
    code, words = _NOT_SERVED.get(status, _BROKEN if status >= 500 else ("processing", error.name))
    answer = _answer([(code, words, None)], status)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(error.valid_methods)
    return answer


def _answer(faults: Iterable[tuple[str, str, str | None]], status: int) -> Response:
    outcome = operation_outcome(faults)
    try:
        return answer_with(outcome, status)
    except HTTPException:
        # who cannot be understood, or reads nothing that is written here, is told so in JSON
        return Response(write_json(outcome), status, content_type=JSON)
