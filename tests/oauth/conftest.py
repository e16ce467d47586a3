"""The place that all tests of the authorization server share."""

from collections.abc import Callable, Iterator
from threading import Thread
from types import SimpleNamespace
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import orjson
import pytest
from sqlmodel import select

from cie.db import reading
from cie.events import AuditEntry
from cie.identity import Client, ClientAuthentication
from tests.oauth.own_sign_in import OwnSignIn, make_own_sign_in
from tests.oauth.place import Place, make_place, public, register_app
from tests.support.databases import on_one_alone
from tests.support.provider import Providers, running_providers


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Words over HTTP are the same on both: the quicker one will do."""
    on_one_alone(metafunc, "sqlite")


@pytest.fixture
def place(database, migrated) -> Place:
    return make_place(migrated)


@pytest.fixture(scope="session")
def providers() -> Iterator[Providers]:
    """A process in which OpenID providers run."""
    with running_providers() as running:
        yield running


@pytest.fixture
def own(database, migrated, providers) -> OwnSignIn:
    """A county with a provider of its own, not yet set up."""
    return make_own_sign_in(migrated, providers.new())


@pytest.fixture
def confidential(place: Place) -> tuple[Client, str | None]:
    """An app with a secret, and the secret."""
    return register_app(place.county, authentication=ClientAuthentication.SECRET)


@pytest.fixture
def refused(place: Place) -> Callable[[], list[tuple[Any, Any]]]:
    """What is kept of refusals, in order: of whom, and why."""

    def read() -> list[tuple[Any, Any]]:
        with reading() as session:
            rows = session.exec(select(AuditEntry).where(AuditEntry.action == "token.refuse")).all()
        return [(row.actor_id, orjson.loads(row.codes)) for row in sorted(rows, key=lambda row: row.id)]

    return read


class Quiet(WSGIRequestHandler):
    def log_message(self, *_words: Any) -> None:
        """Nothing."""


@pytest.fixture
def published() -> Iterator[SimpleNamespace]:
    """A server of the client's own that publishes its keys, and counts how often it is asked."""
    shown = SimpleNamespace(keys=[], asked=[], status="200 OK", cache="")

    def serve(environ: Any, start: Any) -> list[bytes]:
        shown.asked.append(environ.get("HTTP_ACCEPT"))
        caching = [("Cache-Control", shown.cache)] if shown.cache else []
        start(shown.status, [("Content-Type", "application/json"), *caching])
        return [orjson.dumps(public(*shown.keys)) if shown.keys else b"{}"]

    server = make_server("127.0.0.1", 0, serve, handler_class=Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    shown.url = f"http://127.0.0.1:{server.server_port}/jwks"
    yield shown
    server.shutdown()
    server.server_close()
    thread.join()
