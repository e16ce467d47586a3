"""Access tokens as they are written: signed statements by RFC 9068; reading one that came back."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from authlib.oauth2.rfc6750 import BearerTokenGenerator
from flask import current_app, g
from joserfc import jwt
from joserfc.errors import JoseError
from uuid_utils.compat import uuid7

from cie import identity
from cie.oauth.keys import ALGORITHMS, Published, published_keys, signing_key

TYPE = "at+jwt"


def issuer() -> str:
    """Who signs the tokens, and whom they are for: the public address of the exchange."""
    address: str = current_app.extensions["cie-settings"].public_url
    return address


class AccessTokens(BearerTokenGenerator):  # type: ignore[misc]  # the library has no types
    """Writes the tokens of every grant. `g.oauth_token_id` is the id of the one that was written last."""

    def __init__(self) -> None:
        super().__init__(_written, _refresh_token, _lives)


def _lives(client: Any, _grant_type: str) -> int:
    return int(identity.LIVES[client.row.kind].total_seconds())


def _written(client: Any, grant_type: str, user: Any, scope: str) -> str:
    g.oauth_token_id = uuid7()
    now, key = int(g.now.timestamp()), signing_key(g.now)
    claims = {
        "iss": issuer(),
        "aud": issuer(),
        "sub": str(user.id) if user else client.get_client_id(),
        "client_id": client.get_client_id(),
        "iat": now,
        "exp": now + _lives(client, grant_type),
        "jti": str(g.oauth_token_id),
        "scope": scope,
        "purpose": g.oauth_purpose.value,
    }
    return jwt.encode({"alg": key.alg, "typ": TYPE, "kid": key.kid}, claims, key)


def _refresh_token(**_asked: Any) -> str | None:
    return identity.refresh_token_of(g.oauth_grant)


def token_id(text: str, *, at: datetime) -> UUID | None:
    """The id in a token that we signed and that is for us; whether it still counts is asked of the database."""
    try:
        return _id_in(text, issuer(), published_keys(at))
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


@lru_cache(maxsize=1024)
def _id_in(text: str, ours: str, keys: Published) -> UUID:
    """What is signed is read once: the same text under the same keys says the same. Only what is sound is kept."""
    token = jwt.decode(text, keys, algorithms=ALGORITHMS)
    if token.header.get("typ") != TYPE or token.claims.get("iss") != ours or token.claims.get("aud") != ours:
        raise ValueError("not an access token of this exchange")
    return UUID(token.claims["jti"])
