"""A victim service destroys all that it keeps, on a page of its own."""

import html
from types import SimpleNamespace

import pytest

from cie.access import Role
from cie.db import KeyDestroyed, reading, transaction
from cie.participants import ParticipantKind
from cie.people import Person
from tests.factories import make_participant, make_person, make_staff
from tests.support.web import make_app, signed_in

PAGE = "/privacy-office/everything"


@pytest.fixture
def place(database, migrated):
    with transaction() as session:
        refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
        person = make_person(session, refuge, given_name="Philippa")
        plover = make_staff(session, refuge, Role.PRIVACY_OFFICER)
        robin = make_staff(session, make_participant(session), Role.PRIVACY_OFFICER)
    app = make_app(migrated)
    return SimpleNamespace(person=person, plover=signed_in(app, plover), robin=signed_in(app, robin))


def text(answer):
    return html.unescape(answer.get_data(as_text=True))


def test_the_page_says_what_follows_and_the_office_leads_there(place):
    assert PAGE in text(place.plover.get("/privacy-office"))
    assert "It cannot be brought back." in text(place.plover.get(PAGE))


def test_another_name_is_told_at_its_box_and_nothing_goes(place):
    answer = place.plover.post(PAGE, page=PAGE, name="Safe Harbour")

    assert answer.status_code == 422
    assert 'href="#name">Name of your organization' in text(answer) and 'value="Safe Harbour"' in text(answer)
    with reading() as session:
        assert session.get_one(Person, place.person.id).given_name == "Philippa"


def test_with_its_name_all_is_gone_and_the_office_still_opens(place):
    answer = place.plover.post(PAGE, page=PAGE, name="Safe Harbor")

    assert answer.status_code == 303
    assert "Destroyed. Nobody can read it again." in text(place.plover.get(answer.location))
    assert place.plover.get(f"/people/{place.person.id}").status_code == 404
    with reading() as session, pytest.raises(KeyDestroyed):
        assert session.get_one(Person, place.person.id).given_name


def test_all_other_organizations_find_no_such_page(place):
    assert PAGE not in text(place.robin.get("/privacy-office"))
    assert place.robin.get(PAGE).status_code == 404
