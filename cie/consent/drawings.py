"""A signature that was drawn with a finger or a mouse, as a browser hands it in: a small PNG that is whole.

It is printed later on a paper that must not fail, so every part of it is looked at when it comes in.
"""

import struct
import zlib
from collections.abc import Iterator

from cie.files import told_type

MOST_BYTES = 100 * 1024
MOST_WIDTH, MOST_HEIGHT = 2000, 1000
"""Pixels: few bytes could otherwise become a picture that fills the memory."""
_START = 8
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
"""Values a pixel, by the colour types of PNG without a palette (ISO/IEC 15948, 11.2.2)."""
_FILTERS = 5
_FIRST, _PIXELS, _LAST = b"IHDR", b"IDAT", b"IEND"


def is_whole_drawing(content: bytes) -> bool:
    """Whether this is a PNG of 8 bits a value, of a sane size, with every pixel there."""
    if told_type(content) != "image/png":
        return False
    try:
        return _is_whole(content)
    except (ValueError, IndexError, struct.error, zlib.error):
        return False


def _is_whole(content: bytes) -> bool:
    parts = list(_parts(content))
    (first, head), last = parts[0], parts[-1]
    width, height, depth, colour, *rest = struct.unpack(">IIBBBBB", head)
    fits = 0 < width <= MOST_WIDTH and 0 < height <= MOST_HEIGHT
    is_one = [kind for kind, _data in parts if kind in (_FIRST, _LAST)] == [first, last[0]] == [_FIRST, _LAST]
    if not is_one or last[1] or not fits or depth != 8 or any(rest) or colour not in _CHANNELS:
        return False
    return _has_every_row(b"".join(data for kind, data in parts if kind == _PIXELS), width * _CHANNELS[colour], height)


def pixels_alone(content: bytes) -> bytes:
    """A whole drawing without all that can stand beside its pixels: words, places, colours that no printer can read."""
    kept = ((kind, data) for kind, data in _parts(content) if kind in (_FIRST, _PIXELS, _LAST))
    return content[:_START] + b"".join(_packed(kind, data) for kind, data in kept)


def _packed(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))


def _parts(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk with its data. Raises ValueError when one was cut or changed."""
    place = _START
    while place < len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        data = content[place + 8 : place + 8 + length]
        (mark,) = struct.unpack_from(">I", content, place + 8 + length)
        if len(data) < length or mark != zlib.crc32(kind + data):
            raise ValueError("a part of the picture is not whole")
        yield kind, data
        place += length + 12


def _has_every_row(packed: bytes, row_bytes: int, rows: int) -> bool:
    size = (row_bytes + 1) * rows
    unpacking = zlib.decompressobj()
    pixels = unpacking.decompress(packed, size + 1)
    return len(pixels) == size and all(mark < _FILTERS for mark in pixels[:: row_bytes + 1])
