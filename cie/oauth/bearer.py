"""Who comes with a token (RFC 6750): the caller that it stands for, or the refusal that its holder reads."""

from flask import Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from cie import identity
from cie.access import Actor, Door
from cie.db import reading
from cie.errors import CieError
from cie.http import STATUS
from cie.oauth.refusals import note_dead_token
from cie.oauth.token import issuer, token_id


class BearerRefused(CieError):
    """The token does not count: unknown, changed, expired, revoked, or of a client that may not act now."""

    code = "login"


def bearer(door: Door) -> Actor | None:
    """The caller behind the token of this request; None without one. Raises BearerRefused.

    `g.token` is what the token may do.
    """
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer":
        return None
    found = token_id(text.strip(), at=g.now)
    if found is None:
        raise BearerRefused("This token does not count. Ask for a new one")
    with reading() as session:
        live = identity.live_token(session, found, door=door, at=g.now)
    if live is None:
        note_dead_token(found)
        raise BearerRefused("This token does not count. Ask for a new one")
    g.token = live
    return live.actor


def refused(error: CieError | HTTPException) -> Response:
    """An error of the token endpoint and its siblings, as RFC 6749 section 5.2 writes it."""
    if isinstance(error, HTTPException):
        return _not_served(error)
    words = {"transient": "temporarily_unavailable", "throttled": "slow_down", "login": "invalid_token"}
    answer = jsonify(error=words.get(error.code, "invalid_request"), error_description=error.message)
    answer.status_code = STATUS.get(error.code, 400)
    if isinstance(error, BearerRefused):
        answer.headers["WWW-Authenticate"] = f'Bearer realm="{issuer()}", error="invalid_token"'
    return answer


def _not_served(error: HTTPException) -> Response:
    status = error.code or 500
    answer = jsonify(error="invalid_request" if status < 500 else "server_error", error_description=error.name)
    answer.status_code = status
    return answer
