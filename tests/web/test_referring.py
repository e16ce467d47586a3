"""Making a referral: one form, one check that shows exactly what goes, one button that sends it once."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import quote, urlsplit
from uuid import uuid4

import pytest
from sqlmodel import select

from cie import consent, identity
from cie.access import Role
from cie.consent import Consent, DataSet, Decision, Release
from cie.db import reading, transaction
from cie.directory import Category, ServiceStatus
from cie.directory.models import ServiceArea, ServiceNeed
from cie.events import Outbox
from cie.referrals import EntryKind, Kind, Referral, ReferralStatus, ReferralTask
from cie.referrals.models import Entry
from cie.screening import Need, NeedStatus, Wish
from tests.factories import NOON, add, make_loop, make_participant, make_person, make_service, make_staff
from tests.support.web import make_app, signed_in

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
FORM = re.compile(r'<form method="post" action="/referrals[^"]*".*?</form>', re.DOTALL)


@pytest.fixture
def story(database, migrated):
    """A person who agreed, a pantry that helps with food near them, and a navigator in a browser."""
    with transaction() as session:
        loop = make_loop(session)
        meets_food(session, loop.service)
        other = make_service(session, make_participant(session, name="Tall Grass School"), name="School lunch")
        outside = make_service(session, name="Produce pick-up")
        meets_food(session, outside)
        navigator = make_staff(session, loop.clinic, Role.NAVIGATOR)
        stranger = make_staff(session, make_participant(session, name="Open Basket Co-op"))
    app = make_app(migrated)
    return SimpleNamespace(
        loop=loop,
        other=other,
        outside=outside,
        sorrel=signed_in(app, navigator),
        navigator_id=navigator.id,
        stranger=signed_in(app, stranger),
        new=f"/referrals/new?person={loop.person.id}",
    )


def meets_food(session, service):
    add(session, ServiceNeed(service_id=service.id, need_code="food"))
    add(session, ServiceArea(service_id=service.id, extent_type="county", extent="06019"))


def text_of(answer):
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def hidden(answer):
    """The hidden fields of the referral's own form, without its token."""
    form = FORM.search(answer.get_data(as_text=True)).group(0)
    return {name: value for name, value in HIDDEN.findall(form) if name != "csrf_token"}


def fields(story, **more):
    values = {
        "person": str(story.loop.person.id),
        "need": "food",
        "urgency": "urgent",
        "service": str(story.loop.service.id),
        "message": "Works Wednesdays until 4.",
        "form_id": "form-1",
    }
    return {name: value for name, value in {**values, **more}.items() if value is not None}


def press(story, action, **more):
    return story.sorrel.post("/referrals/new", page=story.new, action=action, **fields(story, **more))


def checked(story, **more):
    """The hidden fields of the check page."""
    answer = press(story, "check", **more)
    assert answer.status_code == 200, text_of(answer)
    return hidden(answer)


def send(story, form):
    return story.sorrel.post("/referrals", page="/help", **form)


def all_of(table):
    with reading() as session:
        return session.exec(select(table)).all()


def change(record, **values):
    with transaction() as session:
        row = session.get_one(type(record), record.id)
        for name, value in values.items():
            setattr(row, name, value)


class TestForm:
    def test_without_a_person_one_is_found_or_chosen_first(self, story):
        page = text_of(story.sorrel.get("/referrals/new"))

        assert f'href="/referrals/new?person={story.loop.person.id}"' in page
        assert 'action="/people"' in page

    def test_the_form_finds_services_for_the_need_and_names_nobody_in_its_title(self, story):
        page = text_of(story.sorrel.get(f"{story.new}&need=food&words=food+box&zip=93702"))

        assert f'value="{story.loop.service.id}"' in page
        assert "Choose a service to see what they will get." in page
        assert "Aster" not in re.search(r"<title>(.*?)</title>", page).group(1)

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_another_organizations_person_is_like_one_that_does_not_exist(self, story, method):
        def ask(person_id):
            if method == "get":
                return story.stranger.get(f"/referrals/new?person={person_id}")
            return story.stranger.post("/referrals/new", page="/help", person=str(person_id), action="search")

        there, nowhere = ask(story.loop.person.id), ask(uuid4())

        pages = [re.sub(r'value="[^"]+"', "", text_of(answer)) for answer in (there, nowhere)]
        assert (there.status_code, nowhere.status_code) == (404, 404)
        assert re.sub(r"[0-9a-f-]{36}", "", pages[0]) == re.sub(r"[0-9a-f-]{36}", "", pages[1])

    def test_only_what_the_person_wants_help_with_is_listed(self, story):
        person = story.loop.person
        with transaction() as session:
            for code, wish in (("food", Wish.WANTS_HELP), ("utilities", Wish.NOT_NOW)):
                need = Need(organization_id=person.organization_id, person_id=person.id, need_code=code, domain="")
                need.status, need.wish, need.created_at = NeedStatus.CONFIRMED, wish, NOON
                add(session, need)

        page = text_of(story.sorrel.get(story.new))

        radios = re.findall(r'type="radio" id="need[^"]*" name="need" value="([^"]+)"', page)
        assert radios == ["food", "other"]
        assert f'value="{story.loop.service.id}"' in page

    def test_the_preview_is_drawn_anew_and_everything_typed_stays(self, story):
        answer = story.sorrel.post("/referrals/new", page=story.new, update_preview="yes", **fields(story))

        page = text_of(answer)
        assert "Lantern Pantry, from the moment you send" in re.sub(r"</?bdi>", "", page)
        assert "Aster Moreno" in page
        assert "(559) 555-0142" in page
        assert '<textarea class="cie-input" id="message" name="message"' in page
        assert page.count("Works Wednesdays until 4.") == 2

    def test_needed_today_offers_only_what_is_open_now_and_helps_the_same_day(self, story):
        page = text_of(press(story, "search", urgency="stat", service=None))

        assert "Nothing that helps the same day is open now." in page
        assert f'value="{story.loop.service.id}"' not in page


class TestAfterASignOut:
    @pytest.fixture
    def kept(self, story):
        typed = {name: [value] for name, value in fields(story).items()}
        with transaction() as session:
            identity.keep_form(session, story.navigator_id, "/referrals/new", typed, at=datetime.now(UTC))

    def test_what_was_typed_comes_back_to_the_form(self, story, kept):
        page = text_of(story.sorrel.get(story.new))

        assert "What you typed is here again." in page
        assert "Works Wednesdays until 4." in page
        assert re.search(rf'value="{story.loop.service.id}" checked', page)

    def test_it_does_not_come_back_on_the_form_of_somebody_else(self, story, kept):
        with transaction() as session:
            other = make_person(session, story.loop.clinic, given_name="Basil", family_name="Quist")

        page = text_of(story.sorrel.get(f"/referrals/new?person={other.id}"))

        assert "Basil Q." in page
        assert "Works Wednesdays until 4." not in page


class TestErrors:
    def refused(self, story, *, status=422, action="check", **more):
        answer = press(story, action, **more)
        page = text_of(answer)
        assert answer.status_code == status
        if "message" not in more:
            assert "Works Wednesdays until 4." in page
        assert all_of(Referral) == []
        return page

    def test_nothing_chosen_is_said_all_at_once(self, story):
        page = self.refused(story, need=None, urgency=None, service=None)

        assert "Three things to fix" in page
        assert "What they want help with: choose one" in page
        assert "How soon: choose one" in page
        assert "Who should we ask: choose a service" in page

    def test_something_else_says_what(self, story):
        assert "What they want help with: choose one" in self.refused(story, need="other")

    def test_a_zip_outside_california(self, story):
        assert "ZIP: enter a California ZIP, like 93702" in self.refused(story, action="search", zip="10001")

    def test_a_service_that_there_is_not(self, story):
        page = self.refused(story, service=str(uuid4()))

        assert "Who should we ask: choose a service of the list" in page

    def test_a_message_that_is_too_long(self, story):
        page = self.refused(story, message="a" * 2001)

        assert "Message: use at most 2000 characters" in page
        assert "a" * 2001 in page

    def test_a_closed_service(self, story):
        change(story.loop.service, status=ServiceStatus.INACTIVE)

        assert "This service is closed" in self.refused(story, status=409)

    def test_what_the_person_does_not_want(self, story):
        person = story.loop.person
        with transaction() as session:
            need = Need(organization_id=person.organization_id, person_id=person.id, need_code="food", domain="")
            need.status, need.wish, need.created_at = NeedStatus.CONFIRMED, Wish.NOT_NOW, NOON
            add(session, need)

        assert "ask first, and record that they want help with this" in self.refused(story)

    def test_a_place_that_does_not_help_today(self, story):
        page = self.refused(story, status=409, urgency="stat")

        assert "This service is closed now or does not help the same day" in page


class TestSend:
    def test_the_check_says_what_will_follow_and_what_they_will_see(self, story):
        page = text_of(press(story, "check"))

        assert "Check, then send to" in page
        assert "They should answer by" in page
        assert "We ask Aster M. if help came on" in page
        assert "This is exactly what they will see" in page

    def test_what_is_released_is_what_the_check_showed(self, story):
        answer = press(story, "check")
        sent = send(story, hidden(answer))

        (referral,), (release,) = all_of(Referral), all_of(Release)
        assert sent.status_code == 303
        assert sent.location.endswith(f"/referrals/{referral.id}?done=sent")
        assert release.fingerprint == hidden(answer)["preview"]
        with reading() as session:
            (task,) = session.exec(select(ReferralTask)).all()
            found = consent.released_to(session, story.loop.pantry.id, task.id, DataSet.REFERRAL)
        shown = re.findall(r'<dd class="cie-text" dir="auto">(.*?)</dd></div>', text_of(answer).split("cie-preview")[2])
        assert len(shown) == len(found.elements)
        assert found.elements["message"] == "Works Wednesdays until 4."

    def test_a_double_click_sends_once(self, story):
        form = checked(story)

        first, second = send(story, form), send(story, form)

        assert (first.status_code, second.status_code) == (303, 303)
        assert first.location == second.location
        assert len(all_of(ReferralTask)) == 1

    def test_the_same_form_changed_afterwards_is_not_taken_for_the_first(self, story):
        form = checked(story)
        send(story, form)

        answer = send(story, {**form, "urgency": "asap"})

        assert answer.status_code == 409
        assert "This form was already sent" in text_of(answer)
        assert len(all_of(Referral)) == 1

    def test_when_what_they_will_see_changed_the_check_comes_again(self, story):
        form = checked(story)
        change(story.loop.person, household_size=5)

        answer = send(story, form)

        page = text_of(answer)
        assert answer.status_code == 409
        assert "What they will see has changed. Look again." in page
        assert "Check, then send to" in page
        assert "Works Wednesdays until 4." in page
        assert all_of(Referral) == []
        assert send(story, hidden(answer)).status_code == 303

    def test_without_a_preview_nothing_is_sent_from_the_web(self, story):
        answer = send(story, {**checked(story), "preview": ""})

        assert answer.status_code == 409
        assert all_of(Referral) == []

    def test_a_change_leads_back_to_the_form_with_everything_typed(self, story):
        form = checked(story)

        page = text_of(story.sorrel.post("/referrals/new", page="/help", action="change", **form))

        assert "Works Wednesdays until 4." in page
        assert re.search(rf'value="{story.loop.service.id}" checked', page)

    def test_referring_again_ends_the_request_that_nobody_answered(self, story):
        send(story, checked(story))
        (earlier,) = all_of(Referral)
        (task,) = all_of(ReferralTask)
        change(task, status="rejected", reason="no-room")
        page = story.sorrel.get(f"/referrals/new?replaces={earlier.id}")

        send(story, checked(story, replaces=hidden(page)["replaces"], form_id="form-2"))

        again = next(r for r in all_of(Referral) if r.id != earlier.id)
        ended = next(r for r in all_of(Referral) if r.id == earlier.id)
        assert again.replaces_id == earlier.id
        assert ended.status == ReferralStatus.REVOKED


class TestRefusal:
    def without_consent(self, story):
        with transaction() as session:
            for record in session.exec(select(Consent)).all():
                session.delete(record)

    def test_without_consent_the_rule_its_source_and_the_way_on_stand_in_place_of_the_preview(self, story):
        self.without_consent(story)

        answer = press(story, "check")

        page = text_of(answer)
        assert answer.status_code == 403
        assert "The person has not agreed to share with this place" in page
        assert "Rule: Nothing is shared without a yes" in page
        assert 'href="/consents/rules#no-consent"' in page
        assert "This is exactly what they will see" not in page
        assert "You will still get help if you say no." in page
        assert "record what they say about sharing" in page
        assert "Works Wednesdays until 4." in page

    def test_a_no_between_check_and_send_is_honored(self, story):
        form = checked(story)
        with transaction() as session:
            for record in session.exec(select(Consent)).all():
                record.decision = Decision.DO_NOT_SHARE

        answer = send(story, form)

        assert answer.status_code == 403
        assert "The person said no to sharing with this place" in text_of(answer)
        assert (all_of(Referral), all_of(Release)) == ([], [])

    def test_a_protected_service_is_asked_only_when_the_person_wants_it(self, story):
        change(story.loop.service, sensitivity=Category.VICTIM_SERVICES)

        refused = press(story, "check")
        form = checked(story, at_person_request="yes", message=None)
        send(story, form)

        (referral,), (task,), (release,) = all_of(Referral), all_of(ReferralTask), all_of(Release)
        assert refused.status_code == 403
        assert "The person asked for this themselves" in text_of(refused)
        assert (referral.masked, release.masked, task.due_at) == (True, True, None)


class TestDraft:
    def test_a_draft_is_kept_tells_nobody_and_fills_the_form_again(self, story):
        saved = press(story, "save")

        (draft,) = all_of(Referral)
        page = text_of(story.sorrel.get(saved.location))
        assert saved.status_code == 303
        assert draft.status == ReferralStatus.DRAFT
        assert (all_of(ReferralTask), all_of(Release)) == ([], [])
        assert "Saved for later" in page
        assert "Works Wednesdays until 4." in page
        assert re.search(rf'value="{story.loop.service.id}" checked', page)

    def test_saving_twice_keeps_one_draft(self, story):
        press(story, "save")
        press(story, "save", message="On Fridays.")

        (draft,) = all_of(Referral)
        assert draft.message == "On Fridays."

    def test_a_draft_may_lack_the_service(self, story):
        assert press(story, "save", service=None).status_code == 303
        assert all_of(Referral)[0].title == "Food"

    def test_the_draft_itself_is_sent(self, story):
        draft_page = story.sorrel.get(press(story, "save").location)
        (draft,) = all_of(Referral)

        send(story, checked(story, **hidden(draft_page)))

        (referral,) = all_of(Referral)
        assert (referral.id, referral.status) == (draft.id, ReferralStatus.ACTIVE)

    def test_going_to_record_what_they_say_keeps_the_request(self, story):
        answer = press(story, "consent")

        assert answer.status_code == 303
        assert urlsplit(answer.location).path == f"/people/{story.loop.person.id}/consents/new"
        assert all_of(Referral)[0].message == "Works Wednesdays until 4."

    @pytest.mark.parametrize("decision", ["share", "do-not-share"])
    def test_after_recording_what_they_say_the_request_is_back_as_it_was(self, story, decision):
        there = press(story, "consent", words="food box", zip="93702", open_now="yes").location
        asked = story.sorrel.get(there).get_data(as_text=True)
        said = {"signer": "person", "decision": decision, "to": "anyone", "method": "in-person", "until": "none"}
        said |= {"form_id": "form-2", "wording_version": consent.FORM_VERSION, "categories": "general"}
        said["seen_newest"] = re.search(r'name="seen_newest" value="([^"]*)"', asked)[1]

        wrong = story.sorrel.post(urlsplit(there).path, page=there, page_path=there, **(said | {"method": ""}))
        answer = story.sorrel.post(urlsplit(there).path, page=there, page_path=there, **said)

        (draft,) = all_of(Referral)
        back = story.sorrel.get(answer.location).get_data(as_text=True)
        assert f"draft={draft.id}" in answer.location and wrong.status_code == 422
        assert "Back to the referral" in asked and "Back to the referral" in wrong.get_data(as_text=True)
        assert "Written down. Your referral is here as you left it." in back
        assert "Works Wednesdays until 4." in back and 'value="food box"' in back
        assert re.search(r'name="open_now"[^>]* checked', back)
        assert re.search(rf'value="{story.loop.service.id}" checked', back)

    @pytest.mark.parametrize(
        "back", ["https://elsewhere.example.org/", "//elsewhere.example.org/", "javascript:alert(1)"]
    )
    def test_no_address_leads_away_after_recording(self, story, back):
        new = f"/people/{story.loop.person.id}/consents/new"

        page = story.sorrel.get(f"{new}?back={quote(back)}").get_data(as_text=True)

        links = re.findall(r'<a [^>]*href="([^"]+)"', page)
        assert "Back to the person" in page and not [link for link in links if "elsewhere" in link or "alert" in link]

    def test_leaving_the_check_keeps_the_request(self, story):
        answer = story.sorrel.post("/referrals/new", page="/help", **{**checked(story), "action": "leave"})

        assert answer.location.endswith("/worklist")
        assert all_of(Referral)[0].status == ReferralStatus.DRAFT

    def test_another_organization_cannot_open_a_draft(self, story):
        press(story, "save")
        (draft,) = all_of(Referral)

        assert story.stranger.get(f"/referrals/new?draft={draft.id}").status_code == 404

    def test_a_draft_that_was_sent_opens_as_the_referral(self, story):
        draft_page = story.sorrel.get(press(story, "save").location)
        send(story, checked(story, **hidden(draft_page)))
        (referral,) = all_of(Referral)

        answer = story.sorrel.get(f"/referrals/new?draft={referral.id}")

        assert answer.status_code == 303
        assert answer.location.endswith(f"/referrals/{referral.id}")


class TestContact:
    def give(self, story, **more):
        page = press(story, "contact", **more)
        assert page.status_code == 200, text_of(page)
        return page

    def test_the_page_says_first_that_a_no_changes_nothing(self, story):
        page = text_of(self.give(story, service=str(story.outside.id)))

        assert "You will still get help if you say no." in page
        assert "Produce pick-up" in page
        assert f"/referrals/sheets/{story.outside.id}" in page

    def test_a_contact_is_given_without_a_release_task_or_message(self, story):
        form = hidden(self.give(story, service=str(story.outside.id)))

        answer = story.sorrel.post("/referrals/contacts", page="/help", said="Ana said come Monday.", **form)

        (referral,), (note,) = all_of(Referral), all_of(Entry)
        assert answer.status_code == 303
        assert (referral.kind, referral.status) == (Kind.INFORMATIONAL, ReferralStatus.ACTIVE)
        assert (note.kind, note.text, note.referral_id) == (EntryKind.NOTE, "Ana said come Monday.", referral.id)
        assert (all_of(ReferralTask), all_of(Release)) == ([], [])

    def test_half_a_day_to_look_again_is_asked_for_and_the_words_stay(self, story):
        form = hidden(self.give(story))

        answer = story.sorrel.post("/referrals/contacts", page="/help", said="Ana.", until_month="5", **form)

        assert answer.status_code == 422
        assert "Look again: enter month and day" in text_of(answer)
        assert "Ana." in text_of(answer)

    def test_a_form_that_lost_its_person_asks_for_one(self, story):
        answer = story.sorrel.post("/referrals/contacts", page="/help")

        assert answer.status_code == 422
        assert "Who is it for?" in answer.get_data(as_text=True)

    def test_a_place_that_does_not_answer_here_is_not_sent_to(self, story):
        answer = press(story, "check", service=str(story.outside.id))

        assert answer.status_code == 409
        assert "This service does not take referrals here" in text_of(answer)
        assert "Give the contact instead" in text_of(answer)

    def test_staff_close_it_and_nobody_is_asked(self, story):
        form = hidden(self.give(story, service=str(story.outside.id)))
        story.sorrel.post("/referrals/contacts", page="/help", **form)
        (referral,) = all_of(Referral)
        path = f"/tasks/loops/{referral.id}/closure"

        page = text_of(story.sorrel.get(path))
        answer = story.sorrel.post(path, closing="services-received")

        assert "nobody asks the person by text" in page
        assert answer.status_code == 303
        assert (all_of(Referral)[0].status, all_of(Outbox)) == (ReferralStatus.COMPLETED, [])

    def test_a_double_click_gives_it_once(self, story):
        form = hidden(self.give(story, service=str(story.outside.id)))

        first, second = (story.sorrel.post("/referrals/contacts", page="/help", **form) for _n in range(2))

        assert first.location == second.location
        assert len(all_of(Referral)) == 1

    def test_its_sheet_says_whom_to_call_and_that_nothing_was_sent(self, story):
        form = hidden(self.give(story, service=str(story.outside.id)))
        path = urlsplit(story.sorrel.post("/referrals/contacts", page="/help", **form).location).path

        page = text_of(story.sorrel.get(f"{path}/sheet"))

        assert "A quién puede llamar" in page and "Llame cuando le parezca bien." in page, "in the person's language"
        assert "No se envió nada sobre usted a nadie." in page
        assert "A quién se preguntó" not in page and "mensajes" not in page
        assert "Aster" not in page and "Produce" not in page

    def test_in_the_worklist_it_is_a_contact_that_was_given_and_not_something_sent(self, story):
        day = (datetime.now(UTC) + timedelta(days=9)).date()
        until = {"until_month": str(day.month), "until_day": str(day.day)}
        form = hidden(self.give(story, service=str(story.outside.id)))
        story.sorrel.post("/referrals/contacts", page="/help", **until, **form)

        page = text_of(story.sorrel.get("/worklist"))

        assert "Look again by" in page and "Contact given" in page
        assert "You sent this" not in page

    def test_the_sheet_names_nobody(self, story):
        page = text_of(story.sorrel.get(f"/referrals/sheets/{story.outside.id}"))

        assert "Produce pick-up" in page
        assert "Aster" not in page
