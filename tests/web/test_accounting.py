"""The list of who got something of a person: page, print, paper, file; the list of 42 CFR 2.24; who may make them."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from sqlalchemy import select

from cie import consent, people, privacy
from cie.access import Role
from cie.consent import DataSet, Disclosure, Element, Method, NetworkPolicy, NetworkRole, Reach, Stated
from cie.db import reading, transaction
from cie.directory import Category
from cie.directory.models import Address, Location, Organization
from cie.events import AuditEntry
from cie.participants import Participant, ParticipantKind
from cie.people import Person
from cie.privacy import Asked, Demanded, DemandKind, DemandState, Given, RequestKind
from tests.factories import add, make_consent, make_participant, make_person, staff_of
from tests.support.pdf import Pdf
from tests.web.privacy_place import ELSE, TODAY, actions, boxes, browser_of, make_place
from tests.web.test_settings import text_of

NOW = datetime.now(UTC)
NAME, NEED = Element("name", "Aster Moreno"), Element("need", "Food box, weekly")
TREATMENT = Element("need", "Counseling for alcohol", Category.SUD_PART2)
DAYS = {**boxes("first_on", 30), **boxes("last_on")}


@pytest.fixture
def place(database, migrated):
    place = make_place(migrated)
    place.path = f"/people/{place.loop.person.id}/accounting"
    with transaction() as session:
        session.get_one(Person, place.loop.person.id).language = "en"
    return place


def release(place, *elements, days_ago=0, to=None, **fields):
    """Something goes to the pantry, or to another place."""
    loop, at = place.loop, NOW - timedelta(days=days_ago)
    with transaction() as session:
        person = session.get_one(Person, loop.person.id)
        values = {"data_set": DataSet.REFERRAL, "elements": elements or (NAME, NEED), **fields}
        wanted = Disclosure(person, loop.clinic.id, to or loop.pantry.id, **values)
        return consent.release(session, loop.navigator, wanted, referral_id=None, subject_id=uuid4(), at=at)


def make_refuge(place):
    with transaction() as session:
        refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
    release(place, to=refuge.id, at_person_request=True)


def ask(place, days_ago=2):
    """The person asks for the list."""
    officer = staff_of(place.loop.clinic, Role.PRIVACY_OFFICER)
    asked = Asked(RequestKind.ACCOUNTING, "Who got my file?", TODAY - timedelta(days=days_ago))
    with transaction() as session:
        return privacy.open_request(session, officer, place.loop.person.id, asked, at=NOW)


def answer_demand(place, given):
    officer = staff_of(place.loop.clinic, Role.PRIVACY_OFFICER)
    with transaction() as session:
        demanded = Demanded(DemandKind.COURT_ORDER, "Thrush and Thrush", "All", TODAY, "Fresno County", "24-117")
        demand = privacy.open_demand(session, officer, demanded, at=NOW)
        privacy.add_to_demand(session, officer, demand.id, place.loop.person.id, at=NOW)
        privacy.give_to_counsel(session, officer, demand.id, counsel="Ibis Marlowe", at=NOW)
        to = DemandState.ANSWERED_OUTSIDE
        decision = "Counsel thinks that the order is weak."
        privacy.decide_demand(session, officer, demand.id, to, decision=decision, given=given, at=NOW)


def download(place, name, browser=None, **fields):
    return (browser or place.browser).post(f"{place.path}/{name}", page="/privacy-office", **{**DAYS, **fields})


def in_days(place, path="", **more):
    """The list, or its print, of the days that the address asks for."""
    return place.browser.get(f"{place.path}{path}?{urlencode({**DAYS, **more})}")


def rows_of(answer):
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="list.csv"'
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


class TestPage:
    def test_it_says_who_got_what_when_why_and_by_what_right(self, place):
        release(place)

        page = text_of(place.browser.get(place.path))

        for words in (
            "A list of who got it", "Aster Moreno", "1 entry", "Lantern Pantry",
            "The request, version 1: name, what they need.", "To help the person", "permission: said ",
            "This list goes back 6 years at most (45 CFR 164.528(a)(1)).",
        ):  # fmt: skip
            assert words in page, words
        assert "Food box" not in page

    def test_what_ended_stays(self, place):
        row = release(place)
        with transaction() as session:
            consent.end_releases_of(session, place.loop.navigator, row.subject_id, place.loop.pantry.id, at=NOW)

        assert "Not readable since" in text_of(place.browser.get(place.path))

    def test_where_they_are_is_said(self, place):
        release(place)
        with transaction() as session:
            organization = add(session, Organization(participant_id=place.loop.pantry.id, name="Lantern Pantry"))
            location = add(session, Location(organization_id=organization.id))
            add(session, Address(location_id=location.id, address_1="4 Oak St", city="Fresno", postal_code="93702"))

        assert "4 Oak St, Fresno, CA 93702" in text_of(place.browser.get(place.path))

    def test_a_law_beside_the_yes_is_named_with_its_source(self, place):
        row = release(place)
        with transaction() as session:
            kept = session.get_one(type(row), row.id)
            kept.basis, kept.consent_ids = "hipaa-tpo", []

        page = text_of(place.browser.get(place.path))
        assert "HIPAA allows this for treatment, payment and operations (45 CFR 164.506" in page
        assert "permission: said" not in page and "permission." not in page

    def test_a_protected_service_is_there_without_its_name(self, place):
        make_refuge(place)

        page = text_of(place.browser.get(place.path))
        assert "A protected service" in page and "is not named here" in page
        assert "Safe Harbor" not in page

    def test_what_was_given_by_hand_is_there_and_what_counsel_thought_is_not(self, place):
        answer_demand(place, Given("Two letters of May", TODAY, "The clerk"))

        page = text_of(place.browser.get(place.path))
        for words in ("The clerk", "By hand: Two letters of May", "Legal demand: Court order", "24-117"):
            assert words in page, words
        assert "Counsel thinks" not in page

    def test_only_the_days_that_are_asked_for_are_shown(self, place):
        for days_ago in (40, 5):
            release(place, days_ago=days_ago)

        page = text_of(in_days(place))

        assert "1 entry" in page and f'value="{DAYS["first_on_year"]}"' in page
        assert "2 entries" in text_of(place.browser.get(place.path))

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"first_on_day": "x"}, "First day: enter a month, a day and a year that exist"),
            ({"first_on_year": "2010"}, "First day: the list goes back 6 years at most"),
            (boxes("last_on", 31), "Last day: choose a day that is not before the first"),
            (boxes("last_on", -1), "Last day: choose a day that is not after today"),
        ],
    )
    def test_wrong_days_are_named_and_stay_in_their_boxes(self, place, fields, words):
        release(place)

        answer = in_days(place, **fields)

        page = text_of(answer)
        assert answer.status_code == 422 and words in page
        assert all(f'value="{value}"' in page for value in fields.values())
        assert "Lantern Pantry" not in page.partition('id="main"')[2]

    def test_it_comes_in_pages_that_keep_the_days(self, place):
        for _each in range(23):
            release(place)

        first, second = (text_of(in_days(place, page=number)) for number in (1, 2))

        assert (first.count('<tr role="row">'), second.count('<tr role="row">')) == (20, 3)
        assert "23 entries" in first
        assert f"{place.path}?page=2&amp;first_on_month={DAYS['first_on_month']}" in first

    def test_an_empty_one_says_so(self, place):
        assert "Nobody got anything in these days." in text_of(place.browser.get(place.path))

    def test_that_it_was_looked_at_is_kept_as_operations(self, place):
        place.browser.get(place.path)

        with reading() as session:
            entry = session.execute(select(AuditEntry).where(AuditEntry.action == "seen")).scalars().all()[-1]
        assert entry.purpose == "HOPERAT"

    def test_it_speaks_spanish(self, place):
        release(place)
        place.browser.client.set_cookie("language", "es")

        for path in (place.path, f"{place.path}/sheet"):
            page = text_of(place.browser.get(path))
            assert '<html lang="es"' in page and "Una lista de quién lo recibió" in page
            assert "Con qué derecho" in page


class TestWays:
    def test_a_privacy_officer_comes_to_it_from_the_person_and_others_do_not(self, place):
        person = f"/people/{place.loop.person.id}"

        assert f'href="{place.path}"' in text_of(place.browser.get(person))
        assert place.path not in text_of(browser_of(place, Role.NAVIGATOR).get(person))

    def test_from_what_the_person_asked_one_comes_to_the_list_and_from_it_to_the_answer(self, place):
        asked = ask(place)

        case = text_of(place.browser.get(f"/privacy-office/requests/{asked.id}"))
        page = text_of(place.browser.get(place.path))

        assert f'href="{place.path}">Make the list' in case
        assert "Your next step: give the person this list, then write down the answer" in page
        assert f'href="/privacy-office/requests/{asked.id}/answer"' in page

    def test_who_asked_for_no_list_waits_for_none(self, place):
        assert "Your next step" not in text_of(place.browser.get(place.path))

    def test_what_was_corrected_is_one_link_away_with_all_that_was_said_about_sharing(self, place):
        actor, person_id = place.loop.navigator, place.loop.person.id
        with transaction() as session:
            people.correct_person(session, actor, person_id, {"street": "9 Fir St"}, seen_version=1, at=NOW)
            people.add_identifier(session, actor, person_id, "cin", "91234567A", at=NOW)
            people.remove_contact(session, actor, place.loop.phone.id, at=NOW)
            (record,) = consent.consents_of(session, place.loop.clinic.id, person_id)
            consent.revoke(session, actor, record.id, method=Method.IN_PERSON, at=NOW)
            consent.record_consent(
                session, actor, person_id, decision=consent.Decision.DO_NOT_SHARE, categories=[], recipient_ids=[],
                method=Method.IN_PERSON, expires_on=None, wording_version="", at=NOW,
            )  # fmt: skip

        assert f'href="/people/{person_id}/history"' in text_of(place.browser.get(place.path))
        page = re.sub(r"<[^>]+>", "", text_of(place.browser.get(f"/people/{person_id}/history")))
        for words in (
            "Street: from 12 Elm St to 9 Fir St", "from nothing to 91234567A",
            "Number or address: from (559) 555-0142 to nothing",
            "Taken back on: from nothing to ", "What they said about sharing: from nothing to No, do not share",
        ):  # fmt: skip
            assert words in page, words


class TestSheet:
    def test_all_of_it_is_on_one_page_whose_title_names_nobody(self, place):
        for _each in range(23):
            release(place)
        make_refuge(place)

        page = text_of(in_days(place, "/sheet"))

        assert page.count('<tr role="row">') == 24 and "is not named here" in page
        assert "Aster" not in page.partition("</title>")[0] and "Aster Moreno" in page
        assert "first_on_month" in page.partition("cie-back")[2].partition("</p>")[0], (
            "the days are kept on the way back"
        )


class TestFiles:
    def test_the_table_holds_the_days_that_were_asked_for(self, place):
        release(place, days_ago=40)
        release(place, days_ago=5)
        answer_demand(place, Given("=Two letters", TODAY))

        by_hand, only = rows_of(download(place, "list.csv"))

        assert list(only) == [
            "Day", "Who got it", "Where they are", "What they got", "Why", "By what right", "Not readable since",
        ]  # fmt: skip
        assert (only["Who got it"], only["Why"]) == ("Lantern Pantry", "To help the person")
        assert only["What they got"] == "The request, version 1: name, what they need."
        assert by_hand["By what right"] == "Court: Fresno County. Case number: 24-117."

    def test_no_cell_is_taken_for_a_formula(self, place):
        release(place)
        with transaction() as session:
            session.get_one(Participant, place.loop.pantry.id).name = "=1+1"

        assert rows_of(download(place, "list.csv"))[0]["Who got it"] == "'=1+1"

    def test_the_paper_is_for_the_person_in_their_language(self, place):
        release(place)
        with transaction() as session:
            session.get_one(Person, place.loop.person.id).language = "es"

        answer = download(place, "list.pdf")

        pdf = Pdf(answer.data)
        assert (answer.content_type, pdf.entry("Title")) == ("application/pdf", "Una lista para usted")
        for words in ("Quién recibió sus datos", "Lantern Pantry", "Para ayudarle", "Aster Moreno"):
            assert words in pdf.text, words
        assert pdf.unmarked == "" and min(pdf.sizes) == 14.0

    def test_a_protected_service_has_no_name_in_either(self, place):
        make_refuge(place)

        table, paper = download(place, "list.csv"), Pdf(download(place, "list.pdf").data).text

        assert rows_of(table)[0]["Who got it"] == "A protected service"
        assert "A service you chose" in paper and "is not named here" in paper
        assert "Safe Harbor" not in table.get_data(as_text=True) + paper

    def test_an_empty_paper_says_so(self, place):
        assert "Nobody got your data in these days." in Pdf(download(place, "list.pdf").data).text

    @pytest.mark.parametrize(("name", "form"), [("list.csv", "csv"), ("list.pdf", "pdf")])
    def test_that_it_was_taken_is_kept_and_stands_in_the_request(self, place, name, form):
        asked = ask(place)
        release(place)

        download(place, name)

        with reading() as session:
            entry = session.execute(select(AuditEntry).where(AuditEntry.action == "accounting.download")).scalar_one()
        codes = json.loads(entry.codes)
        assert (entry.person_id, codes["format"], codes["count"]) == (place.loop.person.id, form, 1)
        assert "The list was downloaded" in text_of(place.browser.get(f"/privacy-office/requests/{asked.id}"))

    def test_wrong_days_make_no_file(self, place):
        answer = download(place, "list.csv", **boxes("last_on", 31))

        assert answer.status_code == 422 and "Last day: choose" in text_of(answer)
        assert "accounting.download" not in actions()


@pytest.fixture
def treated(place):
    """The same where the network may carry treatment records, with a whole consent of 42 CFR 2.31 to a class."""
    with transaction() as session:
        session.get_one(Participant, place.loop.pantry.id).kind = ParticipantKind.CLINIC
        role = {"role": NetworkRole.PART2_INTERMEDIARY, "counsel": "Juniper Vale", "source": "Memo 7"}
        day = TODAY - timedelta(days=60)
        add(session, NetworkPolicy(**role, effective_on=day, recorded_at=NOW - timedelta(days=60)))
        make_consent(
            session, session.get_one(Person, place.loop.person.id), form="part2",
            categories=[Category.GENERAL.value, Category.SUD_PART2.value], method=Method.SIGNED_PAPER,
            stated=[each.value for each in Stated], expiry=consent.Expiry.DAY, expires_on=TODAY + timedelta(days=90),
            given_at=NOW - timedelta(days=50), recipient_class=Reach.TREATING_PROVIDERS, names_network=True,
        )  # fmt: skip
    return replace_loop(place)


def replace_loop(place):
    with reading() as session:
        place.loop = replace(place.loop, person=session.get_one(Person, place.loop.person.id))
    return place


class TestPart2:
    def test_one_button_makes_the_list(self, treated):
        release(treated, NAME, TREATMENT)

        page = text_of(treated.browser.get(treated.path))
        pdf = Pdf(treated.browser.post(f"{treated.path}/part2.pdf", page=treated.path).data)

        assert f'action="{treated.path}/part2.pdf"' in page
        assert "The list for treatment records goes back 3 years (42 CFR 2.24)." in page
        for words in ("Your list under 42 CFR 2.24", "Lantern Pantry", "The request, version 1: what they need."):
            assert words in pdf.text, words
        assert "42 CFR part 2 prohibits unauthorized use or disclosure of these records." in pdf.text
        assert "accounting.part2-list" in actions()

    def test_who_has_none_is_told_so(self, treated):
        release(treated)

        pdf = Pdf(treated.browser.post(f"{treated.path}/part2.pdf", page=treated.path).data)

        assert "No place is on this list." in pdf.text and "Lantern Pantry" not in pdf.text


class TestOthers:
    READS, MAKES = ("", "/sheet"), ("/list.csv", "/list.pdf", "/part2.pdf")

    def test_of_another_organization_is_like_one_that_does_not_exist(self, place):
        release(place)
        with transaction() as session:
            own = make_person(session, place.loop.pantry)
        unknown = f"/people/{uuid4()}/accounting"

        assert place.stranger.get(f"/people/{own.id}/accounting").status_code == 200
        for path in self.READS:
            theirs, nobodys = place.stranger.get(place.path + path), place.stranger.get(unknown + path)
            assert (theirs.status_code, nobodys.status_code) == (404, 404)
            assert len({re.sub(r'/people/\S+?"|value="[^"]+"', "", text_of(a)) for a in (theirs, nobodys)}) == 1
        for path in self.MAKES:
            answers = [
                place.stranger.post(start + path, page="/privacy-office", **DAYS) for start in (place.path, unknown)
            ]
            assert [answer.status_code for answer in answers] == [404, 404]
        assert "accounting.download" not in actions() and "accounting.part2-list" not in actions()

    @pytest.mark.parametrize("role", ELSE)
    def test_no_other_role_comes_in(self, place, role):
        colleague = browser_of(place, role)

        for path in self.READS:
            assert colleague.get(place.path + path).status_code == 403, path
        for path in self.MAKES:
            assert colleague.post(place.path + path, page="/help", **DAYS).status_code == 403, path
