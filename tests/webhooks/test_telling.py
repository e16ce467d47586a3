"""Which events become notices: each that the organization may know of, whatever else was written beside it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cie import referrals, webhooks
from cie.access import Role
from cie.db import reading, transaction
from cie.errors import Invalid, NotAllowed, NotFound
from cie.identity import Client
from tests.factories import send_one, staff_of
from tests.webhooks.setting import MINUTE, make_setting, tell

NOWHERE = "http://127.0.0.1:9/nobody"


@pytest.fixture
def setting(database):
    return make_setting(NOWHERE)


def told(setting):
    return [row.codes["change"] for row in setting.rows()]


class TestNews:
    def test_what_began_earlier_and_was_written_later_is_told(self, setting):
        referral_id = setting.send()
        setting.now += 2 * MINUTE
        setting.note(referral_id)
        setting.now -= MINUTE

        setting.note(referral_id)

        assert told(setting) == ["referral.send", "entry.note", "entry.note"]

    def test_two_changes_of_one_kind_at_one_moment_are_two(self, setting):
        referral_id = setting.send()

        for _number in range(2):
            setting.note(referral_id)

        assert told(setting) == ["referral.send", "entry.note", "entry.note"]

    def test_of_what_came_together_the_newest_is_told(self, setting):
        with transaction() as session:
            sent, _task = send_one(session, setting.loop, at=setting.now)
            referrals.write_note(session, setting.loop.navigator, sent.id, "Rang.", at=setting.now + MINUTE)

        assert told(setting) == ["entry.note"]

    def test_of_what_came_together_the_kind_that_was_asked_for_is_told(self, database):
        setting = make_setting(NOWHERE, changes=["task"])

        setting.note(setting.send())

        assert told(setting) == ["task.requested"]

    def test_of_a_masked_loop_the_sender_is_told_its_own_acts_alone(self, setting):
        referral_id = setting.send()
        with transaction() as session:
            session.get_one(referrals.Referral, referral_id).masked = True

        setting.note(referral_id)

        assert told(setting) == ["referral.send"]


class TestReplay:
    def test_everything_since_a_moment_goes_again_with_the_ids_it_had(self, setting):
        referral_id = setting.send()
        setting.note(referral_id)
        setting.act(webhooks.pause_webhook)
        setting.note(referral_id)
        setting.deliver()
        before, states = setting.ids(), setting.states()
        setting.act(webhooks.resume_webhook)

        count = setting.act(webhooks.replay, since=setting.began)

        assert states == [("dropped", "paused")] * 3
        assert (count, setting.ids(), setting.states()) == (3, before, [("waiting", "")] * 3)

    def test_everything_after_one_notice_goes_again(self, setting):
        referral_id = setting.send()
        for _number in range(3):
            setting.note(referral_id)
        setting.act(webhooks.pause_webhook)
        setting.deliver()

        count = setting.act(webhooks.replay, after=setting.rows()[1].id)

        assert (count, [state for state, _result in setting.states()]) == (2, ["dropped"] * 2 + ["waiting"] * 2)

    def test_before_there_was_a_webhook_the_newest_change_of_each_referral_counts(self, setting):
        first, second = setting.send(), setting.send()
        setting.note(first)
        fresh = make_like(setting)

        count = fresh.act(webhooks.replay, since=setting.began)

        assert count == 2
        told_of = {row.subject_id: row.codes["change"] for row in fresh.rows()}
        assert told_of == {second: "referral.send", first: "entry.note"}

    def test_a_second_replay_makes_no_second_notice(self, setting):
        setting.send()
        fresh = make_like(setting)

        for _number in range(2):
            fresh.act(webhooks.replay, since=setting.began)

        assert len(fresh.rows()) == 1

    def test_nothing_but_what_is_newer_goes(self, setting):
        setting.send()
        setting.act(webhooks.ping)

        assert setting.act(webhooks.replay, since=setting.began + timedelta(hours=1)) == 0

    @pytest.mark.parametrize("said", [{}, {"since": "now", "after": "first"}], ids=["neither", "both"])
    def test_a_moment_or_a_notice_must_be_named(self, setting, said):
        setting.send()
        named = {name: {"now": setting.now, "first": setting.rows()[0].id}[value] for name, value in said.items()}

        with pytest.raises(Invalid):
            setting.act(webhooks.replay, **named)


def make_like(setting):
    """Another webhook of the same program, which was added later."""
    with reading() as session:
        client = session.get_one(Client, setting.program.id)
    told = tell(client, NOWHERE, at=setting.now)
    return replace(setting, hook=told.hook, secret=told.secret)


class TestWho:
    def test_another_program_of_the_same_organization_does_not_see_it(self, setting):
        other = make_setting(NOWHERE)
        stranger = type(setting.program)(
            setting.program.kind, other.program.id, setting.program.organization_id, setting.program.roles
        )

        for verb in (webhooks.get_webhook, webhooks.notices_of):
            with pytest.raises(NotFound), transaction() as session:
                verb(session, stranger, setting.hook.id)
        for verb in (webhooks.new_secret, webhooks.ping, webhooks.remove_webhook, webhooks.resend_stuck):
            with pytest.raises(NotFound), transaction() as session:
                verb(session, stranger, setting.hook.id, at=setting.now)

    def test_the_administrator_tends_it_and_no_caseworker(self, setting):
        with transaction() as session:
            webhooks.pause_webhook(session, boss(setting), setting.hook.id, at=setting.now)
            with pytest.raises(NotAllowed):
                webhooks.resume_webhook(session, setting.loop.navigator, setting.hook.id, at=setting.now)

    def test_nor_the_administrator_of_another_organization(self, setting):
        stranger = staff_of(setting.loop.pantry, Role.ORGANIZATION_ADMINISTRATOR)

        with pytest.raises(NotFound), transaction() as session:
            webhooks.get_webhook(session, stranger, setting.hook.id)


def boss(setting):
    return staff_of(setting.loop.clinic, Role.ORGANIZATION_ADMINISTRATOR)
