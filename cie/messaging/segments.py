"""How many text-message segments a body takes, and so what it costs and how likely it is to arrive whole.

Character sets and lengths are those of 3GPP TS 23.038 and TS 23.040: the 7-bit default alphabet carries 160
septets alone or 153 in each part of several; any other character makes the whole body UCS-2, with 70 or 67
code units. A character of two units (extension table, surrogate pair) is never split between two parts.
"""

from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")

ALONE: dict[Encoding, int] = {"GSM-7": 160, "UCS-2": 70}
IN_PARTS: dict[Encoding, int] = {"GSM-7": 153, "UCS-2": 67}


@dataclass(frozen=True)
class Segments:
    """What one body takes: how many segments, in which encoding, and its length in septets or code units."""

    count: int
    encoding: Encoding
    units: int


def count_segments(text: str) -> Segments:
    """The segments that a body takes on the air; an empty body takes none."""
    encoding: Encoding = "GSM-7" if all(c in BASIC or c in EXTENSION for c in text) else "UCS-2"
    widths = [_width(character, encoding) for character in text]
    units = sum(widths)
    if units <= ALONE[encoding]:
        return Segments(1 if text else 0, encoding, units)
    return Segments(_parts(widths, IN_PARTS[encoding]), encoding, units)


def _width(character: str, encoding: Encoding) -> int:
    if encoding == "GSM-7":
        return 2 if character in EXTENSION else 1
    return 2 if ord(character) > 0xFFFF else 1


def _parts(widths: list[int], room: int) -> int:
    count, used = 1, 0
    for width in widths:
        if used + width > room:
            count, used = count + 1, 0
        used += width
    return count
