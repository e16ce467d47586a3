"""Puts the pretend network together and serves it on this machine, for as long as whoever started it lives."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from cie.messaging.gateway import is_loopback
from cie.processes import exit_with_parent
from cie.sandbox.control import control_blueprint
from cie.sandbox.courier import Courier
from cie.sandbox.faults import Faults
from cie.sandbox.hooks import hooks_blueprint
from cie.sandbox.mails import mails_blueprint
from cie.sandbox.rest import rest_blueprint
from cie.sandbox.store import Store

HOST = "127.0.0.1"


def create_sandbox(store: Path, *, account_sid: str, auth_token: str, app_url: str) -> Flask:
    """The network of one account over one store. What it owes the app is posted once it is served.

    Raises ValueError when `app_url` is not on this machine.
    """
    if not is_loopback(app_url):
        raise ValueError("The sandbox posts only to an app on a loopback address")
    kept, faults = Store(store), Faults()
    courier = Courier(kept, account_sid=account_sid, auth_token=auth_token, app_url=app_url)
    app = Flask("cie.sandbox", static_folder=None)
    app.extensions["courier"] = courier
    app.register_blueprint(rest_blueprint(kept, faults, courier, account_sid=account_sid, auth_token=auth_token))
    app.register_blueprint(control_blueprint(kept, faults, courier))
    app.register_blueprint(mails_blueprint(kept))
    app.register_blueprint(hooks_blueprint())
    return app


def serve_sandbox(
    store: Path,
    *,
    port: int,
    account_sid: str,
    auth_token: str,
    app_url: str,
    ready: Callable[[int], Any] | None = None,
) -> None:
    """Serve until the parent process dies or a signal comes.

    With port 0 a free one is taken; `ready` is called with the port once requests are answered.
    """
    exit_with_parent()
    app = create_sandbox(store, account_sid=account_sid, auth_token=auth_token, app_url=app_url)
    server = make_server(HOST, port, app, threaded=True, request_handler=_Quiet)
    app.extensions["courier"].start()
    if ready is not None:
        ready(server.port)
    with suppress(KeyboardInterrupt):
        server.serve_forever()


class _Quiet(WSGIRequestHandler):
    """Writes no access lines: paths and queries hold numbers."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Write nothing."""
