"""What an OpenID provider says of itself (OpenID Connect Discovery 1.0), fetched with care and looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from cie import outbound
from cie.errors import Busy, CieError, Invalid

WELL_KNOWN = "/.well-known/openid-configuration"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""How an ID token may be signed: with a key pair, never with a shared secret, never not at all."""
NO_ANSWER = "Address of the provider: it does not answer. Check it, or try again later"
NO_PROVIDER = "Address of the provider: there is no OpenID provider at this address"
OTHER_ISSUER = "Address of the provider: the provider there calls itself by another address. Copy its own"
CANNOT = "Address of the provider: this one cannot do what we need (code, and a signature with a key pair)"


@dataclass(frozen=True)
class Discovered:
    """The addresses of one provider, and what it can do."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    algorithms: tuple[str, ...]
    token_methods: tuple[str, ...]
    names_itself: bool


def discover(issuer: str, *, may_be_private: bool) -> Discovered:
    """Ask a provider what it is. Raises Invalid at `issuer`: it is unreachable, none, another one, or cannot do it."""
    try:
        answer = outbound.fetch(
            issuer.rstrip("/") + WELL_KNOWN, headers={"Accept": "application/json"}, may_be_private=may_be_private
        )
    except Busy as error:
        raise Invalid(NO_ANSWER, "issuer") from error
    except CieError as error:
        raise Invalid(NO_PROVIDER, "issuer") from error
    said = as_object(answer.content) if answer.status == 200 else None
    if said is None:
        raise Invalid(NO_PROVIDER, "issuer")
    if said.get("issuer") != issuer:
        raise Invalid(OTHER_ISSUER, "issuer")
    return _read(said, may_be_private=may_be_private)


def as_object(content: bytes) -> dict[str, Any] | None:
    """The JSON object that this is; None for anything else."""
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _read(said: dict[str, Any], *, may_be_private: bool) -> Discovered:
    needed = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    algorithms = tuple(a for a in ALGORITHMS if a in _texts(said.get("id_token_signing_alg_values_supported")))
    types = _texts(said.get("response_types_supported"))
    if not all(_is_address(each, may_be_private) for each in needed) or not algorithms or "code" not in types:
        raise Invalid(CANNOT, "issuer")
    userinfo, leaving = said.get("userinfo_endpoint"), said.get("end_session_endpoint")
    return Discovered(
        said["issuer"],
        said["authorization_endpoint"],
        said["token_endpoint"],
        said["jwks_uri"],
        userinfo if _is_address(userinfo, may_be_private) else None,
        leaving if _is_address(leaving, may_be_private) else None,
        algorithms,
        _texts(said.get("token_endpoint_auth_methods_supported")) or ("client_secret_basic",),
        said.get("authorization_response_iss_parameter_supported") is True,
    )


def _texts(found: object) -> tuple[str, ...]:
    texts: Sequence[object] = found if isinstance(found, list) else ()
    return tuple(each for each in texts if isinstance(each, str))


def _is_address(found: object, may_be_private: bool) -> bool:
    return isinstance(found, str) and outbound.is_callable(found, may_be_private=may_be_private)
