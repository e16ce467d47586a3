"""The pages of the directory."""

import re
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from cie import identity
from cie.access import SYSTEM, Role
from cie.db import reading, transaction
from cie.directory import CapacityStatus, Category, Service, load_directory
from cie.participants import Participant
from tests.directory.rows import directory_of, location_row, service_row
from tests.factories import make_participant
from tests.support.web import Browser, make_app, signed_in

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime.now(UTC)


@pytest.fixture
def app(migrated, database):
    return make_app(migrated)


def load(*services, participant=None):
    data = directory_of(*services)
    with transaction() as session:
        joined = {data["organizations"][0]["id"]: participant} if participant else {}
        load_directory(session, SYSTEM, data, joined, at=NOW)
    return [UUID(service["id"]) for service in services]


def staff(app, *roles, name="Lantern Pantry"):
    with transaction() as session:
        participant = make_participant(session, name=name)
        user = identity.add_staff(
            session,
            SYSTEM,
            participant.id,
            name="Wren",
            email=f"{uuid4().hex}@example.org",
            roles=list(roles or (Role.CASEWORKER,)),
            password_hash="x",
            totp_secret="JBSWY3DPEHPK3PXP",
            at=NOW,
        )
    return signed_in(app, user), participant.id


def text(answer):
    return answer.get_data(as_text=True)


def service(service_id):
    with reading() as session:
        return session.get_one(Service, service_id)


class TestSearch:
    def test_anybody_finds_a_service_near_a_zip(self, app):
        load(service_row())

        page = Browser(app).get("/find-help?need=food&zip=93702")

        assert page.status_code == 200
        assert "1 service</b> for ZIP 93702" in text(page)
        assert "Food box, weekly" in text(page)

    def test_the_titles_name_no_need(self, app):
        (id,) = load(service_row())

        paths = ["/find-help?need=food&zip=93702", f"/find-help/{id}", "/find-help/printed?need=food"]
        titles = [re.search("<title>(.*)</title>", text(Browser(app).get(path))).group(1) for path in paths]

        assert titles == ["Valley Exchange", "Valley Exchange", "List"]

    def test_public_pages_begin_with_the_way_out(self, app):
        (id,) = load(service_row())

        pages = [text(Browser(app).get(path)) for path in ("/find-help", f"/find-help/{id}", "/find-help/printed")]

        assert all(page.index("data-exit") < page.index("<h1>") for page in pages)

    @pytest.mark.parametrize("zip", ["10001", "937", "abcde"])
    def test_a_zip_outside_california_is_told_at_its_box(self, app, zip):
        page = Browser(app).get(f"/find-help?zip={zip}&words=box")

        assert page.status_code == 422
        assert 'href="#zip">ZIP: enter a California ZIP, like 93702' in text(page)
        assert f'value="{zip}"' in text(page)
        assert 'value="box"' in text(page)

    def test_an_unknown_need_is_told_at_its_box(self, app):
        page = Browser(app).get("/find-help?need=gold")

        assert page.status_code == 422
        assert 'href="#need"' in text(page)

    def test_filters_taken_away_are_said(self, app):
        load(service_row())

        page = text(Browser(app).get("/find-help?need=food&language=hy"))

        assert "Shown without: speaks Armenian." in page

    def test_nothing_found_says_what_to_do(self, app):
        browser, _organization = staff(app)

        page = text(browser.get("/directory?need=food&zip=93702"))

        assert "No service matches near 93702." in page
        assert "Try fewer filters, or give a printed list." in page

    def test_more_than_a_page_has_a_next_page_that_keeps_the_filters(self, app):
        load(*(service_row(name=f"Box {n}") for n in range(12)))

        first = text(Browser(app).get("/find-help?need=food&zip=93702"))
        second = text(Browser(app).get("/find-help?need=food&zip=93702&page=2"))

        assert "1 to 10 of 12" in first
        assert "need=food&amp;zip=93702&amp;page=2" in first
        assert "11 to 12 of 12" in second

    def test_staff_search_needs_a_sign_in(self, app):
        assert Browser(app).get("/directory").status_code == 302

    def test_the_printed_list_has_phone_and_address_and_not_the_search(self, app):
        load(service_row())

        page = text(Browser(app).get("/find-help/printed?words=groceries&zip=93702"))

        assert "(559) 555-0102" in page
        assert "12 Elm Street, Fresno, CA 93702" in page
        assert "groceries" not in page.replace("/find-help?words=groceries", "")

    def test_a_page_speaks_spanish(self, app):
        load(service_row())
        browser = Browser(app)
        browser.client.set_cookie("language", "es")

        assert "Comida" in text(browser.get("/find-help"))


class TestConfidential:
    @pytest.mark.parametrize(
        "path", ["/find-help?need=food&zip=93702", "/find-help/printed?need=food", "/find-help/{id}"]
    )
    def test_no_page_shows_where_it_is(self, app, path):
        place = location_row(confidential=True, address_1="9 Hidden Lane", city="Selma", postal_code="93662")
        (id,) = load(service_row(location=place))

        page = text(Browser(app).get(path.format(id=id)))

        assert "Food box, weekly" in page
        assert not any(word in page for word in ("Hidden", "Selma", "93662", "miles"))


class TestShow:
    def test_staff_of_others_see_the_facts_and_no_forms(self, app):
        browser, _organization = staff(app)
        (id,) = load(service_row(required_documents=["Photo ID"]))

        page = text(browser.get(f"/directory/{id}"))

        assert "Photo ID" in page
        assert "Monday to Friday: 9 am to 5 pm" in page.replace("\xa0", " ")
        assert "Still right" not in page

    @pytest.mark.parametrize("start", ["/directory", "/find-help"])
    def test_an_id_of_nothing_is_not_found(self, app, start):
        browser, _organization = staff(app)

        assert browser.get(f"{start}/{uuid4()}").status_code == 404

    def test_still_right_is_one_tap(self, app):
        browser, organization = staff(app)
        (id,) = load(
            service_row(capacity={"status": "waitlist", "days_ago": 50, "note": None}), participant=organization
        )

        answer = browser.post(f"/directory/{id}/confirmation", page=f"/directory/{id}")

        assert answer.status_code == 303
        assert service(id).capacity_updated_at > NOW
        assert "The room is confirmed as of today." in text(browser.get(answer.headers["Location"]))

    def test_a_new_word_on_room_is_kept(self, app):
        browser, organization = staff(app)
        (id,) = load(service_row(), participant=organization)

        answer = browser.post(
            f"/directory/{id}/room", page=f"/directory/{id}", status="no-capacity", note="Back in May"
        )

        assert answer.status_code == 303
        assert (service(id).capacity_status, service(id).capacity_note) == (CapacityStatus.NO_CAPACITY, "Back in May")

    def test_room_without_a_choice_is_told_and_the_note_is_still_there(self, app):
        browser, organization = staff(app)
        (id,) = load(service_row(), participant=organization)

        answer = browser.post(f"/directory/{id}/room", page=f"/directory/{id}", note="Back in May")

        assert answer.status_code == 422
        assert 'href="#status">Room: choose one' in text(answer)
        assert 'value="Back in May"' in text(answer)

    @pytest.mark.parametrize(("what", "field"), [("room", "status"), ("sensitivity", "category")])
    def test_a_code_that_there_is_not_is_told_at_its_box(self, app, what, field):
        browser, organization = staff(app)
        (id,) = load(service_row(), participant=organization)

        answer = browser.post(f"/directory/{id}/{what}", page=f"/directory/{id}", **{field: "gold"})

        assert answer.status_code == 422
        assert f'href="#{field}"' in text(answer)
        assert "choose one" in text(answer)

    def test_a_note_that_is_too_long_is_told(self, app):
        browser, organization = staff(app)
        (id,) = load(service_row(), participant=organization)

        answer = browser.post(f"/directory/{id}/room", page=f"/directory/{id}", status="waitlist", note="x" * 301)

        assert answer.status_code == 422
        assert 'href="#note">Note: use 300 letters or fewer' in text(answer)

    def test_more_private_is_kept(self, app):
        browser, organization = staff(app)
        (id,) = load(service_row(), participant=organization)

        answer = browser.post(f"/directory/{id}/sensitivity", page=f"/directory/{id}", category="hiv")

        assert answer.status_code == 303
        assert service(id).sensitivity == Category.HIV

    def test_less_private_is_refused_to_a_caseworker(self, app):
        browser, organization = staff(app)
        (id,) = load(service_row(sensitivity="hiv"), participant=organization)

        answer = browser.post(f"/directory/{id}/sensitivity", page=f"/directory/{id}", category="general")

        assert answer.status_code == 403
        assert service(id).sensitivity == Category.HIV

    def test_sensitivity_without_a_choice_is_told(self, app):
        browser, organization = staff(app)
        (id,) = load(service_row(), participant=organization)

        answer = browser.post(f"/directory/{id}/sensitivity", page=f"/directory/{id}")

        assert answer.status_code == 422
        assert 'href="#category"' in text(answer)

    @pytest.mark.parametrize("what", ["confirmation", "room", "sensitivity", "program", "correction"])
    def test_the_service_of_another_answers_like_one_that_is_not_there(self, app, what):
        browser, _organization = staff(app)
        (id,) = load(service_row())
        values = {"status": "capacity", "category": "hiv", "program": "snap", "name": "Mine"}
        names = {"room": "status", "sensitivity": "category", "program": "program", "correction": "name"}
        fields = [names[what]] if what in names else []

        answers = [
            browser.post(f"/directory/{each}/{what}", page="/help", **{name: values[name] for name in fields})
            for each in (id, uuid4())
        ]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert len({re.sub('value="[^"]+"', "", text(answer)) for answer in answers}) == 1


class TestCorrection:
    def test_facts_are_corrected(self, app):
        browser, organization = staff(app)
        (id,) = load(service_row(), participant=organization)

        answer = browser.post(f"/directory/{id}/correction", name="Soup on Sundays", description="Hot soup.")

        assert answer.status_code == 303
        assert (service(id).name, service(id).description) == ("Soup on Sundays", "Hot soup.")

    def test_without_a_name_what_was_typed_is_still_there(self, app):
        browser, organization = staff(app)
        (id,) = load(service_row(), participant=organization)

        answer = browser.post(f"/directory/{id}/correction", name="", description="Hot soup.")

        assert answer.status_code == 422
        assert 'href="#name">Name: enter a name' in text(answer)
        assert "Hot soup." in text(answer)

    def test_the_form_of_anothers_service_is_not_found(self, app):
        browser, _organization = staff(app)
        (id,) = load(service_row())

        pages = [browser.get(f"/directory/{each}/correction") for each in (id, uuid4())]

        assert [page.status_code for page in pages] == [404, 404]


class TestProgram:
    """To which program a service belongs, on its page."""

    def place(self, app, *roles):
        browser, organization = staff(app, *roles)
        with transaction() as session:
            session.get_one(Participant, organization).programs = ["snap", "wic"]
        (id,) = load(service_row(), participant=organization)
        return browser, id

    def test_the_team_chooses_the_stricter_alone(self, app):
        browser, id = self.place(app)

        page = text(browser.get(f"/directory/{id}"))

        assert "CalFresh" in page and 'value="wic"' not in page and 'value="none"' not in page

    def test_the_privacy_officer_says_that_it_is_part_of_none(self, app):
        browser, id = self.place(app, Role.PRIVACY_OFFICER)

        answer = browser.post(f"/directory/{id}/program", page=f"/directory/{id}", program="none")

        assert answer.status_code == 303
        assert (service(id).program, service(id).is_no_program) == (None, True)
        assert '<option value="none" selected>' in text(browser.get(f"/directory/{id}"))

    @pytest.mark.parametrize("typed", [{}, {"program": "gold"}, {"program": "hmis"}])
    def test_a_program_that_it_does_not_run_is_told_at_its_box(self, app, typed):
        browser, id = self.place(app, Role.PRIVACY_OFFICER)

        answer = browser.post(f"/directory/{id}/program", page=f"/directory/{id}", **typed)

        assert answer.status_code == 422
        assert 'href="#program">Program: choose one of the list' in text(answer)

    def test_an_organization_without_programs_is_not_asked(self, app):
        browser, organization = staff(app)
        (id,) = load(service_row(), participant=organization)

        assert "part of a program" not in text(browser.get(f"/directory/{id}"))
