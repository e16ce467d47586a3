"""The pages of permissions to share: writing a yes or a no down, taking it back, and who saw what."""

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from cie import consent, events
from cie.access import Actor, ActorKind, Role
from cie.calendar import local_day
from cie.consent import DataSet, Decision, Disclosure, Element, Method, law
from cie.db import reading, transaction
from cie.directory import Category
from cie.events import DeliveryState, Outbox
from cie.participants import Participant
from cie.participants.models import ParticipantKind
from cie.people import Person
from tests.factories import make_consent, make_participant, make_person, make_staff
from tests.noninterference.normaliser import normal_body, without
from tests.support.web import Browser, make_app, signed_in

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime.now(UTC)
HELP = "You will still get help if you say no."


@dataclass
class Clinic:
    """A navigator in a browser, a person of the clinic, and two organizations that could help."""

    browser: Browser
    actor: Actor
    person_id: UUID
    pantry_id: UUID
    other_id: UUID

    @property
    def new(self):
        return f"/people/{self.person_id}/consents/new"

    def said(self, **fields):
        values = {
            "form_id": uuid4().hex,
            "signer": "person",
            "decision": "share",
            "categories": ["general", "housing"],
            "until": "year",
            "to": "anyone",
            "method": "in-person",
            "language": "es",
            "wording_version": consent.FORM_VERSION,
        }
        return {name: value for name, value in {**values, **fields}.items() if value is not None}

    def post(self, **fields):
        records = self.records()
        return self.browser.post(self.new, **self.said(seen_newest=str(records[0].id) if records else None, **fields))

    def records(self):
        with reading() as session:
            return list(consent.consents_of(session, self.actor.organization, self.person_id))

    def yes(self, **fields):
        with transaction() as session:
            return make_consent(session, session.get_one(Person, self.person_id), given_at=NOW, **fields).id

    def release(self, place_id=None, **fields):
        """Let a place read the name and the need; the release's id."""
        with transaction() as session:
            person = session.get_one(Person, self.person_id)
            elements = (Element("name", "Aster Moreno"), Element("need", "Food box, weekly"))
            wanted = Disclosure(
                person, self.actor.organization, place_id or self.pantry_id, DataSet.REFERRAL, elements, **fields
            )
            return consent.release(session, self.actor, wanted, referral_id=None, subject_id=uuid4(), at=NOW).id

    def is_readable(self, release_id):
        with reading() as session:
            return consent.get_release(session, self.actor, release_id).ended_at is None

    def on_the_way(self, count):
        with transaction() as session:
            for _number in range(count):
                session.add(
                    Outbox(
                        organization_id=self.actor.organization,
                        kind="text",
                        destination_id=uuid4(),
                        order_key="phone:1",
                        dedup_key=uuid4().hex,
                        due_at=NOW,
                        state=DeliveryState.CLAIMED,
                        lease_until=NOW + timedelta(minutes=1),
                        person_id=self.person_id,
                        created_at=NOW,
                    )
                )


@pytest.fixture
def app(migrated, database):
    return make_app(migrated)


@pytest.fixture
def clinic(app):
    with transaction() as session:
        participant = make_participant(session, name="Blue Kite Clinic")
        pantry, other = make_participant(session), make_participant(session, name="Open Basket Co-op")
        user = make_staff(session, participant, Role.NAVIGATOR)
        person_id = make_person(session, participant).id
    actor = Actor(ActorKind.STAFF, user.id, participant.id, roles=frozenset({Role.NAVIGATOR}))
    return Clinic(signed_in(app, user), actor, person_id, pantry.id, other.id)


@pytest.fixture
def stranger(app, clinic):
    with transaction() as session:
        user = make_staff(session, session.get_one(Participant, clinic.pantry_id))
    return signed_in(app, user)


def text(answer):
    return answer.get_data(as_text=True)


def title_of(page):
    return re.search(r"<title>(.*?)</title>", page)[1]


class TestNew:
    def test_the_first_words_are_that_help_comes_either_way(self, clinic):
        page = text(clinic.browser.get(clinic.new))

        assert page.index(HELP) < page.index("<h1>")
        assert "Usted recibirá ayuda aunque diga que no." in page

    def test_nothing_about_sharing_is_chosen_beforehand(self, clinic):
        page = text(clinic.browser.get(clinic.new))

        checked = [tag for tag in re.findall(r"<input type=\"(?:radio|checkbox)\"[^>]*>", page) if " checked" in tag]
        assert [re.search('name="([^"]+)"', tag)[1] for tag in checked] == ["until"]
        assert page.index('value="general"') < page.index('value="housing"') < page.index('value="hiv"')

    def test_a_yes_is_kept_as_it_was_said(self, clinic):
        answer = clinic.post(method="by-voice", witness_name="Robin Ash")

        (record,) = clinic.records()
        assert answer.status_code == 303
        assert (record.decision, record.categories, record.recipient_ids) == (
            Decision.SHARE, ["general", "housing"], [],
        )  # fmt: skip
        assert (record.method, record.witness_name, record.language) == (Method.BY_VOICE, "Robin Ash", "es")
        assert record.expires_on == local_day(NOW) + timedelta(days=365)

    def test_only_the_named_organizations_and_the_chosen_day_count(self, clinic):
        clinic.post(
            to="named", recipients=[str(clinic.pantry_id)], until="day", expires_month="1", expires_day="2",
            expires_year=str(NOW.year + 2),
        )  # fmt: skip

        (record,) = clinic.records()
        assert record.recipient_ids == [str(clinic.pantry_id)]
        assert (record.expires_on.month, record.expires_on.day, record.expires_on.year) == (1, 2, NOW.year + 2)

    def test_named_without_a_name_never_means_anyone(self, clinic):
        answer = clinic.post(to="named")

        assert answer.status_code == 422
        assert "Who may see it: choose at least one organization" in text(answer)
        assert clinic.records() == []

    def test_a_second_click_writes_it_down_once(self, clinic):
        said = clinic.said()

        first, second = (clinic.browser.post(clinic.new, **said) for _n in range(2))

        assert first.location == second.location
        assert len(clinic.records()) == 1

    def test_a_form_that_stood_open_does_not_put_an_older_yes_over_a_newer_no(self, clinic):
        opened = clinic.said(seen_newest="")
        assert clinic.post(decision="do-not-share", categories=[]).status_code == 303

        stale = clinic.browser.post(clinic.new, **opened)
        again = {**opened, "seen_newest": re.search(r'name="seen_newest" value="([^"]+)"', stale.text)[1]}
        told = clinic.browser.post(clinic.new, **again)

        assert stale.status_code == 409
        assert "A colleague wrote down a no to sharing. What you typed is still here." in text(stale)
        assert told.status_code == 303
        assert [record.decision for record in clinic.records()] == [Decision.SHARE, Decision.DO_NOT_SHARE]

    def test_what_was_typed_survives_errors(self, clinic):
        answer = clinic.post(
            signer="legal-representative", representative_name="Linnet Reed", capacity="conservator",
            method="by-voice", witness_name="Robin Ash", until="day",
            expires_month="2", expires_day="30", expires_year="2027", to="named",
            recipients=[str(clinic.other_id)],
        )  # fmt: skip

        page = text(answer)
        assert answer.status_code == 422
        for kept in ("Linnet Reed", "Robin Ash", "30", "2027"):
            assert f'value="{kept}"' in page
        assert re.search(rf'value="{clinic.other_id}" checked', page)
        assert re.search(r'name="categories" value="housing" checked', page)

    def test_every_error_is_told_at_once_in_the_order_of_the_page(self, clinic):
        answer = clinic.post(
            signer="legal-representative", categories=None, until="day", expires_month="2", expires_day="30",
            expires_year="2027", to="named", method=None,
        )  # fmt: skip

        summary = text(answer).partition('class="cie-errors"')[2].partition("</ul>")[0]
        assert answer.status_code == 422
        assert re.findall(r'href="#([^"]+)"', summary) == [
            "representative_name", "capacity", "representative_entitled", "categories", "expires", "recipients",
            "method",
        ]  # fmt: skip
        assert clinic.records() == []

    def test_what_nobody_chose_yet_is_asked_once(self, clinic):
        answer = clinic.post(signer=None, decision=None, to=None, method=None, categories=None)

        summary = text(answer).partition('class="cie-errors"')[2].partition("</ul>")[0]
        assert re.findall(r'href="#([^"]+)"', summary) == ["signer", "decision", "to", "method"]

    def test_errors_stand_at_the_boxes_of_the_chosen_signer(self, clinic):
        page = text(clinic.post(signer="legal-representative"))

        assert 'href="#representative_name"' in page and 'id="representative_name"' in page
        assert 'href="#representative_entitled"' in page and 'id="representative_entitled"' in page

    def test_who_may_say_it_depends_on_the_age(self, clinic):
        adult = text(clinic.browser.get(clinic.new))
        with transaction() as session:
            session.get_one(Person, clinic.person_id).birth_text = "2013-01-01"
        minor = text(clinic.browser.get(clinic.new))

        assert 'value="parent-or-guardian"' not in adult and 'value="person"' in adult
        assert 'value="parent-or-guardian"' in minor and 'value="person"' not in minor

    def test_a_newer_record_replaces_the_older_one(self, clinic):
        first = clinic.yes()
        clinic.post()

        newest, _older = clinic.records()
        page = text(clinic.browser.get(f"/people/{clinic.person_id}/consents"))
        assert newest.supersedes_id == first
        assert "Replaced by something newer" in page
        assert "Something newer replaced this." in text(clinic.browser.get(f"/consents/{first}"))


class TestANo:
    def test_a_no_is_a_record_and_says_what_can_still_be_done(self, clinic):
        answer = clinic.post(decision="do-not-share", categories=None, until=None)

        page = text(clinic.browser.get(answer.location))
        (record,) = clinic.records()
        assert (record.decision, record.categories, record.expires_on) == (Decision.DO_NOT_SHARE, [], None)
        assert "What you can still do" in page
        assert f"/referrals/new?person={clinic.person_id}" in page and "Find places to print" in page

    def test_a_no_stops_what_can_be_read(self, clinic):
        clinic.yes()
        release_id = clinic.release()

        clinic.post(decision="do-not-share", categories=None, until=None)

        assert not clinic.is_readable(release_id)


class TestRecord:
    def test_it_tells_exactly_what_was_said_and_what_was_shared(self, clinic):
        answer = clinic.post(to="named", recipients=[str(clinic.pantry_id)])
        clinic.release()

        page = text(clinic.browser.get(answer.location))
        for words in ("Lantern Pantry", "Housing", "To help the person", "Wren Alder", "In person"):
            assert words in page
        assert "The request, version 1: name, what they need." in page
        assert f"version {consent.FORM_VERSION}" in page

    def test_a_protected_place_is_not_named(self, clinic):
        with transaction() as session:
            shelter = make_participant(session, name="Harbor of Calm", kind=ParticipantKind.VICTIM_SERVICES)
        consent_id = clinic.yes(recipient_ids=[str(shelter.id)])
        release_id = clinic.release(shelter.id, at_person_request=True)

        base = f"/people/{clinic.person_id}"
        for path in (
            f"/consents/{consent_id}",
            f"{base}/consents",
            f"{base}/shared",
            f"{base}/shared/{release_id}/stop",
        ):
            page = text(clinic.browser.get(path))
            assert "A service you chose" in page
            assert "Harbor" not in page and str(shelter.id) not in page

    def test_an_empty_list_says_what_holds(self, clinic):
        page = text(clinic.browser.get(f"/people/{clinic.person_id}/consents"))

        assert "Nothing was said about sharing yet." in page

    def test_a_long_list_has_pages(self, clinic):
        for _number in range(22):
            clinic.yes()

        first, second = (text(clinic.browser.get(f"/people/{clinic.person_id}/consents?page={n}")) for n in (1, 2))
        assert (first.count('class="cie-receipt"'), second.count('class="cie-receipt"')) == (20, 2)


class TestTakingBack:
    def test_the_page_says_who_loses_what_before_it_happens(self, clinic):
        consent_id = clinic.yes()
        release_id = clinic.release()
        clinic.on_the_way(2)

        page = text(clinic.browser.get(f"/consents/{consent_id}/revocation"))

        assert "Lantern Pantry can no longer read 2 facts." in page
        assert "2 messages are already on the way." in page
        assert "What they wrote down stays with them" in page
        assert clinic.is_readable(release_id)

    def test_afterwards_it_says_how_many_were_on_the_way(self, clinic):
        consent_id = clinic.yes()
        release_id = clinic.release()
        clinic.on_the_way(1)

        answer = clinic.browser.post(f"/consents/{consent_id}/revocation", method="by-voice")

        page = text(clinic.browser.get(answer.location))
        assert not clinic.is_readable(release_id)
        assert "We stopped." in page
        assert "1 message was already on the way. What they wrote down stays with them." in page

    def test_without_saying_how_nothing_is_taken_back(self, clinic):
        consent_id = clinic.yes()

        answer = clinic.browser.post(f"/consents/{consent_id}/revocation")

        assert answer.status_code == 422
        assert clinic.records()[0].revoked_at is None

    def test_a_second_time_it_says_so(self, clinic):
        path = f"/consents/{clinic.yes()}/revocation"
        clinic.browser.post(path, method="by-voice")

        answer = clinic.browser.post(path, page="/help", method="by-voice")

        assert answer.status_code == 409
        assert "This was already taken back." in text(answer)


class TestReceipts:
    def test_nobody_has_seen_it(self, clinic):
        assert "Nobody has seen your data." in text(clinic.browser.get(f"/people/{clinic.person_id}/shared"))

    def test_each_says_who_what_when_why_and_on_what_basis(self, clinic):
        clinic.yes()
        clinic.release()

        page = text(clinic.browser.get(f"/people/{clinic.person_id}/shared"))

        for words in ("Lantern Pantry", "name, what they need", "Since ", "To help the person.", "said ", "in person"):
            assert words in page
        assert "Food box" not in page

    def test_stopping_one_place_leaves_the_others(self, clinic):
        clinic.yes()
        mine, others = clinic.release(), clinic.release(clinic.other_id)
        path = f"/people/{clinic.person_id}/shared/{mine}/stop"
        clinic.on_the_way(1)
        assert "Lantern Pantry can no longer read 2 facts." in text(clinic.browser.get(path))

        answer = clinic.browser.post(path, method="in-person")

        page = text(clinic.browser.get(answer.location))
        assert (clinic.is_readable(mine), clinic.is_readable(others)) == (False, True)
        assert "1 message was already on the way." in page
        assert page.count("Stop sharing<span") == 1
        assert clinic.records()[0].decision is Decision.DO_NOT_SHARE

    def test_a_release_of_another_person_is_not_found_here(self, clinic):
        clinic.yes()
        release_id = clinic.release()
        with transaction() as session:
            place = session.get_one(Participant, clinic.actor.organization)
            other_id = make_person(session, place, given_name="Rowan").id

        assert clinic.browser.get(f"/people/{other_id}/shared/{release_id}/stop").status_code == 404

    def test_releases_of_other_organizations_are_not_listed(self, clinic):
        clinic.yes()
        with transaction() as session:
            person = session.get_one(Person, clinic.person_id)
            element = (Element("text", "We have room", Category.GENERAL),)
            back = Disclosure(person, clinic.pantry_id, clinic.actor.organization, DataSet.ANSWER, element)
            consent.release(session, clinic.actor, back, referral_id=None, subject_id=uuid4(), at=NOW)

        assert "Nobody has seen your data." in text(clinic.browser.get(f"/people/{clinic.person_id}/shared"))


def test_what_belongs_to_another_organization_answers_like_a_random_id(clinic, stranger):
    consent_id = clinic.yes()
    release_id, random = clinic.release(), uuid4()
    pairs = [
        (f"/consents/{consent_id}", f"/consents/{random}"),
        (f"/consents/{consent_id}/revocation", f"/consents/{random}/revocation"),
        (f"/people/{clinic.person_id}/shared/{release_id}/stop", f"/people/{random}/shared/{random}/stop"),
    ]

    for theirs, nobodys in pairs:
        found, unknown = stranger.get(theirs), stranger.get(nobodys)
        assert (found.status_code, unknown.status_code) == (404, 404)
        assert without({"id": theirs}, normal_body(found.data)) == without({"id": nobodys}, normal_body(unknown.data))
    answer = stranger.post(f"/consents/{consent_id}/revocation", page="/help", method="in-person")
    assert answer.status_code == 404
    assert clinic.is_readable(release_id)


def test_no_title_or_address_names_a_person_or_place(clinic):
    consent_id = clinic.yes()
    release_id = clinic.release()
    base = f"/people/{clinic.person_id}"

    for path in (
        f"{base}/consents", clinic.new, f"/consents/{consent_id}", f"/consents/{consent_id}/revocation",
        f"{base}/shared", f"{base}/shared/{release_id}/stop",
    ):  # fmt: skip
        page = text(clinic.browser.get(path))
        addresses = " ".join(re.findall(r'(?:href|action)="([^"]*)"', page))
        assert re.findall("aster|moreno|lantern|food", f"{title_of(page)} {addresses}", re.IGNORECASE) == []


def test_what_was_written_down_is_in_the_audit(clinic):
    clinic.post()

    with reading() as session:
        assert events.verify(session).faults == ()


def test_the_rules_of_the_gate_can_be_read_by_everybody_in_its_order(app, clinic):
    staff, anybody = (text(browser.get("/consents/rules")) for browser in (clinic.browser, Browser(app)))

    for page in (staff, anybody):
        assert re.findall(r'<li id="([a-z0-9-]+)">', page) == list(law.texts())
        assert all(rule.citation in html.unescape(page) for rule in law.texts().values())
    assert 'class="cie-nav"' in staff and 'class="cie-nav"' not in anybody


def test_the_facts_that_can_leave_are_listed_with_their_codes(app):
    page = html.unescape(text(Browser(app).get("/consents/facts")))

    assert all(f'<td lang="en">{element.fhir}</td>' in page for element in consent.data_elements().values())
    assert all(least.says in page for least in consent.data_sets().values())
    assert "SUD (substance use disorder information sensitivity)" in page
    assert "For: To treat the person; To help the person; The person asked for it." in page


def test_each_rule_shows_the_cases_that_it_is_tested_with(app):
    page = html.unescape(text(Browser(app).get("/consents/rules/vawa-inbound")))

    assert all(example.name in page for example in law.examples()["vawa-inbound"])
    assert Browser(app).get("/consents/rules/no-such-rule").status_code == 404
