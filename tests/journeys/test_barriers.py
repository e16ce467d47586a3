"""Every page that somebody can reach by links: no barrier, no sideways scrolling, a title that names nobody."""

import re
from collections import deque
from urllib.parse import urldefrag, urlsplit

import pytest

from tests.journeys.visitor import DEMO, DESKTOP, PHONE, SMALL, Visitor

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{8}(?=[&/]|$)")
STAFF = ["sorrel", "linnet", "wren", "robin", "heron", "plover", "jay"]
STARTS = {None: ["/", "/sign-in", "/sandbox/phone"], "jay": ["/settings"]}
MOST_PAGES = 90
NOT_PAGES = ("/exit", "/static/", "/bootstrap/", "/metrics")
NAMES = {word for person in DEMO["people"] for word in (person["given"], person["family"])}
QUERY = re.compile(r"\?.*")


def shape(path: str) -> str:
    """The address with its ids and query left out: pages of one shape are the same page."""
    return QUERY.sub("", ID.sub("ID", path))


def pages_for(visitor: Visitor, starts: list[str]) -> list[str]:
    """One address of every shape that links lead to."""
    found: dict[str, str] = {}
    waiting = deque(starts)
    while waiting and len(found) < MOST_PAGES:
        path = waiting.popleft()
        if shape(path) in found or path.startswith(NOT_PAGES) or path.endswith(".csv"):
            continue
        answer = visitor.page.request.get(path)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        assert answer.status < 400, f"a link leads to {path}, which answers {answer.status}"
        found[shape(path)] = path
        links = re.findall(r'<a [^>]*href="([^"]+)"', answer.text())
        waiting.extend(_own(links, path))
    return list(found.values())


def _own(links: list[str], base: str) -> list[str]:
    own = []
    for link in links:
        address = urldefrag(link.replace("&amp;", "&")).url
        parts = urlsplit(address)
        if address and not parts.scheme and not parts.netloc:
            own.append(address if address.startswith("/") else urlsplit(base).path + address)
    return own


LOOKS = [("es", PHONE)]
"""The longest words on the screen that most people have; `--prove` looks at all the others."""
MORE_LOOKS = [("en", DESKTOP), ("en", PHONE), ("en", SMALL), ("es", DESKTOP), ("es", SMALL)]


@pytest.fixture(scope="module")
def looked_at():
    """The shapes of the pages that were looked at."""
    return set()


@pytest.mark.parametrize("who", [None, *STAFF])
def test_every_page_is_open_to_everybody(visit, who, request, looked_at):
    """A page that many can open is looked at with the eyes of the first; `--prove` looks with everybody's."""
    found = pages_for(visit(who), STARTS.get(who, ["/worklist"]))
    prove = request.config.getoption("--prove")
    pages = [path for path in found if prove or shape(path) not in looked_at]
    looked_at |= {shape(path) for path in pages}
    looks = LOOKS + (MORE_LOOKS if prove else [])

    for language, width in looks:
        visitor = visit(who, language=language, width=width)
        for path in pages:
            visitor.open(path)
            visitor.has_no_barriers()
            assert not NAMES & set(visitor.page.title().split()), path

    assert len(found) >= 4


def test_the_first_page_is_light(visit):
    visitor = visit()
    sizes: list[int] = []
    visitor.page.on("response", lambda answer: sizes.append(answer.request.sizes()["responseBodySize"]))

    visitor.open("/sign-in")
    visitor.page.wait_for_load_state("networkidle")

    assert 0 < sum(sizes) < 60_000
