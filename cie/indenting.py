"""JSON in lines, for people who read it: what it says stays as it was written, each digit and each name."""

import re

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_OPENING, _CLOSING = frozenset({b"{", b"["}), frozenset({b"}", b"]"})


def indented(data: bytes) -> bytes:
    """A JSON document with each value on a line of its own, two blanks further in than what it stands in."""
    written: list[bytes] = []
    depth, before = 0, b""
    for token in _TOKEN.findall(data):
        depth -= token in _CLOSING
        if before == b"," or (before in _OPENING) != (token in _CLOSING):
            written.append(b"\n" + b"  " * depth)
        written.append(b": " if token == b":" else token)
        depth += token in _OPENING
        before = token
    return b"".join(written)
