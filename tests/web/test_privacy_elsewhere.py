"""Where another consent system says otherwise: what waits, and settling it."""

import html
from types import SimpleNamespace
from uuid import uuid4

import pytest

from cie import consent
from cie.access import SYSTEM, Role
from cie.calendar import local_day
from cie.consent import Decision, ExternalStatement, Settled, Statement
from cie.db import reading, transaction
from tests.factories import NOON, make_loop, make_staff
from tests.support.web import make_app, signed_in


@pytest.fixture
def place(database, migrated):
    with transaction() as session:
        loop = make_loop(session)
        no = Statement("a-1", Decision.DO_NOT_SHARE, local_day(NOON))
        row = consent.take_statement(session, SYSTEM, loop.person.id, "State platform", no, at=NOON)
        staff = [
            make_staff(session, loop.clinic, Role.PRIVACY_OFFICER),
            make_staff(session, loop.clinic, Role.NAVIGATOR),
        ]
        other = make_staff(session, loop.pantry, Role.PRIVACY_OFFICER)
    app = make_app(migrated)
    officer, navigator, stranger = (signed_in(app, user) for user in (*staff, other))
    return SimpleNamespace(row=row, officer=officer, navigator=navigator, stranger=stranger)


def text(answer):
    return html.unescape(answer.get_data(as_text=True))


def settle(place, who="officer", **typed):
    path = f"/privacy-office/elsewhere/{place.row.id}"
    return getattr(place, who).post(path, page=path if who == "officer" else "/help", **typed)


def test_what_disagrees_is_listed_with_who_says_what(place):
    shown = text(place.officer.get("/privacy-office/elsewhere"))

    assert "State platform" in shown and "They say no" in shown and "Moreno" in shown


def test_a_long_list_is_read_page_by_page(place):
    with transaction() as session:
        for number in range(20):
            no = Statement(f"b-{number:02}", Decision.DO_NOT_SHARE, local_day(NOON))
            consent.take_statement(session, SYSTEM, place.row.person_id, f"Platform {number:02}", no, at=NOON)

    first, second, past = (text(place.officer.get(f"/privacy-office/elsewhere?page={n}")) for n in (1, 2, 3))

    assert first.count("They say no") == 20 and "State platform" in first and "Platform 19" not in first
    assert second.count("They say no") == 1 and "Platform 19" in second
    assert "1 to 20" in first and "21 to 21" in second
    assert "They say no" not in past


def test_both_words_stand_beside_each_other(place):
    shown = text(place.officer.get(f"/privacy-office/elsewhere/{place.row.id}"))

    assert "On record there" in shown and "All data" in shown
    assert "On record here" in shown and "Yes, share" in shown
    assert "Nothing is shared, as now." in shown


def test_it_is_settled_once_and_leaves_the_list(place):
    answer = settle(place, settled="ours", words="Sorrel asked today: share.")

    assert answer.status_code == 303
    shown = text(place.officer.get(answer.location))
    assert "settled until it changes" in shown and "Nothing waits to be settled." in shown
    with reading() as session:
        assert session.get_one(ExternalStatement, place.row.id).settled == Settled.OURS


@pytest.mark.parametrize(
    ("typed", "words"),
    [({"words": "Asked today."}, "Which counts: choose one"), ({"settled": "ours"}, "What the person said: write who")],
)
def test_what_lacks_is_told_at_its_box_and_what_was_typed_stays(place, typed, words):
    answer = settle(place, **typed)

    assert answer.status_code == 422 and words in text(answer)
    assert typed.get("words", "") in text(answer)


def test_nobody_else_settles_it(place):
    assert settle(place, "navigator", settled="ours", words="Yes.").status_code == 403
    unknown = place.stranger.get(f"/privacy-office/elsewhere/{uuid4()}")
    theirs = place.stranger.get(f"/privacy-office/elsewhere/{place.row.id}")
    assert (theirs.status_code, unknown.status_code) == (404, 404)
    assert "State platform" not in text(place.stranger.get("/privacy-office/elsewhere"))
