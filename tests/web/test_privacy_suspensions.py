"""An agency keeps what it got off the list of the person: the officer's pages, and what the person gets meanwhile."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from cie.db import reading, transaction
from cie.people import Person
from cie.privacy import AccountingSuspension, Given, LegalDemand
from tests.factories import make_person
from tests.support.pdf import Pdf
from tests.web.privacy_place import ELSE, TODAY, actions, boxes, browser_of, make_place
from tests.web.test_accounting import answer_demand, download, in_days, release, rows_of
from tests.web.test_settings import text_of

GIVEN = "Two letters of May"
WRITTEN = {
    "agency": "County sheriff, fraud unit",
    "how": "written",
    "reason": "They would leave the county.",
    **boxes("stated_on", 1),
    **boxes("until_on", -7),
}
BY_VOICE = {
    **WRITTEN,
    "how": "oral",
    "said_by": "Deputy Crake",
    "until_on_month": "",
    "until_on_day": "",
    "until_on_year": "",
}


@pytest.fixture
def place(database, migrated):
    place = make_place(migrated)
    place.path = f"/people/{place.loop.person.id}/accounting"
    with transaction() as session:
        session.get_one(Person, place.loop.person.id).language = "en"
    release(place)
    answer_demand(place, Given(GIVEN, TODAY))
    with reading() as session:
        demand = session.execute(select(LegalDemand)).scalar_one()
    place.case = f"/privacy-office/demands/{demand.id}"
    return place


def suspend(place, said=WRITTEN, browser=None, **fields):
    path = f"{place.case}/suspensions"
    return (browser or place.browser).post(path, page=path, **{**said, "form_id": "one", **fields})


def the_one():
    with reading() as session:
        return session.execute(select(AccountingSuspension)).scalar_one()


def papers(place):
    """All that the person may get: the print, the paper, the file."""
    sheet = re.sub(r'value="[^"]*"', "", text_of(in_days(place, "/sheet")))  # a form token differs each time
    paper = Pdf(download(place, "list.pdf").get_data()).text
    return {"sheet": sheet, "pdf": paper, "csv": str(rows_of(download(place, "list.csv")))}


class TestWhatThePersonGets:
    def test_before_it_the_entry_is_everywhere(self, place):
        assert all(GIVEN in each for each in papers(place).values())

    def test_while_it_lasts_it_is_nowhere_and_nothing_tells_of_it(self, place):
        suspend(place)

        for name, each in papers(place).items():
            assert GIVEN not in each and "sheriff" not in each, name
            assert not re.search("kept out|missing|Kept out", each), name
            assert "Lantern Pantry" in each, name

    def test_the_papers_are_the_same_as_if_nothing_had_been_given(self, place, monkeypatch):
        suspend(place)
        kept_out = papers(place)
        with transaction() as session:
            session.execute(select(LegalDemand)).scalar_one().released_on = None

        assert papers(place) == kept_out

    def test_the_person_sees_it_in_no_other_language_either(self, place):
        suspend(place)
        with transaction() as session:
            session.get_one(Person, place.loop.person.id).language = "es"

        assert GIVEN not in Pdf(download(place, "list.pdf").get_data()).text


class TestTheOfficersView:
    def test_it_marks_what_is_kept_out_and_until_when(self, place):
        suspend(place)

        page = text_of(in_days(place))
        last = TODAY + timedelta(days=7)
        assert GIVEN in page and f"Kept out until {last:%b} {last.day}, {last.year}." in page.replace(
            "\N{NO-BREAK SPACE}", " "
        )
        assert "1 entry is kept out of it for now." in page
        assert "Do not show or print this page for them." in page
        assert in_days(place).get_data(as_text=True).count('<tr role="row" class="cie-no-print">') == 1

    def test_without_one_it_says_nothing_of_it(self, place):
        assert "kept out" not in text_of(in_days(place)).lower()

    def test_it_lists_what_was_said(self, place):
        suspend(place, BY_VOICE, document="Folder 4")

        page = text_of(place.browser.get(f"{place.case}/suspensions"))
        for words in (
            "County sheriff, fraud unit",
            "By voice",
            "Said by Deputy Crake.",
            "Paper: Folder 4.",
            "Everybody",
        ):
            assert words in page, words

    def test_the_case_leads_there_and_its_history_tells(self, place):
        suspend(place)

        page = place.browser.get(place.case).get_data(as_text=True)
        assert f'href="{place.case}/suspensions"' in page
        assert "An agency wants it kept off the list of the person" in page


class TestSaving:
    def test_it_is_kept_with_its_days(self, place):
        assert suspend(place).status_code == 303

        row = the_one()
        assert (row.agency, row.stated_on, row.until_on) == (
            "County sheriff, fraud unit", TODAY - timedelta(days=1), TODAY + timedelta(days=7),
        )  # fmt: skip
        assert actions()[-2:] == ["accounting.suspend", "legal-demand.kept-out"]

    def test_by_voice_it_lasts_thirty_days(self, place):
        suspend(place, BY_VOICE)

        assert the_one().until_on == TODAY + timedelta(days=29)

    def test_a_second_click_saves_no_second_one(self, place):
        suspend(place)

        assert suspend(place).status_code == 303
        assert the_one()

    def test_it_can_be_about_one_person(self, place):
        suspend(place, person_id=str(place.loop.person.id))

        assert the_one().person_id == place.loop.person.id

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"how": ""}, "How they said it: choose one"),
            ({"agency": ""}, "Which agency: write it down"),
            ({"reason": ""}, "Why, as the agency says: write it down"),
            ({"person_id": "nobody"}, "Whom it is about: choose one"),
            ({"stated_on_month": "", "stated_on_day": "", "stated_on_year": ""}, "Said on: enter month, day and year"),
            (boxes("until_on", 2), "Last day: choose a day that is not before it was said"),
            ({"how": "oral"}, "Who said it: write it down"),
            (
                {"how": "oral", "said_by": "Crake", **boxes("until_on", -40)},
                "Last day: what was said by voice does not hold so long. Ask for it in writing",
            ),
        ],
    )
    def test_what_is_wrong_is_named_and_what_was_typed_stays(self, place, fields, words):
        answer = suspend(place, **fields)

        page = text_of(answer)
        assert answer.status_code == 422 and words in page
        assert "fraud unit" in page or "agency" in fields
        with reading() as session:
            assert session.execute(select(AccountingSuspension)).first() is None

    def test_somebody_else_is_not_of_the_list(self, place):
        with transaction() as session:
            other = make_person(session, place.loop.clinic, given_name="Briar")

        assert "Whom it is about: choose one" in text_of(suspend(place, person_id=str(other.id)))


class TestEnding:
    def test_the_entry_is_on_the_list_again(self, place):
        suspend(place)

        answer = place.browser.post(
            f"{place.case}/suspensions/ended", page=f"{place.case}/suspensions", suspension_id=str(the_one().id)
        )

        assert answer.status_code == 303 and answer.location.endswith("?done=ended")
        assert all(GIVEN in each for each in papers(place).values())
        assert "End it now" not in text_of(place.browser.get(f"{place.case}/suspensions"))

    def test_what_has_ended_says_so(self, place):
        suspend(place)
        fields = {"page": f"{place.case}/suspensions", "suspension_id": str(the_one().id)}
        place.browser.post(f"{place.case}/suspensions/ended", **fields)

        answer = place.browser.post(f"{place.case}/suspensions/ended", **fields)

        assert answer.status_code == 409 and "This has already ended" in text_of(answer)


class TestOthers:
    def test_of_another_organization_there_is_none(self, place):
        suspend(place)

        ended = place.stranger.post(
            f"{place.case}/suspensions/ended", page="/privacy-office", suspension_id=str(the_one().id)
        )
        assert ended.status_code == place.stranger.get(f"{place.case}/suspensions").status_code == 404
        assert the_one().ended_at is None

    @pytest.mark.parametrize("role", ELSE)
    def test_no_other_role_opens_it(self, place, role):
        assert browser_of(place, role).get(f"{place.case}/suspensions").status_code == 403
