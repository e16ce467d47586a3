"""The keys with which access tokens are signed (ES256): a new one each quarter, the same in all processes, none kept.

An operator whose programs read tokens by RS256 alone gives RSA keys of their own (RFC 9068, 2.1): then the first signs.

Each of ours is derived from the secret of the exchange by reducing extra random bits (FIPS 186-5, A.2.1), so that there
is no table of private keys to guard. The key of the last quarter verifies what it signed; that of the next is published
ahead, for those who cache.
"""

import hashlib
import hmac
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey, Key, KeyParameters, KeySet, RSAKey

from cie.db import current
from cie.settings import token_keys_in

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256: FIPS 186-5, by SP 800-186, 3.2.1.3."""
ALGORITHMS = ["ES256", "RS256"]
QUARTERS = 4
_given: list[RSAKey] = []
"""The keys of the operator, newest first."""


def _quarter(at: datetime) -> int:
    return at.year * QUARTERS + (at.month - 1) // 3


@lru_cache(maxsize=16)
def _key(secret: bytes, quarter: int) -> ECKey:
    drawn = hmac.digest(secret, f"{quarter}".encode(), hashlib.sha512)
    private = ec.derive_private_key(int.from_bytes(drawn[:48]) % (_ORDER - 1) + 1, ec.SECP256R1())
    year, part = divmod(quarter, QUARTERS)
    named = hmac.digest(secret, f"kid {quarter}".encode(), hashlib.sha256).hex()[:12]
    more: KeyParameters = {"kid": f"{year}q{part + 1}-{named}", "use": "sig", "alg": "ES256"}
    return ECKey.import_key(private, more)


def signing_key(at: datetime) -> Key:
    """The key that signs at this moment: the first of the operator's, else that of this quarter."""
    return next(iter(_given), None) or _key(current().keyring.derived("oauth signing"), _quarter(at))


class Published(KeySet):
    """Keys that are the same as no others, so that what they verified can be remembered by them."""

    __hash__, __eq__ = object.__hash__, object.__eq__


def published_keys(at: datetime) -> Published:
    """The public keys of the operator, and of the last quarter, this one and the next; the same object for long."""
    return _published(current().keyring.derived("oauth signing"), _quarter(at))


@lru_cache(maxsize=4)
def _published(secret: bytes, quarter: int) -> Published:
    return Published([*_given, *(_key(secret, each) for each in (quarter - 1, quarter, quarter + 1))])


def use_token_keys(path: Path | None) -> None:
    """From now on the RSA keys in this file, newest first, sign and verify; without one the derived keys do."""
    _given[:] = [_read(pem) for pem in token_keys_in(path)] if path else []
    _published.cache_clear()


def _read(pem: bytes) -> RSAKey:
    """The key under its thumbprint (RFC 7638), so that its name follows from it."""
    key = RSAKey.import_key(pem, {"use": "sig", "alg": "RS256"})
    key.ensure_kid()
    return key
