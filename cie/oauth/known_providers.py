"""What the providers of organizations said of themselves, and their keys: kept for an hour in each process.

A key that is not there is asked for anew, and a provider that did not answer asked again, at most once a minute.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from cie import outbound
from cie.errors import Busy, CieError
from cie.openid import Discovered, as_object, discover

REMEMBERED, ASKED_AGAIN = timedelta(hours=1), timedelta(minutes=1)
MOST_KEYS = 50
NO_ANSWER = "The sign-in of your organization does not answer. Try again in a minute"


@dataclass(frozen=True)
class _Kept:
    """What came of asking, and when; `value` is None when nothing good came."""

    at: datetime
    value: Any


class KnownProviders:
    """The providers of this process. `of` and `keys` raise Busy when there is no answer that can be used."""

    def __init__(self, *, may_be_private: bool) -> None:
        self._may_be_private = may_be_private
        self._said: dict[str, _Kept] = {}
        self._keys: dict[str, _Kept] = {}

    def of(self, issuer: str, *, at: datetime) -> Discovered:
        """The addresses of a provider."""
        kept = self._said.get(issuer)
        if kept is None or at - kept.at >= (REMEMBERED if kept.value else ASKED_AGAIN):
            kept = self._said[issuer] = _Kept(at, self._discovered(issuer))
        if kept.value is None:
            raise Busy(NO_ANSWER)
        found: Discovered = kept.value
        return found

    def _discovered(self, issuer: str) -> Discovered | None:
        try:
            return discover(issuer, may_be_private=self._may_be_private)
        except CieError:
            return None

    def keys(self, provider: Discovered, kid: object, *, at: datetime) -> KeySet:
        """The keys with which a provider signs, newest where the one that is named is not among them."""
        kept = self._keys.get(provider.jwks_uri)
        has_key = kept is not None and kept.value is not None and _has(kept.value, kid)
        if kept is None or at - kept.at >= (REMEMBERED if has_key else ASKED_AGAIN):
            kept = self._keys[provider.jwks_uri] = _Kept(at, self._fetched(provider.jwks_uri))
        if kept.value is None:
            raise Busy(NO_ANSWER)
        found: KeySet = kept.value
        return found

    def _fetched(self, url: str) -> KeySet | None:
        try:
            answer = outbound.fetch(url, headers={"Accept": "application/json"}, may_be_private=self._may_be_private)
        except CieError:
            return None
        said = as_object(answer.content) if answer.status == 200 else None
        return _key_set(said) if said is not None else None


def _has(keys: KeySet, kid: object) -> bool:
    return any(key.kid == kid for key in keys.keys)


def _key_set(said: dict[str, Any]) -> KeySet | None:
    """The public keys for signatures among those that were published; others are left out. None when there is none."""
    found = said.get("keys")
    usable = [
        {name: value for name, value in key.items() if name not in ("x5c", "x5u")}
        for key in (found if isinstance(found, list) else [])[:MOST_KEYS]
        if isinstance(key, dict) and key.get("kty") in ("RSA", "EC") and key.get("use", "sig") == "sig"
    ]
    try:
        return KeySet.import_key_set({"keys": usable}) if usable else None
    except (JoseError, ValueError, KeyError, TypeError):
        return None
