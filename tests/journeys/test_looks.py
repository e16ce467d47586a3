"""How the main pages look to those who see them differently: forced colours, 400 % zoom, on paper, without motion."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.journeys.keyboard import Keyboard
from tests.journeys.main_pages import FAMILY, GIVEN, MAIN_PAGES, SAFETY_QUESTION, make_places
from tests.journeys.visitor import DESKTOP, Visitor

LOOKS = Path(__file__).with_name("looks.js").read_text("utf-8").strip()
ZOOMED = {"width": 320, "height": 256}
"""1280 by 1024 at 400 %, in CSS pixels."""
REVEALING = re.compile(rf"{GIVEN}|{FAMILY}|food|produce|pantry|hunger|lantern|safety", re.IGNORECASE)
SAFETY_WORDS = re.compile(
    rf"{SAFETY_QUESTION}|physically hurt|insult you|threaten you|scream or|rarely|talk about", re.IGNORECASE
)
NOT_ON_PAPER = {"gate", "safety"}
DRAWN_SOMEWHERE = {
    *(".cie-button", ".cie-input", ".cie-panel", ".cie-next", ".cie-notice", ".cie-message", ".cie-note", ".cie-say"),
    *(".cie-urgency", ".cie-count", ".cie-stat", ".cie-service", ".cie-errors", ".cie-preview", ".cie-field-error"),
    *(".cie-row-late::before", ".cie-status::before", ".cie-event::after", ".cie-event-key", ".cie-witness"),
    *(".cie-nav [aria-current]", ".cie-tabs [aria-current]", ".cie-service:has(input:checked)", ".cie-bar-part"),
}


@pytest.fixture(scope="module")
def places(exchange, chromium):
    """What the main pages show."""
    made = [Visitor(exchange, chromium, width=DESKTOP, language="en", javascript=True) for _who in range(2)]
    for visitor, who in zip(made, ("sorrel", "wren"), strict=True):
        visitor.sign_in(who)
    found = make_places(*made)
    for visitor in made:
        visitor.close()
    return found


@pytest.fixture
def each_page(visit, places, picture):
    """Go through the main pages; the things met and the complaints of a look, by page."""

    def go_through(look, *, media=None, **how):
        visitors = {}
        met, bad = set(), defaultdict(list)
        for name, page in MAIN_PAGES.items():
            visitor = visitors[page.who] = visitors.get(page.who) or visit(page.who, **how)
            visitor.page.emulate_media(media="screen")
            page.go(visitor, places)
            visitor.sees(page.shows)
            visitor.page.emulate_media(media=media or "screen")
            visitor.page.wait_for_function(f"matchMedia('{media or 'screen'}').matches")
            picture(visitor, f"{look}-{name}")
            found = look_at(visitor, look)
            met |= set(found["met"])
            bad[name] += found["bad"]
            yield name, page, visitor
        go_through.met = met
        assert {name: complaints for name, complaints in bad.items() if complaints} == {}

    return go_through


def look_at(visitor, look):
    return visitor.page.evaluate(f"{LOOKS}.{look}()")


def readable(visitor):
    """The words that can be read on the page in its present medium; of a list, what is chosen in it."""
    return visitor.page.evaluate("""() => {
      const lists = [...document.querySelectorAll('select')], kept = lists.map(list => [...list.options]);
      lists.forEach(list => list.replaceChildren(...list.selectedOptions));
      const words = document.body.innerText;
      lists.forEach((list, number) => {
        const chosen = list.value;
        list.replaceChildren(...kept[number]);
        list.value = chosen;
      });
      return words;
    }""")


def test_nothing_essential_disappears_in_forced_colours(each_page):
    for name, _page, visitor in each_page("forced", forced_colors="active"):
        if name in ("worklist", "new-referral", "find-help"):
            keys = Keyboard(visitor)
            seen = [keys.press("Tab") or keys.stop() for _stop in range(12)]
            assert any(seen), "the focus is seen on the stops"

    assert each_page.met >= DRAWN_SOMEWHERE, "each kind of thing was looked at"


def test_at_400_percent_everything_is_in_one_column(each_page):
    for name, page, visitor in each_page("zoomed", viewport=ZOOMED):
        assert page.shows in readable(visitor)
        if name in ("referral-performer", "errors", "find-help"):
            assert Keyboard(visitor).round(), "the focus is in view at every stop"


def test_on_paper_the_content_stands_alone(each_page):
    for name, page, visitor in each_page("printed", media="print"):
        words = readable(visitor)
        on_paper = name not in NOT_ON_PAPER
        assert visitor.page.locator("h1").is_visible() == (page.shows in words) == on_paper, f"{name}: {words}"
        assert not REVEALING.search(visitor.page.title()), name
        assert not SAFETY_WORDS.search(words), f"{name}: {words}"


def test_safety_answers_are_on_the_screen_only(visit, places):
    sorrel = visit("sorrel")
    sorrel.open(places["safety"])
    assert SAFETY_WORDS.search(readable(sorrel)), "the screen has them"
    sorrel.open(f"{places['screening']}/review")
    sorrel.press("Finish and see the needs")
    sorrel.sees("Safety questions")

    sorrel.page.emulate_media(media="print")

    for path in (sorrel.path, places["screening"], f"{places['person']}/needs", places["person"]):
        sorrel.open(path)
        words = readable(sorrel)
        assert len(words) > 20
        assert not re.search("safety", words, re.IGNORECASE), f"{path}: {words}"
        assert not SAFETY_WORDS.search(words), f"{path}: {words}"


def test_nothing_moves_for_those_who_want_no_motion(visit):
    still, lively = (visit("wren", reduced_motion=motion) for motion in ("reduce", "no-preference"))
    for visitor in (still, lively):
        visitor.open("/worklist")

    assert look_at(still, "moving")["bad"] == []
    assert look_at(lively, "moving")["bad"], "elsewhere buttons do change slowly"
