"""Adding the signed paper to a record, and opening it."""

import html
import io
import re
from types import SimpleNamespace

import pytest

from cie.access import Role
from cie.db import transaction
from tests.factories import make_consent, make_loop, make_staff
from tests.support.web import make_app, signed_in

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"


@pytest.fixture
def place(database, migrated):
    with transaction() as session:
        loop = make_loop(session)
        record = make_consent(session, loop.person)
        sorrel, wren = make_staff(session, loop.clinic, Role.NAVIGATOR), make_staff(session, loop.pantry)
    app = make_app(migrated)
    return SimpleNamespace(record=record, sorrel=signed_in(app, sorrel), wren=signed_in(app, wren))


def add(place, *, name="paper.pdf", content=PDF):
    path = f"/consents/{place.record.id}/papers"
    fields = {"file": (io.BytesIO(content), name)} if name else {}
    return place.sorrel.post(path, page=f"{path}/new", **fields)


def page(place):
    return html.unescape(place.sorrel.get(f"/consents/{place.record.id}?done=paper").get_data(as_text=True))


def test_without_a_paper_the_page_says_how_to_add_one(place):
    assert "No paper is kept with this." in page(place)
    assert place.sorrel.get(f"/consents/{place.record.id}/papers/new").status_code == 200


def test_a_paper_is_added_listed_with_its_mark_and_opened_as_a_download(place):
    answer = add(place)

    assert (answer.status_code, answer.location.partition("#")[2]) == (303, "papers")
    shown = page(place)
    assert "The paper is kept with this." in shown and re.search(r"([0-9a-f]{8} ){7}[0-9a-f]{8}", shown)
    file = place.sorrel.get(re.search(r'href="(/consents/papers/[0-9a-f-]+)"', shown).group(1))
    assert (file.get_data(), file.headers["Content-Disposition"]) == (PDF, "attachment; filename=paper.pdf")


@pytest.mark.parametrize(
    ("file", "words"),
    [({"name": ""}, "File: choose one"), ({"content": b"hello"}, "File: choose a PDF, or a PNG or JPEG picture")],
)
def test_what_cannot_be_taken_is_told_at_its_box(place, file, words):
    answer = add(place, **file)

    assert answer.status_code == 422
    assert f'href="#file">{words}' in answer.get_data(as_text=True)


def test_the_receiver_of_a_referral_gets_the_same_answer_as_for_no_paper(place):
    add(place)
    address = re.search(r'href="(/consents/papers/[0-9a-f-]+)"', page(place)).group(1)

    answers = [place.wren.get(path) for path in (address, f"/consents/papers/{place.record.id}")]

    assert [answer.status_code for answer in answers] == [404, 404]
