"""For how long a notice is tried: about a day, in ever longer steps, as the documentation says."""

from datetime import timedelta

import pytest

from cie import events, webhooks
from cie.db import transaction
from cie.events import DeliveryState, Outbox, Outcome
from cie.events.outbox import MAXIMUM_ATTEMPTS
from cie.webhooks import KIND
from tests.webhooks.setting import make_setting

FIRST_STEPS_SECONDS = [15, 30, 60, 120, 240, 480, 900, 900]
NO = Outcome(DeliveryState.RETRY, "answered 500")
LONGER = 1.25
"""By so much at most each step is longer, so that notices spread."""


@pytest.fixture
def setting(database):
    return make_setting("http://127.0.0.1:9/nobody")


def tried(setting):
    """A worker that gets a no each time: when it tries the only notice; the row at the end."""
    times, at = [], setting.now
    with transaction() as session:
        while claimed := events.claim(session, [KIND], at=at):
            times.append(at)
            events.settle(session, claimed[0], NO, setting.deliverer, at=at)
            row = session.get_one(Outbox, claimed[0].id)
            at = row.due_at
    return times, row


def test_a_notice_that_nobody_takes_is_tried_a_hundred_times_within_about_a_day(setting):
    setting.send()

    times, row = tried(setting)

    steps = [(later - earlier).total_seconds() for earlier, later in zip(times, times[1:], strict=False)]
    shortest = [*FIRST_STEPS_SECONDS, *[900] * (MAXIMUM_ATTEMPTS - 1 - len(FIRST_STEPS_SECONDS))]
    assert len(times) == row.attempts == MAXIMUM_ATTEMPTS == 100
    assert all(least <= step <= least * LONGER for least, step in zip(shortest, steps, strict=True))
    assert timedelta(hours=23) < timedelta(seconds=sum(shortest)) < times[-1] - times[0] < timedelta(hours=30)
    assert (row.state, row.result, row.settled_at) == (DeliveryState.DEAD, "answered 500", times[-1])


def test_one_that_is_sent_once_more_has_its_day_again(setting):
    setting.send()
    _times, dead = tried(setting)
    setting.now = dead.settled_at

    setting.act(webhooks.resend_notice, dead.id)
    times, row = tried(setting)

    assert (len(times), row.id, row.state) == (100, dead.id, DeliveryState.DEAD)
