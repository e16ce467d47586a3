"""The story by the pages that people use: a navigator refers, a caseworker helps, the person answers by text.

Signs in with the demo accounts of `seed_data/demo.json` and answers the text on the demo phone.
"""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from html import unescape

import orjson
import pyotp

from cie.errors import NotPossibleNow
from cie.resources import resource
from cie.story.browser import Browser

PATIENCE_SECONDS = 60
START_SECONDS = 20.0
"""How long a demo may take from its start until it serves and its phone answers."""
STEP_SECONDS = 30
ENDING = "0142"
ASK = re.compile(r"1 yes, I got help|Responda 1 sí")
BUBBLE = re.compile(r"</span><bdi>(.*?)</bdi></p>", re.DOTALL)


class Story:
    """A navigator refers, a caseworker helps, the person answers by text, the navigator sees both words."""

    def __init__(self, base_url: str, start_seconds: float = START_SECONDS) -> None:
        self.base_url = base_url
        self.start_seconds = start_seconds
        self.demo = orjson.loads(resource("seed_data", "demo.json").read_bytes())

    def play(self) -> Iterator[str]:
        """Play it, telling each step. Raises NotPossibleNow at the first step that does not work."""
        navigator, caseworker, phone = (Browser(self.base_url) for _n in range(3))
        self.wait_until_ready(phone)
        yield self.sign_in(navigator, "sorrel")
        self.settle_earlier(phone)
        before = self.asked(phone)
        referral = self.refer(navigator)
        yield "Sorrel sent a referral to Lantern Pantry"
        yield self.sign_in(caseworker, "wren")
        self.help(caseworker, referral)
        yield "Wren said yes, helped, and closed it"
        self.wait_for_text(phone, before)
        yield "The person was asked by text whether help came"
        self.answer(phone, "1")
        yield "The person answered: 1 yes, I got help"
        self.wait_for_both_words(navigator, referral)
        yield "Both agree: the provider and the person say that help came"

    def wait_until_ready(self, phone: Browser) -> None:
        """Wait until the demo serves and its phone answers, as they do some seconds after the start."""
        until(partial(phone.is_up, "/readyz"), f"nothing answers at {self.base_url}", self.start_seconds)
        until(partial(phone.is_up, "/sandbox/phone"), "the demo phone does not answer", self.start_seconds)

    def sign_in(self, browser: Browser, who: str) -> str:
        """Sign in with password and code, waiting for a code that was not used yet."""
        account = next(a for a in self.demo["staff"] if a["email"].startswith(who))
        for _try in range(3):
            browser.open("/sign-in")
            browser.send("/sign-in", email=account["email"], password=account["password"])
            code = pyotp.TOTP(account["totp_secret"]).now()
            try:
                browser.send("/sign-in/code", code=code)
                return f"{account['name'].split()[0]} signed in"
            except NotPossibleNow:
                now = datetime.now(UTC).timestamp()
                time.sleep(STEP_SECONDS - now % STEP_SECONDS + 1)
        raise NotPossibleNow(f"{account['name']} could not sign in")

    def refer(self, browser: Browser) -> str:
        """Find the person, choose the service, look at the preview, send; returns the address of the referral."""
        browser.open("/people")
        browser.send("/people", name="Aster Moreno")
        person = browser.find(r'href="/people/([0-9a-f-]{36})"')
        browser.open(f"/referrals/new?person={person}&need=food&words=food+box&zip=93702")
        service = browser.find(r'value="([0-9a-f-]{36})"[^>]*>\s*<label[^>]*>Food box, weekly')
        fields = {"person": person, "need": "food", "urgency": "urgent", "service": service, "message": "Please text."}
        browser.send("/referrals/new", **fields, zip="93702", words="food box", action="check")
        browser.find(r"Check, then send to <bdi>(Lantern Pantry)</bdi>")
        browser.send("/referrals")
        return browser.find_address(r"/referrals/([0-9a-f-]{36})\?done=sent$")

    def help(self, browser: Browser, referral: str) -> None:
        """Answer yes, start, and close with help given."""
        browser.open(f"/referrals/{referral}")
        task = browser.find(r"/tasks/([0-9a-f-]{36})/answer")
        browser.open(f"/tasks/{task}/answer")
        browser.send(f"/tasks/{task}/acceptance")
        browser.open(f"/tasks/{task}/update")
        browser.send(f"/tasks/{task}/update", step="start")
        browser.open(f"/tasks/{task}/update")
        browser.send(f"/tasks/{task}/update", step="complete", words="First box picked up.")

    def words_on(self, phone: Browser) -> list[str]:
        """What stands on the person's phone, oldest first."""
        phone.open("/sandbox/phone")
        other = re.search(rf'href="(/sandbox/phone\?phone=\w+)">Mobile ending {ENDING}<', phone.page)
        if other:
            phone.open(other.group(1))
        if f"Mobile ending {ENDING}" not in phone.page:
            return []
        return [unescape(words) for words in BUBBLE.findall(phone.page)]

    def asked(self, phone: Browser) -> int:
        """How many questions the phone shows."""
        return sum(bool(ASK.search(words)) for words in self.words_on(phone))

    def answer(self, phone: Browser, digit: str) -> None:
        """Answer as the person does."""
        phone.send("/sandbox/phone", body=digit)

    def settle_earlier(self, phone: Browser) -> None:
        """A question that an earlier story left open would hold back the next one."""
        last = next((words for words in reversed(self.words_on(phone)) if ASK.search(words) or words in "1234"), "")
        if ASK.search(last):
            self.answer(phone, "4")

    def wait_for_text(self, phone: Browser, before: int) -> None:
        """Wait until the demo phone shows a new question."""
        until(lambda: self.asked(phone) > before, "the person was not asked by text")

    def wait_for_both_words(self, browser: Browser, referral: str) -> None:
        """Wait until the sender's page shows that both agree."""
        path = f"/referrals/{referral}"
        until(lambda: "Both agree" in browser.open(path), "the sender does not see both words")


def until(holds: Callable[[], bool], otherwise: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + patience_seconds
    while not holds():
        if time.monotonic() > deadline:
            raise NotPossibleNow(otherwise)
        time.sleep(0.5)
