"""The list of permissions that end soon, the notice on the person's page, the ways to it, and nobody else's sight."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from cie.access import Role
from cie.consent import Consent
from cie.db import transaction
from cie.events import Outbox
from tests.factories import NOON, make_person, send_one
from tests.support.web import signed_in
from tests.web.privacy_place import TODAY, browser_of, make_place
from tests.web.test_settings import text_of

ENDING = "/consents/ending"


@pytest.fixture
def place(database, migrated):
    return make_place(migrated)


@pytest.fixture
def worker(place):
    return signed_in(place.app, place.wren)


@pytest.fixture
def sent(place):
    """A referral that rests on a permission with five more days."""
    with transaction() as session:
        send_one(session, place.loop, at=NOON)
        session.execute(update(Consent).values(expires_on=TODAY + timedelta(days=5)))
    return place


def test_those_whom_to_ask_are_listed_and_lead_to_the_permission(sent, worker):
    page = text_of(worker.get(ENDING))

    assert "Aster Moreno" in page and "1 open referral rests on it." in page
    assert "Very soon: ask by " in page
    assert 'href="/consents/' in page


def test_the_page_of_the_person_says_so(sent, worker):
    page = text_of(worker.get(f"/people/{sent.loop.person.id}"))

    assert "Their permission ends after " in page and "Ask them if it goes on." in page
    with transaction() as session:
        other = make_person(session, sent.loop.clinic)
    assert "Their permission ends after " not in text_of(worker.get(f"/people/{other.id}"))


def test_the_worklist_and_the_privacy_page_lead_to_it_with_a_count(sent, worker):
    assert f'href="{ENDING}"' in text_of(worker.get("/worklist"))
    assert "Permissions that end soon: 1" in text_of(sent.browser.get("/privacy-office"))


def test_nobody_is_texted_about_it(sent, worker):
    with transaction() as session:
        before = len(session.execute(select(Outbox)).all())

    worker.get(ENDING)

    with transaction() as session:
        assert len(session.execute(select(Outbox)).all()) == before


def test_an_empty_list_says_so(place, worker):
    assert "No permission ends soon." in text_of(worker.get(ENDING))


def test_others_see_nothing_of_it(sent):
    assert "No permission ends soon." in text_of(sent.stranger.get(ENDING))
    assert browser_of(sent, Role.ORGANIZATION_ADMINISTRATOR).get(ENDING).status_code == 403


@pytest.mark.parametrize("path", [ENDING, "/privacy-office/retention", "/privacy-office/holds", "{holds}", "{erasing}"])
def test_it_speaks_spanish(sent, path):
    sent.browser.client.set_cookie("language", "es")
    person = f"/privacy-office/people/{sent.loop.person.id}"

    page = text_of(sent.browser.get(path.format(holds=f"{person}/holds", erasing=f"{person}/erasing")))

    assert '<html lang="es"' in page
    assert "record" not in page.replace("registro", "").replace("recordar", "") and "Nobody" not in page
