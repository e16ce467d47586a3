"""What a request tells its receiver: which facts, in which order, each with the category that decides on it."""

import pytest

from cie import calendar
from cie.consent import DataSet
from cie.consent.elements import strictest
from cie.directory import Category
from cie.people import ContactOwner, Safety
from cie.referrals import Urgency
from cie.referrals.disclosure import disclosure_of
from tests.factories import NOON, make_loop

WHOLE = ["need", "urgency", "name", "age", "area", "household", "contact", "language", "message"]


@pytest.fixture
def loop(session):
    return make_loop(session)


def told(session, loop, data_set=DataSet.REFERRAL, **fields):
    values = {
        "title": loop.service.name,
        "need_code": "food",
        "urgency": Urgency.WEEK,
        "message": "Works Wednesdays",
        "at_person_request": False,
        "today": calendar.local_day(NOON),
    }
    found = disclosure_of(session, loop.person, loop.service, loop.pantry.id, data_set, **{**values, **fields})
    return {element.code: element for element in found.elements}


def test_a_request_tells_these_facts_in_this_order(session, loop):
    assert list(told(session, loop)) == WHOLE


def test_an_offer_tells_only_what_is_needed_to_say_yes(session, loop):
    assert set(told(session, loop, DataSet.OFFER)) == {"need", "urgency", "area", "language", "household"}


def test_what_is_not_known_is_left_out(session, loop):
    loop.person.birth_text, loop.person.household_size = None, None
    session.delete(loop.phone)
    session.flush()

    assert list(told(session, loop, message=None)) == ["need", "urgency", "name", "area", "language"]


def test_the_values_are_literal(session, loop):
    loop.phone.owner, loop.phone.safety, loop.phone.no_voicemail = ContactOwner.SHARED, Safety.UNKNOWN, True

    found = told(session, loop)

    assert (found["name"].value, found["age"].value) == ("Aster Moreno", 34)
    assert found["contact"].value == {
        "kind": "sms",
        "value": "(559) 555-0142",
        "owner": "shared",
        "safety": "unknown",
        "hours": [0, 24],
        "no_voicemail": True,
    }


def test_the_street_and_the_birth_date_never_go(session, loop):
    loop.person.street = "12 Elm St"

    words = str([element.value for element in told(session, loop).values()])

    assert "Elm" not in words
    assert "1992" not in words


@pytest.mark.parametrize(
    ("need", "service", "category"),
    [
        ("food", Category.GENERAL, Category.GENERAL),
        ("rent-help", Category.GENERAL, Category.HOUSING),
        ("food", Category.SUD_PART2, Category.SUD_PART2),
        ("rent-help", Category.IMMIGRATION, Category.IMMIGRATION),
    ],
)
def test_a_message_is_as_sensitive_as_the_need_and_the_service(session, loop, need, service, category):
    loop.service.sensitivity = service

    found = told(session, loop, need_code=need)

    assert found["message"].category == category
    assert found["name"].category == Category.GENERAL


def test_general_is_the_least(session):
    assert strictest(Category.GENERAL, Category.HIV) == Category.HIV
    assert strictest() == Category.GENERAL
