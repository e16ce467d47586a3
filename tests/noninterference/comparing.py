"""Comparing what a reader was given in two worlds: every byte, every header, and what it took to make them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from tests.noninterference.normaliser import normal_body, normal_headers

Key = tuple[str, str]
"""Who asked, and for what."""


@dataclass(frozen=True)
class Output:
    """One answer: what the reader sees, and how much work it was (statements, and openings, seals and match keys)."""

    endpoint: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    statements: int = 0
    key_operations: int = 0

    def normal(self) -> "Output":
        return Output(
            self.endpoint, self.status, normal_headers(self.headers), normal_body(self.body), self.statements,
            self.key_operations,
        )  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """Where two worlds answered the same reader differently."""

    key: Key
    what: str
    before: str
    after: str
    endpoint: str = ""

    def __str__(self) -> str:
        return f"{self.key[0]}: {self.key[1]}: {self.what}: {self.before!r} became {self.after!r}"


def differences(
    before: Mapping[Key, Output], after: Mapping[Key, Output], *, allowed: Collection[str] = ()
) -> list[Difference]:
    """All differences but those of outputs whose endpoint is `allowed` to differ."""
    found = [Difference(key, "answered", str(key in before), str(key in after)) for key in before.keys() ^ after.keys()]
    for key in before.keys() & after.keys():
        if before[key].endpoint not in allowed:
            parts = _compared(before[key].normal(), after[key].normal())
            found += [Difference(key, *each, before[key].endpoint) for each in parts]
    return sorted(found, key=lambda d: d.key)


def _compared(one: Output, other: Output) -> Iterator[tuple[str, str, str]]:
    for what in ("status", "statements", "key_operations"):
        if getattr(one, what) != getattr(other, what):
            yield what, str(getattr(one, what)), str(getattr(other, what))
    if one.headers != other.headers:
        only = [sorted(set(a) - set(b)) for a, b in ((one.headers, other.headers), (other.headers, one.headers))]
        yield "headers", str(only[0]), str(only[1])
    if one.body != other.body:
        yield "body", *_around_first_difference(one.body, other.body)


def _around_first_difference(one: bytes, other: bytes, context: int = 80) -> tuple[str, str]:
    first = max(_alike_until(one, other) - context, 0)
    before, after = (text[first : first + 2 * context].decode(errors="replace") for text in (one, other))
    return before, after


def _alike_until(one: bytes, other: bytes) -> int:
    """How many bytes they begin with alike, by halving."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low
