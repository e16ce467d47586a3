"""A registered client as the library asks for it, and the keys with which it signs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from authlib.oauth2.rfc6749 import ClientMixin
from flask import current_app, g
from werkzeug.datastructures import Headers, ResponseCacheControl
from werkzeug.http import parse_cache_control_header

from cie import identity, outbound
from cie.access.scopes import narrowed
from cie.db import reading
from cie.errors import CieError, Invalid
from cie.identity import Client, ClientAuthentication, ClientKind
from cie.identity.client_faults import faults_of_key_set

REMEMBERED, ASKED_AGAIN = timedelta(hours=1), timedelta(minutes=1)
_GRANTS = {
    ClientKind.SYSTEM: {"client_credentials"},
    ClientKind.STAFF_APP: {"authorization_code", "refresh_token"},
}


class KnownClient(ClientMixin):  # type: ignore[misc]  # the library has no types
    """One client. `g.oauth_client` is the one that a request was about, let in or not.

    `barred`: why it may not act now; empty for one that may.
    """

    def __init__(self, row: Client, barred: str = "") -> None:
        self.row, self.barred = row, barred

    def get_client_id(self) -> str:
        return str(self.row.id)

    def get_default_redirect_uri(self) -> str | None:
        """The only address that an app has; with several it must say which."""
        return self.row.redirect_uris[0] if len(self.row.redirect_uris) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What of the asked scopes it may have; None, which refuses, when that is nothing."""
        return " ".join(narrowed((scope or "").split(), self.row.scopes)) or None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.row.redirect_uris

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        # asked by the name of each door; a client has one way for all of them
        del endpoint
        g.oauth_client = self
        return method == self.row.authentication

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and self.row.kind is ClientKind.STAFF_APP

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in _GRANTS[self.row.kind]

    @property
    def signs(self) -> bool:
        return self.row.authentication is ClientAuthentication.PRIVATE_KEY_JWT


def query_client(client_id: str) -> KnownClient | None:
    """The client of an id as it stands in a request, if it may act now.

    `g.oauth_asked_in`: where a member of staff is asked, their organization; the apps of others are none to them.
    """
    client = registered_client(client_id)
    if client is None or client.barred:
        return None
    return client if client.row.organization_id == g.get("oauth_asked_in", client.row.organization_id) else None


def registered_client(client_id: str) -> KnownClient | None:
    """The client of an id as it stands in a request, whether it may act or not."""
    try:
        known = UUID(client_id)
    except ValueError:
        return None
    with reading() as session:
        found = identity.registered_client(session, known, at=g.now)
    return KnownClient(*found) if found is not None and str(known) == client_id else None


@dataclass(frozen=True)
class _KeySet:
    """A key set that was fetched; `lives`: for how long it may be kept."""

    keys: dict[str, Any]
    fetched_at: datetime
    lives: timedelta

    def has(self, kid: object) -> bool:
        return any(key.get("kid") == kid for key in self.keys["keys"])


class FetchedKeys:
    """Key sets of clients that publish them: kept for an hour, or for less when the client says so.

    Fetched anew for a key that is not there, then at most once a minute (SMART App Launch 2.2, signature verification).
    """

    def __init__(self) -> None:
        self._kept: dict[str, _KeySet] = {}

    def of(self, client: Client, kid: object, *, at: datetime, may_be_private: bool) -> dict[str, Any]:
        """The key set, newest where it is needed. Raises CieError when nobody answers."""
        url = client.jwks_url or ""
        kept = self._kept.get(url)
        if kept is None or at >= kept.fetched_at + (kept.lives if kept.has(kid) else min(kept.lives, ASKED_AGAIN)):
            kept = self._kept[url] = _fetched(url, at, may_be_private=may_be_private)
        return kept.keys

    def last_of(self, client: Client) -> dict[str, Any] | None:
        """The key set as it was fetched last, however long ago; nobody is asked."""
        kept = self._kept.get(client.jwks_url or "")
        return None if kept is None else kept.keys


def _fetched(url: str, at: datetime, *, may_be_private: bool) -> _KeySet:
    answer = outbound.fetch(url, headers={"Accept": "application/json"}, may_be_private=may_be_private)
    try:
        found = orjson.loads(answer.content) if answer.status == 200 else None
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or any(faults_of_key_set(found)):
        raise Invalid("This address holds no key set that can be used", "jwks_url")
    return _KeySet(found, at, _lives(Headers(answer.headers).get("Cache-Control")))


def _lives(cache_control: str | None) -> timedelta:
    """For how long an answer with this header may be kept: an hour at most."""
    said = parse_cache_control_header(cache_control, cls=ResponseCacheControl)
    if said.no_store or said.no_cache:
        return timedelta(0)
    return REMEMBERED if said.max_age is None else min(REMEMBERED, timedelta(seconds=max(said.max_age, 0)))


def public_keys(client: KnownClient, kid: str) -> dict[str, Any] | None:
    """The keys with which this client may have signed; None when they cannot be had.

    For one that may not act nobody is called: an answer that waits for somebody would tell that there is such a client.
    """
    fetched: FetchedKeys = current_app.extensions["cie-client-keys"]
    may_be_private = current_app.extensions["cie-settings"].may_reach_private
    row = client.row
    if row.jwks is not None or client.barred:
        return row.jwks or fetched.last_of(row)
    try:
        return fetched.of(row, kid, at=g.now, may_be_private=may_be_private)
    except CieError:
        return None
