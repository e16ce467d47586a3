"""Which addresses may be called at all, as far as they tell by how they are written, and which numbers are public."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from cie.errors import Invalid

LONGEST = 500
PORTS = frozenset({443, 8443})
"""Where servers for programs listen; all others are those of something else, like mail, shells and databases."""
_USUAL_PORTS = {"https": 443, "http": 80}
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}$)(?:{_LABEL}\.)*[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?")
"""The last label begins with a letter (RFC 1123, 2.1), which leaves out numbers in decimal, octal and hex."""
_PRIVATE_NAMES = ("localhost", "local", "internal", "home.arpa")
"""Names that lead nowhere on the public internet: RFC 6761, RFC 6762, RFC 8375, ICANN 2024-07-29."""
_NOT_PUBLIC_4 = [
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # for protocols, and where one cloud keeps what machines may know of themselves
        "192.88.99.0/24",  # relays of 6to4, given up by RFC 7526
        "168.63.129.16/32",  # where another cloud answers its machines
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
]
_GLOBAL_6 = ip_network("2000::/3")
_NOT_PUBLIC_6 = [
    ip_network(text)
    for text in (
        "2001::/23",  # for protocols: Teredo, which holds an IPv4 address, benchmarks, ORCHID
        "2001:db8::/32",  # for documentation, as is 3fff::/20
        "2002::/16",  # 6to4, which holds an IPv4 address
        "3fff::/20",
    )
]
_NAT64 = ip_network("64:ff9b::/96")
"""IPv4 as a network that has IPv6 alone sees it: RFC 6052, 2.1."""


@dataclass(frozen=True)
class Address:
    """A web address in parts. `host` is a name or a number, in small letters; `path` has the query in it."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def place(self) -> str:
        """Host and port as the Host header has them (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _USUAL_PORTS[self.scheme] else f"{host}:{self.port}"


def read_address(url: str, *, may_be_private: bool) -> Address:
    """An address as it may be called. `may_be_private`: http, any port and this machine will do, for demo and test.

    Raises Invalid at `url`: not https, not written plainly, an unusual port, a number or a name that is not public.
    """
    parts = _parts(url)
    if parts is None or parts.scheme not in (_USUAL_PORTS if may_be_private else {"https"}):
        raise Invalid("Enter an address that begins with https://", "url")
    port = parts.port or _USUAL_PORTS[parts.scheme]
    if not may_be_private and port not in PORTS:
        raise Invalid("Enter an address with the port 443 or 8443", "url")
    host = parts.hostname or ""
    number = _number(host)
    if number is None and not _NAME.fullmatch(host):
        raise Invalid("Enter an address with the plain name of its host", "url")
    if not may_be_private and not (is_public(host) if number else is_public_name(host)):
        raise Invalid("This address leads into a private network", "url")
    return Address(parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def is_callable(url: str, *, may_be_private: bool) -> bool:
    """Whether an address may be called, as far as it tells by how it is written."""
    try:
        return bool(read_address(url, may_be_private=may_be_private))
    except Invalid:
        return False


def _parts(url: str) -> SplitResult | None:
    """The parts of a plainly written address with a host; None for all others.

    Plainly: what each reader of addresses takes for the same, so no name of a user, no fragment, no backslash.
    """
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or {" ", "\\", "#"} & set(url):
        return None
    try:
        parts = urlsplit(url)
        is_plain = "@" not in parts.netloc and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if is_plain else None


def _number(host: str) -> IPv4Address | IPv6Address | None:
    """The number that a host is, in its one plain spelling for IPv4; None for a name."""
    try:
        return ip_address(host) if "%" not in host else None
    except ValueError:
        return None


def is_public_name(name: str) -> bool:
    """Whether a name in small letters is plainly written and may lead to somebody on the public internet."""
    is_local = any(name == local or name.endswith(f".{local}") for local in _PRIVATE_NAMES)
    return bool(_NAME.fullmatch(name)) and "." in name and not is_local


def is_public(address: str) -> bool:
    """Whether a number belongs to the public internet (RFC 6890); one that holds an IPv4 address is not, but NAT64's.

    That one is as public as what it holds, since a network that has IPv6 alone sees every IPv4 address so.
    """
    known = ip_address(address.partition("%")[0])
    if isinstance(known, IPv6Address) and known in _NAT64:
        known = IPv4Address(int(known) & 0xFFFFFFFF)
    if isinstance(known, IPv4Address):
        return known.is_global and not any(known in network for network in _NOT_PUBLIC_4)
    return known in _GLOBAL_6 and not any(known in network for network in _NOT_PUBLIC_6)
