"""What is wrong in the registration of a client, one fault for each box: keys, addresses, scopes, purposes."""

import binascii
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import orjson

from cie import outbound
from cie.access import Purpose
from cie.access.scopes import OFFLINE, Level, read_scope
from cie.errors import Invalid
from cie.identity.client_models import Client, ClientAuthentication, ClientKind

LONGEST_NAME, LONGEST_URL = 100, 500
MOST_KEYS, MOST_REDIRECTS = 10, 10
LONGEST_KEY_SET, MOST_BRACKETS = 100_000, 100
"""Of a key set in characters, and how often it may open a bracket, which bounds how deep it goes."""
LEAST_RSA_BITS = 2048
CURVE = "P-384"
_SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_LEVELS = {ClientKind.SYSTEM: {Level.SYSTEM, Level.API}, ClientKind.STAFF_APP: {Level.USER, Level.API}}
POSSIBLE_PURPOSES = (
    Purpose.CARE_COORDINATION,
    Purpose.TREATMENT,
    Purpose.PAYMENT,
    Purpose.OPERATIONS,
    Purpose.PUBLIC_HEALTH,
)


def faults_of_client(client: Client, *, may_be_local: bool) -> Iterator[Invalid]:
    """Every fault. `may_be_local`: addresses of this machine will do, for demo and test."""
    if not client.name.strip() or len(client.name) > LONGEST_NAME:
        yield Invalid("Name: enter what this program is called", "name")
    yield from _faults_of_kind(client)
    yield from _faults_of_keys(client, may_be_local=may_be_local)
    yield from faults_of_redirects(client)
    yield from faults_of_scopes(client.kind, client.scopes)
    if not client.purposes or not {p.value for p in POSSIBLE_PURPOSES}.issuperset(client.purposes):
        yield Invalid("Purposes: choose at least one of the list", "purposes")


def _faults_of_kind(client: Client) -> Iterator[Invalid]:
    if client.kind is ClientKind.SYSTEM and client.authentication is not ClientAuthentication.PRIVATE_KEY_JWT:
        yield Invalid("How it signs in: a system signs with a key of its own", "authentication")


def _faults_of_keys(client: Client, *, may_be_local: bool) -> Iterator[Invalid]:
    if client.authentication is not ClientAuthentication.PRIVATE_KEY_JWT:
        if client.jwks is not None or client.jwks_url is not None:
            yield Invalid("Public keys: leave this empty. This program does not sign with a key", "jwks")
        return
    if (client.jwks is None) == (client.jwks_url is None):
        yield Invalid("Public keys: give a key set, or the address of one, and not both", "jwks")
    if client.jwks is not None:
        yield from faults_of_key_set(client.jwks)
    if client.jwks_url is not None and not outbound.is_callable(client.jwks_url, may_be_private=may_be_local):
        yield Invalid("Address of the keys: enter a public one that begins with https://", "jwks_url")


def read_key_set(text: str) -> dict[str, Any]:
    """What somebody pasted, or keeps in a file, as a key set. Raises Invalid when it is none in JSON, or too large."""
    is_small = len(text) <= LONGEST_KEY_SET and text.count("[") + text.count("{") <= MOST_BRACKETS
    try:
        found = orjson.loads(text) if is_small else None
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Invalid("Public keys: this is not a JSON Web Key Set", "jwks")
    return found


def faults_of_key_set(jwks: Mapping[str, Any]) -> Iterator[Invalid]:
    """A JSON Web Key Set (RFC 7517) that holds public keys for RS384 or ES384 alone, each with an id of its own."""
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not 0 < len(keys) <= MOST_KEYS or not all(isinstance(k, dict) for k in keys):
        yield Invalid("Public keys: give a JSON Web Key Set with 1 to 10 keys", "jwks")
        return
    if any(not _SECRET_MEMBERS.isdisjoint(key) for key in keys):
        yield Invalid("Public keys: this holds a private key. Make a new pair, and give the public part only", "jwks")
    elif not all(_is_usable(key) for key in keys):
        yield Invalid("Public keys: use RSA keys of 2048 bits or more for RS384, or P-384 keys for ES384", "jwks")
    kids = {kid for key in keys if isinstance(kid := key.get("kid"), str) and kid}
    if len(kids) < len(keys):
        yield Invalid('Public keys: give each key an id of its own ("kid")', "jwks")


def _is_usable(key: Mapping[str, Any]) -> bool:
    if key.get("kty") == "RSA":
        return _bits(key.get("n")) >= LEAST_RSA_BITS and _bits(key.get("e")) > 1
    return key.get("kty") == "EC" and key.get("crv") == CURVE and bool(_bits(key.get("x")) and _bits(key.get("y")))


def _bits(number: object) -> int:
    """The length of a number in base64url; 0 for what is none."""
    try:
        return int.from_bytes(urlsafe_b64decode(f"{number}==")).bit_length() if isinstance(number, str) else 0
    except (binascii.Error, ValueError):
        return 0


def faults_of_redirects(client: Client) -> Iterator[Invalid]:
    """Where an app may be sent back to, compared letter by letter: RFC 9700, 2.1."""
    uris: Sequence[str] = client.redirect_uris
    if client.kind is ClientKind.SYSTEM:
        if uris:
            yield Invalid("Return addresses: only an app that staff use has them", "redirect_uris")
    elif not 0 < len(uris) <= MOST_REDIRECTS:
        yield Invalid("Return addresses: enter 1 to 10, each on a line of its own", "redirect_uris")
    elif not all(_may_return_to(uri) for uri in uris):
        yield Invalid("Return addresses: begin each with https://, or http:// on the same machine", "redirect_uris")


def _may_return_to(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    is_plain = not parts.fragment and "#" not in uri and parts.username is None and "*" not in uri
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
    return is_plain and is_safe and bool(parts.hostname) and len(uri) <= LONGEST_URL and uri.isascii()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def faults_of_scopes(kind: ClientKind, scopes: Sequence[str]) -> Iterator[Invalid]:
    """Scopes that this server does not know, or that are not for this kind of client."""
    if not scopes:
        yield Invalid("Scopes: choose at least one", "scopes")
    for text in scopes:
        scope = read_scope(text)
        is_offline = text == OFFLINE and kind is ClientKind.STAFF_APP
        if not is_offline and (scope is None or scope.level not in _LEVELS[kind]):
            yield Invalid("Scopes: %(scope)s is not one that it can have", "scopes", scope=text[:100])
