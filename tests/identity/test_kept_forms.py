"""What was typed before a sign-out: sealed, for its user alone, on its page alone, for a day, once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cie import identity
from cie.identity.kept_forms import MOST_FORMS
from cie.identity.models import KeptForm
from tests.factories import NOON, make_participant, make_staff

PATH = "/people/new"


@pytest.fixture
def wren(session):
    return make_staff(session, make_participant(session))


def keep(session, user, path=PATH, at=NOON, **fields):
    return identity.keep_form(session, user.id, path, fields or {"words": ["Call after 5"]}, at=at)


def test_it_is_given_back_once(session, wren):
    keep(session, wren, words=["Call after 5"], needs=["food", "housing"])

    assert identity.has_form(session, wren.id, PATH, at=NOON)
    assert identity.take_form(session, wren.id, PATH, at=NOON) == {
        "words": "Call after 5",
        "needs": ["food", "housing"],
    }
    assert identity.take_form(session, wren.id, PATH, at=NOON) is None


def test_it_lies_sealed(session, wren):
    row = keep(session, wren)

    assert b"Call" not in row.fields_sealed
    assert row.fields == {"words": "Call after 5"}


def test_nobody_else_gets_it(session, wren):
    colleague = make_staff(session, identity.organization_of(session, wren))
    keep(session, wren)

    assert not identity.has_form(session, colleague.id, PATH)
    assert identity.take_form(session, colleague.id, PATH) is None


def test_no_other_page_gets_it(session, wren):
    keep(session, wren)

    assert not identity.has_form(session, wren.id, "/people")
    assert identity.take_form(session, wren.id, "/people") is None


def test_passwords_codes_and_tokens_are_never_kept(session, wren):
    row = keep(session, wren, new_password=["x"], Code=["1"], csrf_token=["t"], words=["w"], empty=[])

    assert row.fields == {"words": "w"}


def test_after_a_day_it_is_hidden_and_then_deleted(session, wren):
    keep(session, wren)
    later = NOON + timedelta(hours=24)

    assert not identity.has_form(session, wren.id, PATH, at=later)
    assert identity.take_form(session, wren.id, PATH, at=later) is None
    identity.forget_old_forms(session, at=later)
    assert session.execute(select(KeptForm)).first() is None


def test_a_newer_one_takes_the_place_of_the_older(session, wren):
    keep(session, wren, words=["first"])
    keep(session, wren, words=["second"])

    assert identity.take_form(session, wren.id, PATH) == {"words": "second"}
    assert identity.take_form(session, wren.id, PATH) is None


def test_an_old_cookie_cannot_fill_the_database(session, wren):
    for n in range(MOST_FORMS + 5):
        keep(session, wren, path=f"/people/{n}")

    assert len(session.execute(select(KeptForm)).all()) == MOST_FORMS
    assert identity.has_form(session, wren.id, f"/people/{MOST_FORMS + 4}")
