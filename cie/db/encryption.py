"""Encrypted columns and match keys: what a stolen database does not tell.

A value is sealed with AES-GCM under a versioned data key; table, column and record are the associated data,
so that a sealed value moved to another row or column does not open. Layout of a sealed value:
1 byte layout (1: a data key of the network, 2: a key of the record's own organization), 2 bytes key version,
12 bytes nonce, ciphertext with tag.
Equality is looked up through HMAC match keys, which only the holder of the secret key can compute.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NETWORK_LAYOUT, OWN_LAYOUT = b"\x01", b"\x02"
_NONCE_BYTES = 12
_MATCH_BYTES = 16


class CannotOpen(Exception):
    """A sealed value does not belong to this place, was changed, or its key is gone."""


def header(version: int, layout: bytes = NETWORK_LAYOUT) -> bytes:
    """How a value begins that was sealed with this version of the key."""
    return layout + version.to_bytes(2, "big")


def version_of(sealed: bytes) -> int:
    """With which version of a key a value was sealed."""
    return int.from_bytes(sealed[1:3], "big")


def place_of(table: str, column: str, record_id: UUID) -> str:
    """The associated data of a sealed value: where it belongs."""
    return f"{table}.{column}/{record_id}"


@lru_cache(maxsize=1024)
def _derived(secret: bytes, purpose: str) -> bytes:
    return hmac.digest(secret, b"cie/" + purpose.encode(), hashlib.sha256)


@lru_cache(maxsize=1024)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


@dataclass(frozen=True)
class Keyring:
    """The keys by version, the current one first, and the secret that all derived keys come from.

    That of the network holds the data keys; an organization whose records stand apart has one of its own.
    """

    keys: Mapping[int, bytes] = field(repr=False)
    secret: bytes = field(repr=False)
    layout: bytes = NETWORK_LAYOUT

    @property
    def current(self) -> int:
        return next(iter(self.keys))

    def derived(self, purpose: str) -> bytes:
        """A key for one purpose only, so that no two uses can be confused."""
        return _derived(self.secret, purpose)

    def seal(self, place: str, value: Any) -> bytes:
        """`value` (text, number, list or dict) readable only at `place`."""
        version = self.current
        nonce = os.urandom(_NONCE_BYTES)
        sealed = _cipher(self.keys[version]).encrypt(nonce, orjson.dumps(value), place.encode())
        return header(version, self.layout) + nonce + sealed

    def open(self, place: str, sealed: bytes) -> Any:
        """The value that was sealed at `place`. Raises CannotOpen."""
        version = int.from_bytes(sealed[1:3], "big")
        if sealed[:1] != self.layout or version not in self.keys:
            kept = "in CIE_DATA_KEYS" if self.layout == NETWORK_LAYOUT else "kept for this organization"
            raise CannotOpen(f"key version {version} is not {kept}")
        nonce, rest = sealed[3 : 3 + _NONCE_BYTES], sealed[3 + _NONCE_BYTES :]
        try:
            return orjson.loads(_cipher(self.keys[version]).decrypt(nonce, rest, place.encode()))
        except InvalidTag as error:
            raise CannotOpen("a sealed value was changed or moved") from error

    def match_key(self, value: str, organization_id: UUID | None = None) -> bytes:
        """What equality of `value` is looked up by, within one organization or, without, in the network."""
        scope = organization_id.bytes if organization_id else b""
        digest = hmac.digest(self.derived("match"), scope + b"\x00" + value.encode(), hashlib.sha256)
        return digest[:_MATCH_BYTES]
