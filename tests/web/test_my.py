"""The person's own page: the way in by link and PIN, what stands there, taking back, and what is absent."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlmodel import col

from cie import consent, people, referrals
from cie.access import ActorKind
from cie.consent import Consent, Method, Release, SignerKind
from cie.db import current, reading, transaction
from cie.directory import Category
from cie.events import AuditEntry, AuditPerson, DeliveryState, Outbox
from cie.participants import ParticipantKind
from cie.people import Person, PersonLink
from cie.web.my.visit import Visit, cookie_value
from tests.factories import make_consent, make_participant, make_person
from tests.support.scan import every_cell
from tests.support.web import Browser, make_app
from tests.web.my_place import HASH, NOW, PIN, make_my_place, steady, text

CLOSED = "This page is closed"


@pytest.fixture
def app(migrated, database):
    return make_app(migrated)


@pytest.fixture
def place(app):
    return make_my_place(app)


class TestLink:
    def test_it_leads_to_a_clean_address_and_the_pin_is_asked(self, place):
        browser = Browser(place.app)

        answer = browser.get(place.address)

        assert (answer.status_code, answer.location) == (303, "/my")
        assert "HttpOnly" in answer.headers["Set-Cookie"]
        assert browser.get("/my").location == "/my/enter"
        assert "Your PIN" in text(browser.get("/my/enter"))

    def test_opening_it_changes_nothing_however_often(self, place):
        before = every_cell()

        for _n in range(4):
            place.outside().get("/my/enter")

        assert every_cell() == before

    def test_nobody_comes_in_without_the_pin(self, place):
        browser = place.outside()

        for path in ("/my", "/my/seen", f"/my/permissions/{place.yes()}/revocation"):
            assert browser.get(path).location == "/my/enter"

    def test_the_page_before_the_pin_tells_of_nobody(self, place):
        page = text(place.outside().get("/my/enter"))

        assert "<title>Your page</title>" in page
        assert page.index("data-exit") < page.index("<h1>")
        assert not any(word in page for word in ("Aster", "Moreno", "Blue Kite", people.link_token(place.link)))

    def test_unknown_ended_expired_and_replaced_ones_are_alike(self, place):
        wrong = [place.address[:-2] + "AA", "/my/made-up", "/my/" + "A" * 43]
        answers = [Browser(place.app).get(path) for path in wrong]
        place.change(people.end_link, place.person_id)
        answers.append(Browser(place.app).get(place.address))
        place.change(people.make_link, place.person_id, pin_hash=HASH)
        answers.append(Browser(place.app).get(place.address))
        with transaction() as session:
            place.link = session.get_one(PersonLink, place.link.id)
            place.link.expires_at = NOW - timedelta(seconds=1)
            session.add(place.link)
        answers.append(Browser(place.app).get(place.address))

        assert {answer.status_code for answer in answers} == {404}
        assert len({steady(text(answer)) for answer in answers}) == 1
        assert CLOSED in text(answers[0])

    def test_without_a_link_the_page_is_closed(self, place):
        answer = Browser(place.app).get("/my/enter")

        assert answer.status_code == 404
        assert CLOSED in text(answer)

    @pytest.mark.parametrize("what", ["end", "replace"])
    def test_whoever_is_inside_is_out_once_the_link_ends(self, place, what):
        browser = place.inside()
        assert browser.get("/my").status_code == 200

        if what == "end":
            place.change(people.end_link, place.person_id)
        else:
            place.change(people.make_link, place.person_id, pin_hash=HASH)

        assert browser.get("/my").location == "/my/enter"
        assert browser.get("/my/enter").status_code == 404


class TestPin:
    def test_a_wrong_one_says_so_and_does_not_come_back(self, place):
        browser = place.outside()

        answer = browser.post("/my/enter", code="482916")

        assert answer.status_code == 422
        assert "this is not the right one" in text(answer)
        assert "482916" not in text(answer)
        assert "One thing to fix" in text(answer) and "still here" not in text(answer)
        assert browser.get("/my").location == "/my/enter"

    def test_none_names_the_box(self, place):
        assert "PIN: enter the 6 digits" in text(place.outside().post("/my/enter"))

    def test_five_wrong_ones_from_a_network_make_even_the_right_one_wait(self, place):
        browser = place.outside()
        for _n in range(5):
            browser.post("/my/enter", code="111222")

        answer = browser.post("/my/enter", code=PIN)

        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
        assert browser.get("/my").location == "/my/enter"

    def test_a_new_link_does_not_wait_for_guesses_at_the_old_one(self, place):
        browser = place.outside()
        for _n in range(6):
            browser.post("/my/enter", code="111222")

        place.link = place.change(people.make_link, place.person_id, pin_hash=HASH)

        assert place.inside().get("/my").status_code == 200

    def test_it_ends_after_fifteen_minutes_without_use(self, place):
        browser = place.inside()
        started = NOW - timedelta(minutes=30)

        for minutes, location in ((14, None), (16, "/my/enter")):
            visit = Visit(place.link.id, place.link.generation, started, datetime.now(UTC) - timedelta(minutes=minutes))
            set_visit(place, browser, visit)
            assert browser.get("/my").location == location

    def test_it_ends_after_two_hours_in_all(self, place):
        browser, now = place.inside(), datetime.now(UTC)

        set_visit(place, browser, Visit(place.link.id, place.link.generation, now - timedelta(hours=3), now))

        assert browser.get("/my").location == "/my/enter"

    def test_a_visit_that_we_did_not_sign_opens_nothing(self, place):
        browser = place.outside()

        browser.client.set_cookie("cie-visit", cookie_of(place, place.link.generation)[:-3] + "abc")

        assert browser.get("/my").location == "/my/enter"

    def test_the_way_out_forgets_the_visit_and_the_link(self, place):
        browser = place.inside()

        browser.get("/exit")

        assert browser.get("/my").location == "/my/enter"
        assert browser.get("/my/enter").status_code == 404


def cookie_of(place, generation):
    now = datetime.now(UTC)
    with place.app.app_context():
        return cookie_value(Visit(place.link.id, generation, now, now))


def set_visit(place, browser, visit):
    with place.app.app_context():
        browser.client.set_cookie("cie-visit", cookie_value(visit))


class TestPage:
    def test_it_says_what_was_said_and_who_saw_what(self, place):
        place.yes()
        place.release(place.pantry)
        browser = place.inside()

        said, seen = text(browser.get("/my")), text(browser.get("/my/seen"))

        assert "Yes, share" in said and "Any organization that can help" in said
        assert "Your name, how to reach you, and everyday needs; Housing" in said
        assert "Lantern Pantry" in seen and "To help you." in seen and "Your permission: said" in seen

    def test_nothing_tells_over_a_shoulder_what_it_is_about(self, place):
        place.yes()
        place.release(place.pantry)
        browser = place.inside()

        for path in ("/my", "/my/seen"):
            answer = browser.get(path)
            assert "<title>Your page</title>" in text(answer)
            assert answer.headers["Cache-Control"] == "no-store"
            assert "Food box" not in text(answer) and "Aster" not in text(answer)

    def test_each_look_is_recorded_as_the_persons_own(self, place):
        browser = place.inside()
        before = len(looks(place))

        browser.get("/my")
        browser.get("/my/seen")

        new = looks(place)[before:]
        assert [(e.actor_kind, e.actor_id, e.door, e.purpose) for e in new] == [
            ("person", place.person_id, "link", "PATRQT")
        ] * 2

    def test_looking_changes_no_row_but_that_record(self, place):
        given = place.yes()
        place.release(place.pantry)
        browser = place.inside()
        before = every_cell()

        for path in ("/my", "/my/seen", f"/my/permissions/{given}/revocation", "/my/enter"):
            browser.get(path)

        after = every_cell()
        assert {name for name in after if after[name] != before[name]} == {"audit_entry", "audit_head", "audit_person"}

    def test_it_speaks_the_persons_language_until_another_is_chosen(self, place):
        with transaction() as session:
            person = session.get_one(Person, place.person_id)
            person.language = "es"
            session.add(person)
        browser = Browser(place.app)
        browser.get(place.address)
        browser.post("/my/enter", code=PIN)
        spanish = text(browser.get("/my"))

        browser.post("/language", page="/my", language="en", next="/my")

        assert "<title>Su página</title>" in spanish and 'lang="es"' in spanish
        assert "<title>Your page</title>" in text(browser.get("/my"))

    def test_who_said_nothing_reads_so(self, place):
        browser = place.inside()

        assert "You have not said anything about sharing." in text(browser.get("/my"))
        assert "Nobody has seen your data." in text(browser.get("/my/seen"))

    def test_long_lists_have_pages(self, place):
        for _n in range(21):
            place.yes()
        for _n in range(21):
            place.release(place.pantry)
        browser = place.inside()

        for path in ("/my", "/my/seen"):
            assert "Next page" in text(browser.get(path))
            assert "21 to 21" in text(browser.get(f"{path}?page=2"))

    def test_nobody_of_staff_comes_in_here_by_signing_in(self, place):
        browser = Browser(place.app)
        browser.client.set_cookie("cie-session", "token")

        assert browser.get("/my").location == "/my/enter"

    def test_the_visit_opens_no_page_of_staff(self, place):
        given = place.yes()
        browser = place.inside()

        for path in ("/worklist", f"/people/{place.person_id}", f"/consents/{given}"):
            assert browser.get(path).location.startswith("/sign-in")


def looks(place):
    with reading() as session:
        query = (
            select(AuditEntry)
            .join(AuditPerson, col(AuditPerson.entry_id) == col(AuditEntry.id))
            .where(col(AuditPerson.person_id) == place.person_id, col(AuditEntry.actor_kind) == ActorKind.PERSON.value)
            .order_by(col(AuditEntry.id))
        )
        return list(session.execute(query).scalars())


class TestTakingBack:
    def test_first_it_says_what_was_sent_and_what_follows(self, place):
        given = place.yes()
        place.release(place.pantry)

        page = text(place.inside().get(f"/my/permissions/{given}/revocation"))

        assert "Lantern Pantry: 2 facts about you, first on" in page
        assert "Nobody can call this back." in page
        assert "Lantern Pantry can no longer read 2 facts about you. They do not hear why." in page
        assert page.index("What was already sent") < page.index("What will follow") < page.index('type="submit">Stop')

    def test_an_open_request_is_named_by_place_and_day_alone(self, place):
        given = place.yes()
        place.send()

        page = text(place.inside().get(f"/my/permissions/{given}/revocation"))

        assert re.search(r"The request of \w+\s\d+,\s\d+ to Lantern Pantry stays open\.", page)
        assert "Food" not in page

    def test_it_counts_at_once_and_once(self, place):
        given = place.yes()
        release_id = place.release(place.pantry)
        on_the_way(place, 2)
        browser, path = place.inside(), f"/my/permissions/{given}/revocation"

        first, second = browser.post(path), browser.post(path, page="/my")

        with reading() as session:
            record, row = session.get_one(Consent, given), session.get_one(Release, release_id)
        assert (record.revoked_method, record.revoked_by) == (Method.BY_LINK, SignerKind.PERSON)
        assert record.revoked_at == row.ended_at is not None
        assert (first.status_code, second.status_code) == (303, 409)
        assert "This was already taken back" in text(second)
        done = text(browser.get(first.location))
        assert "We stopped." in done and "2 messages were already on the way." in done
        assert "Taken back" in done

    def test_a_young_person_takes_back_as_one(self, place):
        given = place.yes()
        with transaction() as session:
            person = session.get_one(Person, place.person_id)
            person.birth_text = f"{NOW.year - 15}-01-02"
            session.add(person)

        place.inside().post(f"/my/permissions/{given}/revocation")

        with reading() as session:
            assert session.get_one(Consent, given).revoked_by == SignerKind.MINOR

    def test_what_somebody_else_said_is_not_found(self, place):
        with transaction() as session:
            other = make_person(session, place.clinic, given_name="Rowan")
            given = make_consent(session, other).id
        browser = place.inside()

        found = [browser.get(f"/my/permissions/{id_}/revocation") for id_ in (given, uuid4())]
        posted = browser.post(f"/my/permissions/{given}/revocation", page="/my")

        assert [answer.status_code for answer in (*found, posted)] == [404, 404, 404]
        assert len({steady(text(answer)) for answer in found}) == 1
        with reading() as session:
            assert session.get_one(Consent, given).revoked_at is None

    def test_a_no_is_not_opened_by_a_link(self, place):
        no = place.yes(decision=consent.Decision.DO_NOT_SHARE, categories=[])
        browser = place.inside()

        answer = browser.post(f"/my/permissions/{no}/revocation", page="/my")

        assert answer.status_code == 404
        assert "No, do not share" in text(browser.get("/my"))
        with reading() as session:
            assert session.get_one(Consent, no).revoked_at is None


def on_the_way(place, count):
    with transaction() as session:
        for _number in range(count):
            session.add(
                Outbox(
                    organization_id=place.clinic.id,
                    kind="text",
                    destination_id=uuid4(),
                    order_key="phone:1",
                    dedup_key=uuid4().hex,
                    due_at=NOW,
                    state=DeliveryState.CLAIMED,
                    lease_until=NOW + timedelta(minutes=1),
                    person_id=place.person_id,
                    created_at=NOW,
                )
            )


class TestProtected:
    """What could tell of a protected service is absent, and nothing shows that it is."""

    @pytest.fixture
    def refuge(self, place):
        with transaction() as session:
            return make_participant(session, name="Harbor Light", kind=ParticipantKind.VICTIM_SERVICES)

    def pages(self, browser, given):
        paths = ("/my", "/my/seen", f"/my/permissions/{given}/revocation")
        return [steady(text(browser.get(path))) for path in paths] + [text(browser.post("/my/copy", page="/my"))]

    def test_all_bytes_are_equal_with_and_without(self, place, refuge):
        everything = [category.value for category in Category if category != Category.PSYCHOTHERAPY_NOTES]
        given = place.yes(categories=everything)
        place.release(place.pantry)
        with transaction() as session:
            other = make_participant(session, name="Open Basket Co-op")
        browser = place.inside()
        before = self.pages(browser, given)

        place.release(refuge, at_person_request=True)
        for marked in (place.pantry, other):
            place.release(marked, masked=True)
        named = place.yes(recipient_ids=[str(refuge.id)])
        place.yes(recipient_ids=[str(refuge.id)], decision=consent.Decision.DO_NOT_SHARE, categories=[])
        place.yes(categories=[Category.VICTIM_SERVICES.value])

        assert self.pages(browser, given) == before
        assert browser.get(f"/my/permissions/{named}/revocation").status_code == 404
        assert all("violence" not in page and "Harbor" not in page for page in before)

    def test_one_that_is_not_protected_would_be_seen(self, place):
        given = place.yes()
        browser = place.inside()
        before = self.pages(browser, given)

        place.release(place.pantry)

        assert all(now != then for now, then in zip(self.pages(browser, given)[1:], before[1:], strict=True))

    def test_a_masked_request_is_not_among_those_that_stay_open(self, place):
        given = place.yes()
        sent = place.send()
        with transaction() as session:
            referral = session.get_one(referrals.Referral, sent)
            referral.masked = True
            session.add(referral)

        page = text(place.inside().get(f"/my/permissions/{given}/revocation"))

        assert "stays open" not in page

    def test_taking_back_ends_what_is_not_shown_as_well(self, place, refuge):
        given = place.yes(categories=["general", "victim-services"])
        release_id = place.release(refuge, at_person_request=True)

        place.inside().post(f"/my/permissions/{given}/revocation")

        with reading() as session:
            assert session.get_one(Release, release_id).ended_at is not None


class TestCopy:
    def test_it_is_the_same_as_one_text_and_is_recorded(self, place):
        place.yes()
        place.release(place.pantry)
        browser = place.inside()

        answer = browser.post("/my/copy", page="/my")

        assert answer.headers["Content-Disposition"] == "attachment; filename=copy.txt"
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert "Yes, share." in text(answer) and "Lantern Pantry." in text(answer)
        with current().engine.connect() as connection:
            actions = connection.execute(select(col(AuditEntry.action), col(AuditEntry.person_id))).all()
        assert ("own-page.copy", place.person_id) in [tuple(action) for action in actions]

    def test_nobody_outside_gets_one(self, place):
        answer = place.outside().post("/my/copy", page="/my/enter")

        assert (answer.status_code, answer.location) == (303, "/my/enter")
