"""The pages of break-glass: the form of those who treat, what opens, what privacy officers and the person see of it."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from cie import identity, people, referrals
from cie.access import Role
from cie.consent import EmergencyAccess, Release
from cie.db import reading, transaction
from cie.events import AuditEntry
from cie.jobs.schedule import end_emergencies
from cie.participants import ParticipantKind
from cie.people import Person
from cie.people.filing import file_person
from cie.privacy import EmergencyReview
from tests.factories import make_participant, make_staff, staff_of
from tests.referrals.hospital import MESSAGE, REASON, ask, make_hospital
from tests.support.sign_in import pass_time
from tests.support.web import Browser, make_app, signed_in
from tests.web.my_place import HASH, PIN
from tests.web.test_settings import text_of

OFFICE = "/privacy-office/emergencies"
FOUND = "The ward confirms it."
ASKED = {"kind": "medical-emergency", "reason": REASON, "cannot_ask": "yes"}


@pytest.fixture
def place(database, migrated):
    with transaction() as session:
        place = make_hospital(session)
        file_person(session, place.person)
        officers = [make_staff(session, side, Role.PRIVACY_OFFICER) for side in (place.boat, place.hospital)]
        navigator = make_staff(session, place.boat, Role.NAVIGATOR)
    place.app = app = make_app(migrated)
    place.worker_browser, place.navigator = signed_in(app, place.worker), signed_in(app, navigator)
    place.senders, place.hospitals = (signed_in(app, officer) for officer in officers)
    place.page = f"/emergencies/tasks/{place.task.id}"
    return place


def open_more(place, browser=None, **fields):
    return (browser or place.worker_browser).post(place.page, page=f"{place.page}/new", **{**ASKED, **fields})


@pytest.fixture
def opened(place) -> SimpleNamespace:
    """The place after more was opened."""
    assert open_more(place).status_code == 303
    with reading() as session:
        place.access = session.execute(select(EmergencyAccess)).scalar_one()
    place.review = f"{OFFICE}/{place.access.id}"
    return place


def move_back(access, **by):
    """Let time pass since the opening."""
    with transaction() as session:
        row = session.get_one(EmergencyAccess, access.id)
        row.opened_at, row.until_at = row.opened_at - timedelta(**by), row.until_at - timedelta(**by)
        session.add(row)


class TestOpening:
    def test_the_referral_of_a_place_that_treats_leads_to_the_form(self, place):
        referral = text_of(place.worker_browser.get(f"/referrals/{place.referral.id}"))

        form = text_of(place.worker_browser.get(f"{place.page}/new"))

        assert f'href="{place.page}/new"' in referral
        assert "The privacy officers here and at Paper Boat Housing are told at once." in form
        assert "You see more of this request for 4 hours, as far as the rules let it go." in form
        assert "You can do this 3 times a day." in form and MESSAGE not in form

    def test_what_opens_is_shown_with_its_end_and_the_notice(self, place):
        answer = open_more(place)

        page = text_of(place.worker_browser.get(answer.location))
        assert (answer.status_code, answer.location) == (303, f"{place.page}?done=opened")
        assert MESSAGE in page and "Opened by Tansy Quill." in page
        assert re.search(r"Open until \w+, \w+ \d+, \d+(:\d+)?\s[ap]m\.", page)
        assert "42 CFR part 2 prohibits unauthorized use or disclosure of these records." in page
        assert "<title>Emergency - cie</title>" in page

    def test_the_form_leads_on_to_what_is_open_already(self, opened):
        assert opened.worker_browser.get(f"{opened.page}/new").location == opened.page
        assert open_more(opened).status_code == 409

    def test_the_page_of_the_referral_shows_no_more_than_before(self, opened):
        assert MESSAGE not in text_of(opened.worker_browser.get(f"/referrals/{opened.referral.id}"))

    def test_that_it_was_read_is_recorded(self, opened):
        opened.worker_browser.get(opened.page)

        with reading() as session:
            seen = session.execute(select(AuditEntry).where(col(AuditEntry.action) == "seen")).scalars().all()
        assert opened.worker.id in {entry.actor_id for entry in seen}

    def test_after_its_hours_nothing_shows_although_no_job_ran(self, opened):
        move_back(opened.access, hours=4)

        page = text_of(opened.worker_browser.get(opened.page))

        assert "Nothing more is open now." in page and MESSAGE not in page

    def test_the_job_writes_the_end_down(self, opened):
        move_back(opened.access, hours=4)

        end_emergencies()
        end_emergencies()

        with reading() as session:
            ended = session.get_one(Release, opened.access.release_id).ended_at
            chain = session.execute(select(AuditEntry.stream).where(col(AuditEntry.action) == "emergency.end"))
            streams = sorted(chain.scalars())
        assert ended is not None
        assert streams == sorted([str(opened.boat.id), str(opened.hospital.id)])

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"kind": ""}, "What kind of emergency is it: choose one"),
            ({"kind": "court"}, "What kind of emergency is it: choose one"),
            ({"reason": ""}, "What happened: write it down"),
            ({"cannot_ask": ""}, "Confirm that the person cannot be asked in time, or ask them"),
        ],
    )
    def test_what_is_missing_is_named_and_what_was_typed_stays(self, place, fields, words):
        answer = open_more(place, **fields)

        page = text_of(answer)
        assert answer.status_code == 422 and words in page
        assert (REASON in page) is ("reason" not in fields)

    def test_nothing_there_and_nothing_that_may_go_are_alike(self, place):
        with transaction() as session:
            _referral, food = ask(session, place, need_code="food", message=None)
        there = text_of(open_and_read(place, place.task.id, kind="danger-to-life"))
        absent = text_of(open_and_read(place, food.id))

        assert "There is nothing more to open here." in there
        assert steady(there) == steady(absent)

    def test_too_many_tries_are_refused(self, place):
        for _number in range(3):
            open_more(place, kind="danger-to-life")

        answer = open_more(place, kind="danger-to-life")

        assert answer.status_code == 429 and "Too many tries" in text_of(answer)

    def test_who_signed_in_long_ago_proves_who_they_are_and_keeps_what_was_typed(self, place):
        pass_time(place.worker, minutes=11)

        answer = open_more(place, page_path=f"{place.page}/new")

        assert (answer.status_code, answer.location) == (303, f"/settings/confirm?next={place.page}/new")
        with reading() as session:
            assert session.execute(select(EmergencyAccess)).first() is None
            assert identity.has_form(session, place.worker.id, f"{place.page}/new", at=datetime.now(UTC))


def open_and_read(place, task_id, **fields):
    page = f"/emergencies/tasks/{task_id}"
    answer = place.worker_browser.post(page, page=f"{page}/new", **{**ASKED, **fields})
    return place.worker_browser.get(answer.location)


def steady(page):
    page = re.sub(r'name="(csrf_token|form_id)" value="[^"]*"', "", page)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", page)


class TestForWhom:
    def test_a_place_that_does_not_treat_has_no_way_there(self, place):
        with transaction() as session:
            hospital = session.merge(place.hospital)
            hospital.kind = ParticipantKind.CBO

        assert "/emergencies/" not in text_of(place.worker_browser.get(f"/referrals/{place.referral.id}"))
        assert place.worker_browser.get(f"{place.page}/new").status_code == 403
        assert open_more(place).status_code == 403

    def test_the_sender_and_officers_have_none_either(self, place):
        for browser in (place.navigator, place.senders, place.hospitals):
            assert "/emergencies/tasks" not in text_of(browser.get(f"/referrals/{place.referral.id}"))
            assert browser.get(f"{place.page}/new").status_code == 403
            assert open_more(place, browser).status_code == 403

    def test_to_strangers_there_is_no_such_task(self, place):
        with transaction() as session:
            other = make_staff(session, another_hospital(session))
        stranger = signed_in(place.app, other)

        assert stranger.get(f"{place.page}/new").status_code == 404
        assert open_more(place, stranger).status_code == 404

    def test_a_request_that_has_ended_opens_nothing(self, place):
        with transaction() as session:
            reason = referrals.Reason.DUPLICATE
            referrals.cancel(session, place.heron, place.task.id, reason=reason, at=datetime.now(UTC))

        assert open_more(place).status_code == 409
        assert "/emergencies/" not in text_of(place.worker_browser.get(f"/referrals/{place.referral.id}"))


def another_hospital(session):
    return make_participant(session, kind=ParticipantKind.HOSPITAL)


class TestOfficers:
    def test_both_are_told_on_every_page_and_nobody_else_is(self, opened):
        for browser in (opened.senders, opened.hospitals):
            assert "1 record was opened in an emergency." in text_of(browser.get("/directory"))
            assert "1 not looked at yet." in text_of(browser.get("/privacy-office"))
        for browser in (opened.worker_browser, opened.navigator):
            assert "opened in an emergency" not in text_of(browser.get("/directory"))

    def test_nothing_waits_at_first(self, place):
        page = text_of(place.senders.get(OFFICE))

        assert "Nothing waits for you." in page
        assert "opened in an emergency." not in text_of(place.senders.get("/directory"))
        assert "Nothing waits for you." in text_of(place.senders.get("/privacy-office"))

    def test_the_sender_reads_who_opened_what_when_and_why(self, opened):
        page = text_of(opened.senders.get(opened.review))

        for words in (
            "Tansy Quill", "Quarry Hospital", "This exchange, for Paper Boat Housing", REASON, "Aster Moreno",
            "The person needs medical care now", "What they need, Message", "42 CFR 2.51",
        ):  # fmt: skip
            assert words in page
        assert MESSAGE not in page

    def test_the_hospitals_officer_reads_it_without_the_persons_name(self, opened):
        page = text_of(opened.hospitals.get(opened.review))

        assert REASON in page and "Moreno" not in page
        assert "42 CFR part 2 prohibits unauthorized use or disclosure of these records." in page

    def test_each_side_says_what_it_found(self, opened):
        path = f"{opened.review}/review"

        answer = opened.senders.post(path, page=opened.review, finding="justified", words=FOUND)

        page = text_of(opened.senders.get(answer.location))
        assert "Saved. What you found stands here." in page and FOUND in page and "Looked at: it was right" in page
        assert "Nothing waits for you." in text_of(opened.senders.get(OFFICE))
        assert "Tansy Quill, Quarry Hospital" in text_of(opened.senders.get(f"{OFFICE}?show=all"))
        others = text_of(opened.hospitals.get(opened.review))
        assert FOUND not in others and "Nobody here has looked at it yet" in others

    def test_what_was_not_right_leads_to_an_incident(self, opened):
        opened.senders.post(f"{opened.review}/review", page=opened.review, finding="not-justified", words=FOUND)

        page = text_of(opened.senders.get(opened.review))

        assert "No, it was not right." in page and 'href="/privacy-office/incidents/new"' in page

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"finding": ""}, "Was it right: choose one"),
            ({"words": ""}, "What you found and what was done: write it down"),
        ],
    )
    def test_what_is_missing_is_named_and_what_was_typed_stays(self, opened, fields, words):
        sent = {"finding": "justified", "words": FOUND, **fields}

        answer = opened.senders.post(f"{opened.review}/review", page=opened.review, **sent)

        assert answer.status_code == 422 and words in text_of(answer)
        assert (FOUND in text_of(answer)) is ("words" not in fields)

    def test_the_record_of_it_outlives_the_record_of_the_person(self, opened):
        """42 CFR 2.51(c) wants it written down; what a privacy officer found in words goes with the person."""
        opened.senders.post(f"{opened.review}/review", page=opened.review, finding="justified", words=FOUND)
        with transaction() as session:
            person = session.get_one(Person, opened.person.id)
            person.erased_at, person.given_name, person.family_name = datetime.now(UTC), None, None
            session.execute(update(EmergencyReview).values(words_sealed=None))

        page = text_of(opened.senders.get(opened.review))

        assert "Erased on" in page and REASON in page and "None" not in page

    def test_a_second_finding_is_refused(self, opened):
        for status in (303, 409):
            sent = {"finding": "justified", "words": FOUND}
            answer = opened.senders.post(f"{opened.review}/review", page=opened.review, **sent)
            assert answer.status_code == status

    def test_the_list_has_pages(self, opened):
        with transaction() as session:
            access = session.get_one(EmergencyAccess, opened.access.id)
            for number in range(30):
                copy_of(session, access, number)

        first, second = (text_of(opened.senders.get(f"{OFFICE}?page={number}")) for number in (1, 2))

        assert "Next page" in first and "Previous page" in second

    def test_only_privacy_officers_of_the_two_sides_read_it(self, opened):
        with transaction() as session:
            stranger = make_staff(session, another_hospital(session), Role.PRIVACY_OFFICER)
        assert opened.navigator.get(OFFICE).status_code == 403
        assert opened.worker_browser.get(opened.review).status_code == 403
        assert signed_in(opened.app, stranger).get(opened.review).status_code == 404


def copy_of(session, access, number):
    """Another opening of the same kind."""
    release = session.get_one(Release, access.release_id)
    fields = {name: getattr(release, name) for name in Release.model_fields if name not in ("id", "version")}
    again = Release(**fields, version=number + 2)
    session.add(again)
    session.flush()
    fields = {name: getattr(access, name) for name in EmergencyAccess.model_fields if name not in ("id", "release_id")}
    row = EmergencyAccess(**fields, release_id=again.id)
    row.reason, row.record = access.reason, access.record
    session.add(row)


class TestReceipts:
    def test_the_sender_sees_it_among_what_was_shared_with_its_basis(self, opened):
        receipts = text_of(opened.navigator.get(f"/people/{opened.person.id}/shared"))
        exactly = text_of(opened.navigator.get(f"/referrals/{opened.referral.id}/shared"))

        assert "More, in an emergency, version 1: what they need, message." in receipts
        assert "In an emergency." in receipts and "A medical emergency was recorded (42 CFR 2.51)." in receipts
        assert "A medical emergency was recorded (42 CFR 2.51)" in exactly

    def test_the_person_sees_it_on_their_own_page(self, opened):
        with transaction() as session:
            navigator = staff_of(opened.boat, Role.NAVIGATOR)
            link = people.make_link(session, navigator, opened.person.id, pin_hash=HASH, at=datetime.now(UTC))
            address = f"/my/{people.link_token(link)}"
        browser = Browser(opened.app)
        browser.client.set_cookie("language", "en")
        browser.get(address)
        browser.post("/my/enter", code=PIN)

        page = text_of(browser.get("/my/seen"))

        assert "Quarry Hospital" in page and "More, in an emergency" in page
        assert "In an emergency." in page and "A medical emergency was recorded (42 CFR 2.51)." in page
        assert REASON not in page and "Tansy" not in page
