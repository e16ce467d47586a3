"""The smallest leaks: one byte that comes, changes, goes or moves. The ends of bodies hold nothing drawn anew."""

from collections.abc import Callable


def existence(body: bytes) -> bytes:
    """One byte more."""
    return body + b" "


def value(body: bytes) -> bytes:
    """The last byte is another."""
    return body[:-1] + bytes([body[-1] ^ 1])


def count(body: bytes) -> bytes:
    """One byte fewer."""
    return body[:-1]


def order(body: bytes) -> bytes:
    """The last two neighbours that differ change places."""
    at = next(n for n in range(len(body) - 2, -1, -1) if body[n] != body[n + 1])
    return body[:at] + body[at + 1 : at + 2] + body[at : at + 1] + body[at + 2 :]


Leak = Callable[[bytes], bytes]
LEAKS: tuple[Leak, ...] = (existence, value, count, order)


def possible(body: bytes) -> tuple[Leak, ...]:
    """Those that a body has room for: an empty one can only gain a byte."""
    return LEAKS if len(set(body)) > 1 else LEAKS[:1]
