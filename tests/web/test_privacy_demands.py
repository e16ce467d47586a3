"""The pages of legal demands: first they say that nothing leaves; a lawyer comes before a decision; who may look."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from cie.consent import Release
from cie.db import reading, transaction
from cie.events import Outbox
from cie.privacy import DemandState, LegalDemand
from tests.factories import make_person
from tests.web.privacy_place import ELSE, actions, boxes, browser_of, make_place
from tests.web.test_settings import text_of

DEMANDS = "/privacy-office/demands"
NOTHING_LEAVES = "Nothing leaves this exchange because of a demand."
DECISION = {"to": "refused", "decision": "Counsel wrote to the court."}
GIVEN = {"to": "answered-outside", "given": "Two letters of May", **boxes("released_on", 1)}


@pytest.fixture
def place(database, migrated):
    return make_place(migrated)


def write_down(place, **fields):
    values = {"kind": "subpoena", "asker": "Thrush and Thrush", "scope": "All notes", **boxes("received_on", 2)}
    return place.browser.post(DEMANDS, page=f"{DEMANDS}/new", **{**values, "form_id": "one", **fields})


@pytest.fixture
def case(place):
    """The address of one demand."""
    return write_down(place).location.partition("?")[0]


def the_one():
    with reading() as session:
        return session.execute(select(LegalDemand)).scalar_one()


def give_to_counsel(place, case):
    return place.browser.post(f"{case}/counsel", counsel="Ibis Marlowe")


class TestNothingLeaves:
    @pytest.mark.parametrize("path", ["", "/decision"])
    def test_the_page_says_so_before_anything_else(self, place, case, path):
        page = text_of(place.browser.get(case + path))

        main = page.partition('id="main"')[2]
        assert main.index(NOTHING_LEAVES) < main.index("<h1>")
        assert "you give it by hand, outside this exchange" in main

    def test_the_form_and_the_paper_say_so_too(self, place, case):
        assert NOTHING_LEAVES in text_of(place.browser.get(f"{DEMANDS}/new"))
        assert NOTHING_LEAVES in text_of(place.browser.get(f"{case}/sheet"))

    @pytest.mark.parametrize("to", ["answered-outside", "refused", "withdrawn"])
    def test_no_decision_releases_or_sends(self, place, case, to):
        give_to_counsel(place, case)
        place.browser.post(f"{case}/decision", **{**DECISION, **GIVEN, "to": to})

        with reading() as session:
            counts = (select(func.count()).select_from(table) for table in (Release, Outbox))
            sent = [session.execute(count).scalar_one() for count in counts]
        assert sent == [0, 0]
        assert the_one().state == to


class TestWritingDown:
    def test_it_is_kept_with_all_that_stands_on_the_paper(self, place):
        answer = write_down(place, court="Fresno County Superior Court", case_number="24-117", **boxes("due_on", -9))

        page = text_of(place.browser.get(answer.location))
        for words in ("Subpoena", "Thrush and Thrush", "Fresno County Superior Court", "24-117", "All notes"):
            assert words in page
        assert "Your next step: give it to a lawyer" in page

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"kind": ""}, "Kind: choose one"),
            ({"kind": "favor"}, "Kind: choose one"),
            ({"asker": ""}, "Who asks: write it down"),
            ({"scope": ""}, "What they ask for: write it down"),
            ({"received_on_year": "x"}, "Received on: enter a month, a day and a year that exist"),
            (boxes("due_on", 30), "Answer due on: choose a day that is not before it was received"),
        ],
    )
    def test_what_is_wrong_is_named_and_what_was_typed_stays(self, place, fields, words):
        answer = write_down(place, court="Fresno County", **fields)

        assert answer.status_code == 422
        assert words in text_of(answer)
        assert 'value="Fresno County"' in text_of(answer)

    def test_a_second_click_opens_no_second_one(self, place):
        assert write_down(place).location == write_down(place).location


class TestCase:
    def test_a_lawyer_comes_first(self, place, case):
        early = place.browser.post(f"{case}/decision", **DECISION)
        page = text_of(place.browser.get(f"{case}/decision"))

        assert early.status_code == 409
        assert "A lawyer looks at it first." in text_of(early)
        assert 'value="withdrawn"' in page and 'value="refused"' not in page
        assert DECISION["decision"] in text_of(early)

    def test_then_it_is_decided_in_words_and_closed(self, place, case):
        give_to_counsel(place, case)
        answer = place.browser.post(f"{case}/decision", **DECISION)

        page = text_of(place.browser.get(answer.location))
        assert "Not answered: we said no" in page
        assert "Counsel wrote to the court." in page and "Ibis Marlowe" in page
        assert "Add it to the history" not in page
        assert [a for a in actions() if a.startswith("legal-demand")] == [
            "legal-demand.opened", "legal-demand.with-counsel", "legal-demand.refused",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("path", "fields", "words"),
        [
            ("/counsel", {"counsel": ""}, "Name of the lawyer: write it down"),
            ("/decision", {"decision": "x"}, "What became of it: choose one"),
            ("/decision", {"to": "withdrawn"}, "What was decided: write it down"),
            ("/people", {"name": ""}, "Name: type 2 to"),
            ("/people/more", {"person_id": "x"}, "Person: choose one"),
            ("/people/less", {"person_id": "x"}, "Person: choose one"),
            ("/notes", {"words": ""}, "What was done: write it down"),
        ],
    )
    def test_what_is_wrong_is_named(self, place, case, path, fields, words):
        answer = place.browser.post(case + path, page=case, **fields)

        assert answer.status_code == 422
        assert words in text_of(answer)

    def test_what_was_given_by_hand_stands_on_the_page_and_on_paper(self, place, case):
        give_to_counsel(place, case)
        answer = place.browser.post(f"{case}/decision", **{**DECISION, **GIVEN, "given_to": "The clerk"})

        for page in (text_of(place.browser.get(answer.location)), text_of(place.browser.get(f"{case}/sheet"))):
            assert "Two letters of May" in page and "The clerk" in page and "Given on" in page

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"given": ""}, "What was given: write it down"),
            ({"released_on_day": ""}, "Given on: enter a month, a day and a year that exist"),
            ({f"released_on_{part}": "" for part in ("month", "day", "year")}, "Given on: enter month, day and year"),
        ],
    )
    def test_what_lacks_of_that_is_named_and_the_rest_stays(self, place, case, fields, words):
        give_to_counsel(place, case)

        answer = place.browser.post(f"{case}/decision", **{**DECISION, **GIVEN, "given_to": "The clerk", **fields})

        assert answer.status_code == 422
        assert words in text_of(answer) and 'value="The clerk"' in text_of(answer)
        assert the_one().state is DemandState.WITH_COUNSEL

    def test_a_note_stands_in_the_history(self, place, case):
        answer = place.browser.post(f"{case}/notes", page=case, words="Called the court.")

        assert "Called the court." in text_of(place.browser.get(answer.location))

    @pytest.mark.parametrize(
        "path", ["", "/new", "/{id}", "/{id}/counsel", "/{id}/decision", "/{id}/sheet", "/{id}/people"]
    )
    def test_it_speaks_spanish(self, place, case, path):
        place.browser.client.set_cookie("language", "es")

        page = text_of(place.browser.get(DEMANDS + path.format(id=case.rpartition("/")[2])))

        assert '<html lang="es"' in page
        assert "lawyer" not in page and "demand" not in re.sub(r"/demands?|privacy\.", "", page)


class TestPeople:
    def test_they_are_found_put_on_it_and_taken_off(self, place, case):
        found = place.browser.post(f"{case}/people", name="Aster")
        person_id = str(place.loop.person.id)
        put = place.browser.post(f"{case}/people/more", page=f"{case}/people", person_id=person_id)
        with_them = text_of(place.browser.get(put.location)), text_of(place.browser.get(case))
        place.browser.post(f"{case}/people/less", page=f"{case}/people", person_id=person_id)

        assert "Aster Moreno" in text_of(found) and "It is about them" in text_of(found)
        assert all("Aster Moreno" in page for page in with_them)
        assert "Nobody is named yet" in text_of(place.browser.get(case))
        assert [a for a in actions() if "list" in a] == ["legal-demand.list-grew", "legal-demand.list-taken-back"]

    def test_nobody_else_is_found(self, place, case):
        assert "No person here matches." in text_of(place.browser.post(f"{case}/people", name="Quilla"))

    def test_a_second_click_is_told_so(self, place, case):
        for _click in range(2):
            answer = place.browser.post(
                f"{case}/people/more", page=f"{case}/people", person_id=str(place.loop.person.id)
            )

        assert answer.status_code == 409 and "This person is on it already." in text_of(answer)

    def test_a_person_of_another_organization_is_like_one_that_does_not_exist(self, place, case):
        with transaction() as session:
            other = make_person(session, place.loop.pantry)

        for person_id in (other.id, uuid4()):
            answer = place.browser.post(f"{case}/people/more", page=f"{case}/people", person_id=str(person_id))
            assert answer.status_code == 404

    def test_when_it_is_closed_the_list_stays_as_it_is(self, place, case):
        person_id = str(place.loop.person.id)
        place.browser.post(f"{case}/people/more", page=f"{case}/people", person_id=person_id)
        place.browser.post(f"{case}/decision", **{**DECISION, "to": "withdrawn"})

        page = text_of(place.browser.get(f"{case}/people"))
        late = place.browser.post(f"{case}/people/less", page=f"{case}/people", person_id=person_id)

        assert "Aster Moreno" in page and "Take off" not in page and "It is about them" not in page
        assert late.status_code == 409


class TestList:
    def test_it_is_filtered_by_kind_and_standing(self, place, case):
        write_down(place, kind="immigration-enforcement", asker="Field office", form_id="two", **boxes("due_on", 1))

        by_kind = text_of(place.browser.get(f"{DEMANDS}?kind=subpoena"))
        late = text_of(place.browser.get(f"{DEMANDS}?show=late"))
        unknown = text_of(place.browser.get(f"{DEMANDS}?kind=favor"))

        assert "Thrush and Thrush" in by_kind and "Field office" not in by_kind
        assert "Immigration enforcement, Field office" in late and "1 day late" in late and "Thrush" not in late
        assert "Field office" in unknown and "Thrush" in unknown

    def test_an_empty_one_says_what_to_do(self, place):
        assert "No demand is open." in text_of(place.browser.get(DEMANDS))

    def test_the_filter_stays_on_the_next_page(self, place):
        for number in range(23):
            write_down(place, form_id=str(number))

        page = text_of(place.browser.get(f"{DEMANDS}?kind=subpoena"))

        assert f'{DEMANDS}?page=2&amp;show=open&amp;kind=subpoena"' in page


class TestOthers:
    PATHS = ["", "/sheet", "/counsel", "/decision", "/people"]

    @pytest.mark.parametrize("path", PATHS)
    def test_of_another_organization_is_like_one_that_does_not_exist(self, place, case, path):
        theirs, nobodys = place.stranger.get(case + path), place.stranger.get(f"{DEMANDS}/{uuid4()}{path}")

        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert len({re.sub(r'/privacy-office/\S+?"|value="[^"]+"', "", text_of(a)) for a in (theirs, nobodys)}) == 1

    def test_nor_can_it_be_changed(self, place, case):
        who = {"person_id": str(place.loop.person.id)}
        for path, fields in (
            ("/notes", {"words": "x"}), ("/counsel", {"counsel": "x"}), ("/decision", DECISION),
            ("/people", {"name": "x"}), ("/people/more", who), ("/people/less", who),
        ):  # fmt: skip
            assert place.stranger.post(case + path, page="/privacy-office", **fields).status_code == 404

        assert the_one().state is DemandState.RECEIVED

    @pytest.mark.parametrize("role", ELSE)
    def test_no_other_role_comes_in(self, place, case, role):
        colleague = browser_of(place, role)

        for path in (DEMANDS, f"{DEMANDS}/new", *(case + path for path in self.PATHS)):
            assert colleague.get(path).status_code == 403, path
        assert colleague.post(f"{case}/counsel", page="/help", counsel="x").status_code == 403
