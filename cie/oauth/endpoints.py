"""Asking what a token is worth (RFC 7662), and giving one back (RFC 7009)."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, UnsupportedTokenTypeError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from flask import g

from cie import identity
from cie.access import Door
from cie.db import reading
from cie.identity import Grant, LiveToken
from cie.oauth.client import KnownClient
from cie.oauth.flows import WAYS
from cie.oauth.token import issuer, token_id
from cie.oauth.unit import session


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]  # the library has no types
    """What a token is worth now, and to others than those who may ask that there is none.

    Of an access token the clients of its organization may ask, of a refresh token the app that it was given to alone. A
    hint at its kind changes nothing (2.1).
    """

    CLIENT_AUTH_METHODS = [way for way in WAYS if way != "none"]

    def authenticate_token(self, request: Any, client: KnownClient) -> LiveToken | Grant | None:
        text = _token_in(request)
        found = token_id(text, at=g.now)
        with reading() as read:
            if found is None:
                return identity.worth_of_refresh_token(read, client.row, text, at=g.now)
            return identity.live_token(read, found, door=Door.API, asked_by=client.row.organization_id, at=g.now)

    def create_introspection_payload(self, token: LiveToken | Grant | None) -> dict[str, Any]:
        if token is None:
            return {"active": False}
        return {"active": True, "iss": issuer(), **(_renewing(token) if isinstance(token, Grant) else _opening(token))}


def _opening(token: LiveToken) -> dict[str, Any]:
    row = token.row
    return {
        "client_id": str(row.client_id),
        "token_type": "Bearer",
        "scope": " ".join(row.scopes),
        "sub": str(row.user_id or row.client_id),
        "aud": issuer(),
        "iat": int(row.issued_at.timestamp()),
        "exp": int(row.expires_at.timestamp()),
        "jti": str(row.id),
        "purpose": row.purpose,
    }


def _renewing(grant: Grant) -> dict[str, Any]:
    return {
        "client_id": str(grant.client_id),
        "scope": " ".join(grant.scopes),
        "sub": str(grant.user_id),
        "exp": int(grant.expires_at.timestamp()),
        "purpose": grant.purpose,
    }


class UnknownKind(UnsupportedTokenTypeError):  # type: ignore[misc]  # the library has no types
    """A kind of token that there is not: RFC 7009, 2.2.1."""

    status_code = 400


class Revocation(RevocationEndpoint):  # type: ignore[misc]  # the library has no types
    """Ends a token of the client that asks. A token that is not theirs, or none at all, is answered alike (2.2)."""

    CLIENT_AUTH_METHODS = WAYS

    def authenticate_token(self, request: Any, client: KnownClient) -> Grant | None:
        text = _token_in(request)
        if request.form.get("token_type_hint", "access_token") not in self.SUPPORTED_TOKEN_TYPES:
            raise UnknownKind
        access = token_id(text, at=g.now)
        if access is not None:
            identity.revoke_token(session(), client.row, access, at=g.now)
            return None
        return identity.grant_of_refresh_token(session(), client.row, text, at=g.now)

    def revoke_token(self, token: Grant, request: Any) -> None:
        identity.end_grant(session(), token, because="revoked", at=g.now)


def _token_in(request: Any) -> str:
    """Raises InvalidRequestError without one."""
    text: str = request.form.get("token", "")
    if not text:
        raise InvalidRequestError("Missing 'token' in request.")
    return text
