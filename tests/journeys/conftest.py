"""A running exchange and real browsers for whole stories."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.visitor import DESKTOP, Visitor
from tests.support.exchange import Exchange, running_exchange

CHROMIUM = "/usr/bin/chromium-headless-shell"
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    with running_exchange(tmp_path_factory.mktemp("exchange")) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(exchange: Exchange, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Open a browser for somebody: `visit("sorrel")`, or `visit()` for nobody."""
    visitors: list[Visitor] = []

    def open_for(
        who: str | None = None, *, width: int = DESKTOP, language: str = "en", javascript: bool = True, **more: Any
    ) -> Visitor:
        visitor = Visitor(exchange, chromium, width=width, language=language, javascript=javascript, **more)
        visitors.append(visitor)
        if who:
            visitor.sign_in(who)
        return visitor

    yield open_for
    for visitor in visitors:
        visitor.close()


@pytest.fixture
def picture() -> Callable[[Visitor, str], None]:
    """Keep a picture of a page for looking at, when `CIE_PICTURES` names a folder: `picture(sorrel, "worklist")`."""
    folder = os.environ.get("CIE_PICTURES")

    def take(visitor: Visitor, name: str) -> None:
        if folder:
            visitor.photograph(Path(folder) / f"{name}.png")

    return take
