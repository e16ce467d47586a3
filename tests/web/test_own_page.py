"""Staff set up a person's own page: a PIN chosen together, a link to hand over, a card to print."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from cie import people
from cie.access import Role
from cie.db import reading, transaction
from cie.participants import Participant, ParticipantKind
from cie.people import PersonLink
from tests.factories import make_participant, make_person, make_staff
from tests.support.web import Browser, make_app, signed_in

NOW = datetime.now(UTC)
PIN = "482915"


@pytest.fixture
def app(migrated, database):
    return make_app(migrated)


@pytest.fixture
def person_id(app):
    with transaction() as session:
        return make_person(session, make_participant(session, name="Blue Kite Clinic")).id


def member(app, person_id, *roles, elsewhere=False):
    with transaction() as session:
        person = session.get_one(people.Person, person_id)
        organization = session.get_one(Participant, person.organization_id)
        place = make_participant(session, name="Elsewhere") if elsewhere else organization
        user = make_staff(session, place, *roles)
    return signed_in(app, user)


@pytest.fixture
def navigator(app, person_id):
    return member(app, person_id, Role.NAVIGATOR)


def text(answer):
    return answer.get_data(as_text=True)


def link_on(page):
    return re.search(r"http://[^<\s]+/my/([\w-]{43})", page)


def kept():
    with reading() as session:
        return list(session.execute(select(PersonLink)).scalars())


class TestMaking:
    def test_the_person_page_leads_there(self, navigator, person_id):
        assert f'href="/people/{person_id}/own-page"' in text(navigator.get(f"/people/{person_id}"))

    def test_the_link_works_and_the_pin_is_never_shown(self, app, navigator, person_id):
        path = f"/people/{person_id}/own-page"

        made = navigator.post(path, code="482 915")
        page = text(navigator.get(made.location))

        assert "The link is ready." in page
        assert PIN not in page and "482 915" not in page
        visitor = Browser(app)
        visitor.client.set_cookie("language", "en")
        visitor.get(f"/my/{link_on(page)[1]}")
        assert visitor.post("/my/enter", code=PIN).location == "/my"

    def test_before_that_there_is_no_link_and_no_card(self, navigator, person_id):
        path = f"/people/{person_id}/own-page"

        assert link_on(text(navigator.get(path))) is None
        assert navigator.get(f"{path}/card").status_code == 404

    @pytest.mark.parametrize(
        ("pin", "words"), [("", "enter the 6 digits"), ("1992", "use 6"), ("032792", "birth date")]
    )
    def test_a_pin_that_will_not_do_is_named_and_nothing_is_kept(self, navigator, person_id, pin, words):
        answer = navigator.post(f"/people/{person_id}/own-page", code=pin)

        assert answer.status_code == 422
        assert 'id="code-error">PIN: ' in text(answer) and words in text(answer)
        assert pin == "" or f'value="{pin}"' not in text(answer)
        assert kept() == []

    def test_ending_it_leaves_nothing_that_works(self, app, navigator, person_id):
        path = f"/people/{person_id}/own-page"
        navigator.post(path, code=PIN)
        token = link_on(text(navigator.get(path)))[1]

        ended = navigator.post(f"{path}/end", page=path)

        assert "The link no longer works." in text(navigator.get(ended.location))
        assert Browser(app).get(f"/my/{token}").status_code == 404
        assert navigator.post(f"{path}/end", page=path).status_code == 409

    def test_a_protected_service_is_told_why_there_is_none(self, app):
        with transaction() as session:
            refuge = make_participant(session, name="Harbor Light", kind=ParticipantKind.VICTIM_SERVICES)
            person_id, user = make_person(session, refuge).id, make_staff(session, refuge)

        answer = signed_in(app, user).post(f"/people/{person_id}/own-page", code=PIN)

        assert answer.status_code == 409
        assert "A protected service makes no page by link." in text(answer)
        assert kept() == []


class TestCard:
    def test_it_is_in_the_persons_language_and_names_nobody(self, navigator, person_id):
        path = f"/people/{person_id}/own-page"
        navigator.post(path, code=PIN)

        page = text(navigator.get(f"{path}/card"))

        assert "<title>Su página</title>" in page and "data:image/svg" in page
        assert link_on(page)
        assert not any(word in page for word in ("Aster", "Moreno", "Blue Kite", PIN))


class TestWho:
    @pytest.mark.parametrize(
        ("roles", "status"), [((Role.ORGANIZATION_ADMINISTRATOR,), 403), ((Role.PRIVACY_OFFICER,), 200)]
    )
    def test_it_is_for_who_may_write_permissions_down(self, app, person_id, roles, status):
        assert member(app, person_id, *roles).get(f"/people/{person_id}/own-page").status_code == status

    def test_another_organization_finds_no_such_person(self, app, person_id):
        stranger = member(app, person_id, Role.NAVIGATOR, elsewhere=True)

        for answer in (
            stranger.get(f"/people/{person_id}/own-page"),
            stranger.get(f"/people/{person_id}/own-page/card"),
            stranger.post(f"/people/{person_id}/own-page", page="/help", code=PIN),
            stranger.post(f"/people/{person_id}/own-page/end", page="/help"),
        ):
            assert answer.status_code == 404
        assert kept() == []
