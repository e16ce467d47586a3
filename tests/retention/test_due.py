"""Whose record is past its time: each kind counts by its own years, an open referral and a hold keep it."""

from datetime import UTC, datetime, timedelta

import pytest

from cie import consent, people, referrals, retention
from cie.consent import Method
from cie.people import ContactKind
from cie.referrals import Closing
from tests.factories import NOON, make_person, send_one

LATER = datetime(2033, 11, 26, 20, tzinfo=UTC)


def past(session, officer, at=LATER):
    return [person.id for person in session.execute(retention.past_their_time(officer, at=at)).scalars()]


def test_a_record_is_past_its_time_when_nothing_happened_for_so_long(session, loop, officer, stranger):
    assert past(session, officer, LATER - timedelta(days=3)) == []
    assert past(session, officer) == [loop.person.id]
    assert past(session, stranger) == []


def test_before_any_span_was_in_effect_nothing_is(session, loop, officer):
    assert past(session, officer, datetime(2025, 12, 31, tzinfo=UTC)) == []


ONE_YEAR_BEFORE = LATER - timedelta(days=365)


def correct(session, loop):
    changes = {"given_name": "Astor"}
    people.correct_person(session, loop.navigator, loop.person.id, changes, seen_version=1, at=ONE_YEAR_BEFORE)


def add_number(session, loop):
    kind, value = ContactKind.PHONE, "5595550199"
    people.add_contact(session, loop.navigator, loop.person.id, kind=kind, value=value, at=ONE_YEAR_BEFORE)


def take_back(session, loop):
    (yes,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
    consent.revoke(session, loop.navigator, yes.id, method=Method.IN_PERSON, at=ONE_YEAR_BEFORE)


def close(session, loop):
    referral, _task = send_one(session, loop)
    referrals.close_loop(session, loop.navigator, referral.id, closing=Closing.OTHER, at=ONE_YEAR_BEFORE)


def note(session, loop):
    referral, _task = send_one(session, loop)
    referrals.close_loop(session, loop.navigator, referral.id, closing=Closing.OTHER, at=NOON)
    referrals.write_note(session, loop.navigator, referral.id, "A note", at=ONE_YEAR_BEFORE)


def leave_open(session, loop):
    send_one(session, loop)


@pytest.mark.parametrize("act", [correct, add_number, take_back, close, note, leave_open])
def test_whatever_happened_since_keeps_it(session, loop, officer, act):
    act(session, loop)
    session.flush()

    assert past(session, officer) == []


def test_one_on_hold_is_not_shown(session, loop, officer):
    other = make_person(session, loop.clinic)
    retention.set_hold(session, officer, loop.person.id, reason="Court", at=NOON)

    assert past(session, officer) == [other.id]
