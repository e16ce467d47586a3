"""A proxy that stands in front of a server and spoils what passes, as one fault says."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson
import requests

_OWN = {"connection", "content-encoding", "content-length", "transfer-encoding", "date", "server", "keep-alive"}


@dataclass(frozen=True)
class Asked:
    """A request as it came to the proxy. `path` begins behind the base of the FHIR server."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: bytes = b""

    @property
    def type(self) -> str:
        return self.path.strip("/").split("/")[0]

    @property
    def is_search(self) -> bool:
        return self.method == "GET" and self.path.strip("/") == self.type

    @property
    def is_read(self) -> bool:
        return self.method == "GET" and self.path.strip("/").count("/") == 1

    def asks(self, name: str) -> bool:
        return any(key == name for key, _value in self.query)

    def without(self, *names: str) -> "Asked":
        """The same without these parameters and headers."""
        query = tuple(each for each in self.query if each[0] not in names)
        headers = {name: value for name, value in self.headers.items() if name not in names}
        return replace(self, query=query, headers=headers)


@dataclass(frozen=True)
class Said:
    """An answer as the proxy gives it on. Names of headers are in small letters."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return orjson.loads(self.body) if "json" in self.headers.get("content-type", "") and self.body else None

    def saying(self, resource: Any) -> "Said":
        return replace(self, body=orjson.dumps(resource))

    def with_headers(self, **changed: str | None) -> "Said":
        named = {name.replace("_", "-"): value for name, value in changed.items()}
        return replace(self, headers={n: v for n, v in {**self.headers, **named}.items() if v is not None})


Forward = Callable[[Asked], Said]
Spoil = Callable[[Asked, Forward], Said]


@contextmanager
def proxy(upstream: str, spoil: Spoil) -> Iterator[str]:
    """Stand in front of the server at `upstream` until the block ends; the base URL to ask instead."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(upstream, spoil))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/fhir"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(upstream: str, spoil: Spoil) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _pass(self) -> None:
            own = f"http://127.0.0.1:{self.server.server_port}/fhir"
            address = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            query = tuple(parse_qsl(address.query, keep_blank_values=True))
            asked = Asked(self.command, address.path.removeprefix("/fhir"), query, headers, body)
            said = spoil(asked, lambda changed: _forwarded(upstream, own, changed))
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body)

        do_GET = do_POST = do_PUT = do_DELETE = _pass

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    return Handler


_LOCAL = threading.local()


def _forwarded(upstream: str, own: str, asked: Asked) -> Said:
    """What the server says, with its own address replaced by that of the proxy."""
    if not hasattr(_LOCAL, "http"):
        _LOCAL.http = requests.Session()
    headers = {n: v for n, v in asked.headers.items() if n not in ("host", "connection", "content-length")}
    url = f"{upstream}{asked.path}" + (f"?{urlencode(asked.query, safe=':/|,$')}" if asked.query else "")
    body = asked.body.replace(own.encode(), upstream.encode())
    answer = _LOCAL.http.request(asked.method, url, data=body or None, headers=headers, timeout=30)
    named = {n.lower(): v.replace(upstream, own) for n, v in answer.headers.items() if n.lower() not in _OWN}
    return Said(answer.status_code, named, answer.content.replace(upstream.encode(), own.encode()))
