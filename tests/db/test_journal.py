"""What was deleted is in no file once the journal was emptied; a reader only delays that."""

import pytest
from sqlalchemy import text

from cie.db import empty_journal, reading, transaction
from tests.factories import make_participant
from tests.support.scan import database_files

NAME = "A name that nobody else has"


@pytest.fixture
def deleted(database):
    if not database.is_sqlite:
        assert empty_journal()
        pytest.skip("PostgreSQL vacuums by itself")
    with transaction() as session:
        make_participant(session, name=NAME)
    with transaction() as session:
        session.execute(text("DELETE FROM agreement"))
        session.execute(text("DELETE FROM participant"))
    assert any(NAME.encode() in content for content in database_files().values()), "it is in the journal"


def test_it_is_in_no_file_afterwards(deleted):
    assert empty_journal()

    assert not any(NAME.encode() in content for content in database_files().values())


def test_a_reader_delays_it_and_is_not_disturbed(deleted):
    with reading() as session:
        count = "SELECT count(*) FROM participant"
        assert session.execute(text(count)).scalar_one() == 0
        with transaction() as other:
            make_participant(other)

        assert not empty_journal()

        assert session.execute(text(count)).scalar_one() == 0
    assert empty_journal()
