"""Posts to the app what the network owes it: signed status callbacks and inbound texts, again until they arrive."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import requests

from cie.sandbox.store import OUR_NUMBER, STATUS_ORDER, Post, Store, Text

ATTEMPTS = 12
FIRST_WAIT = timedelta(milliseconds=200)
LONGEST_WAIT = timedelta(seconds=30)
POLL_SECONDS = 0.2
ANSWER_SECONDS = 15.0


class Courier:
    """One thread that takes the oldest post that is due. A post that must wait holds back none behind it."""

    def __init__(self, store: Store, *, account_sid: str, auth_token: str, app_url: str) -> None:
        self._store = store
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._inbound_url = app_url.rstrip("/") + "/sms/inbound"
        self._wake = Event()

    def start(self) -> None:
        """Begin to post, also what an earlier run of this store still owes."""
        Thread(target=self._run, name="courier", daemon=True).start()

    def owe_statuses(self, text: Text, url: str, *, times: int, at: datetime) -> None:
        """A text goes out: queued, sent, delivered, each told to the address that came with it."""
        for status in STATUS_ORDER:
            form = self._form(text, To=text.phone, From=OUR_NUMBER, MessageStatus=status, SmsStatus=status)
            for _ in range(times):
                self._store.owe(url, form, text.sid, status, at)
        self._wake.set()

    def owe_inbound(self, text: Text, *, times: int, at: datetime) -> None:
        """A phone wrote to us."""
        form = self._form(
            text, To=OUR_NUMBER, From=text.phone, Body=text.body, NumMedia="0", NumSegments="1", SmsStatus="received"
        )
        for _ in range(times):
            self._store.owe(self._inbound_url, form, text.sid, None, at)
        self._wake.set()

    def _form(self, text: Text, **more: str) -> dict[str, str]:
        same = {"AccountSid": self._account_sid, "ApiVersion": "2010-04-01"}
        sids = {"MessageSid": text.sid, "SmsSid": text.sid, "SmsMessageSid": text.sid}
        service = {"MessagingServiceSid": text.service_sid} if text.service_sid else {}
        return same | sids | service | more

    def _run(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while True:
                post = self._store.next_post(datetime.now(UTC))
                if post is None:
                    self._wake.wait(POLL_SECONDS)
                    self._wake.clear()
                else:
                    self._deliver(session, post)

    def _deliver(self, session: requests.Session, post: Post) -> None:
        now = datetime.now(UTC)
        if post.status:
            self._store.advance(post.text_sid, post.status, now)
        if not post.url or self._was_taken(session, post) or post.attempts + 1 >= ATTEMPTS:
            self._store.settle(post)
        else:
            self._store.postpone(post, min(FIRST_WAIT * 2**post.attempts, LONGEST_WAIT), now)

    def _was_taken(self, session: requests.Session, post: Post) -> bool:
        """The app answered, be it with a refusal; its faults (5xx) and silence are worth another try."""
        headers = {"X-Twilio-Signature": signature(self._auth_token, post.url, post.form)}
        try:
            answer = session.post(
                post.url, data=post.form, headers=headers, timeout=ANSWER_SECONDS, allow_redirects=False
            )
        except requests.RequestException:
            return False
        return answer.status_code < 500


def signature(auth_token: str, url: str, form: Mapping[str, str]) -> str:
    """What Twilio puts in X-Twilio-Signature: HMAC-SHA1, in base64, over the address and the sorted form."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
