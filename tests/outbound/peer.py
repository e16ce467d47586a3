"""The other side of a connection: a server on this machine that may behave as badly as somebody wishes."""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

Behaviour = Callable[[socket.socket], object]


@dataclass
class Peer:
    """Its port, and what each connection said to it once TLS stood."""

    port: int
    heard: list[bytes] = field(default_factory=list)
    connections: int = 0

    def url(self, *, scheme: str = "http", host: str = "127.0.0.1", path: str = "/x") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


def says(answer: bytes) -> Behaviour:
    """Answers with these bytes."""
    return lambda sock: sock.sendall(answer)


def trickles(sentence: bytes, forever: bytes) -> Behaviour:
    """Says a sentence, and then the same letters again and again, slowly, until nobody listens."""

    def behave(sock: socket.socket) -> None:
        sock.sendall(sentence)
        while not _stopped.wait(0.02):
            sock.sendall(forever)

    return behave


def is_silent(sock: socket.socket) -> None:
    """Takes what is said and says nothing, until the other side goes."""
    sock.recv(1)


_stopped = threading.Event()


@contextmanager
def listening(behave: Behaviour, certificate: Path | None = None, port: int = 0) -> Iterator[Peer]:
    """A peer until the block ends, on a port of its own if none is named; with a certificate it speaks TLS."""
    with socket.create_server(("127.0.0.1", port)) as server:
        peer = Peer(server.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(server, behave, certificate, peer))
        thread.start()
        try:
            yield peer
        finally:
            _stopped.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            _stopped.clear()


def _serve(server: socket.socket, behave: Behaviour, certificate: Path | None, peer: Peer) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
    if context:
        context.load_cert_chain(certificate)
    while True:
        try:
            raw, _address = server.accept()
        except OSError:
            return
        peer.connections += 1
        with suppress(OSError), raw:
            raw.settimeout(10)
            with context.wrap_socket(raw, server_side=True) if context else raw as sock:
                peer.heard.append(_request(sock))
                behave(sock)


def _request(sock: socket.socket) -> bytes:
    """All that was said, with as much content as it names. Raises OSError when the other side goes in the middle."""
    said = b""
    while b"\r\n\r\n" not in said or len(said.partition(b"\r\n\r\n")[2]) < _length(said):
        more = sock.recv(65536)
        if not more:
            raise ConnectionAbortedError("the other side went before it had said all")
        said += more
    return said


def _length(said: bytes) -> int:
    found = re.search(rb"(?i)\r\ncontent-length: (\d+)\r\n", said)
    return int(found[1]) if found else 0
