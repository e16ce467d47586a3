"""The day until which sharing was allowed ends it, for what was released before, too."""

from datetime import timedelta

import pytest

from cie import consent
from cie.calendar import local_day
from cie.consent import DataSet, expiry
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


def test_what_rests_on_two_consents_ends_with_the_first_of_them(session, loop):
    given(session, loop, local_day(NOON)).categories = ["general"]
    make_consent(session, loop.person, categories=["housing"], recipient_ids=[str(loop.pantry.id)])
    _referral, task = send_one(session, loop, need_code="rent-help")
    before = readable(session, loop, task).elements

    assert {"need", "name"} <= set(before)
    assert consent.persons_with_ended_consent(session, at=LATER) == [loop.person.id]
    assert consent.end_what_has_expired(session, loop.person.id, at=LATER) == 1
    assert readable(session, loop, task) is None


def test_persons_who_are_still_covered_hold_nobody_back(session, monkeypatch):
    monkeypatch.setattr(expiry, "PAGE", 2)
    people = [sent_under(session, make_loop(session), covered=n != 4) for n in range(5)]

    found = consent.persons_with_ended_consent(session, at=LATER, limit=2)

    assert found == [people[4]]


def test_no_more_than_were_asked_for_are_named_and_the_others_come_next(session, monkeypatch):
    monkeypatch.setattr(expiry, "PAGE", 2)
    people = {sent_under(session, make_loop(session), covered=False) for _n in range(3)}

    first = consent.persons_with_ended_consent(session, at=LATER, limit=2)
    for person_id in first:
        consent.end_what_has_expired(session, person_id, at=LATER)
    rest = consent.persons_with_ended_consent(session, at=LATER, limit=2)

    assert (len(first), len(rest)) == (2, 1)
    assert {*first, *rest} == people


def sent_under(session, loop, *, covered):
    """Something is readable under a consent that has ended; a newer one covers it, or none does."""
    old = given(session, loop, local_day(NOON))
    send_one(session, loop)
    if covered:
        make_consent(session, loop.person, supersedes_id=old.id, given_at=NOON)
    return loop.person.id
