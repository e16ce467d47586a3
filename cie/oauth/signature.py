"""Whether a client signed a statement. One key is read and one signature checked for each, whoever sent it.

So it takes as long when there is no such client, when it may not act now, and when it has no key of that name: then the
signature is checked against a key of nobody, and counts for nothing.
"""

import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, RSAKey
from joserfc.jws import CompactSignature, JWSRegistry

_KINDS = {"RS384": "RSA", "ES384": "EC"}
ALGORITHMS = list(_KINDS)
_HEADERS = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
"""What stands in the header unasked is passed over, unless it must be understood: RFC 7515, 4 and 4.1.11."""
_RSA_BITS = 2048


@dataclass(frozen=True)
class Statement:
    """What somebody sent as signed; nothing in it is true yet."""

    signed: CompactSignature
    headers: dict[str, Any]
    claims: dict[str, Any]


def read_statement(text: str) -> Statement | None:
    """A signed statement as it is written; None for what is none."""
    try:
        signed = jws.extract_compact(text.encode(), registry=_HEADERS)
        claims = orjson.loads(signed.payload)
    except (JoseError, ValueError, RecursionError):
        return None
    return Statement(signed, signed.headers(), claims) if isinstance(claims, dict) else None


def is_signed_by(statement: Statement, keys: dict[str, Any] | None) -> bool:
    """Whether it was signed with the key that it names among these public ones; never without keys."""
    kind = _KINDS.get(str(statement.headers.get("alg")), "EC")
    key = _named(statement, kind, keys or {"keys": []})
    try:
        is_right = jws.validate_compact(statement.signed, key or _nobodys(kind), registry=_HEADERS)
    except (JoseError, ValueError):
        return False
    return key is not None and is_right


def _named(statement: Statement, kind: str, keys: dict[str, Any]) -> Key | None:
    """The key of that name, when it is of this kind and for signatures."""
    kid, alg = statement.headers.get("kid"), statement.headers.get("alg")
    found = [key for key in keys["keys"] if (key.get("kid"), key.get("kty")) == (kid, kind)]
    try:
        key = JWKRegistry.import_key(found[0])
        key.check_use("sig")
        key.check_alg(str(alg))
        key.check_key_op("verify")
    except (JoseError, ValueError, LookupError):
        return None
    return key


def _nobodys(kind: str) -> Key:
    """A key to which nobody has the other, read as those of clients are."""
    return JWKRegistry.import_key(_drawn_keys()[kind])


@cache
def _drawn_keys() -> dict[str, dict[str, Any]]:
    # a number of that length will do: nobody signs with it, and to check with it is the same work
    number = secrets.randbits(_RSA_BITS) | 1 << (_RSA_BITS - 1) | 1
    rsa = RSAKey(RSAPublicNumbers(65537, number).public_key(), None)
    return {"RSA": rsa.as_dict(private=False), "EC": ECKey.generate_key("P-384", private=False).as_dict()}
