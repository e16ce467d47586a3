"""What an organization that was asked may know of a permission: that it exists, and its scope; all others nothing."""

import html
from types import SimpleNamespace
from uuid import uuid4

import pytest

from cie import consent
from cie.access import Role
from cie.consent import Method
from cie.db import transaction
from cie.directory import Category
from tests.factories import NOON, make_consent, make_loop, make_participant, make_staff, send_one
from tests.noninterference.normaliser import normal_body
from tests.support.web import make_app, signed_in


@pytest.fixture
def place(database, migrated):
    with transaction() as session:
        loop = make_loop(session)
        referral, _task = send_one(session, loop)
        staff = [
            make_staff(session, organization) for organization in (loop.pantry, make_participant(session, name="Other"))
        ]
        sorrel = make_staff(session, loop.clinic, Role.NAVIGATOR)
    app = make_app(migrated)
    wren, stranger = (signed_in(app, user) for user in staff)
    return SimpleNamespace(loop=loop, referral=referral, wren=wren, stranger=stranger, sorrel=signed_in(app, sorrel))


def page(place):
    return html.unescape(place.wren.get(f"/referrals/{place.referral.id}/permission").get_data(as_text=True))


def test_the_receiver_reads_when_it_was_said_for_what_and_until_when(place):
    shown = page(place)

    assert "Said Nov" in shown and "Until when" in shown and "No end" in shown
    assert "There is no permission" not in shown


def test_only_kinds_that_it_was_sent_are_named_though_the_permission_names_more(place):
    assert "Everyday" in page(place) or "everyday" in page(place)
    assert "Housing" not in page(place)


def test_what_else_the_person_signs_for_others_changes_nothing(place):
    before = page(place)
    with transaction() as session:
        other = make_participant(session, name="Third").id
        make_consent(session, place.loop.person, categories=[Category.HIV.value], recipient_ids=[str(other)])

    assert normal_body(page(place).encode()) == normal_body(before.encode())


def test_after_taking_back_there_is_nothing_to_look_at(place):
    with transaction() as session:
        (record,) = consent.consents_of(session, place.loop.clinic.id, place.loop.person.id)
        consent.revoke(session, place.loop.navigator, record.id, method=Method.IN_PERSON, at=NOON)

    assert "There is no permission that you can look at." in page(place)


def test_all_others_get_the_same_answer_as_for_no_referral(place):
    paths = [f"/referrals/{each}/permission" for each in (place.referral.id, uuid4())]

    answers = [place.stranger.get(path) for path in paths]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert place.sorrel.get(paths[0]).status_code == 404
