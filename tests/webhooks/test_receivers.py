"""Receivers in trouble, each a server with sockets of its own: nothing is lost, the order stays, repeats are known.

After each trouble the receiver comes back on the same port, and has every notice, in the order of what happened.
"""

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cie import webhooks
from cie.events import DeliveryState
from cie.outbound import LARGEST_ANSWER_BYTES
from tests.outbound.peer import is_silent, listening, says, trickles
from tests.support.commands import until
from tests.support.exchange import free_port
from tests.webhooks.setting import HOUR, MINUTE, Setting, first_of_each, make_setting

PROGRAM = Path(__file__).with_name("receiver_process.py")
TAKEN = says(b"HTTP/1.1 204 No Content\r\n\r\n")
LATER = 20 * MINUTE
"""By then each notice that was not taken is due again."""
BREAKS_OFF = {
    "silent": is_silent,
    "slow status": trickles(b"", b"H"),
    "slow headers": trickles(b"HTTP/1.1 200 OK\r\n", b"X"),
    "half an answer": says(b"HTTP/1.1 20"),
    "no answer": says(b""),
}


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def setting(database, port):
    return make_setting(f"http://127.0.0.1:{port}/notices")


def three_things_happen(setting: Setting):
    """A referral is sent and written about twice."""
    referral_id = setting.send()
    setting.note(referral_id)
    setting.now += MINUTE
    setting.note(referral_id)
    return referral_id


def everything_came(setting: Setting, *times: list[bytes]) -> bool:
    """Each notice arrived, those of one referral in their order; a repeat is the same to the letter."""
    came = setting.read([request for heard in times for request in heard])
    is_all = set(first_of_each(came)) == set(setting.ids())
    return is_all and setting.in_order(came) and {state for state, _result in setting.states()} == {"sent"}


class TestKilled:
    @contextmanager
    def process(self, port, file, behaviour):
        """The receiver as a process, once it listens."""
        with subprocess.Popen([sys.executable, PROGRAM, str(port), str(file), behaviour]) as process:
            try:
                until(lambda: is_listening(port), otherwise="the receiver did not start")
                yield process
            finally:
                process.kill()

    @pytest.mark.both_databases
    def test_in_the_middle_of_its_answer_it_gets_the_same_again(self, setting, port, tmp_path):
        first, second = tmp_path / "first", tmp_path / "second"
        three_things_happen(setting)
        with self.process(port, first, "breaks-off") as receiver:
            killing = threading.Thread(target=kill_when_it_has_one, args=(receiver, first))
            killing.start()
            setting.deliver()
            killing.join()
        while_away = setting.states()
        setting.deliver(LATER)
        still_away = setting.states()
        with self.process(port, second, "takes"):
            setting.deliver(LATER)

        times = [setting.read(requests_in(file)) for file in (first, second)]
        assert while_away[0] == still_away[0] == ("retry", "no answer")
        assert while_away[1:] == still_away[1:] == [("waiting", "")] * 2
        assert [notice["id"] for notice in times[0]] == setting.ids()[:1]
        assert [notice["id"] for notice in times[1]] == setting.ids()
        assert times[0][0] == times[1][0]


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def kill_when_it_has_one(process, file: Path) -> None:
    until(lambda: file.exists() and file.read_text().endswith("\n"), otherwise="nothing came")
    os.kill(process.pid, signal.SIGKILL)


def requests_in(file: Path) -> list[bytes]:
    """What the process wrote down, as it came over the wire."""
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    heads = ["\r\n".join(["POST", *(f"{name}: {value}" for name, value in line["head"].items())]) for line in lines]
    return [f"{head}\r\n\r\n{line['body']}".encode() for head, line in zip(heads, lines, strict=True)]


class TestSlow:
    @pytest.mark.parametrize("behave", BREAKS_OFF.values(), ids=BREAKS_OFF)
    def test_what_takes_too_long_or_breaks_off_goes_again(self, setting, port, short, behave):
        three_things_happen(setting)
        with listening(behave, port=port) as slow:
            setting.deliver()
        assert setting.states()[0] == ("retry", "no answer")
        with listening(TAKEN, port=port) as quick:
            setting.deliver(LATER)

        assert len(slow.heard) == 1
        assert everything_came(setting, slow.heard, quick.heard)

    def test_while_an_address_fails_other_notices_for_it_cost_nothing(self, setting, port, short):
        for _number in range(5):
            setting.send()
        with listening(is_silent, port=port) as slow:
            setting.deliver()
            calls = len(slow.heard)
        with listening(TAKEN, port=port) as quick:
            setting.deliver(LATER)

        assert calls == 1
        assert everything_came(setting, slow.heard, quick.heard)

    def test_a_slow_end_of_a_good_answer_is_not_waited_for(self, setting, port):
        setting.send()
        with listening(trickles(b"HTTP/1.1 200 OK\r\n\r\n", b"x"), port=port) as slow:
            setting.deliver()

        assert everything_came(setting, slow.heard)


class TestCertificate:
    @pytest.fixture
    def setting(self, database, port):
        return make_setting(f"https://localhost:{port}/notices")

    @pytest.mark.parametrize(
        "said",
        [
            {"hosts": ["localhost"], "by_itself": True},
            {"hosts": ["hub.example.org"]},
            {"hosts": ["localhost"], "ends_at": datetime.now(UTC) - timedelta(minutes=1)},
        ],
        ids=["by itself", "another name", "over"],
    )
    def test_nothing_is_said_until_it_is_good(self, setting, port, authority, said):
        three_things_happen(setting)
        with listening(TAKEN, authority.certificate(**said), port=port) as wrong:
            setting.deliver()
        assert setting.states()[0] == ("retry", "no answer")
        with listening(TAKEN, authority.certificate(["localhost"]), port=port) as good:
            setting.deliver(LATER)

        assert (wrong.connections, wrong.heard) == (1, [])
        assert everything_came(setting, good.heard)


class TestAnswers:
    @pytest.mark.both_databases
    def test_one_that_answers_500_for_an_hour_has_everything_soon_after(self, setting, port):
        first = three_things_happen(setting)
        end = setting.now + HOUR
        with listening(says(b"HTTP/1.1 500 Oops\r\n\r\n"), port=port) as failing:
            setting.deliver_until(setting.now + HOUR / 2)
            setting.note(first)
            second = setting.send()
            setting.deliver_until(end)
        assert {state for state, _result in setting.states()} == {"retry", "waiting"}
        with listening(TAKEN, port=port) as well:
            setting.deliver_until(end + LATER)

        tries = [notice["referral_id"] for notice in setting.read(failing.heard)]
        assert 8 <= tries.count(str(first)) <= 9 and 5 <= tries.count(str(second)) <= 7
        assert everything_came(setting, failing.heard, well.heard)

    @pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Moved", "308 Moved"])
    def test_nobody_follows_it_to_another_place(self, setting, port, status):
        setting.send()
        with listening(TAKEN) as elsewhere:
            moved = f"HTTP/1.1 {status}\r\nLocation: {elsewhere.url()}\r\nContent-Length: 0\r\n\r\n".encode()
            with listening(says(moved), port=port) as peer:
                setting.deliver()
        assert setting.states() == [("retry", f"answered {status[:3]}")]
        with listening(TAKEN, port=port) as stayed:
            setting.deliver(LATER)

        assert elsewhere.connections == 0
        assert everything_came(setting, peer.heard, stayed.heard)

    @pytest.mark.parametrize(
        "answer",
        [
            b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LARGEST_ANSWER_BYTES * 4),
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * LARGEST_ANSWER_BYTES,
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"0" * 50_000_000),
        ],
        ids=["huge", "says that it is huge", "packed"],
    )
    def test_a_yes_is_a_yes_whatever_comes_with_it(self, setting, port, answer):
        setting.send()
        with listening(says(answer), port=port) as peer:
            setting.deliver()

        assert everything_came(setting, peer.heard)

    @pytest.mark.both_databases
    def test_at_one_that_is_gone_nothing_more_is_tried_until_somebody_says_so(self, setting, port):
        three_things_happen(setting)
        with listening(says(b"HTTP/1.1 410 Gone\r\n\r\n"), port=port) as gone:
            setting.deliver()
            setting.deliver(LATER)
        paused = setting.act(webhooks.pause_webhook).paused_at
        states = setting.states()
        setting.act(webhooks.resume_webhook)
        setting.act(webhooks.replay, since=setting.began)
        with listening(TAKEN, port=port) as back:
            setting.deliver(LATER)

        assert (len(gone.heard), paused is not None) == (1, True)
        assert states == [("dead", "gone"), ("dropped", "paused"), ("dropped", "paused")]
        assert everything_came(setting, gone.heard, back.heard)

    def test_a_dead_letter_goes_again_with_the_id_that_it_had(self, setting, port):
        setting.send()
        with listening(says(b"HTTP/1.1 410 Gone\r\n\r\n"), port=port) as gone:
            setting.deliver()
        setting.act(webhooks.resume_webhook)
        (row,) = setting.rows()

        setting.act(webhooks.resend_notice, row.id)
        with listening(TAKEN, port=port) as back:
            setting.deliver(LATER)

        assert row.state is DeliveryState.DEAD
        assert setting.read(gone.heard) == setting.read(back.heard)
        assert everything_came(setting, gone.heard, back.heard)
