"""The signed paper: kept with its record, never replaced, and found out when exchanged."""

import hashlib
import json

import pytest
from sqlmodel import col, select

from cie import consent
from cie.access import Role
from cie.db import reading, transaction
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.events import AuditEntry
from cie.files import LARGEST_FILE_BYTES
from tests.factories import NOON, make_consent, make_loop, make_person, staff_of

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"


@pytest.fixture
def loop(session):
    return make_loop(session)


@pytest.fixture
def record(session, loop):
    return make_consent(session, loop.person)


def keep(session, actor, record, **fields):
    values = {"name": "paper.pdf", "content": PDF, "claimed": "application/pdf", "at": NOON}
    return consent.add_document(session, actor, record.id, **{**values, **fields})


def test_the_paper_is_kept_with_its_mark_which_stands_in_the_audit_chain_too(database):
    with transaction() as session:
        loop = make_loop(session)
        paper = keep(session, loop.navigator, make_consent(session, loop.person))

    mark = hashlib.sha256(PDF).hexdigest()
    with reading() as session:
        entry = session.exec(select(AuditEntry).where(col(AuditEntry.action) == "consent.document")).one()
        assert (paper.sha256, json.loads(entry.codes)["sha256"]) == (mark, mark)
        assert consent.open_document(session, loop.navigator, paper.id)[1] == PDF


def test_a_second_page_is_added_and_the_first_stays(session, loop, record):
    keep(session, loop.navigator, record)
    keep(session, loop.navigator, record, name="page 2.pdf", content=PDF + b"%2")

    assert [paper.name for paper in consent.documents_of(session, record)] == ["paper.pdf", "page 2.pdf"]


def test_there_are_at_most_ten(session, loop, record):
    for number in range(10):
        keep(session, loop.navigator, record, content=PDF + b"%%%d" % number)

    with pytest.raises(NotPossibleNow, match="10 files"):
        keep(session, loop.navigator, record)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"content": b""}, "not empty"),
        ({"content": b"a" * (LARGEST_FILE_BYTES + 1)}, "at most 10 MB"),
        ({"content": b"I agree.", "name": "paper.txt", "claimed": "text/plain"}, "PDF, or a PNG or JPEG picture"),
        ({"content": b"\x00\x01\xff" * 9}, "PDF, or a PNG or JPEG picture"),
        ({"name": "paper.png"}, "not what its name says"),
        ({"claimed": "image/png"}, "not what its name says"),
    ],
)
def test_what_is_no_picture_of_a_paper_is_refused_at_its_box(session, loop, record, fields, words):
    with pytest.raises(Invalid, match=words) as caught:
        keep(session, loop.navigator, record, **fields)

    assert caught.value.field == "file"


def test_another_organization_finds_neither_record_nor_paper(session, loop, record):
    paper = keep(session, loop.navigator, record)

    for act in (
        lambda: keep(session, loop.caseworker, record),
        lambda: consent.open_document(session, loop.caseworker, paper.id),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_role_that_writes_no_permissions_adds_no_paper(session, loop, record):
    with pytest.raises(NotAllowed):
        keep(session, staff_of(loop.clinic, Role.ORGANIZATION_ADMINISTRATOR), record)


def test_the_paper_of_another_person_is_not_listed(session, loop, record):
    other = make_consent(session, make_person(session, loop.clinic))
    keep(session, loop.navigator, other)

    assert consent.documents_of(session, record) == []


def test_nothing_is_added_once_the_record_of_the_person_was_erased(session, loop, record):
    loop.person.erased_at = NOON

    with pytest.raises(NotPossibleNow, match="was erased"):
        keep(session, loop.navigator, record)
