"""Recording an enrollment, and what each side reads of it on the page of the referral."""

import re
from types import SimpleNamespace

import pytest

from cie import referrals
from cie.access import Role
from cie.db import transaction
from cie.participants import Participant
from cie.referrals import NewResult, ReferralTask, ResultKind
from tests.factories import NOON, make_loop, make_staff, send_one
from tests.support.web import make_app, signed_in
from tests.web.test_settings import text_of

ENROLLED = "Enrolled in CalFresh (SNAP) since Nov 20, 2026"


@pytest.fixture
def story(database, migrated):
    """A pantry that said yes, and a browser of each side."""
    with transaction() as session:
        loop = make_loop(session)
        referral, task = send_one(session, loop)
        sorrel, wren = make_staff(session, loop.clinic, Role.NAVIGATOR), make_staff(session, loop.pantry)
    with transaction() as session:
        referrals.accept(session, loop.caseworker, task.id, at=NOON)
    app = make_app(migrated)
    browsers = {"sorrel": signed_in(app, sorrel), "wren": signed_in(app, wren)}
    return SimpleNamespace(loop=loop, task=task, page=f"/referrals/{referral.id}", **browsers)


def record(story, who="wren", **changed):
    path = f"/tasks/{story.task.id}/enrollment"
    fields = {"program": "snap", "status": "enrolled", "since": "2026-11-20", **changed}
    return getattr(story, who).post(path, page=path, **fields)


def shown_to(story, who):
    """The page in words; the marks of its forms are others each time."""
    return re.sub(r'value="[^"]*"', "", text_of(getattr(story, who).get(story.page)))


def test_the_sender_reads_who_is_enrolled_in_what_since_when_and_who_says_so(story):
    answer = record(story)

    assert answer.location.endswith("?done=enrollment")
    assert ENROLLED in shown_to(story, "sorrel")
    assert "Lantern Pantry says so." in shown_to(story, "sorrel")
    assert "We say so. Blue Kite Clinic can read it." in shown_to(story, "wren")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("not-enrolled", "Not enrolled in CalFresh (SNAP)"),
        ("not-enrolled-on-waitlist", "Not enrolled in CalFresh (SNAP), on the waiting list"),
    ],
)
def test_whoever_is_not_enrolled_reads_so(story, status, words):
    record(story, status=status)

    assert words in shown_to(story, "sorrel")


def test_of_a_program_that_keeps_its_records_the_sender_reads_nothing(story):
    before = shown_to(story, "sorrel")
    with transaction() as session:
        session.get_one(Participant, story.loop.pantry.id).programs = ["snap"]

    record(story)

    assert shown_to(story, "sorrel") == before
    assert "We say so. Only we can read it." in shown_to(story, "wren")


def test_what_was_recorded_by_mistake_is_taken_back(story):
    record(story)
    page = story.wren.get(f"/tasks/{story.task.id}/enrollment").get_data(as_text=True)
    address = re.search(r'action="(/tasks/results/[0-9a-f-]+/taking-back)"', page).group(1)

    answer = story.wren.post(address, page=f"/tasks/{story.task.id}/enrollment")

    assert answer.location.endswith("?done=taken-back")
    assert "Enrolled" not in shown_to(story, "sorrel")
    assert "Enrolled" not in shown_to(story, "wren")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"program": ""}, "Program: choose one of the list"),
        ({"status": ""}, "Where they stand: choose one"),
        ({"since": "soon"}, "Since: enter it like 2026-11-24"),
    ],
)
def test_what_is_missing_is_named_and_what_was_typed_stays(story, changed, words):
    answer = record(story, **changed)

    assert answer.status_code == 422
    assert words in text_of(answer)


def test_the_sender_has_no_such_page_and_takes_nothing_back(story):
    record(story)
    with transaction() as session:
        task = session.get_one(ReferralTask, story.task.id)
        (given,) = referrals.results_for(session, story.loop.caseworker, [task])

    assert story.sorrel.get(f"/tasks/{story.task.id}/enrollment").status_code == 403
    assert story.sorrel.post(f"/tasks/results/{given.id}/taking-back", page=story.page).status_code == 404
    assert "Record an enrollment" not in shown_to(story, "sorrel")


def test_what_a_program_sent_reads_in_plain_words(story):
    found = NewResult(ResultKind.ASSESSMENT, title="Food insecurity", source="Observation/1", body="{}")
    with transaction() as session:
        referrals.give_result(session, story.loop.caseworker, story.task.id, found, at=NOON)

    assert "Found: Food insecurity" in shown_to(story, "sorrel")
