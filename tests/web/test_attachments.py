"""Adding a file to a referral, and opening it."""

import io
import re
from types import SimpleNamespace

import pytest

from cie import consent
from cie.access import Role
from cie.consent import Method
from cie.db import transaction
from tests.factories import NOON, make_loop, make_staff, send_one
from tests.support.web import make_app, signed_in

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"


@pytest.fixture
def story(database, migrated):
    """A referral, and a browser of each side."""
    with transaction() as session:
        loop = make_loop(session)
        referral, task = send_one(session, loop)
        sorrel, wren = make_staff(session, loop.clinic, Role.NAVIGATOR), make_staff(session, loop.pantry)
    app = make_app(migrated)
    return SimpleNamespace(
        loop=loop, referral=referral, task=task, sorrel=signed_in(app, sorrel), wren=signed_in(app, wren)
    )


def add(story, who, *, name="letter.pdf", content=PDF, shared="yes"):
    fields = {"file": (io.BytesIO(content), name)} if name else {}
    fields |= {"shared": shared} if shared else {}
    path = f"/referrals/tasks/{story.task.id}/files"
    return getattr(story, who).post(path, page=f"{path}/new", **fields)


def page(story, who):
    return getattr(story, who).get(f"/referrals/{story.referral.id}").get_data(as_text=True)


def address(story, who):
    found = re.search(r'href="(/referrals/files/[0-9a-f-]+)"', page(story, who))
    return found.group(1) if found else None


def test_a_file_is_opened_by_the_other_side_as_a_download_of_its_own(story):
    answer = add(story, "sorrel")

    assert answer.location.endswith("?done=file")
    assert "Lantern Pantry can open it." in page(story, "sorrel")
    file = story.wren.get(address(story, "wren"))
    assert file.get_data() == PDF
    assert file.headers["Content-Type"] == "application/pdf"
    assert file.headers["Content-Disposition"] == "attachment; filename=letter.pdf"
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.headers["Cache-Control"] == "no-store"
    assert "sandbox" in file.headers["Content-Security-Policy"]


def test_a_file_for_us_alone_is_not_on_the_other_page(story):
    add(story, "sorrel", shared="no")

    assert "Only we can open it." in page(story, "sorrel")
    assert address(story, "wren") is None
    assert story.wren.get(address(story, "sorrel")).status_code == 404


def test_a_file_that_pretends_is_shown_as_kept_apart_to_its_own_side_alone(story):
    answer = add(story, "sorrel", content=b"\x00\x01\xff" * 9)

    assert answer.location.endswith("?done=kept-apart")
    assert "Kept apart: it is not what it says it is." in page(story, "sorrel")
    assert address(story, "sorrel") is None
    assert "letter.pdf" not in page(story, "wren")


def test_once_the_permission_is_taken_back_it_cannot_be_opened_there(story):
    add(story, "sorrel")
    where = address(story, "wren")
    with transaction() as session:
        (record,) = consent.consents_of(session, story.loop.clinic.id, story.loop.person.id)
        consent.revoke(session, story.loop.navigator, record.id, method=Method.IN_PERSON, at=NOON)

    assert story.wren.get(where).status_code == 404
    assert address(story, "wren") is None
    assert story.sorrel.get(where).get_data() == PDF


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "File: choose one"),
        ({"content": b""}, "File: choose one that is not empty"),
        ({"content": b"PK\x03\x04" + b"\0" * 40, "name": "a.zip"}, "File: choose a PDF, a PNG or JPEG picture"),
        ({"shared": ""}, "Who can open it: choose one"),
    ],
)
def test_a_wrong_file_is_told_at_its_field(story, fields, words):
    answer = add(story, "sorrel", **fields)

    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)


def test_a_file_that_may_not_go_says_why(story):
    with transaction() as session:
        (record,) = consent.consents_of(session, story.loop.clinic.id, story.loop.person.id)
        consent.revoke(session, story.loop.navigator, record.id, method=Method.IN_PERSON, at=NOON)

    answer = add(story, "sorrel")

    assert answer.status_code == 403
    assert "Not sent. The yes for this was taken back or has ended." in answer.get_data(as_text=True)
