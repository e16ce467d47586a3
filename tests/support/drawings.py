"""Drawings as a browser makes them: a small PNG, whole or spoilt."""

import os
import struct
import zlib


def drawing(width: int = 6, height: int = 4, *, pixels: bytes | None = None, **head: int) -> bytes:
    """A PNG of 8 bits and four values a pixel, white with a line; `head` spoils what stands at its start."""
    values = {"depth": 8, "colour": 6, "packing": 0, "filters": 0, "interlaced": 0, **head}
    rows = b"".join(b"\x00" + b"\xff\xff\xff\xff" * (width - 1) + b"\x00\x00\x00\xff" for _row in range(height))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, *values.values())),
        (b"IDAT", zlib.compress(rows if pixels is None else pixels)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_part, parts))


def _part(part: tuple[bytes, bytes]) -> bytes:
    kind, data = part
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_part(content: bytes, kind: bytes, data: bytes) -> bytes:
    """The same drawing with one part more, just before its pixels."""
    place = content.index(b"IDAT") - 4
    return content[:place] + _part((kind, data)) + content[place:]


def heavy_drawing() -> bytes:
    """A whole one of more than 100 KB."""
    width, height = 200, 200
    return drawing(width, height, pixels=b"".join(b"\x00" + os.urandom(width * 4) for _row in range(height)))
