"""The order of notices under chance: a receiver that fails as it likes, several workers at once.

What it takes of one referral, repeats left out, is the order of what happened; after a replay nothing is missing.
"""

import random
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from cie import webhooks
from cie.db import transaction
from cie.events import Outbox, outbox
from cie.webhooks import Webhook
from cie.webhooks.telling import queue_notice
from tests.outbound.peer import listening
from tests.webhooks.setting import HOUR, MINUTE, Setting, first_of_each, make_setting

REFERRALS = 3
FEW, MANY = 15, 300
TAKES, LOSES_ITS_ANSWER, REFUSES, HEARS_NOTHING, IS_GONE = "takes", "loses", "refuses", "hears nothing", "gone"
ANSWERS = {TAKES: b"204 No Content", REFUSES: b"500 Oops", IS_GONE: b"410 Gone"}
HEARD = (TAKES, LOSES_ITS_ANSWER)
"""With these the receiver keeps the notice, though we may not know that."""


@dataclass
class Receiver:
    """Answers by a list of moods, then well; `kept` is what it keeps."""

    moods: list[str]
    kept: list[bytes] = field(default_factory=list)

    def behave(self, sock) -> None:
        mood = self.moods.pop(0) if self.moods else TAKES
        if mood in HEARD:
            self.kept.append(self.peer.heard[-1])
        if mood in ANSWERS:
            sock.sendall(b"HTTP/1.1 %s\r\n\r\n" % ANSWERS[mood])

    @contextmanager
    def listening(self, port: int):
        with listening(self.behave, port=port) as self.peer:
            yield self


def something_happens(setting: Setting, about: int) -> None:
    """A change of one of the referrals, told as any other; when this commits the next has not begun."""
    with transaction() as session:
        hook = session.get_one(Webhook, setting.hook.id)
        queue_notice(session, hook, setting.referrals[about], f"entry.note:{about}", setting.now, due_at=setting.now)


def deliver_to_the_end(setting: Setting) -> None:
    setting.deliver_until(setting.now + 40 * HOUR)


@pytest.fixture
def short_of_patience(monkeypatch):
    """A dead letter after three tries."""
    monkeypatch.setattr(outbox, "MAXIMUM_ATTEMPTS", 3)


@pytest.fixture
def setting(database):
    with listening(lambda _sock: None) as free:
        made = make_setting(free.url())
    made.port, made.referrals = free.port, [made.send() for _number in range(REFERRALS)]
    return made


def start_anew(setting: Setting) -> None:
    """No notices, and nothing known of the receiver."""
    with transaction() as session:
        session.execute(delete(Outbox))
        hook = session.get_one(Webhook, setting.hook.id)
        hook.paused_at = hook.failed_at = hook.reached_at = None
        session.add(hook)
    setting.now = setting.began


steps = st.lists(
    st.one_of(
        st.tuples(st.just("happens"), st.integers(0, REFERRALS - 1)),
        st.tuples(st.just("minutes"), st.sampled_from([0, 1, 5, 20])),
    ),
    min_size=3,
    max_size=12,
)
moods = st.lists(st.sampled_from([TAKES, LOSES_ITS_ANSWER, REFUSES, HEARS_NOTHING, IS_GONE]), max_size=12)


def test_whatever_a_receiver_does_order_holds_and_a_replay_fills_every_gap(setting, short_of_patience, request):
    many = request.config.getoption("--prove")
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

    @settings(max_examples=MANY if many else FEW, deadline=None, suppress_health_check=checks, derandomize=not many)
    @given(steps, moods)
    def holds(steps, moods):
        start_anew(setting)
        receiver = Receiver(list(moods))
        with receiver.listening(setting.port):
            for what, how in steps:
                if what == "happens":
                    something_happens(setting, how)
                else:
                    setting.deliver(how * MINUTE)
            deliver_to_the_end(setting)
            before = list(receiver.kept)
            receiver.moods.clear()
            setting.act(webhooks.resume_webhook)
            setting.act(webhooks.replay, since=setting.began)
            deliver_to_the_end(setting)

        assert setting.in_order(setting.read(before))
        assert all(state != "dead" for state, _result in setting.states())
        assert set(first_of_each(setting.read(receiver.kept))) == set(setting.ids())

    holds()


@pytest.mark.parametrize("seed", range(2))
def test_nor_do_several_workers_at_once_change_the_order(setting, seed):
    chance = random.Random(seed)
    receiver = Receiver(chance.choices([TAKES, LOSES_ITS_ANSWER, REFUSES, HEARS_NOTHING], k=25))
    happens = chance.choices(range(REFERRALS), k=15)
    start_anew(setting)
    with receiver.listening(setting.port):
        for about in happens:
            something_happens(setting, about)
        while any(state != "sent" for state, _result in setting.states()):
            setting.now += timedelta(seconds=chance.choice([1, 20, 900, 1200]))
            workers = [threading.Thread(target=setting.deliver) for _number in range(3)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()

    assert setting.in_order(setting.read(receiver.kept))
    assert set(first_of_each(setting.read(receiver.kept))) == set(setting.ids())
