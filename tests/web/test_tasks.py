"""The pages of an answer: what they show, what they keep of a form that could not be saved, and what they do."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from cie import referrals
from cie.access import Actor, ActorKind, Door, Role
from cie.calendar import local_day
from cie.db import reading, transaction
from cie.directory.models import ServiceArea, ServiceNeed
from cie.participants import ParticipantKind
from cie.referrals import Reason, ReferralTask, TaskStatus
from cie.referrals.models import ContactAttempt
from tests.factories import NOON, make_loop, make_participant, make_service, make_staff, send_one, staff_of
from tests.noninterference.normaliser import normal_body
from tests.support.web import make_app, signed_in


@pytest.fixture
def story(database, migrated):
    """A referral that waits for an answer, and a browser of each side and of a stranger."""
    with transaction() as session:
        loop = make_loop(session)
        other = make_service(session, make_participant(session, name="Open Basket Co-op"), name="Family groceries")
        for service in (loop.service, other):
            session.add(ServiceNeed(service_id=service.id, need_code="food"))
            session.add(ServiceArea(service_id=service.id, extent_type="county", extent="06019"))
        referral, task = send_one(session, loop)
        staff = {
            "wren": make_staff(session, loop.pantry),
            "sorrel": make_staff(session, loop.clinic, Role.NAVIGATOR),
            "stranger": make_staff(session, make_participant(session, name="Tall Grass School")),
        }
    app = make_app(migrated)
    browsers = {name: signed_in(app, user) for name, user in staff.items()}
    return SimpleNamespace(loop=loop, other=other, referral=referral, task=task, **browsers)


def task_of(story):
    with reading() as session:
        return session.get_one(ReferralTask, story.task.id)


def text_of(answer):
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


class TestAnswer:
    def test_the_page_shows_what_was_released_and_the_answers(self, story):
        page = text_of(story.wren.get(f"/tasks/{story.task.id}/answer"))

        assert "Aster Moreno" in page
        assert "Yes, we can help" in page
        assert "Aster" not in re.search(r"<title>(.*?)</title>", page).group(1)

    def test_a_yes_moves_the_task_and_leads_back_to_the_referral(self, story):
        answer = story.wren.post(f"/tasks/{story.task.id}/acceptance", page=f"/tasks/{story.task.id}/answer")

        assert answer.status_code == 303
        assert answer.location.endswith(f"/referrals/{story.referral.id}?done=accepted")
        assert task_of(story).status == TaskStatus.ACCEPTED

    def test_a_second_answer_is_told_that_somebody_was_first(self, story):
        seen = str(story.task.version)
        with transaction() as session:
            referrals.accept(session, story.loop.caseworker, story.task.id, at=NOON)

        answer = story.wren.post(
            f"/tasks/{story.task.id}/acceptance", page=f"/tasks/{story.task.id}/answer", seen_version=seen
        )

        assert answer.status_code == 409
        assert "This changed while you were typing" in text_of(answer)

    @pytest.mark.parametrize("who", ["stranger", "sorrel"])
    def test_nobody_else_can_answer(self, story, who):
        answer = getattr(story, who).post(f"/tasks/{story.task.id}/acceptance", page="/help")

        assert answer.status_code in (403, 404)
        assert task_of(story).status == TaskStatus.REQUESTED

    def test_to_a_stranger_the_task_is_like_one_that_does_not_exist(self, story):
        there = story.stranger.get(f"/tasks/{story.task.id}/answer")
        nowhere = story.stranger.get(f"/tasks/{story.loop.person.id}/answer")

        without_token = [re.sub(r'value="[^"]+"', "", text_of(page)) for page in (there, nowhere)]
        assert (there.status_code, nowhere.status_code) == (404, 404)
        assert without_token[0].replace(str(story.task.id), "") == without_token[1].replace(
            str(story.loop.person.id), ""
        )


class TestDecline:
    def decline(self, story, **fields):
        path = f"/tasks/{story.task.id}/rejection"
        return story.wren.post(path, page=path, **fields)

    def test_without_a_reason_the_form_says_so_and_keeps_the_words(self, story):
        answer = self.decline(story, words="We are closed next week")

        page = text_of(answer)
        assert answer.status_code == 422
        assert "Reason: choose one" in page
        assert "We are closed next week" in page
        assert task_of(story).status == TaskStatus.REQUESTED

    def test_something_else_needs_words(self, story):
        answer = self.decline(story, reason="other")

        assert "Tell them why in your own words" in text_of(answer)

    def test_the_better_place_is_named_from_a_list_without_their_own(self, story):
        page = text_of(story.wren.get(f"/tasks/{story.task.id}/rejection"))

        assert f'value="{story.other.id}"' in page
        assert f'value="{story.loop.service.id}"' not in page

    def test_the_better_place_must_be_named(self, story):
        answer = self.decline(story, reason="other-fits-better")

        assert answer.status_code == 422
        assert "Which one: choose a service of the list" in text_of(answer)

    def test_the_named_place_is_proposed_and_not_asked(self, story):
        self.decline(story, reason="other-fits-better", proposed_service_id=str(story.other.id))

        task = task_of(story)
        assert (task.status, task.reason) == (TaskStatus.REJECTED, Reason.OTHER_FITS_BETTER)
        assert task.proposed_service_id == story.other.id
        with reading() as session:
            assert len(referrals.tasks_of(session, story.referral)) == 1


class TestUpdate:
    @pytest.fixture(autouse=True)
    def said_yes(self, story):
        with transaction() as session:
            referrals.accept(session, story.loop.caseworker, story.task.id, at=NOON)

    def update(self, story, **fields):
        path = f"/tasks/{story.task.id}/update"
        return story.wren.post(path, page=path, **fields)

    def test_help_given_closes_the_loop(self, story):
        assert self.update(story, step="complete", words="First box picked up").status_code == 303

        assert task_of(story).status == TaskStatus.COMPLETED

    def test_a_pause_needs_a_reason_and_a_day_to_come(self, story):
        without = text_of(self.update(story, step="hold", until_month="12", until_day="7"))
        wrong_day = text_of(
            self.update(story, step="hold", hold_reason="missing-papers", until_month="2", until_day="30")
        )

        assert "Reason: choose one" in without
        assert "Look again: this month does not have that day" in wrong_day
        assert task_of(story).status == TaskStatus.ACCEPTED

    def test_unable_to_reach_needs_the_tries_on_record(self, story):
        answer = self.update(story, step="fail", fail_reason="unable-to-reach")

        assert "Needs 3 tries on record. You have 0" in text_of(answer)

    def test_a_try_in_the_future_is_refused_by_its_field(self, story):
        path = f"/tasks/{story.task.id}/contact"
        tomorrow = (NOON + timedelta(days=400)).date().isoformat()

        answer = story.wren.post(path, page=path, method="phone", reached="no", happened_date=tomorrow)

        assert "When: choose a time that is not in the future" in text_of(answer)

    def test_the_sender_does_not_see_how_far_they_are(self, story):
        answer = story.sorrel.get(f"/tasks/{story.task.id}/update")

        assert answer.status_code == 403
        assert "tries on record" not in text_of(answer)

    def test_a_try_is_kept(self, story):
        path = f"/tasks/{story.task.id}/contact"

        assert story.wren.post(path, page=path, method="phone", reached="no", minutes="3").status_code == 303
        assert "not reached" in text_of(story.wren.get(path))

    @pytest.mark.parametrize("day", [None, "today"])
    def test_a_try_without_a_time_was_made_now_and_stands_after_what_came_before(self, story, day):
        path, before = f"/tasks/{story.task.id}/contact", datetime.now(UTC)
        today = {"happened_date": local_day(before).isoformat()} if day else {}

        story.wren.post(path, page=path, method="phone", reached="yes", **today)

        with reading() as session:
            (attempt,) = session.execute(select(ContactAttempt)).scalars().all()
        assert before <= attempt.happened_at <= datetime.now(UTC)


class TestSender:
    def test_an_answer_by_phone_is_kept_with_who_gave_it(self, story):
        path = f"/tasks/{story.task.id}/told"

        assert story.sorrel.post(path, page=path, told_by="Linnet", answer="accept").status_code == 303
        assert task_of(story).told_by_voice

    def test_a_cancellation_needs_a_reason(self, story):
        path = f"/tasks/{story.task.id}/cancellation"

        assert "Reason: choose one" in text_of(story.sorrel.post(path, page=path))
        assert story.sorrel.post(path, page=path, reason="person-declines").status_code == 303
        assert task_of(story).status == TaskStatus.CANCELLED

    def test_what_follows_a_cancellation_names_the_other_side(self, story):
        page = text_of(story.sorrel.get(f"/tasks/{story.task.id}/cancellation"))

        assert "You tell Lantern Pantry in your own words." in page and "Sent to Lantern Pantry." in page
        assert "You tell Blue Kite Clinic" not in page

    def test_a_loop_is_closed_with_a_reason(self, story):
        path = f"/tasks/loops/{story.referral.id}/closure"

        assert "Reason: choose one" in text_of(story.sorrel.post(path, page=path))
        assert story.sorrel.post(path, page=path, closing="no-longer-needs").status_code == 303

    def test_the_persons_word_is_taken_by_the_sender_alone(self, story):
        path = f"/tasks/loops/{story.referral.id}/word"

        by_sender = story.sorrel.post(path, page=path, word="got-help")
        by_performer = story.wren.post(path, page="/help", word="got-help")

        assert by_sender.status_code == 303
        assert by_performer.status_code in (403, 404)
        with reading() as session:
            assert len(referrals.words_of(session, story.referral)) == 1

    def test_of_a_draft_there_is_no_word_to_take(self, story):
        with transaction() as session:
            draft = referrals.save_draft(session, story.loop.navigator, story.loop.request(), at=NOON)
        path = f"/tasks/loops/{draft.id}/word"

        assert story.sorrel.get(path).status_code == 200
        refused = story.sorrel.post(path, page=path, word="got-help")

        assert refused.status_code == 409 and "Not sent yet" in text_of(refused)

    def test_a_mistake_is_marked(self, story):
        path = f"/tasks/loops/{story.referral.id}/error"

        assert story.sorrel.post(path, page=path).status_code == 303
        assert task_of(story).status == TaskStatus.ENTERED_IN_ERROR


def page_and_seen(browser, path):
    """Open a step and keep what it says the reader saw, as its form does."""
    page = browser.get(path).get_data(as_text=True)
    return dict(re.findall(r'name="(seen_\w+)" value="([^"]*)"', page))


class TestWhatChanged:
    """A page that was overtaken says what happened, who did it and when, as far as its reader may know."""

    @pytest.fixture
    def robin(self, story):
        with transaction() as session:
            user = make_staff(session, story.loop.pantry, name="Robin Ash")
        return staff_of(story.loop.pantry, id=user.id)

    def overtaken(self, browser, path, happens, **fields):
        """The form is opened, something happens, the form is sent."""
        seen = page_and_seen(browser, path)
        assert seen["seen_version"]
        with transaction() as session:
            happens(session, datetime.now(UTC))
        answer = browser.post(path, page=path, **{**seen, **fields})
        assert answer.status_code == 409
        return text_of(answer)

    def test_a_colleague_answered(self, story, robin):
        path = f"/tasks/{story.task.id}/rejection"

        page = self.overtaken(
            story.wren,
            path,
            lambda session, now: referrals.accept(session, robin, story.task.id, at=now),
            reason="no-room",
            words="The freezer is full",
        )

        told = (
            r"<b>This changed while you were typing\.</b> Robin Ash said yes at \d+(:\d\d)?.[ap]m\. What you typed is"
        )
        assert re.search(told, page)
        assert "The freezer is full" in page

    def test_the_sender_cancelled_and_its_reason_stays_with_it(self, story):
        def cancelled(session, now):
            navigator = story.loop.navigator
            referrals.cancel(session, navigator, story.task.id, reason=Reason.PERSON_DECLINES, at=now)

        page = self.overtaken(story.wren, f"/tasks/{story.task.id}/waitlist", cancelled, until_month="1", until_day="9")

        assert re.search(r"Blue Kite Clinic cancelled at \d+(:\d\d)?.[ap]m\. What you typed is still here", page)
        assert "no longer want" not in page

    def test_their_place_moved_on_the_waiting_list(self, story, robin):
        def waits(session, now):
            referrals.put_on_waitlist(session, robin, story.task.id, until=date(2027, 1, 9), at=now)

        page = self.overtaken(story.wren, f"/tasks/{story.task.id}/rejection", waits, reason="no-room")

        assert "Robin Ash put them on the waiting list at" in page

    def test_somebody_else_was_first(self, story):
        with transaction() as session:
            request = story.loop.request(service_ids=(story.loop.service.id, story.other.id))
            loop = referrals.send(session, story.loop.navigator, request, previewed=None, at=NOON)
            mine, theirs = referrals.tasks_of(session, loop)

        def first(session, now):
            referrals.accept(session, staff_of(theirs.performer_id), theirs.id, at=now)

        page = self.overtaken(story.wren, f"/tasks/{mine.id}/rejection", first, reason="no-room")

        assert "Someone else said yes at" in page
        assert "Open Basket Co-op" not in page.replace("Family groceries, Open Basket Co-op", "")

    def test_the_sender_hears_of_the_place_by_its_name(self, story, robin):
        page = self.overtaken(
            story.sorrel,
            f"/tasks/{story.task.id}/cancellation",
            lambda session, now: referrals.accept(session, robin, story.task.id, at=now),
            reason="person-declines",
        )

        assert "Lantern Pantry said yes at" in page
        assert "Robin" not in page

    @pytest.mark.parametrize(
        ("step", "fields"), [("closure", {"closing": "unable-to-reach"}), ("word", {"word": "got-help"}), ("error", {})]
    )
    def test_a_step_of_the_loop_hears_of_its_tasks_and_of_the_person(self, story, robin, step, fields):
        path = f"/tasks/loops/{story.referral.id}/{step}"
        aster = Actor(ActorKind.PERSON, story.loop.person.id, story.loop.clinic.id, door=Door.TEXT)

        by_place = self.overtaken(
            story.sorrel, path, lambda s, now: referrals.accept(s, robin, story.task.id, at=now), **fields
        )
        by_person = self.overtaken(
            story.sorrel, path, lambda s, now: referrals.record_text_answer(s, aster, story.referral.id, "3", at=now),
            **fields,
        )  # fmt: skip

        assert "Lantern Pantry said yes at" in by_place
        assert "Aster says: Nobody contacted them" in by_person

    def test_who_has_read_what_changed_may_send_it_again(self, story, robin):
        path = f"/tasks/loops/{story.referral.id}/closure"
        seen = page_and_seen(story.sorrel, path)
        with transaction() as session:
            referrals.accept(session, robin, story.task.id, at=datetime.now(UTC))
        first = story.sorrel.post(path, page=path, closing="other", **seen)
        shown = dict(re.findall(r'name="(seen_\w+)" value="([^"]*)"', first.get_data(as_text=True)))

        assert first.status_code == 409
        assert story.sorrel.post(path, page=path, closing="other", **shown).status_code == 303

    def test_another_notice_does_not_hide_a_change_behind_it(self, story, robin):
        with transaction() as session:
            referrals.accept(session, robin, story.task.id, at=NOON)
        path = f"/tasks/{story.task.id}/update"
        seen = page_and_seen(story.wren, path)
        told = story.wren.post(path, page=path, step="fail", fail_reason="unable-to-reach", **seen)
        with transaction() as session:
            referrals.start(session, robin, story.task.id, at=datetime.now(UTC))
        again = story.wren.post(path, page=path, step="fail", fail_reason="not-eligible", words="x" * 4001, **seen)
        shown = dict(re.findall(r'name="(seen_\w+)" value="([^"]*)"', again.get_data(as_text=True)))

        last = story.wren.post(path, page=path, step="fail", fail_reason="not-eligible", **shown)

        assert "Needs 3 tries on record" in text_of(told)
        assert (again.status_code, last.status_code) == (422, 409)
        assert "Robin Ash wrote at" in text_of(last)

    @pytest.mark.parametrize("what", ["message", "file"])
    def test_what_has_no_reader_any_more_says_why(self, story, what):
        referral = f"/referrals/{story.referral.id}"
        with transaction() as session:
            now = datetime.now(UTC)
            referrals.cancel(session, story.loop.navigator, story.task.id, reason=Reason.DUPLICATE, at=now)

        if what == "message":
            path = f"{referral}/tasks/{story.task.id}/messages"
            answer = story.wren.post(path, page="/help", message="When may she come?")
        else:
            file = (io.BytesIO(b"Opening hours"), "hours.txt", "text/plain")
            path = f"/referrals/tasks/{story.task.id}/files"
            answer = story.wren.post(path, page="/help", shared="yes", file=file)

        assert answer.status_code == 409
        assert "Nothing more goes there: this was cancelled or not asked." in text_of(answer)
        assert "Blue Kite Clinic cancelled at" in text_of(answer)

    @pytest.fixture
    def masked(self, database, migrated):
        """A protected service was asked, and the sender's navigator has a browser."""
        with transaction() as session:
            loop = make_loop(session)
            haven = make_participant(session, name="Juniper House", kind=ParticipantKind.VICTIM_SERVICES)
            service = make_service(session, haven, name="Safe stay")
            request = loop.request(service_ids=(service.id,), at_person_request=True)
            referral = referrals.send(session, loop.navigator, request, previewed=None, at=NOON)
            (task,) = referrals.tasks_of(session, referral)
            sorrel = make_staff(session, loop.clinic, Role.NAVIGATOR)
        return SimpleNamespace(task=task, keeper=staff_of(haven), sorrel=signed_in(make_app(migrated), sorrel))

    def cancelled(self, masked, happens):
        """The sender cancels on a page that was opened before something happened at the protected service."""
        path = f"/tasks/{masked.task.id}/cancellation"
        seen = page_and_seen(masked.sorrel, path)
        with transaction() as session:
            happens(session, datetime.now(UTC))
        answer = masked.sorrel.post(path, page=path, **seen, reason="other")
        assert "Juniper House" not in text_of(answer) and "Safe stay" not in text_of(answer)
        return answer

    @pytest.mark.parametrize("verb", [referrals.start, referrals.complete])
    def test_how_it_goes_on_at_a_protected_service_changes_nothing_for_its_sender(self, masked, verb):
        with transaction() as session:
            referrals.accept(session, masked.keeper, masked.task.id, at=NOON)

        before = self.cancelled(masked, lambda _session, _now: None)
        after = self.cancelled(masked, lambda session, now: verb(session, masked.keeper, masked.task.id, at=now))

        assert (before.status_code, after.status_code) == (409, 409)
        assert "the person and the place go on by themselves" in text_of(before)
        assert normal_body(before.data) == normal_body(after.data)

    def test_of_a_protected_service_the_sender_hears_a_no_without_its_reason(self, masked):
        def declines(session, now):
            referrals.reject(session, masked.keeper, masked.task.id, reason=Reason.OUTSIDE_AREA, at=now)

        answer = self.cancelled(masked, declines)

        assert answer.status_code == 409
        told = r"This has already ended\.</b> A protected service said no at \d+(:\d\d)?.[ap]m\.</p>"
        assert re.search(told, text_of(answer))
