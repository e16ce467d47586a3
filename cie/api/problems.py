"""What is wrong with a request, as RFC 9457 writes it: a code, what to do, and each field that was wrong."""

from itertools import islice
from typing import Any

import orjson
from flask import Response, g, request
from werkzeug.exceptions import HTTPException

from cie.errors import Busy, CieError, ConsentRequired, Invalid, NotFound, Stale, TooMany
from cie.http import STATUS

TYPE = "application/problem+json"
MOST_FAULTS = 100
"""So many are named at once; who sent more has another kind of trouble."""
TITLES = {
    "not-found": "There is no such record",
    "forbidden": "This is not allowed",
    "suppressed": "This cannot be shared",
    "business-rule": "Not possible now",
    "conflict": "The record changed meanwhile",
    "invalid": "Something in the request is wrong",
    "throttled": "Too many requests",
    "transient": "Try again in a minute",
    "login": "A token is needed",
    "scope": "The token does not open this",
    "structure": "The request cannot be read",
    "precondition": "The record changed meanwhile",
    "precondition-required": "Say which version you saw",
    "range": "There are no such bytes",
}
DETAILS = {"login": "Send a live access token: Authorization: Bearer TOKEN. Tokens come from /oauth/token"}
"""Where a program needs other words than somebody in a browser."""


class NotRead(CieError):
    """The request is not what it says it is: no JSON, too deep, too large."""

    code = "structure"


class NotSaid(CieError):
    """The change needs the version that the caller saw: RFC 6585, 428."""

    code = "precondition-required"


class Changed(CieError):
    """The record is not any more as the caller saw it: RFC 9110, 412."""

    code = "precondition"


def refused(error: CieError | HTTPException) -> Response:
    """The answer to a request that was refused; `g.refused_as` is the code, for those who keep what was refused."""
    if isinstance(error, HTTPException):
        error = _named(error)
    if isinstance(error, Stale) and request.if_match:
        error = Changed(error.message)
    g.refused_as = error.code
    status = STATUS.get(error.code, 400)
    body: dict[str, Any] = {
        "type": f"/api/docs#{error.code}",
        "title": TITLES.get(error.code, "This did not work"),
        "status": status,
        "detail": DETAILS.get(error.code, error.message),
        **_more(error),
    }
    answer = Response(orjson.dumps(body), status, content_type=TYPE)
    _add_headers(answer, error)
    return answer


def _more(error: CieError) -> dict[str, Any]:
    """Each field with its fault; by which rule something may not go, and what can be done."""
    if isinstance(error, ConsentRequired):
        return {"rule": error.rule, "source": error.source, "remedy": error.remedy}
    if isinstance(error, Invalid):
        return {"errors": [{"field": each.field or "", "message": each.message} for each in error.errors]}
    return {}


def _add_headers(answer: Response, error: CieError) -> None:
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.retry_after_seconds)
    elif isinstance(error, Busy):
        answer.headers["Retry-After"] = "60"
    elif error.code == "range":
        answer.headers["Content-Range"] = f"bytes */{error.values['length']}"
    elif error.code == "login":
        answer.headers["WWW-Authenticate"] = 'Bearer realm="cie", error="invalid_token"'
    elif error.code == "scope":
        needed = error.values["scope"]
        answer.headers["WWW-Authenticate"] = f'Bearer realm="cie", error="insufficient_scope", scope="{needed}"'


def _named(error: HTTPException) -> CieError:
    """An error of the libraries, by a name of ours."""
    data: dict[str, Any] = getattr(error, "data", None) or {}
    if error.code == 422 and "messages" in data:
        faults = islice(_flat(data["messages"]), MOST_FAULTS)
        return Invalid.all(list(faults) or [Invalid("The request is wrong")])
    if error.code in (404, 405):
        return NotFound("There is no such address, or not with this method")
    if error.code == 413:
        return NotRead("This is too large. Send at most 1 MB")
    if error.code is not None and error.code >= 500:
        return Busy("We cannot do this right now. Try again in a minute")
    return NotRead("This cannot be read. Send JSON, with its content type")


def _flat(messages: Any, path: str = "") -> Any:
    """The faults of all fields, each with the path to it; `json`, `query` and `path` only say where it stood."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            is_place = not path and name in ("json", "query", "path", "headers")
            yield from _flat(inner, path if is_place else f"{path}.{name}".lstrip("."))
    elif isinstance(messages, list):
        for each in messages:
            yield from (
                [Invalid(str(each), path.removesuffix("._schema") or None)]
                if isinstance(each, str)
                else _flat(each, path)
            )
