"""The pages of what people ask: whose record, the clock, more days, the answer, and that no record changes."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from cie.db import reading, transaction
from cie.events import AuditEntry
from cie.people import Person
from cie.privacy import PersonRequest, RequestState
from tests.factories import make_person
from tests.web.privacy_place import ELSE, actions, boxes, browser_of, make_place
from tests.web.test_settings import text_of

REQUESTS = "/privacy-office/requests"
ASKED = "I want a copy of my file"


@pytest.fixture
def place(database, migrated):
    return make_place(migrated)


def form_of(person):
    return f"/privacy-office/people/{person.id}/requests/new"


def write_down(place, **fields):
    values = {"kind": "access", "asked": ASKED, "form_id": "one", **boxes("received_on", 2)}
    return place.browser.post(form_of(place.loop.person), **{**values, **fields})


@pytest.fixture
def case(place):
    """The address of one request."""
    return write_down(place).location.partition("?")[0]


def the_one():
    with reading() as session:
        return session.execute(select(PersonRequest)).scalar_one()


class TestWritingDown:
    def test_the_person_is_found_by_name_and_then_asked_about(self, place):
        found = text_of(place.browser.post(f"{REQUESTS}/new", name="Aster"))

        assert f'href="{form_of(place.loop.person)}"' in found and "Aster Moreno" in found
        assert "No person here matches." in text_of(place.browser.post(f"{REQUESTS}/new", name="Zinnia"))

    def test_a_privacy_officer_comes_to_it_from_the_person(self, place):
        person = f"/people/{place.loop.person.id}"

        assert f'href="{form_of(place.loop.person)}"' in text_of(place.browser.get(person))
        assert "/privacy-office/" not in text_of(browser_of(place, ELSE[0]).get(person))

    def test_it_is_kept_with_its_day_and_where_the_day_comes_from(self, place):
        answer = write_down(place, asker="Sage Moreno")

        page = text_of(place.browser.get(answer.location))
        for words in ("See it or get a copy", "Aster Moreno", "Sage Moreno", ASKED, "45 CFR 164.524(b)(2)"):
            assert words in page
        assert "Your next step: answer the person" in page and "Take 30 more days" in page

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"kind": ""}, "Kind: choose one"),
            ({"asked": ""}, "What they ask for: write it down"),
            ({"received_on_month": "13"}, "Received on: enter a month, a day and a year that exist"),
            (boxes("received_on", -1), "Received on: choose a day that is not after today"),
        ],
    )
    def test_what_is_wrong_is_named_and_what_was_typed_stays(self, place, fields, words):
        answer = write_down(place, asker="Sage Moreno", **fields)

        assert answer.status_code == 422
        assert words in text_of(answer)
        assert 'value="Sage Moreno"' in text_of(answer)

    def test_a_second_click_opens_no_second_one(self, place):
        assert write_down(place).location == write_down(place).location

    def test_somebody_elses_person_is_like_nobody(self, place):
        with transaction() as session:
            theirs = make_person(session, place.loop.pantry)

        assert place.browser.get(form_of(theirs)).status_code == 404
        whole = {"kind": "access", "asked": "x", **boxes("received_on")}
        for fields in (whole, {"kind": "access"}):
            assert place.browser.post(form_of(theirs), page=REQUESTS, **fields).status_code == 404


class TestCase:
    def test_more_days_are_taken_once_with_a_reason(self, place, case):
        nothing = place.browser.post(f"{case}/extension", reason="")
        answer = place.browser.post(f"{case}/extension", reason="The file is in storage.")
        again = place.browser.post(f"{case}/extension", reason="Still there.")

        page = text_of(place.browser.get(answer.location))
        assert "Why it takes longer: write it down" in text_of(nothing)
        assert "The file is in storage." in page and "Take 30 more days" not in page
        assert again.status_code == 409 and "No more days can be added." in text_of(again)

    @pytest.mark.parametrize(
        ("decision", "words"),
        [
            ("granted", "We said yes"),
            ("partly-granted", "We said yes to a part"),
            ("denied", "We said no"),
            ("withdrawn", "They no longer ask"),
        ],
    )
    def test_it_is_answered_in_plain_words(self, place, case, decision, words):
        answer = place.browser.post(f"{case}/answer", decision=decision, reason="Here is why.")

        page = text_of(place.browser.get(answer.location))
        assert words in page and "Here is why." in page
        assert "No next step: this case is closed" in page
        assert f"person-request.{decision}" in actions()

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"reason": "Kept words"}, "Answer: choose one"),
            ({"decision": "open", "reason": "Kept words"}, "Answer: choose one"),
            ({"decision": "denied"}, "Why, in plain words: write it down"),
        ],
    )
    def test_what_is_wrong_is_named(self, place, case, fields, words):
        answer = place.browser.post(f"{case}/answer", **fields)

        assert answer.status_code == 422
        assert words in text_of(answer)
        assert ("Kept words" in text_of(answer)) is ("reason" in fields)

    def test_a_deletion_that_was_granted_deletes_nothing_here(self, place):
        case = write_down(place, kind="deletion").location.partition("?")[0]
        place.browser.post(f"{case}/answer", decision="granted", reason="Yes.")

        with reading() as session:
            assert session.get_one(Person, place.loop.person.id).full_name == "Aster Moreno"
        assert "This case changes no record." in text_of(place.browser.get(case))

    def test_that_the_person_was_shown_is_recorded(self, place, case):
        place.browser.get(case)

        with reading() as session:
            query = select(AuditEntry).where(AuditEntry.action == "seen", AuditEntry.actor_id == place.officer.id)
            assert session.execute(query).first()

    def test_a_note_stands_in_the_history_and_on_paper(self, place, case):
        place.browser.post(f"{case}/notes", page=case, words="Copied 40 pages.")

        assert "Copied 40 pages." in text_of(place.browser.get(case))
        paper = text_of(place.browser.get(f"{case}/sheet"))
        assert "Copied 40 pages." in paper
        assert "Aster" not in re.search(r"<title>(.*?)</title>", paper).group(1)

    @pytest.mark.parametrize("path", ["", "/new", "/{id}", "/{id}/extension", "/{id}/answer", "/{id}/sheet"])
    def test_it_speaks_spanish(self, place, case, path):
        place.browser.client.set_cookie("language", "es")

        page = text_of(place.browser.get(REQUESTS + path.format(id=case.rpartition("/")[2])))

        assert '<html lang="es"' in page
        assert "record" not in re.sub(r"registro", "", page) and "answer" not in re.sub(r"/answer", "", page)


class TestList:
    def test_the_one_due_soonest_comes_first(self, place):
        write_down(place, kind="amendment")
        write_down(place, kind="access", form_id="two", **boxes("received_on", 40))

        page = text_of(place.browser.get(REQUESTS))

        assert page.index("See it or get a copy, for Aster M.") < page.index("(amendment), for Aster M.")
        assert "10 days late" in page

    def test_it_is_filtered_by_kind_standing_and_person(self, place, case):
        with transaction() as session:
            rowan = make_person(session, place.loop.clinic, given_name="Rowan")
        path = form_of(rowan)
        place.browser.post(path, kind="deletion", asked="All", form_id="r", **boxes("received_on"))

        by_kind = text_of(place.browser.get(f"{REQUESTS}?kind=deletion"))
        by_person = text_of(place.browser.get(f"{REQUESTS}?show=all&person={place.loop.person.id}"))
        closed = text_of(place.browser.get(f"{REQUESTS}?show=closed"))

        assert "Rowan M." in by_kind and "Aster M." not in by_kind
        assert "Aster M." in by_person and "Rowan M." not in by_person
        assert "Nothing here matches." in closed
        assert place.browser.get(f"{REQUESTS}?person=nobody&page=x").status_code == 200

    def test_an_empty_one_says_so(self, place):
        assert "Nobody waits for an answer." in text_of(place.browser.get(REQUESTS))

    def test_long_ones_have_pages(self, place):
        for number in range(22):
            write_down(place, form_id=str(number))

        assert "21 to 22" in text_of(place.browser.get(f"{REQUESTS}?page=2"))


class TestOthers:
    PATHS = ["", "/sheet", "/extension", "/answer"]

    @pytest.mark.parametrize("path", PATHS)
    def test_of_another_organization_is_like_one_that_does_not_exist(self, place, case, path):
        theirs, nobodys = place.stranger.get(case + path), place.stranger.get(f"{REQUESTS}/{uuid4()}{path}")

        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert len({re.sub(r'/privacy-office/\S+?"|value="[^"]+"', "", text_of(a)) for a in (theirs, nobodys)}) == 1

    def test_nor_can_it_be_changed_or_found_by_its_person(self, place, case):
        for path, fields in (
            ("/notes", {"words": "x"}),
            ("/extension", {"reason": "x"}),
            ("/answer", {"decision": "granted", "reason": "x"}),
        ):
            assert place.stranger.post(case + path, page="/privacy-office", **fields).status_code == 404

        assert the_one().state is RequestState.OPEN
        by_person = text_of(place.stranger.get(f"{REQUESTS}?show=all&person={place.loop.person.id}"))
        assert "Nothing here matches." in by_person

    @pytest.mark.parametrize("role", ELSE)
    def test_no_other_role_comes_in(self, place, case, role):
        colleague = browser_of(place, role)
        paths = (REQUESTS, f"{REQUESTS}/new", form_of(place.loop.person), *(case + path for path in self.PATHS))

        for path in paths:
            assert colleague.get(path).status_code == 403, path
        assert colleague.post(f"{case}/answer", page="/help", decision="granted", reason="x").status_code == 403
