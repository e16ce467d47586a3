"""What became of notices: listed by state and page by page, counted, and sent once more by hand."""

from uuid import uuid4

import pytest
from sqlmodel import select

from cie import webhooks
from cie.db import reading, transaction
from cie.errors import NotFound, NotPossibleNow
from cie.events import STUCK, AuditEntry, DeliveryState, Outbox
from cie.webhooks import Counts
from tests.webhooks.setting import make_setting


@pytest.fixture
def setting(database):
    return make_setting("http://127.0.0.1:9/nobody")


@pytest.fixture
def five(setting):
    """Five notices: one sent, two dead, one uncertain, one that waits."""
    referral_id = setting.send()
    for _number in range(4):
        setting.note(referral_id)
    states = (*[DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.DEAD], DeliveryState.UNCERTAIN)
    with transaction() as session:
        for row, state in zip(setting.rows(), states, strict=False):
            stored = session.get_one(Outbox, row.id)
            stored.state, stored.attempts, stored.result, stored.settled_at = state, 100, "answered 500", setting.now
            session.add(stored)
    return setting.rows()


def notices(setting, **asked):
    with reading() as session:
        page = webhooks.notices_of(session, setting.program, setting.hook.id, **asked)
    return [row.id for row in page.items], page.next


def actions():
    with reading() as session:
        return [row.action for row in session.exec(select(AuditEntry).order_by(AuditEntry.id))]


class TestList:
    def test_the_newest_come_first_page_by_page(self, setting, five):
        first, more = notices(setting, limit=3)
        second, none = notices(setting, limit=3, before=more)

        assert [*first, *second] == [row.id for row in reversed(five)]
        assert (len(first), none) == (3, None)

    def test_those_that_got_stuck_can_be_asked_for(self, setting, five):
        assert notices(setting, states=STUCK) == ([row.id for row in reversed(five[1:4])], None)

    def test_they_are_counted(self, setting, five):
        with reading() as session:
            assert webhooks.counts_of(session, [setting.hook]) == {setting.hook.id: Counts(on_the_way=1, stuck=3)}
            assert webhooks.counts_of(session, []) == {}


class TestSendingAgain:
    @pytest.mark.parametrize("place", [1, 3], ids=["dead", "uncertain"])
    def test_one_goes_from_the_start_of_its_schedule(self, setting, five, place):
        setting.act(webhooks.resend_notice, five[place].id)

        row = setting.rows()[place]
        assert (row.state, row.attempts, row.due_at) == (DeliveryState.WAITING, 0, setting.now)
        assert (row.result, row.settled_at, row.created_at) == ("", None, five[place].created_at)
        assert actions()[-1] == "delivery.resend"

    @pytest.mark.parametrize("place", [0, 4], ids=["sent", "waiting"])
    def test_one_that_is_not_stuck_stays_as_it_is(self, setting, five, place):
        with pytest.raises(NotPossibleNow):
            setting.act(webhooks.resend_notice, five[place].id)

    def test_one_of_another_webhook_is_not_there(self, setting, five):
        other = make_setting("http://127.0.0.1:9/nobody")

        for unknown in (five[1].id, uuid4()):
            with pytest.raises(NotFound):
                other.act(webhooks.resend_notice, unknown)

    def test_all_of_them_go(self, setting, five):
        count = setting.act(webhooks.resend_stuck)

        assert count == 3
        assert [state for state, _result in setting.states()] == ["sent", *["waiting"] * 4]
        assert actions()[-1] == "webhook.resend"
