"""The system of an organization of the demo, at work over HTTP, which comes back when nobody answers."""

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import requests
from sqlalchemy import select
from sqlmodel import col

from cie.db import reading
from cie.identity import Client
from cie.participants import Participant
from tests.oauth.place import ASSERTION_TYPE, claims_of, new_key, public, register, signed
from tests.outbound.peer import listening
from tests.support.exchange import Exchange
from tests.webhooks.setting import Notice, tell

SCOPE = "api/*.*"
PATIENCE_SECONDS, TIMEOUT_SECONDS, PAUSE_SECONDS = 60, 30, 0.1
NOTICE_TAKES_SECONDS = 0.03


class Program:
    """One system, registered with the exchange, and its token."""

    def __init__(self, exchange: Exchange, organization: str, scope: str = SCOPE) -> None:
        self.url, self.scope = exchange.url, scope
        self._key = new_key()
        with reading() as session:
            query = select(Participant).where(col(Participant.name) == organization)
            owner = session.execute(query).scalar_one()
        self.client: Client = register(owner, jwks=public(self._key), scopes=(scope,))[0]
        self.organization_id = owner.id

    @cached_property
    def token(self) -> str:
        address = f"{self.url}/oauth/token"
        form = {
            "grant_type": "client_credentials",
            "scope": self.scope,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": signed(self._key, claims_of(self.client, aud=address)),
        }
        answer, _broken = _until(lambda: requests.post(address, data=form, timeout=TIMEOUT_SECONDS))
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def post(self, path: str, body: Mapping[str, Any], key: str) -> requests.Response:
        """One request. Raises requests.RequestException when the connection breaks."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        return requests.post(f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=TIMEOUT_SECONDS)

    def fhir(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """One request over FHIR. Raises requests.RequestException when the connection breaks."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/fhir+json", **named}
        return requests.request(method, f"{self.url}/fhir{path}", json=body, headers=headers, timeout=TIMEOUT_SECONDS)

    def post_until(self, path: str, body: Mapping[str, Any], key: str) -> tuple[requests.Response, int]:
        """The same request until it is answered, and how often the connection broke. Raises TimeoutError."""
        return _until(lambda: self.post(path, body, key))


def _until(ask: Callable[[], requests.Response]) -> tuple[requests.Response, int]:
    deadline, broken = time.monotonic() + PATIENCE_SECONDS, 0
    while time.monotonic() < deadline:
        try:
            return ask(), broken
        except requests.RequestException:
            broken += 1
            time.sleep(PAUSE_SECONDS)
    raise TimeoutError("nobody answers")


class SlowReceiver:
    """A receiver of notices that reads each at once and takes its time to say so; what it read is `notices`."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    @contextmanager
    def listening(self) -> "Iterator[SlowReceiver]":
        with listening(self._take) as self.peer:
            yield self

    def is_told(self, client: Client) -> None:
        """From now on this program is told here."""
        self.told = tell(client, self.peer.url(), at=datetime.now(UTC))

    def _take(self, sock: socket.socket) -> None:
        self.notices += self.told.read(self.peer.heard[-1:])
        time.sleep(NOTICE_TAKES_SECONDS)
        sock.sendall(b"HTTP/1.1 204 Taken\r\n\r\n")
