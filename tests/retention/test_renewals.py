"""Permissions that end soon are told to the sender while an open referral rests on them, and to nobody else."""

import tomllib
from datetime import date, timedelta

import pytest

from cie import consent, referrals, retention
from cie.access import Role
from cie.consent import Method
from cie.errors import NotAllowed
from cie.referrals import Closing
from cie.resources import resource
from cie.retention.renewals import read_reminders
from tests.factories import NOON, make_consent, send_one, staff_of
from tests.privacy.cases import TODAY


@pytest.fixture
def sent(session, loop):
    """A referral that rests on a permission which ends in 30 days."""
    (yes,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
    yes.expires_on = TODAY + timedelta(days=30)
    session.flush()
    return send_one(session, loop)[0]


def soon(session, actor, at=NOON, **fields):
    return retention.ending_soon(session, actor, at=at, **fields)


class TestEndingSoon:
    def test_a_permission_is_told_thirty_days_before_and_again_in_the_last_week(self, session, loop, sent):
        worker = loop.navigator

        assert soon(session, worker, NOON - timedelta(days=1)) == []
        (first,) = soon(session, worker)
        (last,) = soon(session, worker, NOON + timedelta(days=23))
        assert (first.ends_on, first.is_near, last.is_near) == (TODAY + timedelta(days=30), False, True)
        assert first.referrals == (sent,)
        assert len(soon(session, worker, NOON + timedelta(days=30))) == 1
        assert soon(session, worker, NOON + timedelta(days=31)) == []

    def test_the_privacy_officer_reads_it_and_others_do_not(self, session, loop, sent, officer, stranger):
        assert len(soon(session, officer)) == 1
        assert soon(session, stranger) == soon(session, loop.caseworker) == []
        with pytest.raises(NotAllowed):
            soon(session, staff_of(loop.clinic, Role.ORGANIZATION_ADMINISTRATOR))

    def test_of_one_person_only_when_asked_so(self, session, loop, sent):
        assert len(soon(session, loop.navigator, person_id=loop.person.id)) == 1
        assert soon(session, loop.navigator, person_id=loop.clinic.id) == []

    def test_not_when_no_open_referral_rests_on_it(self, session, loop, sent):
        referrals.close_loop(session, loop.navigator, sent.id, closing=Closing.OTHER, at=NOON)

        assert soon(session, loop.navigator) == []

    def test_not_when_it_was_taken_back(self, session, loop, sent):
        (yes,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
        consent.revoke(session, loop.navigator, yes.id, method=Method.IN_PERSON, at=NOON)

        assert soon(session, loop.navigator) == []

    def test_not_when_it_was_renewed(self, session, loop, sent):
        (yes,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
        make_consent(session, loop.person, supersedes_id=yes.id, given_at=NOON + timedelta(hours=1))

        assert soon(session, loop.navigator) == []

    def test_a_masked_referral_is_on_no_list(self, session, loop, sent):
        sent.masked = True
        session.flush()

        assert soon(session, loop.navigator) == []


@pytest.mark.parametrize("wrong", [{"days": 0}, {"days": "7"}, {"basis": "habit"}, {"effective_on": "x"}, {"more": 1}])
def test_a_reminder_that_is_not_whole_is_refused(wrong):
    data = tomllib.loads(resource("seed_data", "privacy", "retention.toml").read_text("utf-8"))

    with pytest.raises(ValueError, match="reminder 1"):
        read_reminders({"reminder": [{**data["reminder"][0], **wrong}]})


def test_before_any_reminder_was_in_effect_there_is_none():
    assert retention.renewals.reminder_days(date(2025, 12, 31)) == []
