"""Asking anyone who can help from the form, and the list of those who could, until one of them says yes."""

import re
from types import SimpleNamespace

import pytest
from sqlmodel import select

from cie import referrals
from cie.access import Role
from cie.db import reading, transaction
from cie.referrals import OpenOffer, Referral, ReferralTask, TaskStatus
from cie.web.open_requests import OFFERS_A_PAGE
from tests.factories import NOON, make_found, make_loop, make_participant, make_service, make_staff
from tests.fhir.readers import accesses
from tests.noninterference.normaliser import normal_body
from tests.support.web import make_app, signed_in

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
LIST = "/open-requests"


@pytest.fixture
def story(database, migrated):
    """A person, two places near them that help with food, and a browser of each side and of a stranger."""
    with transaction() as session:
        loop = make_loop(session)
        make_found(session, loop.service)
        second = make_participant(session, name="Second Pantry")
        make_found(session, make_service(session, second, name="Groceries"))
        staff = {
            "sorrel": make_staff(session, loop.clinic, Role.NAVIGATOR),
            "wren": make_staff(session, loop.pantry),
            "linnet": make_staff(session, second),
            "stranger": make_staff(session, make_participant(session, name="Tall Grass School")),
        }
    app = make_app(migrated)
    browsers = {name: signed_in(app, user) for name, user in staff.items()}
    return SimpleNamespace(loop=loop, second=second, new=f"/referrals/new?person={loop.person.id}", **browsers)


def text_of(answer):
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def press(story, action, **more):
    values = {"person": story.loop.person.id, "need": "food", "urgency": "urgent", "service": "anyone", **more}
    posted = {name: str(value) for name, value in {"form_id": "form-1", **values}.items() if value}
    return story.sorrel.post("/referrals/new", page=story.new, action=action, **posted)


def check(story, **more):
    answer = press(story, "check", **more)
    assert answer.status_code == 200, text_of(answer)
    return answer


def is_anyone_chosen(story, draft):
    page = story.sorrel.get(f"/referrals/new?draft={draft.id}").get_data(as_text=True)
    return re.search(r'value="anyone"[^>]* checked', page) is not None


def send(story, answer):
    form = re.search(r'<form method="post" action="/referrals".*?</form>', answer.get_data(as_text=True), re.DOTALL)
    fields = {name: value for name, value in HIDDEN.findall(form.group(0)) if name != "csrf_token"}
    return story.sorrel.post("/referrals", page="/help", **fields)


def asked(story, **fields):
    """What the clinic asked openly."""
    with transaction() as session:
        request = story.loop.request(service_ids=(), is_open=True, **fields)
        return referrals.ask_openly(session, story.loop.navigator, request, previewed=None, at=NOON)


def all_of(table):
    with reading() as session:
        return session.exec(select(table)).all()


class TestAsking:
    def test_the_form_shows_beside_it_what_whoever_can_help_would_see(self, story):
        page = text_of(press(story, "search"))

        assert "2 places that can help" in page
        assert "Lantern Pantry: Food box, weekly" in page
        assert "Second Pantry: Groceries" in page

    def test_the_check_shows_who_could_see_it_and_exactly_what(self, story):
        page = text_of(check(story, message="Mornings are best"))

        assert "Second Pantry: Groceries" in page
        preview = page.partition("This is exactly what they will see")[2].partition("They will not see")[0]
        assert "93702" in preview
        assert not any(word in preview for word in ("Moreno", "Aster", "Mornings", "0142"))

    def test_what_the_check_showed_is_asked_once(self, story):
        page = check(story)

        first, again = send(story, page), send(story, page)

        assert (first.status_code, again.location) == (303, first.location)
        assert {offer.performer_id for offer in all_of(OpenOffer)} == {story.loop.pantry.id, story.second.id}
        shown = text_of(story.sorrel.get(first.location))
        assert "Asked whoever can help" in shown
        assert "2 places can see this without a name." in shown

    def test_when_somebody_else_could_see_it_by_then_it_is_checked_again(self, story):
        page = check(story)
        with transaction() as session:
            make_found(session, make_service(session, make_participant(session, name="Third Pantry")))

        answer = send(story, page)

        assert answer.status_code == 409
        assert "What they will see has changed" in text_of(answer)
        assert "Third Pantry" in text_of(answer)
        assert all_of(Referral) == []

    def test_where_nobody_could_help_the_form_says_what_to_do(self, story):
        for step in ("search", "check"):
            page = text_of(press(story, step, need="rent-help"))
            assert "Nobody near them can be asked openly" in page

    def test_there_is_no_contact_of_anyone_to_give(self, story):
        answer = press(story, "contact")

        assert answer.status_code == 422
        assert "Who should we ask: choose" in text_of(answer)

    def test_the_choice_comes_back_after_a_permission_was_written_down(self, story):
        press(story, "consent")

        (draft,) = all_of(Referral)
        assert is_anyone_chosen(story, draft)

    def test_a_draft_keeps_the_choice_until_another_one_is_saved(self, story):
        press(story, "save")
        (draft,) = all_of(Referral)
        before = is_anyone_chosen(story, draft)

        press(story, "save", service=story.loop.service.id)

        assert (before, is_anyone_chosen(story, draft)) == (True, False)

    def test_a_draft_that_was_opened_again_asks_whoever_can_help(self, story):
        page = story.sorrel.get(press(story, "save").location)
        kept = dict(HIDDEN.findall(page.get_data(as_text=True)))

        send(story, check(story, draft=kept["draft"]))

        (referral,) = all_of(Referral)
        assert (str(referral.id), referral.status) == (kept["draft"], "active")
        assert (referral.asks_anyone, referral.open_task_id is None) == (False, False)


class TestInSpanish:
    def test_a_need_is_named_in_the_language_of_the_page_on_both_sides(self, story):
        referral = asked(story)
        for browser in (story.wren, story.sorrel):
            browser.client.set_cookie("language", "es")

        pages = [text_of(story.wren.get(LIST)), text_of(story.sorrel.get(f"/referrals/{referral.id}"))]
        rows = text_of(story.sorrel.get("/worklist?owed=others"))

        assert [page.count("Comida") > 0 for page in (*pages, rows)] == [True] * 3


class TestTheList:
    def test_it_shows_what_is_needed_to_say_yes_and_no_name(self, story):
        asked(story, message="Mornings are best")

        page = text_of(story.wren.get(LIST))

        assert "Food box, weekly" in page
        assert "93702" in page
        assert not any(word in page for word in ("Moreno", "Aster", "Mornings", "Second Pantry"))

    def test_it_says_so_when_there_is_nothing(self, story):
        assert "Nobody asks openly for what you offer now." in text_of(story.wren.get(LIST))

    def test_those_who_could_not_help_see_nothing(self, story):
        asked(story)

        assert "Nobody asks openly" in text_of(story.stranger.get(LIST))

    def test_the_worklist_leads_there_with_how_many_there_are(self, story):
        asked(story)

        page = text_of(story.wren.get("/worklist"))

        assert f'<a href="{LIST}">Open requests (1)</a>' in page

    def test_more_than_a_page_is_paged(self, story):
        for _each in range(OFFERS_A_PAGE + 1):
            asked(story)

        first, second = (story.wren.get(f"{LIST}?page={number}").get_data(as_text=True) for number in (1, 2))

        assert [page.count("Yes, we can help") for page in (first, second)] == [OFFERS_A_PAGE, 1]

    def test_looking_is_on_record(self, story):
        asked(story)

        story.wren.get(LIST)

        assert accesses()[-1][1] == {story.loop.person.id}


class TestAnswering:
    def test_a_yes_leads_to_the_referral_with_the_name(self, story):
        referral = asked(story)

        answer = story.wren.post(f"{LIST}/{referral.open_task_id}/acceptance", page=LIST)

        assert answer.location.endswith(f"/referrals/{referral.id}?done=accepted")
        assert "Aster Moreno" in text_of(story.wren.get(answer.location))
        (task,) = all_of(ReferralTask)
        assert (task.performer_id, task.status) == (story.loop.pantry.id, TaskStatus.ACCEPTED)
        assert "Lantern Pantry" in text_of(story.sorrel.get(f"/referrals/{referral.id}"))

    def test_who_comes_second_is_told_so_and_sees_nothing_more(self, story):
        referral = asked(story)
        story.wren.post(f"{LIST}/{referral.open_task_id}/acceptance", page=LIST)

        answer = story.linnet.post(f"{LIST}/{referral.open_task_id}/acceptance", page=LIST)

        assert answer.status_code == 409
        page = text_of(answer)
        assert "Someone else just said yes" in page
        assert not any(word in page for word in ("93702", "Moreno", "Lantern"))
        assert story.linnet.get(f"/referrals/{referral.id}").status_code == 404

    def test_leaving_it_to_others_takes_it_off_the_own_list_alone(self, story):
        referral = asked(story)
        before = normal_body(story.sorrel.get(f"/referrals/{referral.id}").data)

        answer = story.wren.post(f"{LIST}/{referral.open_task_id}/passing", page=LIST)

        assert "It is off your list. Nobody is told." in text_of(story.wren.get(answer.location))
        assert "Yes, we can help" in text_of(story.linnet.get(LIST))
        assert normal_body(story.sorrel.get(f"/referrals/{referral.id}").data) == before

    @pytest.mark.parametrize("who", ["stranger", "sorrel"])
    def test_nobody_else_can_take_it(self, story, who):
        referral = asked(story)

        answer = getattr(story, who).post(f"{LIST}/{referral.open_task_id}/acceptance", page="/help")

        assert answer.status_code == 404
        assert all_of(ReferralTask) == []


class TestTheSendersPage:
    def test_what_nobody_took_in_time_asks_for_another_place(self, story):
        referral = asked(story)
        with transaction() as session:
            referrals.return_unclaimed(session, referral.id, at=session.get_one(Referral, referral.id).open_due_at)

        page = text_of(story.sorrel.get(f"/referrals/{referral.id}"))

        assert "Your next step: choose a place" in page
        assert "Nobody said yes in time" in page

    def test_closed_it_is_on_nobodys_list_and_no_place_can_see_it(self, story):
        referral = asked(story)

        answer = story.sorrel.post(f"/tasks/loops/{referral.id}/closure", page="/help", closing="no-longer-needs")

        page = text_of(story.sorrel.get(answer.location))
        assert "No longer needs it" in page
        assert "can see this without a name" not in page
        assert "Nobody asks openly" in text_of(story.wren.get(LIST))
