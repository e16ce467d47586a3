"""The page of the figures and its files say the same."""

import csv
import io

import pytest

from cie import referrals
from cie.access import Role
from cie.calendar import local_day
from cie.db import transaction
from tests.factories import make_loop, make_staff, send_one
from tests.support.web import make_app, signed_in


@pytest.fixture
def now():
    from datetime import UTC, datetime

    return datetime.now(UTC)


@pytest.fixture
def loop(database, now):
    with transaction() as session:
        loop = make_loop(session)
        _first, task = send_one(session, loop, at=now)
        send_one(session, loop, at=now)
        referrals.accept(session, loop.caseworker, task.id, at=now)
        referrals.complete(session, loop.caseworker, task.id, at=now)
    return loop


@pytest.fixture
def browser(loop, migrated):
    with transaction() as session:
        user = make_staff(session, loop.clinic, Role.NAVIGATOR)
    return signed_in(make_app(migrated), user)


def text(answer):
    return " ".join(answer.get_data(as_text=True).split())


def test_the_page_shows_each_fact_with_its_base(browser):
    page = text(browser.get("/measures"))

    assert "of 2 sent" in page
    assert "of 1 closed" in page
    assert "Silent is not a yes." in page


def test_what_rounds_to_no_hour_is_said_in_words(browser):
    page = text(browser.get("/measures"))

    assert "Half within 1 business hour." in page
    assert "0.0 business" not in page


def test_the_file_holds_what_the_table_shows(browser, now):
    answer = browser.get(f"/measures/need.csv?month={local_day(now).isoformat()[:7]}")

    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert rows == [["Need", "Sent", "Answered", "Closed", "Received", "Confirmed"], ["Food", "2", "1", "1", "1", "0"]]
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")


def test_few_people_of_everybody_are_hidden_on_page_and_in_file_alike(browser):
    page = text(browser.get("/measures?whose=everybody"))
    file = browser.get("/measures/need.csv?whose=everybody").get_data(as_text=True)

    assert "Not shown, to protect people" in page
    assert "Food,Not shown" in file.replace('"', "")
    assert ">2<" not in page


def test_a_month_without_referrals_says_what_to_do(browser):
    page = text(browser.get("/measures?month=2020-01&whose=ours"))

    assert "of 2 sent" in page, "a month out of reach is this month"


@pytest.mark.parametrize("path", ["/measures/nothing.csv", "/measures/need"])
def test_a_table_that_there_is_not_is_no_page(browser, path):
    assert browser.get(path).status_code == 404


def test_who_is_not_signed_in_sees_no_figure(loop, migrated):
    from tests.support.web import Browser

    assert Browser(make_app(migrated)).get("/measures/need.csv").status_code in (302, 303)
