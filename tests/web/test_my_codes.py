"""Coming in by a code that is texted, in place of the PIN."""

import re

import pytest
from sqlalchemy import select
from sqlmodel import col

from cie.db import current, reading, transaction
from cie.events import AuditEntry, Outbox
from cie.people import ContactOwner, ContactPoint
from tests.support.scan import every_cell
from tests.support.texts import RecordingGateway, deliver_all
from tests.support.web import Browser, make_app
from tests.web.my_place import make_my_place, text

OFFER = "Text me a code"


@pytest.fixture
def place(migrated, database):
    return make_my_place(make_app(migrated))


@pytest.fixture
def gateway():
    return RecordingGateway()


@pytest.fixture
def ask(place, migrated, gateway):
    """Ask for a code in this browser; what the text said."""

    def run(browser):
        answer = browser.post("/my/code/text", page="/my/enter")
        assert (answer.status_code, answer.location) == (303, "/my/code")
        deliver_all(migrated, gateway)
        return re.search(r"\d{6}", gateway.bodies[-1]).group()

    return run


def other_than(code):
    return f"{(int(code) + 1) % 10**6:06}"


def own_phone_is(place, owner):
    with transaction() as session:
        point = session.execute(select(ContactPoint)).scalar_one()
        point.owner = owner
        session.add(point)


class TestOffer:
    def test_it_stands_on_the_page_of_the_link_and_no_phone_does(self, place):
        page = text(place.outside().get("/my/enter"))

        assert OFFER in page
        assert "0142" not in page

    @pytest.mark.parametrize("owner", [ContactOwner.SHARED, ContactOwner.HELPER])
    def test_not_for_a_phone_that_others_answer(self, place, owner):
        own_phone_is(place, owner)
        browser = place.outside()

        assert OFFER not in text(browser.get("/my/enter"))
        answer = browser.post("/my/code/text", page="/my/enter")
        assert answer.status_code == 409 and "Use your PIN" in text(answer)

    def test_who_holds_no_link_learns_nothing(self, place):
        stranger = Browser(place.app)

        answers = [
            stranger.get("/my/code"), stranger.post("/my/code/text", page="/help"),
            stranger.post("/my/code", page="/help", code="123456"),
        ]  # fmt: skip
        own_phone_is(place, ContactOwner.SHARED)
        answers += [stranger.get("/my/code"), stranger.post("/my/code/text", page="/help")]

        assert {answer.status_code for answer in answers} == {404}
        with reading() as session:
            assert session.execute(select(Outbox)).all() == []

    def test_only_a_post_sends(self, place):
        browser = place.outside()
        before = every_cell()

        for path in ("/my/enter", "/my/code", "/my/code/text"):
            browser.get(path)

        assert every_cell() == before


class TestCode:
    def test_it_opens_the_page_and_it_is_recorded_how(self, place, ask):
        browser = place.outside()
        code = ask(browser)

        answer = browser.post("/my/code", code=f"{code[:3]} {code[3:]}")

        assert (answer.status_code, answer.location) == (303, "/my")
        assert browser.get("/my").status_code == 200
        with current().engine.connect() as connection:
            wanted = col(AuditEntry.action).in_(["own-page.code", "own-page.enter"])
            columns = (AuditEntry.action, AuditEntry.actor_kind, AuditEntry.codes)
            rows = connection.execute(select(*columns).where(wanted).order_by(col(AuditEntry.sequence))).all()
        assert [tuple(row) for row in rows] == [
            ("own-page.code", "link", "{}"),
            ("own-page.enter", "person", '{"by":"code"}'),
        ]

    def test_a_wrong_one_says_so_and_does_not_come_back(self, place, ask):
        browser = place.outside()
        wrong = other_than(ask(browser))

        answer = browser.post("/my/code", code=wrong)

        assert answer.status_code == 422
        assert "Code: this is not the right one, or it is too old" in text(answer)
        assert wrong not in text(answer)
        assert browser.get("/my").location == "/my/enter"

    def test_none_names_the_box(self, place):
        assert "Code: enter the 6 digits" in text(place.outside().post("/my/code"))

    def test_tries_are_counted_with_those_of_the_pin(self, place, ask):
        browser = place.outside()
        code = ask(browser)
        for _n in range(3):
            browser.post("/my/code", code=other_than(code))
        for _n in range(2):
            browser.post("/my/enter", code="111222")

        answer = browser.post("/my/code", code=code)

        assert answer.status_code == 429
        assert browser.get("/my").location == "/my/enter"

    def test_after_three_texts_one_waits(self, place, ask):
        browser = place.outside()
        for _n in range(3):
            ask(browser)

        assert browser.post("/my/code/text", page="/my/enter").status_code == 429
