"""A paper to take along: large type, marked as what it is, in order, over as many pages as it takes."""

from datetime import UTC, datetime

import pytest

from cie.web.letters import in_known_letters, is_rewritten
from cie.web.pdf import Paper, as_pdf, paragraph, row, section, strong, title
from tests.support.pdf import Pdf

NOON = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


def made(*blocks, **fields):
    values = {"language": "en", "title": "A copy for you", "blocks": blocks, "made_at": NOON, **fields}
    return Pdf(as_pdf(Paper(**values)))


class TestPaper:
    def test_each_part_is_marked_as_what_it_is_in_the_order_of_reading(self):
        pdf = made(title("Yes, share"), paragraph("Said today."), section("Facts"), row("What for", "To help"))

        assert [part for part in pdf.marked if part[0] != "Artifact"] == [
            ("H1", "Yes, share"), ("P", "Said today."), ("H2", "Facts"), ("P", "What for: To help"),
        ]  # fmt: skip
        assert pdf.unmarked == ""

    def test_the_file_says_its_language_and_a_title_for_the_window(self):
        pdf = made(paragraph("Hola."), language="es", title="Una copia para usted")

        assert pdf.entry("Lang") == "es"
        assert pdf.entry("Title") == "Una copia para usted"
        assert b"/DisplayDocTitle true" in pdf.content and b"/Marked true" in pdf.content

    def test_nothing_is_set_smaller_than_14_points(self):
        pdf = made(title("One"), section("Two"), strong("Three"), paragraph("Four"), row("Five", "six"), stamp="Seven")

        assert pdf.sizes == {14.0, 17.0, 24.0, 60.0}

    def test_long_papers_go_on_overleaf_with_numbers_and_lose_nothing(self):
        words = [f"word{number}" for number in range(3000)]
        rows = [row(f"Row {number}", "value " * 20) for number in range(30)]

        pdf = made(title("Long"), *rows, paragraph(" ".join(words)))

        assert pdf.text.split("Row 29:")[1].split()[20:] == words
        assert pdf.repeated == [f"Page {n} of {len(pdf.pages)}" for n in range(1, len(pdf.pages) + 1)]
        assert len(pdf.pages) > 3 and pdf.unmarked == ""

    def test_a_heading_does_not_stand_alone_at_the_foot(self):
        for lines in range(15, 30):
            before = [paragraph(f"Line {number}") for number in range(lines)]

            pdf = made(*before, section("Next"), paragraph("It follows"))

            (page,) = [page for page in pdf.pages if "(Next)" in page]
            assert "(It follows)" in page

    def test_a_word_wider_than_the_page_is_cut_and_kept(self):
        pdf = made(paragraph("W" * 200))

        assert "".join(pdf.text.split()) == "W" * 200
        assert pdf.text.count("W ") > 3, "on several lines"

    def test_the_same_paper_is_the_same_to_the_byte(self):
        first, second = (made(title("Yes"), paragraph("Said today."), stamp="Not valid for use") for _n in range(2))

        assert first.content == second.content

    def test_the_stamp_stands_on_every_page_and_is_not_read_on_each(self):
        pdf = made(*(paragraph(f"Line {number}") for number in range(60)), stamp="Not valid for use")

        assert len(pdf.pages) > 1
        assert pdf.repeated.count("Not valid for use") == len(pdf.pages)
        assert "Not valid for use" not in pdf.text

    def test_brackets_backslashes_and_marks_of_the_library_are_only_letters(self):
        odd = r"Ann (Nan) \ {nb} **bold** 100% %(number)s"

        assert made(paragraph(odd)).text == odd


class TestLetters:
    @pytest.mark.parametrize("text", ["Peñón Ibáñez", "“Œuvre” – Žižek’s €5…", "¿Qué?"])
    def test_letters_of_western_europe_stay(self, text):
        pdf = made(paragraph(text))

        assert pdf.text == text
        assert not is_rewritten(text)

    @pytest.mark.parametrize(
        "text, written",
        [
            ("Nguyễn Thị Ánh", "Nguyen Thi Ánh"),
            ("王", "Wang"),
            ("Łucja Ŋ", "Lucja N"),
            ("\U00012000", "?"),
            ("\ud800", "?"),
        ],
    )
    def test_other_letters_are_written_as_they_sound_and_the_paper_says_so(self, text, written):
        pdf = made(row("Name", text))

        assert pdf.text.startswith(f"Name: {written}")
        assert "Some letters are written another way on this paper." in pdf.text

    def test_letters_in_two_parts_are_put_together(self):
        assert in_known_letters("Jose\N{COMBINING ACUTE ACCENT}") == "José"

    def test_what_prints_nothing_is_left_out_and_not_told(self):
        text = "As\u200bter\u202e Mo\u00adreno\x07"

        assert in_known_letters(text) == "Aster Moreno"
        assert not is_rewritten(text)

    def test_a_line_that_was_broken_goes_on(self):
        assert in_known_letters("One\ntwo\tthree") == "One two three"
