"""The page of one referral, from the side that asked and from the side that was asked."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlmodel import col

from cie import consent, referrals
from cie.access import SYSTEM, Role
from cie.consent import Method
from cie.db import reading, transaction
from cie.directory import Category
from cie.participants import ParticipantKind
from cie.referrals import Closing, Kind, PersonWord, Reason, ReferralTask, TaskStatus, Told, WorklistItem
from tests.factories import NOON, make_loop, make_participant, make_service, make_staff, send_one, staff_of
from tests.support.web import make_app, signed_in

DAY = timedelta(days=1)


@pytest.fixture
def story(database, migrated):
    """A referral that waits for an answer, and a browser of each side and of a stranger."""
    with transaction() as session:
        loop = make_loop(session)
        referral, task = send_one(session, loop, message="Please text first.")
        staff = {
            "wren": make_staff(session, loop.pantry),
            "robin": make_staff(session, loop.pantry, Role.CASEWORKER, name="Robin Ash"),
            "sorrel": make_staff(session, loop.clinic, Role.NAVIGATOR, name="Sorrel Finch"),
            "officer": make_staff(session, loop.clinic, Role.PRIVACY_OFFICER, name="Linnet Marsh"),
            "stranger": make_staff(session, make_participant(session, name="Tall Grass School")),
        }
    app = make_app(migrated)
    browsers = {name: signed_in(app, user) for name, user in staff.items()}
    actors = {
        "navigator": staff_of(loop.clinic, Role.NAVIGATOR, id=staff["sorrel"].id),
        "caseworker": staff_of(loop.pantry, id=staff["wren"].id),
    }
    return SimpleNamespace(app=app, loop=loop, referral=referral, task=task, staff=staff, **browsers, **actors)


def text_of(answer):
    parts = re.sub(r"</(?:p|td|th|dt|dd|li|h\d)>", " ", answer.get_data(as_text=True))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", parts))


def page(story, who, more=""):
    answer = getattr(story, who).get(f"/referrals/{story.referral.id}{more}")
    assert answer.status_code == 200
    return text_of(answer)


def without_own_looks(shown):
    """What is shown, but for the lines of the reader's own looks."""
    return re.sub(r"\S+ \S+ \d+, \S+ [ap]m +Blue Kite Clinic +Clinician or navigator", "", shown).replace(" ", "")


def markup(story, who, more=""):
    return getattr(story, who).get(f"/referrals/{story.referral.id}{more}").get_data(as_text=True)


def box_of(answer, name):
    """What stands in one of the boxes to write in."""
    found = re.search(rf'<textarea[^>]* name="{name}"[^>]*>([^<]*)</textarea>', answer.get_data(as_text=True))
    return found.group(1)


def do(story, verb, who="caseworker", **values):
    values.setdefault("at", NOON)
    with transaction() as session:
        return verb(session, getattr(story, who), story.task.id, **values)


def say(story, word, at=NOON + DAY):
    with transaction() as session:
        referrals.record_word(session, story.navigator, story.referral.id, word, at=at)


def take_back_consent(story):
    with transaction() as session:
        (record,) = consent.consents_of(session, story.loop.clinic.id, story.loop.person.id)
        consent.revoke(session, story.navigator, record.id, method=Method.IN_PERSON, at=NOON)


class TestSender:
    def test_a_request_that_waits_says_with_whom_the_next_step_is(self, story):
        shown = page(story, "sorrel")

        assert "Food box, weekly, for Aster M." in shown
        assert "Next step is with Lantern Pantry: answer" in shown
        assert "No answer yet" in shown
        assert "Did help come?" not in shown

    def test_the_title_names_nobody_and_nothing(self, story):
        (title,) = re.findall(r"<title>(.*?)</title>", markup(story, "sorrel"))

        assert title == "Referral - cie"

    def test_beside_it_stand_the_person_and_what_the_others_see(self, story):
        shown = page(story, "sorrel")

        assert "Aster M., age 34" in shown
        assert "(559) 555-0142" in shown
        assert "Lantern Pantry sees 9 facts about Aster, with permission that has no end." in shown

    def test_after_a_yes_the_page_says_who_contacts_whom(self, story):
        do(story, referrals.accept)

        shown = page(story, "sorrel")

        assert "Next step is with Lantern Pantry: contact the person" in shown
        assert "Lantern Pantry: “Yes, we can help”" in shown

    def test_help_that_has_started_and_a_pause_are_told_apart(self, story):
        do(story, referrals.accept)
        do(story, referrals.start)
        started = page(story, "sorrel")
        do(story, referrals.hold, reason=Reason.MISSING_PAPERS, until=(NOON + 400 * DAY).date())

        paused = page(story, "sorrel")

        assert "Next step is with Lantern Pantry: help, then close" in started
        assert "Next step is with Aster: papers are missing" in paused
        assert "Lantern Pantry paused it: Waiting for papers" in paused

    def test_a_no_makes_the_sender_choose_another_place(self, story):
        do(story, referrals.reject, reason=Reason.NO_ROOM)

        shown = page(story, "sorrel")

        assert "Your next step: choose another place" in shown
        assert "We have no room now" in shown
        assert f"replaces={story.referral.id}" in markup(story, "sorrel")

    def test_a_waiting_list_is_the_senders_to_choose(self, story):
        do(story, referrals.put_on_waitlist, until=(NOON + 30 * DAY).date())

        shown = page(story, "sorrel")

        assert "Your next step: choose with Aster: wait, or look elsewhere" in shown
        assert "Lantern Pantry: on the waiting list" in shown

    def test_an_answer_that_did_not_come_is_returned_to_the_sender(self, story):
        with transaction() as session:
            task = session.get_one(ReferralTask, story.task.id)
            referrals.remind_or_return(session, task, at=NOON + 10 * DAY)
            referrals.remind_or_return(session, task, at=NOON + 20 * DAY)

        shown = page(story, "sorrel")

        assert "Your next step: call Lantern Pantry. They have not answered" in shown
        assert "Lantern Pantry did not answer in time" in shown

    def test_a_cancellation_by_either_side_says_whose_it_was(self, story):
        do(story, referrals.cancel, reason=Reason.OTHER, words="Our van broke down.")

        shown = page(story, "sorrel")

        assert "Lantern Pantry cancelled: Something else" in shown
        assert "Our van broke down." in shown
        assert "You cancelled: Something else" in page(story, "wren")

    def test_a_mistake_is_said_to_be_one_on_both_sides(self, story):
        with transaction() as session:
            referrals.mark_in_error(session, story.navigator, story.referral.id, at=NOON)

        assert "Sent by mistake. Not counted" in page(story, "sorrel")
        receivers = page(story, "wren")
        assert "Sent by mistake. Nothing to do" in receivers
        assert "Aster" not in receivers
        assert "Please text first" not in receivers

    def test_a_privacy_officer_reads_but_is_offered_nothing_to_do(self, story):
        shown = markup(story, "officer")

        assert "Send to Lantern Pantry" not in shown
        assert "Hand over" not in shown
        assert f"/tasks/{story.task.id}" not in shown


class TestNothingSent:
    def test_a_draft_is_to_be_finished(self, story):
        with transaction() as session:
            story.referral = referrals.save_draft(session, story.navigator, story.loop.request(), at=NOON)

        shown = page(story, "sorrel")

        assert "Your next step: look at it again and send it" in shown
        assert f"draft={story.referral.id}" in markup(story, "sorrel")
        assert "Send to" not in shown

    def test_a_draft_is_not_there_for_the_place_it_names(self, story):
        with transaction() as session:
            story.referral = referrals.save_draft(session, story.navigator, story.loop.request(), at=NOON)

        assert story.wren.get(f"/referrals/{story.referral.id}").status_code == 404

    def test_a_contact_that_was_given_can_be_looked_at_again_and_closed(self, story):
        with transaction() as session:
            day = (NOON + 400 * DAY).date()
            request = story.loop.request(kind=Kind.INFORMATIONAL)
            story.referral = referrals.give_contact(session, story.navigator, request, follow_up_on=day, at=NOON)

        shown = page(story, "sorrel", "?done=given")

        assert "Kept: the person was given the contact." in shown
        assert "The person has the contact" in shown
        assert "Aster was given the contact" in shown
        assert "Your next step: ask Aster how it went" in shown
        assert "Nothing was sent to anybody." in shown
        assert story.sorrel.get(f"/tasks/loops/{story.referral.id}/closure").status_code == 200
        assert story.sorrel.get(f"/referrals/{story.referral.id}/sheet").status_code == 200


class TestWitnesses:
    @pytest.mark.parametrize(
        ("word", "said", "verdict"),
        [
            (PersonWord.GOT_HELP, "Yes, I got help", "Both agree. Counted as confirmed."),
            (PersonWord.CONTACTED_NO_HELP, "Contacted, but no help yet", "These do not agree."),
            (PersonWord.NOT_CONTACTED, "Nobody contacted them", "These do not agree."),
            (PersonWord.NO_LONGER_NEEDS, "No longer needs it", "These do not agree."),
        ],
    )
    def test_both_words_stand_side_by_side_and_apart(self, story, word, said, verdict):
        do(story, referrals.accept)
        do(story, referrals.complete)
        say(story, word)

        shown = page(story, "sorrel")

        assert re.search(f"Lantern Pantry says Yes, help was given .*Aster says {said}", shown)
        assert verdict in shown
        assert "Told to Sorrel Finch" in shown

    def test_silence_is_not_a_yes(self, story):
        do(story, referrals.accept)
        do(story, referrals.complete)

        shown = page(story, "sorrel")

        assert "Aster says No answer yet" in shown
        assert "No answer is not a yes." in shown
        assert "Not confirmed by Aster." in shown

    def test_two_words_that_differ_make_the_sender_call(self, story):
        do(story, referrals.accept)
        do(story, referrals.complete)
        say(story, PersonWord.NOT_CONTACTED)

        shown = page(story, "sorrel")

        assert "Your next step: call Aster and ask what happened" in shown
        assert "(559) 555-0142" in shown

    def test_a_word_while_it_is_open_counts_nothing(self, story):
        do(story, referrals.accept)
        say(story, PersonWord.GOT_HELP)

        shown = page(story, "sorrel")

        assert "This is still open. Nothing is counted yet." in shown
        assert "Your next step: close this request, or ask" in shown

    def test_the_sender_closing_alone_is_not_the_providers_word(self, story):
        with transaction() as session:
            referrals.close_loop(
                session, story.navigator, story.referral.id, closing=Closing.SERVICES_RECEIVED, at=NOON
            )
        say(story, PersonWord.GOT_HELP)

        shown = page(story, "sorrel")

        assert "Both agree" not in shown
        assert "Lantern Pantry says No answer yet" in shown

    def test_a_word_by_phone_says_who_wrote_it_down(self, story):
        do(story, referrals.accept, "navigator", told=Told("Wren"))
        do(story, referrals.complete, "navigator", told=Told("Wren"))

        shown = page(story, "sorrel")

        assert "Told by phone to Sorrel Finch. Not yet confirmed by them" in shown
        assert "Written down by Blue Kite Clinic. Not yet confirmed by you" in page(story, "wren")

    def test_the_place_is_not_told_what_the_person_said(self, story):
        do(story, referrals.accept)
        do(story, referrals.complete)
        before = markup(story, "wren")
        say(story, PersonWord.NOT_CONTACTED)

        after = markup(story, "wren")

        assert "Not shared with you" in after
        assert without_tokens(before) == without_tokens(after)


def without_tokens(shown):
    return re.sub(r'name="(csrf_token|form_id)" value="[^"]+"', "", shown)


class TestReceiver:
    def test_it_sees_its_own_task_through_what_was_released(self, story):
        shown = page(story, "wren")

        assert "Food box, weekly, for Aster Moreno" in shown
        assert "Your next step: say whether you can help" in shown
        assert "Please text first." in shown
        assert f"/tasks/{story.task.id}/answer" in markup(story, "wren")

    def test_it_is_not_led_to_the_senders_records(self, story):
        shown = markup(story, "wren")

        assert f"/people/{story.loop.person.id}" not in shown
        assert "/tasks/loops/" not in shown
        assert "Who looked" not in shown
        for more in ("/shared", "/looks", "/sheet"):
            assert story.wren.get(f"/referrals/{story.referral.id}{more}").status_code == 404

    def test_opening_it_is_noted_for_colleagues(self, story):
        page(story, "wren")

        shown = page(story, "robin")

        assert "Wren Alder opened this just now." in shown
        with reading() as session:
            assert session.get_one(ReferralTask, story.task.id).opened_by_id == story.staff["robin"].id

    def test_a_look_of_the_sender_is_not_noted_as_opening(self, story):
        page(story, "sorrel")

        with reading() as session:
            assert session.get_one(ReferralTask, story.task.id).opened_by_id is None

    def test_after_a_yes_the_next_step_is_to_make_contact(self, story):
        do(story, referrals.accept)
        accepted = page(story, "wren")
        do(story, referrals.start)

        started = page(story, "wren")

        assert "Your next step: contact Aster Moreno" in accepted
        assert "Your next step: close this, or say how it goes" in started

    def test_a_permission_taken_back_leaves_the_fact_and_its_own_entries(self, story):
        with transaction() as session:
            referrals.write_message(session, story.navigator, story.task.id, "Side door, please.", at=NOON)
            referrals.write_note(session, story.caseworker, story.referral.id, "Bag is packed.", at=NOON)
        take_back_consent(story)

        shown = page(story, "wren")

        assert "Food box, weekly, for the person" in shown
        assert "No further updates." in shown
        assert "Bag is packed." in shown
        for gone in ("Aster", "555-0142", "93702", "Side door", "Please text first", "Spanish"):
            assert gone not in shown

    def test_a_cancelled_request_shows_nothing_more_of_the_person(self, story):
        with transaction() as session:
            referrals.write_message(session, story.navigator, story.task.id, "Side door, please.", at=NOON)
        do(story, referrals.cancel, "navigator", reason=Reason.PERSON_DECLINES, words="Thank you anyway.")

        shown = page(story, "wren")

        assert "Blue Kite Clinic cancelled. Nothing to do" in shown
        assert "Thank you anyway." in shown
        for gone in ("Aster", "Side door", "They no longer want this"):
            assert gone not in shown

    def test_to_a_stranger_it_is_like_one_that_does_not_exist(self, story):
        there = story.stranger.get(f"/referrals/{story.referral.id}")
        nowhere = story.stranger.get(f"/referrals/{story.loop.person.id}")

        bodies = [without_tokens(answer.get_data(as_text=True)) for answer in (there, nowhere)]
        assert (there.status_code, nowhere.status_code) == (404, 404)
        assert bodies[0].replace(str(story.referral.id), "") == bodies[1].replace(str(story.loop.person.id), "")


class TestOffers:
    @pytest.fixture
    def offered(self, story):
        """The same need, asked of two at once."""
        with transaction() as session:
            other = make_service(session, make_participant(session, name="Open Basket Co-op"))
            request = story.loop.request(service_ids=(story.loop.service.id, other.id))
            story.referral = referrals.send(session, story.navigator, request, previewed=None, at=NOON)
            story.task, story.second = referrals.tasks_of(session, story.referral)
        return story

    def test_an_offer_names_nobody(self, offered):
        shown = page(offered, "wren")

        assert "for a household of 4" in shown
        assert "Aster" not in shown
        assert "Open Basket" not in shown

    def test_a_recalled_offer_shows_nothing_more(self, offered):
        with transaction() as session:
            referrals.accept(session, staff_of(offered.second.performer_id), offered.second.id, at=NOON)

        shown = page(offered, "wren")

        assert "Someone else is helping. Thank you" in shown
        assert "household of 4" not in shown
        assert "93702" not in shown
        assert "Open Basket" not in shown

    def test_offers_in_order_say_who_is_next_to_the_sender_alone(self, story):
        with transaction() as session:
            other = make_service(session, make_participant(session, name="Open Basket Co-op"))
            request = story.loop.request(service_ids=(story.loop.service.id, other.id), in_order=True)
            story.referral = referrals.send(session, story.navigator, request, previewed=None, at=NOON)

        assert "Asked next, if they cannot help Open Basket Co-op" in page(story, "sorrel")
        assert "Open Basket" not in page(story, "wren")

    def test_the_sender_sees_both_and_writes_to_one(self, offered):
        shown = page(offered, "sorrel")

        assert "Sent to Lantern Pantry, Open Basket Co-op" in shown
        assert "To write to another place: Open Basket Co-op" in shown
        assert "Send to Open Basket Co-op" in page(offered, "sorrel", f"?to={offered.second.id}")


class TestMasked:
    @pytest.fixture
    def masked(self, story):
        with transaction() as session:
            shelter = make_participant(session, name="Harbor of Calm", kind=ParticipantKind.VICTIM_SERVICES)
            service = make_service(session, shelter, name="Safe nights", sensitivity=Category.VICTIM_SERVICES)
            categories = [Category.GENERAL, Category.HOUSING, Category.VICTIM_SERVICES]
            consent.record_consent(
                session,
                story.navigator,
                story.loop.person.id,
                decision=consent.Decision.SHARE,
                categories=categories,
                recipient_ids=[],
                method=Method.IN_PERSON,
                expires_on=None,
                at=NOON + DAY,
            )
            request = story.loop.request(service_ids=(service.id,), at_person_request=True)
            story.referral = referrals.send(session, story.navigator, request, previewed=None, at=NOON + DAY)
            (story.task,) = referrals.tasks_of(session, story.referral)
            story.keeper = staff_of(shelter, id=make_staff(session, shelter, name="Dove Quill").id)
        return story

    @pytest.mark.parametrize("more", ["", "/shared", "/looks"])
    def test_its_name_and_kind_stand_nowhere(self, masked, more):
        do(masked, referrals.accept, "keeper", at=NOON + DAY)

        shown = page(masked, "sorrel", more)

        assert "A protected service" in shown or more == "/looks"
        for secret in ("Harbor of Calm", "Safe nights", "Dove Quill", "Victim"):
            assert secret not in shown

    def test_nothing_is_collected_and_nothing_asked(self, masked):
        do(masked, referrals.accept, "keeper", at=NOON + DAY)
        do(masked, referrals.complete, "keeper", at=NOON + DAY)

        shown = page(masked, "sorrel")

        assert "Not collected" in shown
        assert "Not asked" in shown
        assert "help was given" not in shown

    @pytest.mark.parametrize("more", ["", "/shared", "/looks"])
    @pytest.mark.parametrize(
        ("verb", "reason"),
        [
            (referrals.start, {}),
            (referrals.complete, {"words": "Stayed two nights."}),
            (referrals.hold, {"reason": Reason.MISSING_PAPERS, "until": (NOON + 9 * DAY).date()}),
            (referrals.fail, {"reason": Reason.NO_ROOM}),
        ],
    )
    def test_after_its_yes_the_sender_learns_nothing_more(self, masked, verb, reason, more):
        do(masked, referrals.accept, "keeper", at=NOON + DAY)
        before = page(masked, "sorrel", more)

        do(masked, verb, "keeper", at=NOON + DAY, **reason)

        shown = page(masked, "sorrel", more)
        assert without_own_looks(shown) == without_own_looks(before)
        with reading() as session:
            own = col(WorklistItem.organization_id) == masked.navigator.organization_id
            line = session.execute(select(WorklistItem).where(own, col(WorklistItem.referral_id) == masked.referral.id))
            assert line.first() is None

    def test_why_it_said_no_is_not_told(self, masked):
        do(masked, referrals.reject, "keeper", reason=Reason.OUTSIDE_AREA, at=NOON + DAY)

        shown = page(masked, "sorrel") + text_of(masked.sorrel.get("/worklist"))

        assert "They cannot help. Why is not told." in shown
        assert "outside" not in shown

    def test_nothing_is_printed(self, masked):
        answer = masked.sorrel.get(f"/referrals/{masked.referral.id}/sheet")

        assert answer.status_code == 409 or "Nothing is printed" in text_of(answer)
        assert "Aster" not in text_of(answer)
        assert "Print a sheet" not in page(masked, "sorrel")


class TestWriting:
    def message(self, story, who, words, task=None):
        path = f"/referrals/{story.referral.id}"
        action = f"{path}/tasks/{(task or story.task).id}/messages"
        return getattr(story, who).post(action, page=path, message=words)

    def note(self, story, who, words):
        path = f"/referrals/{story.referral.id}"
        return getattr(story, who).post(f"{path}/notes", page=path, note=words)

    def test_a_message_reaches_the_other_side_and_says_who_can_read_it(self, story):
        answer = self.message(story, "wren", "Box is ready on Wednesdays.")

        assert answer.location.endswith(f"/referrals/{story.referral.id}?done=message")
        shown = page(story, "sorrel", "?show=messages")
        assert "Box is ready on Wednesdays." in shown
        assert "Message. Blue Kite Clinic and Lantern Pantry can read this." in shown
        assert "Messages (2)" in shown

    @pytest.mark.parametrize(("writer", "other"), [("wren", "sorrel"), ("sorrel", "wren")])
    def test_a_note_of_one_side_never_appears_to_the_other(self, story, writer, other):
        before = without_tokens(markup(story, other))
        assert self.note(story, writer, "Dog in the yard.").status_code == 303

        assert "Dog in the yard." in page(story, writer)
        assert without_tokens(markup(story, other)) == before

    def test_an_empty_box_says_what_to_do(self, story):
        answer = self.message(story, "sorrel", "  ")

        assert answer.status_code == 422
        assert "Message: write something first" in text_of(answer)

    def test_words_that_are_too_long_are_kept_in_the_box(self, story):
        answer = self.note(story, "sorrel", "a" * 4001)

        assert answer.status_code == 422
        assert "a" * 4001 in text_of(answer)

    def test_a_message_that_may_not_go_says_why_and_keeps_the_words(self, story):
        take_back_consent(story)

        answer = self.message(story, "sorrel", "The side door is open.")

        shown = text_of(answer)
        assert answer.status_code == 403
        assert "Not sent. The yes for this was taken back or has ended." in shown
        assert "Rule: 45 CFR 164.508(b)(5)" in shown
        assert "The side door is open." in shown
        with reading() as session:
            assert referrals.entries_for(session, story.navigator, story.referral.id, [story.task]) == []

    def test_words_that_went_out_are_marked_when_they_cannot_be_read_any_more(self, story):
        self.message(story, "sorrel", "The side door is open.")
        take_back_consent(story)

        assert "Lantern Pantry cannot read it now" in page(story, "sorrel")

    def both(self, story, who, button, task=None, **boxes):
        """Press one of the two buttons with words in both boxes."""
        path = f"/referrals/{story.referral.id}"
        task = task or story.task
        action = {"message": f"{path}/tasks/{task.id}/messages", "note": f"{path}/notes"}[button]
        return getattr(story, who).post(action, page=path, to=str(task.id), **boxes)

    @pytest.mark.parametrize("who", ["sorrel", "wren"])
    @pytest.mark.parametrize(("button", "other"), [("message", "note"), ("note", "message")])
    def test_sending_one_box_keeps_the_words_of_the_other_in_the_page_and_nowhere_else(self, story, who, button, other):
        words = {"message": "The side door is open.", "note": "Dog in the yard."}
        actor = {"sorrel": story.navigator, "wren": story.caseworker}[who]

        answer = self.both(story, who, button, **words)

        assert answer.status_code == 200
        assert box_of(answer, other) == words[other]
        assert box_of(answer, button) == "", "what was sent is not in its box any more"
        with reading() as session:
            written = [e.text for e in referrals.entries_for(session, actor, story.referral.id, [story.task])]
        assert written == [words[button]]
        seen = page(story, "wren" if who == "sorrel" else "sorrel")
        assert ("The side door is open." in seen) == (button == "message")
        assert "Dog in the yard." not in seen

    def test_loading_that_page_again_writes_nothing_twice(self, story):
        boxes = {"message": "The side door is open.", "note": "Dog in the yard.", "form_id": "a1"}
        for _time in range(2):
            answer = self.both(story, "sorrel", "message", **boxes)
        assert re.search(r'name="form_id" value="(?!a1")\w+"', answer.get_data(as_text=True)), "the next one is new"
        self.both(story, "sorrel", "message", **{**boxes, "message": "Ring twice."})

        with reading() as session:
            written = referrals.entries_for(session, story.navigator, story.referral.id, [story.task])
            assert sorted(e.text for e in written) == ["Ring twice.", "The side door is open."]

    def test_an_error_in_one_box_keeps_the_other(self, story):
        answer = self.both(story, "sorrel", "message", message=" ", note="Dog in the yard.")

        assert answer.status_code == 422
        assert box_of(answer, "note") == "Dog in the yard."

    def test_words_for_whom_nothing_goes_any_more_come_back_but_in_no_box(self, story):
        do(story, referrals.cancel, reason=Reason.OTHER)

        answer = self.both(story, "sorrel", "message", message="The side door is open.", note="Dog in the yard.")

        assert answer.status_code == 409
        assert "Your message was not sent." in text_of(answer)
        assert "The side door is open." in text_of(answer)
        assert box_of(answer, "note") == "Dog in the yard."

    def test_a_stranger_can_write_nothing(self, story):
        assert self.message(story, "stranger", "Hello").status_code == 404
        assert self.note(story, "stranger", "Hello").status_code == 404


class TestAssignment:
    def put(self, story, who, user_id):
        path = f"/referrals/{story.referral.id}/assignment"
        return getattr(story, who).post(path, page=path, assignee=str(user_id))

    def test_each_side_puts_its_own_colleague_in_charge(self, story):
        self.put(story, "wren", story.staff["robin"].id)

        assert "Robin Ash. Hand over" in page(story, "wren")
        assert "Robin Ash" not in page(story, "sorrel")

    def test_nobody_is_a_choice(self, story):
        self.put(story, "sorrel", story.staff["sorrel"].id)
        self.put(story, "sorrel", "nobody")

        assert "Not assigned" in page(story, "sorrel")

    @pytest.mark.parametrize("whom", ["wren", "officer"])
    def test_neither_the_other_side_nor_somebody_without_cases_can_be_chosen(self, story, whom):
        answer = self.put(story, "sorrel", story.staff[whom].id)

        assert answer.status_code == 422
        assert "Who is in charge: choose a colleague" in text_of(answer)


class TestSharing:
    def test_the_exact_values_stand_there_with_their_basis(self, story):
        shown = page(story, "sorrel", "/shared")

        assert "Aster Moreno" in shown
        assert "The request, version 1" in shown
        assert "The person's permission: said Nov 24, 2026, in person" in shown.replace("&#39;", "'")

    def test_what_cannot_be_read_any_more_says_so(self, story):
        take_back_consent(story)

        assert "They cannot read this any more." in page(story, "sorrel", "/shared")
        assert "Lantern Pantry sees nothing about Aster now." in page(story, "sorrel")

    @pytest.mark.parametrize("who", ["sorrel", "officer"])
    def test_looks_are_told_by_organization_and_role(self, story, who):
        page(story, "wren")

        shown = page(story, who, "/looks")

        assert "Lantern Pantry Caseworker" in shown
        assert "Wren" not in shown

    def test_the_sheet_says_whom_to_call_in_the_persons_language_and_not_for_what(self, story):
        answer = story.sorrel.get(f"/referrals/{story.referral.id}/sheet")

        shown = text_of(answer)
        assert answer.status_code == 200
        assert 'lang="es"' in answer.get_data(as_text=True)
        assert "Lantern Pantry" in shown
        for secret in ("Food", "food", "Aster"):
            assert secret not in shown


def test_what_was_just_done_is_said_in_words(story):
    do(story, referrals.accept)

    assert "Your yes was sent." in page(story, "wren", "?done=accepted")
    assert "made-up" not in page(story, "wren", "?done=made-up")
    assert story.task.status == TaskStatus.REQUESTED


class TestReports:
    def test_a_plan_sees_how_it_stands_in_reports_to_the_state(self, database, migrated):
        with transaction() as session:
            loop = make_loop(session)
            loop.clinic.kind = ParticipantKind.HEALTH_PLAN
            session.add(loop.clinic)
            referrals.import_shipped_code_lists(session, SYSTEM, at=NOON)
            user = make_staff(session, loop.clinic, Role.NAVIGATOR)
            referral, _task = send_one(session, loop)

        page = signed_in(make_app(migrated), user).get(f"/referrals/{referral.id}").get_data(as_text=True)

        assert "In reports to the state" in page
        assert "Pending" in page
