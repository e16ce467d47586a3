"""Which bytes of a file a request asks for: one range or all of it (RFC 9110, 13.1.5 and 14)."""

from dataclasses import dataclass

from flask import request

from cie.errors import CieError


class NotSatisfiable(CieError):
    """The file has no such bytes: RFC 9110, 416."""

    code = "range"


@dataclass(frozen=True)
class Wanted:
    """The bytes from `start` up to before `stop`, of a file of `length`."""

    start: int
    stop: int
    length: int
    is_part: bool

    @property
    def content_range(self) -> str:
        """As the answer names them."""
        return f"bytes {self.start}-{self.stop - 1}/{self.length}"


def wanted(length: int, mark: str) -> Wanted:
    """What this request wants of a file whose ETag is `mark` now.

    All of it when it asks for none or for several ranges, and when it wants a part of other bytes (`If-Range`). Raises
    NotSatisfiable.
    """
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1 or not _is_still(mark) or not length:
        return Wanted(0, length, length, is_part=False)
    ((first, end),) = asked.ranges
    start, stop = max(first + length, 0) if first < 0 else first, min(length if end is None else end, length)
    if start >= stop:
        raise NotSatisfiable("This file has %(length)s bytes", length=length)
    return Wanted(start, stop, length, is_part=True)


def _is_still(mark: str) -> bool:
    """Whether the bytes are those of which the caller has a part; without `If-Range` the caller takes any."""
    return request.headers.get("If-Range", f'"{mark}"') == f'"{mark}"'
