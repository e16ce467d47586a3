"""The story waits for a demo that is still starting, and no longer than it was told."""

import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cie.errors import NotPossibleNow
from cie.story import Browser, Story


@pytest.fixture
def starting():
    """A server whose paths answer 503 until they were asked as often as `away` says."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        away: dict[str, int]

        def do_GET(self):
            asked.append(self.path)
            is_away = asked.count(self.path) <= self.away.get(self.path, 0)
            self.send_response(503 if is_away else 200)
            self.end_headers()

        def log_message(self, *_words):
            """Say nothing on the console."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.handler, server.asked = Handler, asked
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def wait_at(server, seconds=5.0):
    url = f"http://127.0.0.1:{server.server_port}"
    Story(url, seconds).wait_until_ready(Browser(url))


def test_it_begins_once_the_exchange_and_the_phone_answer(starting):
    starting.handler.away = {"/readyz": 2, "/sandbox/phone": 1}

    wait_at(starting)

    assert starting.asked == ["/readyz"] * 3 + ["/sandbox/phone"] * 2


@pytest.mark.parametrize(
    ("path", "words"), [("/readyz", "nothing answers at http://127.0.0.1"), ("/sandbox/phone", "demo phone")]
)
def test_it_gives_up_on_what_stays_away(starting, path, words):
    starting.handler.away = {path: 99}
    started = time.monotonic()

    with pytest.raises(NotPossibleNow, match=words):
        wait_at(starting, 0.2)

    assert time.monotonic() - started < 20


def test_nothing_at_all_is_waited_for_as_well():
    with pytest.raises(NotPossibleNow, match="nothing answers at http://127.0.0.1:9"):
        Story("http://127.0.0.1:9", 0.2).wait_until_ready(Browser("http://127.0.0.1:9"))
