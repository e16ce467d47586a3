"""Somebody with a browser: signs in once, follows links and forms by what is written on them.

Every page that is opened must be free of refusals by the content security policy, and of errors in its scripts.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyotp
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, TimeoutError

from cie.resources import resource
from tests.support.exchange import Exchange

DESKTOP, PHONE, SMALL = 1280, 390, 320
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STEP_SECONDS = 30
PATIENCE_MS = 60_000
SUBMIT = "main form button[type=submit]"
SESSION_SECONDS = 300
"""A session older than this is not taken again: after ten minutes some pages ask for both factors anew."""
DEMO = json.loads(resource("seed_data", "demo.json").read_text("utf-8"))

_signed_in: dict[tuple[str, str], tuple[Any, float]] = {}
"""What a browser keeps of each sign-in, and when it was, on a clock that only goes on."""


class Visitor:
    """One person's browser window."""

    def __init__(
        self, exchange: Exchange, chromium: Browser, *, width: int, language: str, javascript: bool, **more: Any
    ) -> None:
        """`more`: what else a browser window of playwright can be told, such as forced colours."""
        self.exchange = exchange
        self._chromium = chromium
        self._options: dict[str, Any] = {
            "viewport": {"width": width, "height": 900 if width >= DESKTOP else 844},
            "locale": {"en": "en-US", "es": "es-MX"}[language],
            "java_script_enabled": javascript,
            **more,
        }
        self._language = language
        self.faults: list[str] = []
        self._open_window()

    def _open_window(self, **more: Any) -> None:
        self._context = self._chromium.new_context(base_url=self.exchange.url, **self._options, **more)
        # staff read in the language of their account; the cookie is what they choose in this window
        self._context.add_cookies([{"name": "language", "value": self._language, "url": self.exchange.url}])
        self.open_tab()

    def open_tab(self) -> Page:
        """A new tab of this window, which is the current one from now on; the page of the tab."""
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._heard)
        self.page.on("request", self._asked)
        return self.page

    def _heard(self, message: Any) -> None:
        if "Content Security Policy" in message.text:
            self.faults.append(f"{self.page.url}: {message.text}")

    def _asked(self, request: Any) -> None:
        if request.url.endswith("/csp-report") or not request.url.startswith((self.exchange.url, "data:", "blob:")):
            self.faults.append(f"{self.page.url} asked for {request.url}")

    def sign_in(self, who: str) -> None:
        """Sign in as a member of the demo's staff, with both factors; later windows keep the session."""
        key = (self.exchange.url, who)
        state, at = _signed_in.get(key, (None, 0.0))
        if state and time.monotonic() - at < SESSION_SECONDS:
            self._context.close()
            self._open_window(storage_state=state)
            return
        self.open("/sign-in")
        self.sign_in_here(who)
        self.page.wait_for_url("**/worklist*" if who != "jay" else "**")
        _signed_in[key] = (self._context.storage_state(), time.monotonic())

    def sign_in_here(self, who: str) -> None:
        """Give both factors on the sign-in page that is open; the session is this window's alone."""
        account = account_of(who)
        self.page.fill("#email", account["email"])
        self.page.fill("#password", account["password"])
        self.page.click(SUBMIT)
        self.page.wait_for_url("**/sign-in/code")
        self.give_code(account)

    def give_code(self, account: dict[str, str], *boxes: str) -> None:
        """Send the open form with a code of the phone app, and what the account knows of these boxes.

        Each code works once, and others use the account, too: when one is refused, the next one is tried.
        """
        asked = self.path
        for code in codes_of(account):
            for box in boxes:
                self.page.fill(f"#{box}", account[box])
            self.page.fill("#code", code)
            with self.page.expect_navigation():
                self.page.click(SUBMIT)
            if self.path != asked:
                return
        raise AssertionError(f"{asked} took no code:\n{self.text}")

    def forget_session(self, who: str) -> None:
        """The session of this window is spoilt: later windows sign in afresh."""
        _signed_in.pop((self.exchange.url, who), None)

    def open(self, path: str) -> Page:
        """Open an address of the exchange; it must answer."""
        answer = self.page.goto(path)
        assert answer is not None and answer.status < 400, f"{path} answered {answer and answer.status}"
        return self.page

    def follow(self, words: str, *, nth: int = 0) -> Page:
        """Click the link with these words, and wait for the page that it leads to."""
        self._go(self.page.get_by_role("link", name=words).nth(nth))
        return self.page

    def press(self, words: str, *, nth: int = 0) -> Page:
        """Click the button with these words; one that sends a form leads to a page, which is waited for."""
        self._go(self.page.get_by_role("button", name=words).nth(nth))
        return self.page

    def _go(self, what: Locator) -> None:
        if what.evaluate("el => el.localName === 'a' || (el.type === 'submit' && el.form !== null)"):
            with self.page.expect_navigation():
                what.click()
        else:
            what.click()

    def choose(self, words: str, *, exact: bool = True) -> None:
        """Choose the radio button or box with these words."""
        self.page.get_by_label(words, exact=exact).filter(visible=True).first.check()

    def fill(self, label: str, words: str) -> None:
        """Type into the box with this label."""
        self.page.get_by_label(label).first.fill(words)

    def sees(self, words: str) -> Locator:
        """The page shows these words."""
        found = self.page.get_by_text(words).first
        try:
            found.wait_for(state="visible")
        except TimeoutError:
            raise AssertionError(f"{self.page.url} does not show “{words}”:\n{self.text}") from None
        return found

    @property
    def path(self) -> str:
        """The address of the open page, without host and query."""
        return urlsplit(self.page.url).path

    @property
    def text(self) -> str:
        """Everything that can be read in the main part of the page."""
        return self.page.inner_text("main")

    def has_no_barriers(self) -> None:
        """axe finds nothing on this page, it does not scroll sideways, and its title names nobody."""
        result = Axe().run(self.page, options={"runOnly": RULES, "resultTypes": ["violations"]})
        found = [f"{v['id']}: {n['html'][:160]}" for v in result.response["violations"] for n in v["nodes"]]
        assert found == [], f"{self.page.url}\n" + "\n".join(found)
        wider = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{self.page.url} scrolls sideways by {wider} px"

    def photograph(self, path: Path) -> None:
        """Keep a picture of the whole page."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path, full_page=True)

    def close(self) -> None:
        """Close the window; nothing may have gone wrong in it."""
        self._context.close()
        assert self.faults == []


def account_of(who: str) -> dict[str, str]:
    """The demo account of somebody, by the beginning of the address."""
    return next(a for a in DEMO["staff"] if a["email"].startswith(who))


def codes_of(account: dict[str, str]) -> Iterator[str]:
    """The codes of a phone app whose clock may be a step behind or ahead; in the end that of the next step."""
    app = pyotp.TOTP(account["totp_secret"])
    for away in (-1, 0, 1):
        yield app.at(int(time.time()) + away * STEP_SECONDS)
    time.sleep(STEP_SECONDS - time.time() % STEP_SECONDS + 0.5)
    yield app.at(int(time.time()) + STEP_SECONDS)
