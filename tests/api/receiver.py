"""A receiver of webhooks as a county would run it: a server of its own that checks each signature and can misbehave."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from standardwebhooks import Webhook


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@dataclass
class Receiver:
    """What it was sent, as it came; `status` is what it answers."""

    url: str = ""
    status: str = "200 OK"
    location: str = ""
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def serve(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        names = ("id", "timestamp", "signature")
        headers = {f"webhook-{name}": environ[f"HTTP_WEBHOOK_{name.upper()}"] for name in names}
        self.came.append((headers, environ["wsgi.input"].read(size)))
        start(self.status, [("Location", self.location)] if self.location else [])
        return [b""]

    def read(self, secret: str) -> list[dict[str, Any]]:
        """All that came, checked by a library that others wrote. Raises when a signature is wrong."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.came]


@contextmanager
def listening() -> Iterator[Receiver]:
    """A receiver on a port of its own until the block ends."""
    receiver = Receiver()
    server = make_server("127.0.0.1", 0, receiver.serve, handler_class=_Quiet)
    receiver.url = f"http://127.0.0.1:{server.server_port}/notices"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
