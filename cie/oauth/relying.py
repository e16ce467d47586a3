"""The exchange as a relying party (OpenID Connect Core 1.0): the question to a provider, and its answer, checked.

Of one question only a random `state` is kept, in the browser that asked. Nonce and PKCE verifier are HMACs over it, so
that neither can be read or chosen there.
"""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from flask import current_app, g
from joserfc import jws, jwt
from joserfc.errors import JoseError

from cie import outbound
from cie.db import current
from cie.errors import CieError
from cie.identity import IdentityProvider, Said
from cie.oauth.known_providers import KnownProviders
from cie.openid import Discovered, as_object

SCOPE = "openid email profile"
LEEWAY_SECONDS = 60
OLDEST_SECONDS = 600
LONGEST_SUBJECT = 255
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
OTHER_FAULTS = (JoseError, OAuth2Error, ValueError, KeyError, TypeError, AttributeError, RecursionError)


class Refused(Exception):
    """What came back is not an answer of this provider to our question; `why` is a code for the audit."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def known() -> KnownProviders:
    """The providers that this process knows."""
    providers: KnownProviders = current_app.extensions["cie-known-providers"]
    return providers


def return_address() -> str:
    """Where a provider sends people back to."""
    return f"{current_app.extensions['cie-settings'].public_url}/sign-in/organization/return"


def _derived(what: str, state: str) -> str:
    key = current().keyring.derived("provider sign-in")
    return urlsafe_b64encode(hmac.digest(key, f"{what}:{state}".encode(), "sha256")).decode().rstrip("=")


def question(provider: IdentityProvider, state: str, *, again: bool) -> str:
    """The address to which a browser goes to sign in at the provider; `again`: also when it is signed in there."""
    said = known().of(provider.issuer, at=g.now)
    more: dict[str, Any] = {"prompt": "login", "max_age": 0} if again else {}
    address, _state = _client(provider, said).create_authorization_url(
        said.authorization_endpoint,
        state=state,
        code_verifier=_derived("verifier", state),
        nonce=_derived("nonce", state),
        **more,
    )
    return str(address)


def answer(provider: IdentityProvider, state: str, code: str, iss: str | None, *, again: bool) -> Said:
    """What the provider says of who came back with a code. Raises Refused, Busy."""
    said = known().of(provider.issuer, at=g.now)
    if iss != provider.issuer and (iss is not None or said.names_itself):
        raise Refused("mix-up")
    tokens = _exchanged(provider, said, state, code)
    claims = _id_token(provider, said, tokens, state, again=again)
    return _as_said(provider, _completed(provider, said, claims, tokens))


def _client(provider: IdentityProvider, said: Discovered) -> OAuth2Client:
    secret = provider.client_secret
    basic = "client_secret_basic" in said.token_methods
    way = "none" if not secret else "client_secret_basic" if basic else "client_secret_post"
    return OAuth2Client(
        _Carrier(),
        provider.client_id,
        secret,
        token_endpoint_auth_method=way,
        scope=SCOPE,
        redirect_uri=return_address(),
        code_challenge_method="S256",
    )


class _Carrier:
    """Carries what the library sends through the one door to the outside."""

    def post(self, url: str, data: dict[str, str], headers: dict[str, str], auth: Any) -> "_Response":
        url, sent, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return _Response(_fetched(url, method="POST", body=body.encode(), headers=sent))


class _Response:
    """An answer as the library reads it."""

    def __init__(self, answer: outbound.Answer) -> None:
        self.status_code = answer.status
        self._content = answer.content

    def json(self) -> dict[str, Any]:
        found = as_object(self._content)
        if found is None:
            raise ValueError("no JSON object")
        return found

    def raise_for_status(self) -> None:
        raise ValueError("no answer that can be used")


def _fetched(url: str, **asked: Any) -> outbound.Answer:
    may_be_private = current_app.extensions["cie-settings"].may_reach_private
    return outbound.fetch(url, may_be_private=may_be_private, **asked)


def _exchanged(provider: IdentityProvider, said: Discovered, state: str, code: str) -> dict[str, Any]:
    """The tokens for a code. What the provider says instead may hold anything, and is not repeated."""
    try:
        return dict(
            _client(provider, said).fetch_token(
                said.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=_derived("verifier", state),
            )
        )
    except CieError:
        raise
    except OTHER_FAULTS as error:
        raise Refused("code") from error


def _id_token(
    provider: IdentityProvider, said: Discovered, tokens: dict[str, Any], state: str, *, again: bool
) -> dict[str, Any]:
    """The claims of the ID token, when it is the provider's answer to this question: Core 1.0, 3.1.3.7."""
    header, claims = _signed(said, tokens.get("id_token"))
    params = {
        "nonce": _derived("nonce", state),
        "client_id": provider.client_id,
        "access_token": tokens.get("access_token"),
    }
    token = CodeIDToken(claims, header, _options(provider), params)
    try:
        token.validate(int(g.now.timestamp()), LEEWAY_SECONDS)
        if token["iat"] < g.now.timestamp() - OLDEST_SECONDS or (again and "auth_time" not in token):
            raise Refused("id-token-old")
    except OTHER_FAULTS as error:
        raise Refused(f"id-token-{getattr(error, 'claim', None) or 'claims'}") from error
    if not 0 < len(token["sub"]) <= LONGEST_SUBJECT:
        raise Refused("id-token-sub")
    return dict(token)


def _options(provider: IdentityProvider) -> dict[str, Any]:
    return {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client_id},
    }


def _signed(said: Discovered, text: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of what the provider signed with a key pair of its own. Raises Refused, Busy."""
    try:
        kid = jws.extract_compact(str(text).encode()).headers().get("kid")
    except OTHER_FAULTS as error:
        raise Refused("id-token-none") from error
    keys = known().keys(said, kid, at=g.now)
    try:
        token = jwt.decode(str(text), keys, algorithms=list(said.algorithms))
    except OTHER_FAULTS as error:
        raise Refused("id-token-signature") from error
    return dict(token.header), dict(token.claims)


def _completed(
    provider: IdentityProvider, said: Discovered, claims: dict[str, Any], tokens: dict[str, Any]
) -> dict[str, Any]:
    """The claims, with what only the userinfo address tells; it must speak of the same person: Core 1.0, 5.3.2."""
    wanted = {provider.email_claim, "email_verified", provider.name_claim, provider.roles_claim} - {""}
    access_token = tokens.get("access_token")
    if wanted <= set(claims) or said.userinfo_endpoint is None or not isinstance(access_token, str):
        return claims
    found = _fetched(said.userinfo_endpoint, headers={"Authorization": f"Bearer {access_token}"})
    more = as_object(found.content) if found.status == 200 else None
    if more is None:
        return claims
    if more.get("sub") != claims["sub"]:
        raise Refused("userinfo-sub")
    return {**{name: value for name, value in more.items() if name in wanted | {"email"}}, **claims}


def _as_said(provider: IdentityProvider, claims: dict[str, Any]) -> Said:
    return Said(
        subject=claims["sub"],
        email=_verified_email(provider, claims),
        name=_text(claims.get(provider.name_claim)),
        role_values=_texts(claims.get(provider.roles_claim)) if provider.roles_claim else (),
        acr=_text(claims.get("acr")),
        amr=_texts(claims.get("amr")),
        sid=_text(claims.get("sid")) or None,
        authenticated_at=_instant(claims.get("auth_time")),
    )


def _verified_email(provider: IdentityProvider, claims: dict[str, Any]) -> str | None:
    """The address, when the provider says that it verified it; that is said of the claim `email` alone."""
    email, standard = _text(claims.get(provider.email_claim)), _text(claims.get("email"))
    is_verified = claims.get("email_verified") is True and email.strip().casefold() == standard.strip().casefold()
    return email if is_verified and email else None


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""


def _texts(found: object) -> tuple[str, ...]:
    values = found if isinstance(found, list) else [found]
    return tuple(value for value in values if isinstance(value, str))


def _instant(found: object) -> datetime | None:
    is_number = isinstance(found, int | float) and not isinstance(found, bool) and 0 < found < 1 << 33
    return datetime.fromtimestamp(found, g.now.tzinfo) if is_number and isinstance(found, int | float) else None


def leaving_address(provider: IdentityProvider, back: str) -> str | None:
    """Where somebody signs out at the provider, too (RP-Initiated Logout 1.0); None when it has no such place.

    No ID token goes along, since none is kept: the provider may ask before it signs anybody out.
    """
    address = known().of(provider.issuer, at=g.now).end_session_endpoint
    if address is None:
        return None
    asked = urlencode({"client_id": provider.client_id, "post_logout_redirect_uri": back})
    return f"{address}{'&' if '?' in address else '?'}{asked}"


def named_in(text: str) -> tuple[str, list[str]]:
    """Who a logout token claims to be of, and for which clients; nothing of it is checked yet. Raises Refused."""
    try:
        claims = as_object(jws.extract_compact(text.encode()).payload) or {}
    except OTHER_FAULTS as error:
        raise Refused("logout-token") from error
    return _text(claims.get("iss")), list(_texts(claims.get("aud")))


def signed_out(provider: IdentityProvider, text: str) -> dict[str, Any]:
    """The claims of a logout token (Back-Channel Logout 1.0, 2.6). Raises Refused, Busy."""
    said = known().of(provider.issuer, at=g.now)
    header, claims = _signed(said, text)
    registry = jwt.JWTClaimsRegistry(
        int(g.now.timestamp()),
        LEEWAY_SECONDS,
        **_options(provider),
        iat={"essential": True},
        exp={"essential": True},
        jti={"essential": True},
    )
    try:
        registry.validate(claims)
        is_logout = isinstance(claims["events"].get(LOGOUT_EVENT), dict) and "nonce" not in claims
        is_old = claims["iat"] < g.now.timestamp() - OLDEST_SECONDS
        names_somebody = bool(_text(claims.get("sub")) or _text(claims.get("sid")))
    except OTHER_FAULTS as error:
        raise Refused("logout-token") from error
    if not is_logout or is_old or not names_somebody or header.get("typ", "logout+jwt").lower() != "logout+jwt":
        raise Refused("logout-token")
    return claims
