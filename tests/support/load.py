"""Staff at work in a running exchange over HTTP, who go on when it fails and remember what it acknowledged."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from html import unescape
from itertools import count, cycle
from queue import Empty, Queue
from uuid import UUID

import requests

from cie.story import Browser, Story

PATIENCE_SECONDS = 90
TIMEOUT_SECONDS = 20
PAUSE_SECONDS = 0.1
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class Desk:
    """Somebody's browser: requests that are repeated, as people do, until the exchange answers."""

    def __init__(self, url: str, cookies: requests.cookies.RequestsCookieJar) -> None:
        self.url = url
        self.http = requests.Session()
        # a proxy named in the environment does not know this machine
        self.http.trust_env = False
        self.http.cookies.update(cookies)
        self.token = ""

    def once(self, path: str, form: dict[str, str] | None = None) -> requests.Response | None:
        """One request; None when no answer came, or one that says to come back later."""
        method, data = ("GET", None) if form is None else ("POST", {"csrf_token": self.token, **form})
        try:
            answer = self.http.request(
                method, self.url + path, data=data, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.RequestException:
            return None
        return None if answer.status_code >= 500 else answer

    def until(self, path: str, form: dict[str, str] | None = None) -> requests.Response:
        """The same request until it is answered. Raises TimeoutError."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if (answer := self.once(path, form)) is not None:
                return answer
            time.sleep(PAUSE_SECONDS)
        raise TimeoutError(path)


def sign_in(url: str, who: str) -> Callable[[], Desk]:
    """Sign in as a member of the demo's staff; makes desks that share the session."""
    browser = Browser(url)
    Story(url).sign_in(browser, who)
    browser.open("/help")
    token = browser.find(r'name="csrf_token" value="([^"]+)"')

    def desk() -> Desk:
        made = Desk(url, browser.http.cookies)
        made.token = unescape(token)
        return made

    return desk


def checked_form(desk: Desk, person: UUID, service: str, form_id: str) -> dict[str, str]:
    """The form that the check before sending shows, ready to be sent."""
    fields = {"person": str(person), "need": "food", "urgency": "urgent", "service": service, "zip": "93702"}
    page = desk.until("/referrals/new", {**fields, "form_id": form_id, "message": "By the gate.", "action": "check"})
    form = re.search(r'<form method="post" action="/referrals".*?</form>', page.text, re.DOTALL)
    assert form, page.text
    return {name: unescape(value) for name, value in FIELD.findall(form.group())}


def referral_in(location: str) -> UUID:
    return UUID(location.partition("/referrals/")[2][:36])


class Load:
    """Navigators who send, caseworkers who answer and write, all at once, until told to stop.

    `sent`: the referral that each form made. `answered`, `written`: what was acknowledged of it.
    """

    def __init__(self, navigator: Callable[[], Desk], caseworker: Callable[[], Desk], service: str) -> None:
        self.sent: dict[str, UUID] = {}
        self.answered: set[UUID] = set()
        self.written: Counter[UUID] = Counter()
        self.tried: Counter[UUID] = Counter()
        self.faults: list[BaseException] = []
        self._navigator, self._caseworker, self._service = navigator, caseworker, service
        self._forms = count(1)
        self._to_answer: Queue[UUID] = Queue()
        self._stop, self._all_sent = threading.Event(), threading.Event()
        self._senders: list[threading.Thread] = []
        self._answerers: list[threading.Thread] = []

    @property
    def acknowledged(self) -> int:
        """How many writes were acknowledged so far."""
        return len(self.sent) + len(self.answered) + sum(self.written.values())

    def start(self, people: Iterable[UUID], *, navigators: int = 2, caseworkers: int = 2) -> None:
        turns = [list(people)[number::navigators] for number in range(navigators)]
        self._senders = [self._thread(lambda turn=turn: self._send(turn)) for turn in turns]
        self._answerers = [self._thread(self._answer) for _number in range(caseworkers)]
        for thread in (*self._senders, *self._answerers):
            thread.start()

    def stop(self) -> None:
        """Finish what is in hand, and answer all of it. Fails the test when somebody could not go on."""
        self._stop.set()
        for thread in self._senders:
            thread.join()
        self._all_sent.set()
        for thread in self._answerers:
            thread.join()
        if self.faults:
            raise self.faults[0]

    def _thread(self, work: Callable[[], None]) -> threading.Thread:
        return threading.Thread(target=self._guarded, args=(work,))

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as fault:
            self.faults.append(fault)

    def _send(self, people: list[UUID]) -> None:
        desk = self._navigator()
        for person in cycle(people):
            if self._stop.is_set():
                return
            form_id = f"form-{next(self._forms)}"
            answer = desk.until("/referrals", checked_form(desk, person, self._service, form_id))
            assert answer.status_code == 303, answer.text
            self.sent[form_id] = referral_in(answer.headers["Location"])
            self._to_answer.put(self.sent[form_id])

    def _answer(self) -> None:
        desk = self._caseworker()
        while not (self._all_sent.is_set() and self._to_answer.empty()):
            try:
                referral = self._to_answer.get(timeout=PAUSE_SECONDS)
            except Empty:
                continue
            page = desk.until(f"/referrals/{referral}")
            found = re.search(r"/tasks/([0-9a-f-]{36})/answer", page.text)
            assert found, page.text
            self._say_yes(desk, referral, found.group(1))
            self._write(desk, referral, found.group(1))

    def _say_yes(self, desk: Desk, referral: UUID, task: str) -> None:
        """A yes whose answer was lost is said again; that it was said already is an answer, too."""
        answer = desk.until(f"/tasks/{task}/acceptance", {})
        assert answer.status_code in (303, 409, 422), answer.text
        self.answered.add(referral)

    def _write(self, desk: Desk, referral: UUID, task: str) -> None:
        """Words for the other side, sent one time each: those that were acknowledged must be there."""
        self.tried[referral] += 1
        answer = desk.once(f"/referrals/{referral}/tasks/{task}/messages", {"message": "We call tomorrow."})
        if answer is not None:
            assert answer.status_code == 303, answer.text
            self.written[referral] += 1
