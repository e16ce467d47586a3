"""The page of an e-mail address: opening it changes nothing, what is posted does, and strangers see nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from cie import mail
from cie.access import Actor, ActorKind
from cie.db import reading, transaction
from cie.mail import MailAddress
from tests.factories import make_participant
from tests.support.web import Browser, make_app
from tests.web.test_settings import text_of

NOW = datetime.now(UTC)
INTAKE = "intake@pantry.example.org"


@pytest.fixture
def app(database, migrated):
    return make_app(migrated)


@pytest.fixture
def named(app):
    """An address that a program named a moment ago."""
    return make_address(NOW)


def make_address(at):
    with transaction() as session:
        pantry = make_participant(session)
        return mail.name_address(session, Actor(ActorKind.CLIENT, pantry.id, pantry.id), INTAKE, at=at)


@pytest.fixture
def browser(app, named):
    """A browser in which the link was opened."""
    browser = Browser(app)
    browser.get(link_of(named))
    return browser


def link_of(address):
    return f"/mail/{mail.address_token(address)}"


def state_of(address):
    with reading() as session:
        return session.get_one(MailAddress, address.id).state


class TestLink:
    def test_it_leads_to_a_clean_address_and_changes_nothing(self, app, named):
        browser = Browser(app)
        answer = browser.get(link_of(named))
        page = browser.get("/mail")

        assert (answer.status_code, answer.headers["Location"]) == (303, "/mail")
        assert "May notices come to this address?" in text_of(page) and INTAKE in text_of(page)
        assert state_of(named) == "asked"

    @pytest.mark.parametrize("path", ["/mail/none", "/mail"])
    def test_one_that_is_none_says_so(self, app, path):
        answer = Browser(app).get(path)

        assert answer.status_code == 404
        assert "This link no longer works" in text_of(answer)

    def test_one_that_was_changed_opens_nothing(self, app, named):
        link = link_of(named)

        assert Browser(app).get(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code == 404

    def test_without_a_link_nothing_can_be_posted(self, app, named):
        answer = Browser(app).post("/mail/confirmation")

        assert (answer.status_code, state_of(named)) == (404, "asked")


class TestAnswer:
    def test_yes_and_later_no_more_and_again_yes(self, browser, named):
        states = []
        for step in ("confirmation", "stop", "confirmation"):
            assert browser.post(f"/mail/{step}", page="/mail").status_code == 303
            states.append(state_of(named))

        assert states == ["confirmed", "stopped", "confirmed"]
        assert "Notices come to this address" in text_of(browser.get("/mail"))

    def test_a_no_says_that_it_stays(self, browser, named):
        browser.post("/mail/stop", page="/mail")

        assert "You said no." in text_of(browser.get("/mail"))

    def test_after_a_week_a_yes_is_too_late(self, app):
        old = make_address(NOW - timedelta(days=8))
        browser = Browser(app)
        browser.get(link_of(old))

        answer = browser.post("/mail/confirmation", page="/mail")

        assert "This link is too old" in text_of(browser.get("/mail"))
        assert (answer.status_code, state_of(old)) == (409, "asked")
