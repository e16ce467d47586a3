"""Receipts: every release by one's own organization, what it held, and nobody else's."""

from datetime import timedelta

import pytest

from cie import consent
from cie.access import Role
from cie.consent import Method
from cie.errors import NotAllowed, NotFound
from tests.consent.test_records import loop, record, release
from tests.factories import NOON, make_consent, staff_of

__all__ = ["loop"]
LATER = NOON + timedelta(hours=1)


def test_receipts_keep_what_has_ended_newest_first(session, loop):
    given = make_consent(session, loop.person)
    first, second = release(session, loop), release(session, loop, at=LATER)
    consent.revoke(session, loop.navigator, given.id, method=Method.IN_PERSON, at=LATER)

    found = consent.receipts(session, loop.clinic.id, loop.person.id)

    assert list(found) == [second, first]
    assert all(row.ended_at == LATER for row in found)


def test_a_receiver_has_no_receipts_of_what_it_was_shown(session, loop):
    make_consent(session, loop.person)
    release(session, loop)

    assert list(consent.receipts(session, loop.pantry.id, loop.person.id)) == []


def test_what_a_release_held_is_told_by_code_in_the_order_of_the_preview(session, loop):
    make_consent(session, loop.person)
    row = release(session, loop)

    assert consent.element_codes(session, [row.id]) == {row.id: ["name", "need"]}


def test_only_the_discloser_finds_a_release(session, loop):
    make_consent(session, loop.person)
    row = release(session, loop)

    assert consent.get_release(session, loop.navigator, row.id) is row
    with pytest.raises(NotFound):
        consent.get_release(session, loop.caseworker, row.id)
    with pytest.raises(NotFound):
        consent.get_release(session, loop.navigator, loop.person.id)
    with pytest.raises(NotAllowed):
        consent.get_release(session, staff_of(loop.clinic, Role.ORGANIZATION_ADMINISTRATOR), row.id)


def test_a_release_rests_on_the_record_that_replaced_its_own(session, loop):
    record(session, loop)
    row = release(session, loop)
    newer = record(session, loop, at=LATER)

    assert consent.releases_under(session, newer) == [row]
