"""Papers to take along, as PDF: headings, rows with a label, page numbers, all of it in 14 point or more."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from flask import Response

from cie.web.language import gettext as _
from cie.web.letters import is_rewritten


class Font(NamedTuple):
    """Weight and size in points."""

    style: str
    size: int


PLAIN, BOLD, SECTION, TITLE = Font("", 14), Font("B", 14), Font("B", 17), Font("B", 24)
Lines = Sequence[tuple[str, Font]]


@dataclass(frozen=True)
class Block:
    """What stands together: its structure type, its texts, each from a new line, and the points of room above.

    `drawing`: a picture in their place, a PNG; the text says what it shows to whoever hears the paper.
    """

    tag: str
    texts: Lines
    room: int = 8
    drawing: bytes = b""

    @property
    def leads(self) -> bool:
        """A heading does not stand alone at the foot of a page."""
        return self.tag.startswith("H")


def title(text: str) -> Block:
    """What the paper is; once, near its top."""
    return Block("H1", [(text, TITLE)])


def section(text: str) -> Block:
    """The heading of a part."""
    return Block("H2", [(text, SECTION)], room=20)


def paragraph(text: str) -> Block:
    """A few sentences."""
    return Block("P", [(text, PLAIN)])


def strong(text: str) -> Block:
    """A sentence that must not be missed."""
    return Block("P", [(text, BOLD)])


def row(label: str, value: str) -> Block:
    """A fact under its label."""
    return Block("P", [(f"{label}:", BOLD), (value, PLAIN)])


def picture(shows: str, drawing: bytes) -> Block:
    """A picture, and what it shows."""
    return Block("Figure", [(shows, PLAIN)], drawing=drawing)


@dataclass(frozen=True)
class Paper:
    """A whole paper in one language. `title` shows in windows and lists, so it names nobody.

    `stamp` stands across every page and `foot` at its foot; `numbers` and `letters` are in the language in which the
    paper is made.
    """

    language: str
    title: str
    blocks: Sequence[Block]
    made_at: datetime
    stamp: str = ""
    foot: str = ""
    numbers: str = field(default_factory=lambda: _("Page %(number)s of %(count)s"))
    letters: str = field(
        default_factory=lambda: _("Some letters are written another way on this paper. Our records have them right.")
    )

    @property
    def whole(self) -> Sequence[Block]:
        """All blocks; the last says so when letters had to be replaced."""
        texts = (text for block in self.blocks for text, _font in block.texts)
        return [*self.blocks, paragraph(self.letters)] if any(map(is_rewritten, texts)) else self.blocks


def as_pdf(paper: Paper) -> bytes:
    """The file. Slow beside a query: no transaction may be open."""
    # the library takes a fifth of a second to load: no command waits for it that makes no paper
    from cie.web.sheets import Sheets

    return Sheets(paper).filled()


def answer(paper: Paper, name: str) -> Response:
    """The file as an answer; its `name` names nobody."""
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(as_pdf(paper), content_type="application/pdf", headers=headers)
