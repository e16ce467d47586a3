"""The sheets that a paper is drawn on.

fpdf2 marks section titles alone, and those as figures. Here everything is marked as what it is (ISO 32000-1, 14.8), so
that a paper can be read aloud in its order: headings, paragraphs, and what repeats on each page as no part of the text.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from fpdf import FPDF
from fpdf.prefs import ViewerPreferences

from cie.web.letters import ENCODING, in_known_letters
from cie.web.pdf import BOLD, PLAIN, Block, Font, Lines, Paper

MARGIN = 54
FOOT = 72
LINE = 1.35
"""Points, and the height of a line by its size: a letter page of 612 by 792 points has an inch at its foot."""
DRAWING_HEIGHT = 100
STAMP_SIZE = 60
STAMP_GRAY = 222
"""Light enough that ink over it keeps a contrast above 12."""


class Sheets(FPDF):
    """The pages, filled from top to foot."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(unit="pt", format="letter")
        self.paper = paper
        self.core_fonts_encoding = ENCODING
        self.set_lang(paper.language)
        self.set_title(paper.title)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.set_creation_date(paper.made_at)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(False)
        self.add_page()

    def header(self) -> None:
        """The stamp, under whatever is written over it."""
        if not self.paper.stamp:
            return
        words = in_known_letters(self.paper.stamp)
        with self._apart(), self.rotation(55, self.w / 2, self.h / 2):
            self._use(Font("B", STAMP_SIZE))
            self.set_text_color(STAMP_GRAY)
            self.text((self.w - self.get_string_width(words)) / 2, self.h / 2, words)
        self.set_text_color(0)

    def footer(self) -> None:
        """What must not be missed on any page, and which page of how many."""
        self.set_y(-FOOT + PLAIN.size)
        with self._apart():
            self._use(BOLD)
            self.cell(0, PLAIN.size * LINE, in_known_letters(self.paper.foot), new_x="LMARGIN")
            self._use(PLAIN)
            self.cell(0, PLAIN.size * LINE, self.paper.numbers % {"number": self.page, "count": "{nb}"}, align="R")

    def filled(self) -> bytes:
        """The file with every block of the paper."""
        for block in self.paper.whole:
            self.put(block)
        return bytes(self.output())

    def put(self, block: Block) -> None:
        """One block, on a new page when this one has no room for it; what is longer than a page goes on overleaf."""
        if block.drawing:
            self._show(block)
            return
        lines = [line for text, font in block.texts for line in self._broken(in_known_letters(text), font)]
        self.y += block.room
        if self._height(lines) + (4 * BOLD.size * LINE if block.leads else 0) > self._left():
            self.add_page()
        while lines:
            count = self._fitting(lines)
            with self._marked(block.tag):
                for number, (text, font) in enumerate(lines[:count], 1):
                    self._write(text if number == len(lines) else f"{text} ", font)
            lines = lines[count:]
            if lines:
                self.add_page()

    def _show(self, block: Block) -> None:
        """A picture as wide as half the page, or as high as its room."""
        self.y += block.room
        if self._left() < DRAWING_HEIGHT:
            self.add_page()
        ((shows, _font),) = block.texts
        shown = self.image(
            BytesIO(block.drawing), MARGIN, self.y, self.epw / 2, DRAWING_HEIGHT, keep_aspect_ratio=True, alt_text=shows
        )
        self.y += shown.rendered_height

    def _left(self) -> float:
        return self.h - FOOT - self.y

    def _height(self, lines: Lines) -> float:
        return sum(font.size * LINE for _text, font in lines)

    def _fitting(self, lines: Lines) -> int:
        """How many lines this page has room for; one at least."""
        return max([n for n in range(1, len(lines) + 1) if self._height(lines[:n]) <= self._left()], default=1)

    def _write(self, text: str, font: Font) -> None:
        self._use(font)
        self.text(MARGIN, self.y + font.size, text)
        self.y += font.size * LINE

    def _broken(self, text: str, font: Font) -> list[tuple[str, Font]]:
        """The text in lines as wide as the page; a word that is wider is cut."""
        self._use(font)
        lines = [""]
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}".strip(" ")
            if self.get_string_width(longer) <= self.epw:
                lines[-1] = longer
            else:
                lines += self._cut(word)
        return [(line, font) for line in lines if line]

    def _cut(self, word: str) -> list[str]:
        pieces = [""]
        for letter in word:
            if self.get_string_width(pieces[-1] + letter) > self.epw:
                pieces.append("")
            pieces[-1] += letter
        return pieces

    def _use(self, font: Font) -> None:
        self.set_font("helvetica", font.style, font.size)

    @contextmanager
    def _marked(self, tag: str) -> Iterator[None]:
        """What is written meanwhile is one element of the structure; it must end on the page where it began."""
        number = self.struct_builder.next_mcid_for_page(self.page)
        self._add_marked_content(struct_type=f"/{tag}", mcid=number)
        self._out(f"/{tag} <</MCID {number}>> BDC")
        yield
        self._out("EMC")

    @contextmanager
    def _apart(self) -> Iterator[None]:
        """What is written meanwhile is no part of the text: nobody hears it on every page."""
        self._out("/Artifact BMC")
        yield
        self._out("EMC")
