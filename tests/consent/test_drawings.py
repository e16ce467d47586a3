"""What is taken for a drawn signature: a whole PNG of a sane size, and nothing else."""

import struct
import zlib

import pytest
from fpdf import FPDF

from cie.consent.drawings import MOST_BYTES, is_whole_drawing, pixels_alone
from tests.support.drawings import drawing, heavy_drawing, with_part

BOMB = zlib.compress(b"a" * 20_000_000, 9)


@pytest.mark.parametrize("colour_and_values", [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_a_whole_picture_is_taken_and_can_be_printed(colour_and_values):
    colour, values = colour_and_values
    content = drawing(3, 2, pixels=(b"\x00" + b"\x10" * 3 * values) * 2, colour=colour)

    assert is_whole_drawing(content)
    paper = FPDF()
    paper.add_page()
    paper.image(content)
    assert bytes(paper.output()).startswith(b"%PDF")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x89PNG\r\n\x1a\n",
        drawing()[:-12],
        drawing()[:40],
        drawing().replace(b"IDAT", b"IDAX"),
        drawing() + b"more",
        drawing(2001, 1),
        drawing(1, 1001),
        drawing(0, 4),
        drawing(depth=16),
        drawing(colour=3),
        drawing(interlaced=1),
        drawing(pixels=b"\x00"),
        drawing(pixels=b"\x00" * 200),
        drawing(pixels=b"\x07" + b"\x00" * 99),
        drawing(2, 1, pixels=zlib.compress(b"\x00" * 9)),
        with_part(drawing(), b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)),
        with_part(drawing(), b"IEND", b""),
    ],
)
def test_what_is_cut_changed_huge_or_something_else_is_not(content):
    assert not is_whole_drawing(content)


def test_a_small_file_that_would_fill_the_memory_is_refused_without_unpacking_it():
    bomb = drawing(2000, 1000, pixels=b"\x00" * 40_000_000)

    assert len(bomb) < MOST_BYTES
    assert not is_whole_drawing(bomb)


def test_size_is_judged_apart():
    assert len(heavy_drawing()) > MOST_BYTES and is_whole_drawing(heavy_drawing())


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (b"zTXt", b"k\x00\x00" + BOMB),
        (b"iTXt", b"k\x00\x01\x00\x00\x00" + BOMB),
        (b"iCCP", b"k\x00\x00" + BOMB),
        (b"pHYs", b""),
        (b"fcTL", b"\x00"),
        (b"eXIf", b"where and when it was drawn"),
    ],
)
def test_what_stands_beside_the_pixels_is_not_kept_and_stops_no_printing(kind, data):
    content = with_part(drawing(), kind, data)

    assert is_whole_drawing(content)
    assert pixels_alone(content) == drawing()
