"""Receivers in trouble, each a server with sockets of its own: no number is missing in the end, the order stays."""

import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from cie.outbound import fetching
from tests.fhir.subscribing.setting import BASE, BROKEN, GONE, HOUR, TAKEN, bundles, numbers, said, told
from tests.outbound.certificates import Authority
from tests.outbound.peer import is_silent, listening, says, trickles
from tests.support.commands import until
from tests.webhooks import test_receivers as webhooks_receivers

PROGRAM = Path(webhooks_receivers.__file__).with_name("receiver_process.py")
LATER = HOUR / 3
"""By then each notification that was not taken is due again."""
ALL = [(1, "Task/t1"), (2, "Task/t2"), (3, "Task/t1")]
BREAKS_OFF = {
    "silent": is_silent,
    "slow": trickles(b"HTTP/1.1 200 OK\r\n", b"X"),
    "half an answer": says(b"HTTP/1.1 20"),
    "no answer": says(b""),
}


@pytest.fixture
def short(monkeypatch):
    """An answer must be over in half a second."""
    monkeypatch.setattr(fetching, "WHOLE_SECONDS", 0.5)


@pytest.fixture
def id(listener, hook, port):
    """A subscription that is active, and whose receiver is gone again."""
    id = listener.subscribe(hook)
    with listening(TAKEN, port=port):
        listener.deliver()
    return id


def three_things_happen(listener):
    listener.task("t1")
    listener.task("t2")
    listener.task("t1", status="accepted")


class TestTrouble:
    def test_one_that_breaks_gets_all_once_it_is_back(self, listener, id, port):
        three_things_happen(listener)
        with listening(BROKEN, port=port) as broken:
            listener.deliver()
            listener.deliver(LATER)
        assert listener.states() == [("retry", "answered 500"), ("waiting", ""), ("waiting", "")]
        with listening(TAKEN, port=port) as back:
            listener.deliver(LATER)

        assert told(broken.heard) == [(1, "Task/t1")] * 2
        assert told(back.heard) == ALL
        assert listener.read(id)["status"] == "active"

    @pytest.mark.parametrize("behave", BREAKS_OFF.values(), ids=BREAKS_OFF)
    def test_what_takes_too_long_or_breaks_off_goes_again(self, listener, id, port, short, behave):
        three_things_happen(listener)
        with listening(behave, port=port) as slow:
            listener.deliver()
        with listening(TAKEN, port=port) as quick:
            listener.deliver(LATER)

        assert (len(slow.heard), told(quick.heard)) == (1, ALL)

    @pytest.mark.parametrize("status", ["301 Moved", "307 Moved"])
    def test_nobody_follows_it_to_another_place(self, listener, id, port, status):
        three_things_happen(listener)
        with listening(TAKEN) as elsewhere:
            moved = f"HTTP/1.1 {status}\r\nLocation: {elsewhere.url()}\r\nContent-Length: 0\r\n\r\n".encode()
            with listening(says(moved), port=port):
                listener.deliver()
        with listening(TAKEN, port=port) as stayed:
            listener.deliver(LATER)

        assert (elsewhere.connections, told(stayed.heard)) == (0, ALL)

    @pytest.mark.both_databases
    def test_killed_in_the_middle_of_its_answer_it_gets_the_same_again(self, listener, id, port, tmp_path):
        first, second = tmp_path / "first", tmp_path / "second"
        three_things_happen(listener)
        with process(port, first, "breaks-off") as receiver:
            killing = threading.Thread(target=webhooks_receivers.kill_when_it_has_one, args=(receiver, first))
            killing.start()
            listener.deliver()
            killing.join()
        listener.deliver(LATER)
        with process(port, second, "takes"):
            listener.deliver(LATER)

        times = [told(webhooks_receivers.requests_in(file)) for file in (first, second)]
        assert times == [ALL[:1], ALL]
        assert listener.states() == [("sent", "")] * 3


@contextmanager
def process(port, file, behaviour):
    """A receiver as a process of its own, once it listens."""
    with subprocess.Popen([sys.executable, PROGRAM, str(port), str(file), behaviour]) as running:
        try:
            until(lambda: webhooks_receivers.is_listening(port), otherwise="the receiver did not start")
            yield running
        finally:
            running.kill()


class TestCertificates:
    @pytest.fixture
    def authority(self, tmp_path, monkeypatch):
        """The one authority that is trusted."""
        made = Authority(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(made.trusted))
        fetching.trusted.cache_clear()
        yield made
        fetching.trusted.cache_clear()

    def test_nothing_is_said_to_one_that_cannot_show_who_it_is(self, listener, authority, port):
        id = listener.subscribe(f"https://localhost:{port}/hook")
        with listening(TAKEN, authority.certificate(["elsewhere.example"]), port=port) as false:
            listener.deliver()
        refused = listener.read(id)
        listener.change(id, status="requested")
        with listening(TAKEN, authority.certificate(["localhost"]), port=port) as true:
            listener.deliver()

        assert (false.heard, refused["status"], refused["error"]) == ([], "error", "no answer")
        assert said(*bundles(true.heard))["type"] == "handshake"
        assert listener.read(id)["status"] == "active"


class TestError:
    @pytest.mark.both_databases
    def test_one_that_is_gone_is_an_error_until_its_program_takes_it_up_again(self, listener, id, port):
        three_things_happen(listener)
        with listening(GONE, port=port) as gone:
            listener.deliver()
            listener.deliver(LATER)
        while_gone = listener.read(id)
        listener.task("t4")
        listener.deliver(LATER)
        with listening(TAKEN, port=port) as back:
            listener.change(id, status="requested")
            listener.deliver(LATER)

        assert len(gone.heard) == 1
        assert (while_gone["status"], while_gone["error"]) == ("error", "answered 410")
        assert said(bundles(back.heard)[0])["events-since-subscription-start"] == "4"
        assert told(back.heard) == [*ALL, (4, "Task/t4")]
        assert "error" not in listener.read(id)

    def test_after_a_day_without_an_answer_it_is_one_too(self, listener, id):
        three_things_happen(listener)

        listener.deliver_until(listener.now + 32 * HOUR)

        assert listener.read(id)["status"] == "error"
        assert listener.states() == [("dead", "no answer"), ("dropped", "error"), ("dropped", "error")]

    def test_its_status_says_so(self, listener, id, port):
        three_things_happen(listener)
        with listening(GONE, port=port):
            listener.deliver()

        (entry,) = listener.reader.get(f"/Subscription/{id}/$status").get_json()["entry"]
        found = said({"entry": [entry]})
        assert (found["status"], found["type"], found["events-since-subscription-start"]) == (
            "error",
            "query-status",
            "3",
        )
        assert found["error"]["text"] == "answered 410"


class TestAgain:
    def test_what_a_receiver_missed_it_asks_for_by_number(self, listener, id, port):
        three_things_happen(listener)
        with listening(TAKEN, port=port) as peer:
            listener.deliver()
        missed = peer.heard[1:2]

        answer = listener.reader.get(f"/Subscription/{id}/$events?eventsSinceNumber=2&eventsUntilNumber=2").get_json()

        assert numbers(answer) == told(missed) == [(2, "Task/t2")]
        assert (answer["type"], said(answer)["type"]) == ("history", "query-event")
        assert [entry["fullUrl"] for entry in answer["entry"][1:]] == [f"{BASE}/Task/t2"]
