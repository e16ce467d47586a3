"""The pages of an invited person: the link leaves the address at once, nothing happens until the form is posted."""

import re
from datetime import UTC, datetime

import pytest

from cie import identity
from cie.access import Role
from cie.db import reading, transaction
from cie.identity.models import Invitation
from tests.factories import make_participant, staff_of
from tests.support.sign_in import code_at
from tests.support.web import Browser, make_app
from tests.web.test_settings import key_on, text_of

EMAIL = "jay@example.org"
GOOD = "marsh lamp ginger tide"


@pytest.fixture
def app(database, migrated):
    return make_app(migrated)


@pytest.fixture
def invitation(app):
    with transaction() as session:
        pantry = make_participant(session)
        boss = staff_of(pantry, Role.ORGANIZATION_ADMINISTRATOR)
        given = {"name": "Jay Rivers", "email": EMAIL, "roles": [Role.CASEWORKER], "at": datetime.now(UTC)}
        return identity.invite(session, boss, pantry.id, **given)


@pytest.fixture
def browser(app, invitation):
    """A browser in which the link was opened."""
    browser = Browser(app)
    browser.get(link_of(invitation))
    return browser


def link_of(invitation):
    return f"/invitation/{identity.invitation_token(invitation)}"


def post(browser, **fields):
    key = key_on(text_of(browser.get("/invitation")))
    values = {"name": "Jay Rivers", "password": GOOD, "code": code_at(secret=key)}
    return browser.post("/invitation", **{**values, **fields})


def row(invitation):
    with reading() as session:
        return session.get_one(Invitation, invitation.id)


class TestLink:
    def test_it_leads_to_a_clean_address(self, app, invitation):
        answer = Browser(app).get(link_of(invitation))

        assert answer.location.endswith("/invitation")
        assert "HttpOnly" in answer.headers["Set-Cookie"]
        assert "Max-Age=3600" in answer.headers["Set-Cookie"]

    def test_opening_it_changes_nothing_however_often(self, app, invitation):
        before = row(invitation).model_dump()
        for _n in range(5):
            browser = Browser(app)
            browser.get(link_of(invitation))
            browser.get("/invitation")

        assert row(invitation).model_dump() == before

    def test_the_page_names_no_token(self, browser, invitation):
        assert identity.invitation_token(invitation) not in text_of(browser.get("/invitation"))

    @pytest.mark.parametrize("path", ["/invitation", "/invitation/made-up", "/invitation/" + "A" * 43])
    def test_one_that_does_not_work_says_what_to_do(self, app, path):
        answer = Browser(app).get(path)

        assert answer.status_code == 404
        assert "This link no longer works" in text_of(answer)

    def test_used_and_made_up_look_the_same(self, app, browser, invitation):
        post(browser)

        used, made_up = (Browser(app).get(path) for path in (link_of(invitation), "/invitation/made-up"))

        assert [re.sub(r'value="[^"]+"', "", text_of(answer)) for answer in (used, made_up)][0] == re.sub(
            r'value="[^"]+"', "", text_of(made_up)
        )


class TestAccount:
    def test_it_is_made_and_signs_in(self, app, browser, invitation):
        made = text_of(post(browser))
        codes = re.findall(r"<bdi dir=\"ltr\">(\w{5}-\w{5})</bdi>", made)

        other = Browser(app)
        other.post("/sign-in", email=EMAIL, password=GOOD)

        assert len(codes) == 10
        assert row(invitation).used_at is not None
        assert other.post("/sign-in/code", code=codes[0]).status_code == 303

    def test_it_is_made_once(self, app, invitation):
        first, second = Browser(app), Browser(app)
        for browser in (first, second):
            browser.get(link_of(invitation))
        key = key_on(text_of(second.get("/invitation")))
        post(first)

        answer = second.post("/invitation", page="/help", name="Jay", password=GOOD, code=code_at(secret=key, steps=1))

        assert answer.status_code == 404
        assert "This link no longer works" in text_of(answer)

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"password": "short"}, "Password: use at least 8 characters"),
            ({"password": "Rivers-2026!"}, "Password: this one is easy to guess"),
            ({"password": ""}, "Password: enter it"),
            ({"name": ""}, "Name: enter the name that colleagues know"),
            ({"code": "000000"}, "Code: this one does not work"),
        ],
    )
    def test_what_is_wrong_is_named_and_no_password_comes_back(self, browser, invitation, fields, words):
        answer = post(browser, **fields)

        page = text_of(answer)
        assert answer.status_code == 422
        assert words in page
        assert "Password: " in page
        assert GOOD not in page
        assert row(invitation).used_at is None

    def test_the_phone_app_key_stays_while_something_is_fixed(self, browser):
        before = key_on(text_of(browser.get("/invitation")))

        assert key_on(text_of(post(browser, code="000000"))) == before

    def test_the_title_names_nobody(self, browser):
        title = re.search(r"<title>(.*?)</title>", text_of(browser.get("/invitation"))).group(1)

        assert "Jay" not in title
        assert "Pantry" not in title
