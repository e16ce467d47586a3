"""Answered, details not shared: every page of the sender says so alike, and the place reads what it answered itself."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from cie import measures, referrals
from cie.access import Role
from cie.db import transaction
from cie.participants import Participant, ParticipantKind
from cie.referrals import Closing, Reason, Referral
from tests.factories import make_loop, make_staff, send_one
from tests.support.web import make_app, signed_in
from tests.web.test_settings import text_of

NOW = datetime.now(UTC)
NOT_SHARED = "Answered, details not shared"
TELLING = re.compile(
    r"help was given|They do not qualify|no longer want|cannot help|No, we cannot|Help was given|could not help"
    r"|duplicate|already help this person|provider's word",
    re.IGNORECASE,
)
"""Whatever would tell one end from another."""
ENDS = {
    "helped": lambda session, who, task: referrals.complete(session, who, task.id, at=NOW),
    "could not": lambda session, who, task: referrals.fail(session, who, task.id, reason=Reason.NOT_ELIGIBLE, at=NOW),
    "stopped": lambda session, who, task: referrals.cancel(session, who, task.id, reason=Reason.DUPLICATE, at=NOW),
}


@pytest.fixture
def story(database, migrated):
    """A WIC office said yes to somebody whom the clinic sent; a browser of each side."""
    with transaction() as session:
        loop = make_loop(session)
        referral, task = send_one(session, loop, at=NOW)
        wren = make_staff(session, loop.pantry, Role.CASEWORKER, name="Wren Alder")
        sorrel = make_staff(session, loop.clinic, Role.NAVIGATOR, Role.SUPERVISOR, name="Sorrel Reed")
        pantry = session.get_one(Participant, loop.pantry.id)
        pantry.kind, pantry.programs = ParticipantKind.COUNTY_AGENCY, ["wic"]
    with transaction() as session:
        referrals.accept(session, loop.caseworker, task.id, at=NOW)
    app = make_app(migrated)
    browsers = {"wren": signed_in(app, wren), "sorrel": signed_in(app, sorrel)}
    return SimpleNamespace(loop=loop, referral=referral, task=task, page=f"/referrals/{referral.id}", **browsers)


def end(story, how):
    with transaction() as session:
        ENDS[how](session, story.loop.caseworker, story.task)


def main_of(answer):
    page = text_of(answer)
    return page[page.index('id="main"') :]


def close(story, closing=Closing.OTHER):
    with transaction() as session:
        referral = referrals.close_loop(session, story.loop.navigator, story.referral.id, closing=closing, at=NOW)
        measures.rebuild(session, referrals.loop_of(session, session.get_one(Referral, referral.id)))


@pytest.mark.parametrize("how", ENDS)
class TestTheSender:
    def test_the_page_says_that_it_was_answered_and_no_more(self, story, how):
        end(story, how)

        page = main_of(story.sorrel.get(story.page))
        assert page.count(NOT_SHARED) == 2, "in the state and with the two witnesses"
        assert "Lantern Pantry answered. Details are not shared" in page
        assert "Your next step: ask Aster what came of it" in page
        assert not TELLING.search(page)

    def test_the_worklist_says_the_same(self, story, how):
        end(story, how)

        page = main_of(story.sorrel.get("/worklist?team=all"))
        assert "Answered, details not shared: ask the person" in page
        assert "They answered, details not shared" in page
        assert not TELLING.search(page)

    def test_the_sheet_for_the_person_tells_of_no_help_that_was_not_given(self, story, how):
        end(story, how)

        page = main_of(story.sorrel.get(f"{story.page}/sheet"))
        assert "Ya respondieron. Llámeles para saber más, o pregunte a Blue Kite Clinic" in page
        assert "Dicen que ya le ayudaron" not in page

    def test_closed_without_a_reason_of_its_own_it_stays_so(self, story, how):
        end(story, how)
        close(story)

        page = main_of(story.sorrel.get(story.page))
        assert f"Closed: {NOT_SHARED}" in page
        assert not TELLING.search(page)

    def test_the_figures_and_their_file_name_no_other_reason(self, story, how):
        end(story, how)
        close(story)

        page = main_of(story.sorrel.get("/measures"))
        file = story.sorrel.get("/measures/reason.csv").get_data(as_text=True)
        assert NOT_SHARED in page
        assert re.findall(r"(.+),(\d+)", file)[-1][1] == "1" and NOT_SHARED in file


def test_the_senders_pages_are_the_same_bytes_for_every_end(settings_story):
    """One page for each end, drawn apart from ids, tokens and times."""
    pages = {how: settings_story(how) for how in ENDS}

    assert len(set(pages.values())) == 1


@pytest.fixture
def settings_story(story):
    """The page of the sender for another request to the same place that ended in this way."""

    def drawn(how):
        with transaction() as session:
            referral, task = send_one(session, story.loop, at=NOW)
            referrals.accept(session, story.loop.caseworker, task.id, at=NOW)
        with transaction() as session:
            ENDS[how](session, story.loop.caseworker, task)
        page = main_of(story.sorrel.get(f"/referrals/{referral.id}"))
        page = page.replace(str(referral.id), "ID").replace(str(task.id), "TASK")
        return re.sub(r'value="[^"]*"|datetime="[^"]*"', "", page)

    return drawn


class TestThePlace:
    @pytest.mark.parametrize(
        ("how", "words"),
        [
            ("helped", "Closed: you gave help"),
            ("could not", "Closed: they do not qualify"),
            ("stopped", "You cancelled: We already help this person"),
        ],
    )
    def test_it_reads_what_it_answered_and_that_it_stays(self, story, how, words):
        end(story, how)

        page = main_of(story.wren.get(story.page))
        assert words in page
        assert "The other side sees only that you answered" in page
        assert NOT_SHARED not in page

    def test_what_was_sent_by_mistake_reads_so_whatever_it_answered(self, story):
        end(story, "helped")
        with transaction() as session:
            referrals.mark_in_error(session, story.loop.navigator, story.referral.id, at=NOW)

        page = main_of(story.wren.get(story.page))
        assert "Sent by mistake. Nothing to do" in page
        assert "Message to Blue Kite Clinic" not in page

    def test_after_its_answer_it_is_told_so(self, story):
        path = f"/tasks/{story.task.id}/update"

        answer = story.wren.post(path, page=path, step="complete")

        page = main_of(story.wren.get(answer.location))
        assert "The other side sees only that you answered" in page
        assert "The person is asked whether help came." not in page

    def test_before_it_answers_it_is_told_what_goes_back(self, story):
        page = main_of(story.wren.get(f"/tasks/{story.task.id}/update"))

        assert "They see when you say yes, start or pause, and that you answered; no more" in page
        assert "Only Lantern Pantry reads this." not in page

    def test_where_all_goes_back_no_page_speaks_of_it(self, story):
        with transaction() as session:
            session.get_one(Participant, story.loop.pantry.id).programs = []
        update = main_of(story.wren.get(f"/tasks/{story.task.id}/update"))
        end(story, "helped")

        page = main_of(story.wren.get(story.page))
        assert "sees only that you answered" not in page
        assert "By law, how this ends stays with you" not in update
        assert NOT_SHARED not in main_of(story.sorrel.get(story.page))


class TestWhatIsSent:
    """The county sends, and runs CalFresh."""

    @pytest.fixture(autouse=True)
    def runs_calfresh(self, story):
        with transaction() as session:
            session.get_one(Participant, story.loop.clinic.id).programs = ["snap"]

    def test_the_preview_says_why_nothing_goes_and_what_to_do(self, story):
        fields = {
            "person": str(story.loop.person.id), "need": "food", "urgency": "urgent", "zip": "93702",
            "service": str(story.loop.service.id), "action": "check", "form_id": "one",
        }  # fmt: skip

        page = text_of(story.sorrel.post("/referrals/new", page="/help", **fields))

        assert "CalFresh case records need a signed release that names this place" in page
        assert "(ABCDM 229)" in page and "7 CFR 272.1(c)" in page

    def test_a_message_is_refused_in_the_same_words(self, story):
        answer = story.sorrel.post(
            f"{story.page}/tasks/{story.task.id}/messages", page=story.page, message="She gets CalFresh since May."
        )

        page = text_of(answer)
        assert "CalFresh case records need a signed release" in page
        assert "She gets CalFresh since May." in page
