"""How a system shows who it is: a statement that it signed with its own key (SMART Backend Services, RFC 7523).

Every refusal has the same words, so that none tells more than that it was refused; why stands in the audit.
"""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from flask import current_app, g

from cie import identity
from cie.oauth.client import KnownClient, public_keys, registered_client
from cie.oauth.signature import Statement, is_signed_by, read_statement
from cie.oauth.unit import session

FARTHEST_SECONDS = 300
"""How far ahead `exp` may lie: five minutes, SMART App Launch 2.2, backend services."""
LEEWAY_SECONDS = 30
LONGEST_JTI = 200
REFUSED = "The client could not be authenticated"


class ClientAssertion(JWTBearerClientAssertion):  # type: ignore[misc]  # the library has no types
    """`private_key_jwt`."""

    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __call__(self, _query: Any, request: Any) -> KnownClient | None:
        """The client that signed, or None when nothing is signed. Raises InvalidClientError."""
        form = request.form
        if form.get("client_assertion_type") != self.CLIENT_ASSERTION_TYPE or not form.get("client_assertion"):
            return None
        statement = read_statement(form["client_assertion"])
        if statement is None:
            raise refusal("no-assertion")
        client = _named(statement, form.get("client_id"))
        keys = _keys(client, statement)
        is_signed = is_signed_by(statement, keys)
        if client is None:
            raise refusal("unknown-client")
        if client.barred:
            raise _barred(client, statement.claims) if is_signed else refusal("unknown-client")
        request.client = g.oauth_client = client
        unsigned = "signature" if keys else "no-key"
        why = _refused_for(client, statement.claims) if is_signed else unsigned
        if why is not None:
            raise refusal(why)
        return client


def _named(statement: Statement, client_id: str | None) -> KnownClient | None:
    """The client that a statement is about, if it is one that signs; `client_id`: what stood beside it."""
    sub = statement.claims.get("sub")
    client = registered_client(sub) if isinstance(sub, str) else None
    return client if client is not None and client.signs and client_id in (None, sub) else None


def _keys(client: KnownClient | None, statement: Statement) -> dict[str, Any] | None:
    """The keys that may have signed; None when it names none, or says that they are elsewhere."""
    kid, elsewhere = statement.headers.get("kid"), statement.headers.get("jku")
    if client is None or not isinstance(kid, str) or elsewhere not in (None, client.row.jwks_url):
        return None
    return public_keys(client, kid)


def _barred(client: KnownClient, claims: dict[str, Any]) -> InvalidClientError:
    """The refusal of one that showed well who it is and may not act now. It is recorded once for each statement."""
    if _refused_for(client, claims) is not None:
        return refusal("unknown-client")
    g.oauth_client, g.oauth_shown = client, True
    return refusal(client.barred)


def _refused_for(client: KnownClient, claims: dict[str, Any]) -> str | None:
    """The first thing that is wrong in what a client signed, its second use among it."""
    why = _what_is_wrong(claims, g.now.timestamp(), token_address())
    if why is not None:
        return why
    expires_at = g.now.fromtimestamp(claims["exp"] + LEEWAY_SECONDS, g.now.tzinfo)
    return None if identity.use_assertion(session(), client.row, claims["jti"], expires_at=expires_at) else "replayed"


def token_address() -> str:
    """The address of the token endpoint: what an assertion must be meant for."""
    return f"{current_app.extensions['cie-settings'].public_url}/oauth/token"


def _what_is_wrong(claims: dict[str, Any], now: float, audience: str) -> str | None:
    """The first thing that is wrong in the claims: who says it, for whom, until when, its id."""
    exp, nbf, jti = claims.get("exp"), claims.get("nbf", 0), claims.get("jti")
    faults = {
        "issuer": claims.get("iss") != claims.get("sub"),
        "audience": claims.get("aud") not in (audience, [audience]),
        "no-exp": not _is_instant(exp) or not _is_instant(nbf),
        "no-jti": not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI,
    }
    wrong = next((why for why, is_wrong in faults.items() if is_wrong), None)
    if wrong is not None or exp is None:
        return wrong
    if exp + LEEWAY_SECONDS <= now:
        return "expired"
    if nbf - LEEWAY_SECONDS > now:
        return "not-yet"
    return "far-future" if exp > now + FARTHEST_SECONDS + LEEWAY_SECONDS else None


def _is_instant(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1 << 33


def refusal(why: str) -> InvalidClientError:
    """The error that says nothing more; `why` is kept for the audit."""
    g.oauth_why = why
    return InvalidClientError(description=REFUSED)
