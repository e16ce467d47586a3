"""One request to an address of somebody else."""

import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException

from cie.errors import Busy, Invalid
from cie.outbound.addresses import Address, is_public, read_address
from cie.outbound.limits import ended, seconds_until

LARGEST_ANSWER_BYTES = 64 * 1024
CONNECT_SECONDS, SILENCE_SECONDS, WHOLE_SECONDS = 3.0, 5.0, 10.0
"""For connecting, for waiting for the next byte, and for everything from the first to the last."""
MOST_TRIED = 3
"""Of the addresses of one name, where some do not answer."""
UNREACHABLE = "This address does not answer"


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers by their names in small letters, and at most 64 KB of content."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def fetch(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str],
    may_be_private: bool,
    wants_content: bool = True,
) -> Answer:
    """One request. `may_be_private`: http, any port and this machine will do, for demo and test.

    Without `wants_content` the status is enough, and nothing after the headers is read. What is compressed comes back
    as it is, since it was not asked for. Raises Invalid for an address that may not be called as it is written, and for
    an answer that is too large; Busy when nobody answers, in time, with a good certificate, from a public address.
    Those are one: which names an inner network knows is told to nobody.
    """
    address = read_address(url, may_be_private=may_be_private)
    sent = {"Host": address.place, "User-Agent": "cie", "Connection": "close", **headers}
    ends_at = time.monotonic() + WHOLE_SECONDS
    try:
        numbers = _looked_up(address, may_be_private=may_be_private)
        with _connected(numbers, address, ends_at) as sock, ended(sock, ends_at) as is_over:
            connection = HTTPConnection(address.host, address.port)
            connection.sock = _secured(sock, address)
            with connection.sock:
                connection.request(method, address.path, body, sent)
                answer = _answer(connection, wants_content=wants_content)
    except (HTTPException, OSError) as error:
        raise Busy(UNREACHABLE) from error
    if is_over():
        raise Busy(UNREACHABLE)
    if len(answer.content) > LARGEST_ANSWER_BYTES:
        raise Invalid("This address answers with too much", "url")
    return answer


def _looked_up(address: Address, *, may_be_private: bool) -> Sequence[str]:
    """The numbers of a host, all of them public; how long this may take is up to the resolver of the machine.

    Raises OSError.
    """
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    numbers = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not may_be_private and not all(is_public(number) for number in numbers):
        raise OSError("not public")
    return numbers[:MOST_TRIED]


@contextmanager
def _connected(numbers: Sequence[str], address: Address, ends_at: float) -> Iterator[socket.socket]:
    """A connection to the first number that takes one. Raises OSError."""
    fault = OSError("no number")
    for number in numbers:
        try:
            sock = socket.create_connection((number, address.port), timeout=seconds_until(ends_at, CONNECT_SECONDS))
        except OSError as error:
            fault = error
            continue
        sock.settimeout(SILENCE_SECONDS)
        with sock:
            yield sock
        return
    raise fault


def _secured(sock: socket.socket, address: Address) -> socket.socket:
    """The connection through which to speak: for https, once the certificate is good for this host."""
    return trusted().wrap_socket(sock, server_hostname=address.host) if address.scheme == "https" else sock


@cache
def trusted() -> ssl.SSLContext:
    """The authorities that this machine trusts, as they were when this process first asked."""
    return ssl.create_default_context()


def _answer(connection: HTTPConnection, *, wants_content: bool) -> Answer:
    with connection.getresponse() as response:
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, response.read(LARGEST_ANSWER_BYTES + 1) if wants_content else b"")
