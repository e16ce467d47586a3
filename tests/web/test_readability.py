"""Words for the persons served are easy to read: at most grade 6, page by page, by the Flesch-Kincaid grade.

The measure, with its known error, is that of `tests/support/readability.py`. A page is the words of one template, of
one module that words pages, or of one file of texts; its sentences are joined, labels and buttons left out. So that no
long, hard sentence hides among short ones, each of eight words or more is measured by itself, too. Looked at are:

- every template in the layout of persons and the public (`plain.html`), and what that layout puts around them;
- the modules that word these pages;
- the texts, what is read aloud before a yes, and the words for what becomes of a request.
"""

import ast
import json
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from jinja2.ext import babel_extract

from cie.resources import resource
from tests.support.readability import HAND_COUNTED, reading_of, sentences_of, syllables_in
from tests.support.words import CIE, words_said_in

MOST = 6.0
MOST_ALONE, LONG = 8.0, 8
"""The highest grade of one sentence by itself, from so many words on."""
TEMPLATES = resource("templates")
FOR_STAFF = {
    "sandbox/phone.html",
    "sandbox/mail.html",
    "sandbox/away.html",
    "invitations/show.html",
    "invitations/done.html",
}
"""In the same layout, and read by staff or by those who run a demonstration."""
AROUND = ("plain.html", "macros/layout.html", "macros/forms.html", "macros/person.html")
"""What the layout puts around every page; these are looked at together."""
BESIDE = ("problem.html", "directory/results.html", "directory/search_form.html", "directory/facts.html",
          "pages/help.html", "pages/privacy.html")  # fmt: skip
"""Parts of those pages, and pages that stand in one layout or the other."""
MODULES = ("web/my/words.py", "web/my/copy.py", "web/my/entrance.py", "web/my/proxy_words.py", "web/my/pages.py",
           "web/consent_receipts.py", "web/consent_words.py", "web/consent_copies.py", "web/page.py",
           "web/service_page.py", "web/signing_text.py", "web/my/signing.py", "people/links.py",
           "messaging/codes.py")  # fmt: skip


def pages() -> dict[str, list[str]]:
    """All that is looked at: by its path, the English that it says."""
    plain = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html") if _is_plain(path.read_text())}
    found = {f"templates/{name}": list(_in_template(name)) for name in sorted({*plain, *BESIDE} - FOR_STAFF)}
    found["around every page"] = [text for name in AROUND for text in _in_template(name)]
    found |= {f"cie/{name}": list(_in_module(name)) for name in MODULES}
    found |= {f"seed_data/texts/{name}.json": [_json(name)["en"]] for name in ("consent", "permission")}
    found["seed_data/texts/en.toml"] = list(tomllib.loads(resource("seed_data/texts/en.toml").read_text()).values())
    words = tomllib.loads((CIE / "web" / "words" / "en.toml").read_text("utf-8"))
    found["cie/web/words/en.toml"] = list(_to_persons(words))
    return found


def _is_plain(template: str) -> bool:
    return '{% extends "plain.html" %}' in template


def _in_template(name: str) -> Iterator[str]:
    with (TEMPLATES / name).open("rb") as file:
        for _line, _function, message, _comments in babel_extract(file, ["_", "gettext", "ngettext"], [], {}):
            parts = message if isinstance(message, tuple) else (message,)
            yield from (part for part in parts if isinstance(part, str))


def _in_module(name: str) -> Iterator[str]:
    for text in words_said_in(ast.parse((CIE / name).read_text("utf-8"))):
        yield from text if isinstance(text, tuple) else (text,)


def _json(name: str) -> Any:
    return json.loads(resource("seed_data", "texts", f"{name}.json").read_text("utf-8"))


def _to_persons(words: dict[str, Any]) -> Iterator[str]:
    for audience, said in words.items():
        if isinstance(said, dict):
            yield from _to_persons(said)
        elif audience == "person" and said:
            yield said


PAGES = pages()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_at_most_at_grade_6(page):
    reading = reading_of(PAGES[page])
    hardest = sorted((s for text in PAGES[page] for s in sentences_of(text)), key=lambda s: -reading_of([s]).grade)

    assert reading.grade <= MOST, f"{page}: grade {reading.grade:.1f}, {reading}; look at {hardest[:3]}"


def test_no_long_sentence_is_much_harder_by_itself():
    hard = {
        f"{page}: {sentence}": round(reading_of([sentence]).grade, 1)
        for page, texts in PAGES.items()
        for text in texts
        for sentence in sentences_of(text)
        if reading_of([sentence]).words >= LONG and reading_of([sentence]).grade > MOST_ALONE
    }

    assert hard == {}


def test_what_is_looked_at_says_something():
    assert len(PAGES) > 30
    assert reading_of(text for texts in PAGES.values() for text in texts).words > 1500


class TestMeasure:
    def test_syllables_are_counted_as_by_hand_but_for_2_in_100(self):
        pairs = [(word, count) for count, words in HAND_COUNTED.items() for word in words.split()]
        wrong = sum(abs(syllables_in(word) - count) for word, count in pairs)

        assert wrong / sum(count for _word, count in pairs) < 0.02

    def test_the_grade_is_that_of_the_formula(self):
        reading = reading_of(["The cat sat on the mat. Nobody was there to see it."])

        assert (reading.words, reading.sentences, reading.syllables) == (12, 2, 14)
        assert reading.grade == pytest.approx(0.39 * 6 + 11.8 * 14 / 12 - 15.59)

    def test_hard_words_are_found(self):
        said = "Authorization for the dissemination of confidential information necessitates documentation."

        assert reading_of([said]).grade > 20

    def test_labels_are_no_sentences_and_what_is_filled_in_is_one_word(self):
        assert sentences_of("Stop sharing") == []
        assert sentences_of("%(place)s can read %(facts)s about you.") == ["Ann can read Ann about you"]
