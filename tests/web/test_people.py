"""The pages of people: finding, adding, looking at, correcting, and how they can be reached."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlmodel import col

from cie import participants, people
from cie.access import Actor, ActorKind, Role
from cie.db import reading, transaction
from cie.events import AuditPerson
from cie.people import AlertSource, ContactKind, NewPerson, Safety
from cie.people.birth import BirthDate, Precision
from tests.factories import make_participant, make_staff
from tests.support.web import Browser, make_app, signed_in

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime.now(UTC)
PHONE = "(559) 555-0142"


@dataclass
class Clinic:
    """A navigator in a browser, and a person whom the clinic serves."""

    browser: Browser
    actor: Actor
    person_id: UUID

    def person(self):
        with reading() as session:
            return people.get_person(session, self.actor, self.person_id)

    def points(self):
        with reading() as session:
            return people.contact_points(session, people.get_person(session, self.actor, self.person_id))

    def recent(self):
        with reading() as session:
            return people.recent_people(session, self.actor)

    def add_phone(self, **fields):
        values = {"kind": ContactKind.SMS, "value": PHONE, "safety": Safety.SAFE}
        with transaction() as session:
            return people.add_contact(session, self.actor, self.person_id, **{**values, **fields}, at=NOW).id


@pytest.fixture
def app(migrated, database):
    return make_app(migrated)


@pytest.fixture
def clinic(app):
    with transaction() as session:
        participant = make_participant(session, name="Blue Kite Clinic")
        user = make_staff(session, participant, Role.NAVIGATOR)
        actor = Actor(ActorKind.STAFF, user.id, participant.id, roles=frozenset({Role.NAVIGATOR}))
        birth = BirthDate(1992, 3, 27, Precision.EXACT)
        new = NewPerson(given_name="Aster", family_name="Moreno", birth=birth, zip="93702", language="es")
        person_id = people.add_person(session, actor, new, at=NOW).id
    return Clinic(signed_in(app, user), actor, person_id)


@pytest.fixture
def stranger(app):
    with transaction() as session:
        user = make_staff(session, make_participant(session, name="Lantern Pantry"))
    return signed_in(app, user)


def text(answer):
    return answer.get_data(as_text=True)


def form(**fields):
    values = {"form_id": uuid4().hex, "given_name": "Rowan", "family_name": "Tanner", "language": "en", "zip": "93721"}
    return {**values, "safe_from_hour": "0", "safe_until_hour": "24", "owner": "self", "wording_version": "", **fields}


class TestFinding:
    def test_those_added_last_are_listed(self, clinic):
        assert "Aster Moreno" in text(clinic.browser.get("/people"))

    def test_a_part_of_a_name_finds_them(self, clinic):
        page = text(clinic.browser.post("/people", name="mor"))

        assert "1 person matches" in page
        assert "Aster Moreno" in page

    def test_nobody_found_leads_to_adding(self, clinic):
        page = text(clinic.browser.post("/people", name="Zzyzx"))

        assert "No person here matches." in page
        assert 'href="/people/new"' in page

    def test_too_little_is_an_error_and_stays_typed(self, clinic):
        answer = clinic.browser.post("/people", name="a")

        assert answer.status_code == 422
        assert 'value="a"' in text(answer)

    def test_another_organization_finds_nobody(self, clinic, stranger):
        assert "Aster" not in text(stranger.get("/people"))
        assert "Aster Moreno" not in text(stranger.post("/people", name="Aster"))


class TestAdding:
    def test_somebody_new_is_added_once(self, clinic):
        posted = form()

        first = clinic.browser.post("/people/new", **posted)
        second = clinic.browser.post("/people/new", **posted)

        assert (first.status_code, first.location) == (303, second.location)
        assert [p.full_name for p in clinic.recent()] == ["Rowan Tanner", "Aster Moreno"]

    def test_every_error_is_named_and_everything_typed_is_kept(self, clinic):
        wrong = form(birth_month="2", birth_day="30", birth_year="1993", phone="555 0142", pronouns="they")
        answer = clinic.browser.post("/people/new", **wrong)

        page = text(answer)
        assert answer.status_code == 422
        assert "Birth date: February 1993 has only 28 days" in page
        assert "Safe to text: choose one" in page and "Texts: choose what the person said" in page
        for kept in ("Rowan", "Tanner", "30", "1993", "555 0142", "they"):
            assert f'value="{kept}"' in page
        assert len(clinic.recent()) == 1

    def test_the_words_of_the_permission_stand_there_in_both_languages(self, clinic):
        page = text(clinic.browser.get("/people/new"))

        assert "May we text you at this number about your request?" in page
        assert "¿Podemos mandarle mensajes de texto a este número" in page

    def test_likely_duplicates_are_shown_first_with_why(self, clinic):
        answer = clinic.browser.post("/people/new", **form(given_name="Aster", family_name="Moreno", street="1 Elm"))

        page = text(answer)
        assert "Is it one of these?" in page and "Same name" in page
        assert f'href="/people/{clinic.person_id}"' in page
        assert 'name="street" value="1 Elm"' in page
        assert len(clinic.recent()) == 1

    def test_none_of_these_adds_and_change_goes_back(self, clinic):
        posted = form(given_name="Aster", family_name="Moreno")

        changed = text(clinic.browser.post("/people/new", page="/people", **posted, change="yes"))
        added = clinic.browser.post("/people/new", page="/people", **posted, not_these="yes")

        assert 'value="Moreno"' in changed and "Add a person" in changed
        assert added.status_code == 303
        assert len(clinic.recent()) == 2

    def test_a_number_keeps_its_permission_and_its_words(self, clinic):
        version = people.TEXT_PERMISSION_WORDING["version"]
        answer = clinic.browser.post(
            "/people/new", **form(phone=PHONE, safety="safe", may_text="yes", wording_version=version)
        )

        clinic.person_id = UUID(re.search(r"/people/([^?]+)", answer.location)[1])
        (point,) = clinic.points()
        assert (point.may_text, point.wording_version, point.safety) == (True, version, Safety.SAFE)


class TestPersonPage:
    def test_it_shows_facts_and_ways_on(self, clinic):
        clinic.add_phone(no_voicemail=True, safe_from_hour=9, safe_until_hour=17)

        page = text(clinic.browser.get(f"/people/{clinic.person_id}"))
        for words in ("Aster Moreno", "Mar 27, 1992".replace(" ", "\xa0"), "Spanish", PHONE, "Leave no voicemail"):
            assert words in page
        assert f"/referrals/new?person={clinic.person_id}" in page
        assert f"/people/{clinic.person_id}/consents/new" in page
        assert f"/people/{clinic.person_id}/screenings/new" in page
        assert f"/people/{clinic.person_id}/shared" in page

    def test_titles_and_addresses_name_nobody(self, clinic):
        contact_id = clinic.add_phone()
        base = f"/people/{clinic.person_id}"
        for path in (
            "/people", "/people/new", base, f"{base}/edit", f"{base}/history", f"{base}/contacts/new",
            f"{base}/contacts/{contact_id}", f"{base}/numbers/new",
        ):  # fmt: skip
            page = text(clinic.browser.get(path))
            title = re.search(r"<title>(.*?)</title>", page)[1]
            addresses = " ".join(re.findall(r'(?:href|action)="([^"]*)"', page))
            assert re.findall(r"aster|moreno|93702|555-?0142", f"{title} {addresses}", re.IGNORECASE) == []

    def test_that_it_was_seen_is_recorded(self, clinic):
        clinic.browser.get(f"/people/{clinic.person_id}")

        with reading() as session:
            seen = session.execute(select(AuditPerson).where(col(AuditPerson.person_id) == clinic.person_id))
            assert seen.first() is not None

    def test_an_address_that_is_no_page_keeps_the_way_back_of_staff(self, app, clinic):
        staff, anybody = (browser.get("/people/no/such/page") for browser in (clinic.browser, Browser(app)))

        assert staff.status_code == anybody.status_code == 404
        assert "Back to worklist" in text(staff) and 'class="cie-nav"' in text(staff)
        assert "Back to the start" in text(anybody) and 'class="cie-nav"' not in text(anybody)

    def test_paused_texts_are_told(self, clinic):
        before = text(clinic.browser.get(f"/people/{clinic.person_id}"))
        with transaction() as session:
            people.pause_texts(session, clinic.actor, clinic.person_id, at=NOW)

        words = "Automatic texts to this person are paused."
        assert words not in before
        assert words in text(clinic.browser.get(f"/people/{clinic.person_id}"))

    def test_paused_texts_go_on_when_somebody_says_so(self, clinic):
        path = f"/people/{clinic.person_id}"
        with transaction() as session:
            people.pause_texts(session, clinic.actor, clinic.person_id, at=NOW)
        assert f'action="{path}/text-resumption"' in text(clinic.browser.get(path))

        answer = clinic.browser.post(f"{path}/text-resumption", page=path)

        assert "Automatic texts go on." in text(clinic.browser.get(answer.location))
        assert clinic.person().texts_paused_at is None

    def test_while_somebody_may_be_in_danger_texts_stay_paused(self, clinic):
        path = f"/people/{clinic.person_id}"
        with transaction() as session:
            person = people.get_person(session, clinic.actor, clinic.person_id)
            people.raise_alert(session, clinic.actor, person, AlertSource.STAFF, "danger", None, at=NOW)

        answer = clinic.browser.post(f"{path}/text-resumption", page=path)

        assert answer.status_code == 409
        assert "Let texts go on" not in text(answer)
        assert clinic.person().texts_paused_at is not None

    @pytest.mark.parametrize(
        "more", ["", "/edit", "/history", "/contacts/new", "/numbers/new", "/consents", "/consents/new", "/shared"]
    )
    def test_another_organizations_person_answers_like_nobody(self, clinic, stranger, more):
        theirs = stranger.get(f"/people/{clinic.person_id}{more}")
        random = stranger.get(f"/people/{uuid4()}{more}")

        assert theirs.status_code == random.status_code == 404
        assert "Aster" not in text(theirs)

    def test_a_privacy_officer_reads_and_does_not_write(self, app, clinic):
        with transaction() as session:
            place = participants.get_participant(session, clinic.actor.organization)
            user = make_staff(session, place, Role.PRIVACY_OFFICER)
        officer = signed_in(app, user)

        page = text(officer.get(f"/people/{clinic.person_id}"))
        assert "Aster Moreno" in page and "Correct this" not in page
        assert officer.get(f"/people/{clinic.person_id}/edit").status_code == 403


class TestCorrecting:
    def correction(self, clinic, **fields):
        given = {"given_name": "Aster", "family_name": "Moreno", "birth_month": "3", "birth_day": "27"}
        given |= {"birth_year": "1992", "zip": "93702", "language": "es", "seen_version": str(clinic.person().version)}
        return clinic.browser.post(f"/people/{clinic.person_id}/edit", **{**given, **fields})

    def test_what_it_was_stays_in_the_history(self, clinic):
        answer = self.correction(clinic, family_name="Moreno Vega")

        history = text(clinic.browser.get(f"/people/{clinic.person_id}/history"))
        assert answer.status_code == 303
        assert "Moreno</bdi>" in history and "Moreno Vega" in history and "Wren Alder" in history

    def test_an_error_keeps_what_was_typed(self, clinic):
        answer = self.correction(clinic, family_name="Moreno Vega", zip="10001")

        assert answer.status_code == 422
        assert 'value="Moreno Vega"' in text(answer) and 'value="10001"' in text(answer)

    def test_a_stale_page_shows_what_changed_and_keeps_what_was_typed(self, clinic):
        seen = str(clinic.person().version)
        self.correction(clinic, family_name="Quintero")

        answer = self.correction(clinic, chosen_name="Star", seen_version=seen)

        page = text(answer)
        assert answer.status_code == 409
        assert "This changed while you were typing." in page and "Quintero" in page
        assert 'value="Star"' in page
        assert f'name="seen_version" value="{clinic.person().version}"' in page

    def test_nothing_corrected_says_so(self, clinic):
        assert "Nothing was corrected." in text(clinic.browser.get(f"/people/{clinic.person_id}/history"))


class TestReaching:
    def new(self, clinic, **fields):
        given = {"kind": "sms", "value": PHONE, "safety": "safe", "may_text": "no", "owner": "self"}
        given |= {"safe_from_hour": "9", "safe_until_hour": "17", "wording_version": ""}
        return clinic.browser.post(f"/people/{clinic.person_id}/contacts/new", **{**given, **fields})

    def test_a_number_is_added_with_its_hours(self, clinic):
        answer = self.new(clinic, owner="helper")

        (point,) = clinic.points()
        assert answer.status_code == 303
        assert (point.owner, point.safe_from_hour, point.safe_until_hour) == ("helper", 9, 17)

    def test_an_error_keeps_what_was_typed(self, clinic):
        answer = self.new(clinic, value="123", safe_from_hour="17", safe_until_hour="9")

        page = text(answer)
        assert answer.status_code == 422
        assert 'value="123"' in page
        assert re.search(r'<option value="17" selected>', page)

    def test_permission_to_texts_needs_the_words_of_today(self, clinic):
        answer = self.new(clinic, may_text="yes", wording_version="1999-01")

        assert answer.status_code == 422
        assert "read the words of today aloud" in text(answer)
        assert clinic.points() == []

    def test_texts_are_stopped_and_the_number_is_removed(self, clinic):
        version = people.TEXT_PERMISSION_WORDING["version"]
        path = f"/people/{clinic.person_id}/contacts/{clinic.add_phone(may_text=True, wording_version=version)}"
        assert "Stop texts to this number" in text(clinic.browser.get(path))

        clinic.browser.post(f"{path}/text-withdrawal", page=path)
        (point,) = clinic.points()
        assert not point.may_text
        clinic.browser.post(f"{path}/removal", page=path)
        assert clinic.points() == []

    def test_what_we_learned_of_it_is_kept(self, clinic):
        path = f"/people/{clinic.person_id}/contacts/{clinic.add_phone()}"
        clinic.browser.post(
            path, value=PHONE, state="wrong-number", safety="safe", owner="self", safe_from_hour="0",
            safe_until_hour="24", may_text="no", wording_version="",
        )  # fmt: skip

        page = text(clinic.browser.get(f"/people/{clinic.person_id}"))
        assert "Wrong number: someone else answers" in page

    def test_a_number_of_another_system_is_added_and_removed(self, clinic):
        path = f"/people/{clinic.person_id}/numbers/new"
        wrong = clinic.browser.post(path, namespace="cin", identifier="12")
        added = clinic.browser.post(path, namespace="cin", identifier="91234567A")

        page = text(clinic.browser.get(f"/people/{clinic.person_id}"))
        assert (wrong.status_code, added.status_code) == (422, 303)
        assert 'value="12"' in text(wrong)
        assert "91234567A" in page
        removal = re.search(r'action="([^"]*/removal)"', page)[1]
        clinic.browser.post(removal, page=f"/people/{clinic.person_id}")
        assert "91234567A" not in text(clinic.browser.get(f"/people/{clinic.person_id}"))

    def test_a_strangers_contact_is_not_found_under_ones_own_person(self, clinic, stranger):
        contact_id = clinic.add_phone()

        assert stranger.get(f"/people/{clinic.person_id}/contacts/{contact_id}").status_code == 404
        assert clinic.browser.get(f"/people/{clinic.person_id}/contacts/{uuid4()}").status_code == 404
