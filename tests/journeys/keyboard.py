"""Hands that only have a keyboard: they go from stop to stop, and must see where they are at each."""

from dataclasses import dataclass
from typing import Any

from tests.journeys.visitor import Visitor

MOST_STOPS = 160
LOOK = """async () => {
  await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const look = () => {
    const style = getComputedStyle(at);
    const differs = style.outlineColor !== getComputedStyle(document.body).backgroundColor;
    const drawn = differs && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    return [drawn ? style.outlineColor : '', style.boxShadow, style.outlineOffset].join();
  };
  const seen = look(), box = at.getBoundingClientRect(), line = at.getClientRects()[0] || box;
  const inside = box.width > 4 && box.height > 4 && line.top >= 0 && line.top < innerHeight && line.left < innerWidth;
  const above = document.elementFromPoint(line.left + line.width / 2, line.top + line.height / 2);
  const covered = !(above && (at.contains(above) || above.contains(at) || (above.labels && above.control === at)));
  const hasInnerStops = ['date', 'time'].includes(at.type);
  if (!hasInnerStops) at.blur();
  const unseen = hasInnerStops ? '' : look();
  if (!hasInnerStops) at.focus({preventScroll: true});
  const labels = at.labels && at.labels.length ? [...at.labels].map(l => l.textContent).join(' ') : '';
  const name = labels || at.getAttribute('aria-label') || at.textContent || at.value || '';
  window.cieStops = window.cieStops || new Map();
  if (!window.cieStops.has(at)) window.cieStops.set(at, window.cieStops.size);
  const marked = !seen.startsWith(',none') && seen !== unseen;
  return {number: window.cieStops.get(at), name: name.replace(/\\s+/g, ' ').trim(), tag: at.localName,
          type: at.type || '', group: at.name || '', marked, inside, covered};
}"""


@dataclass(frozen=True)
class Stop:
    """Where the focus is. `number`: which element of the page it is, in the order in which they were met."""

    number: int
    name: str
    tag: str
    type: str
    group: str
    marked: bool
    inside: bool
    covered: bool


class Keyboard:
    """The keyboard of a visitor; nothing is clicked."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self._keys = visitor.page.keyboard

    def press(self, key: str) -> None:
        """One key, "Tab" or "Shift+Tab" or "j"."""
        self._keys.press(key)

    def type(self, words: str) -> None:
        """Several keys, one after the other."""
        self._keys.type(words)

    def stop(self) -> Stop | None:
        """Where the focus is, and nowhere that it cannot be seen; None when it is on the page as a whole."""
        found: dict[str, Any] | None = self.visitor.page.evaluate(LOOK)
        if found is None:
            return None
        stop = Stop(**found)
        where = f"{self.visitor.page.url}: the focus on <{stop.tag}> “{stop.name[:60]}”"
        assert stop.marked, f"{where} cannot be seen"
        assert stop.inside, f"{where} is outside the window"
        assert not stop.covered, f"{where} is covered"
        return stop

    def go_to(self, words: str, *, back: bool = False) -> Stop:
        """Tab until the focus is on what these words begin; it is seen on the whole way."""
        met = []
        for _step in range(MOST_STOPS):
            self.press("Shift+Tab" if back else "Tab")
            stop = self.stop()
            if stop is None:
                continue
            if stop.name.startswith(words):
                return stop
            met.append(stop.name[:40])
        raise AssertionError(f"{self.visitor.page.url}: Tab never comes to “{words}”, only to {met[:MOST_STOPS]}")

    def open(self, words: str) -> None:
        """Go to a link or a button and press Enter; the next page is there afterwards."""
        self.go_to(words)
        self.enter()

    def enter(self) -> None:
        """Press Enter where the focus is, and wait for the page that it leads to."""
        with self.visitor.page.expect_navigation():
            self.press("Enter")

    def pick(self, words: str) -> None:
        """Choose one of a group: Tab to the group, arrows within it."""
        page = self.visitor.page
        group = page.get_by_label(words, exact=True).filter(visible=True).first.get_attribute("name")
        for _step in range(MOST_STOPS):
            self.press("Tab")
            stop = self.stop()
            if stop is not None and stop.type == "radio" and stop.group == group:
                break
        self.press("Space")
        for _step in range(MOST_STOPS):
            stop = self.stop()
            assert stop is not None and stop.group == group, "the arrows stay in the group"
            if stop.name.startswith(words):
                return
            self.press("ArrowDown")
        raise AssertionError(f"{page.url}: the arrows never come to “{words}”")

    def round(self) -> list[Stop]:
        """All stops of a page from the first to the last; there is no trap on the way."""
        stops: list[Stop] = []
        for _step in range(MOST_STOPS):
            self.press("Tab")
            stop = self.stop()
            if stop is None or (stops and stop.number == stops[0].number):
                return stops
            assert not stops or stop.number != stops[-1].number, f"Tab does not leave “{stop.name}”"
            stops.append(stop)
        raise AssertionError(f"{self.visitor.page.url}: Tab never comes to an end")
