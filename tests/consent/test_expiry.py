"""The day until which sharing was allowed ends it, for what was released before, too."""

from datetime import timedelta

import pytest

from cie import consent
from cie.calendar import local_day
from cie.consent import DataSet
from tests.factories import NOON, make_consent, make_loop, send_one

LATER = NOON + timedelta(days=2)


@pytest.fixture
def loop(session):
    return make_loop(session)


def given(session, loop, until):
    """The one consent on record, until a day."""
    (record,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
    record.expires_on = until
    session.add(record)
    session.flush()
    return record


def readable(session, loop, task):
    return consent.released_to(session, loop.pantry.id, task.id, DataSet.REFERRAL)


def test_until_its_last_day_it_is_readable(session, loop):
    given(session, loop, local_day(LATER))
    _referral, task = send_one(session, loop)

    assert consent.end_what_has_expired(session, loop.person.id, at=LATER) == 0
    assert readable(session, loop, task) is not None


def test_after_that_day_it_is_not(session, loop):
    given(session, loop, local_day(NOON))
    _referral, task = send_one(session, loop)

    assert consent.persons_with_ended_consent(session, at=LATER) == [loop.person.id]
    assert consent.end_what_has_expired(session, loop.person.id, at=LATER) == 1
    assert readable(session, loop, task) is None
    assert consent.end_what_has_expired(session, loop.person.id, at=LATER) == 0


def test_a_newer_yes_that_replaced_it_keeps_it(session, loop):
    old = given(session, loop, local_day(NOON))
    _referral, task = send_one(session, loop)

    make_consent(session, loop.person, supersedes_id=old.id, given_at=NOON)

    assert consent.end_what_has_expired(session, loop.person.id, at=LATER) == 0
    assert readable(session, loop, task) is not None
