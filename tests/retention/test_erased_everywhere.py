"""After an erasure nothing of the person is left: no value that opens, no sealed bytes, no key, in no table or file.

The words are those that the scan of dumps plants; whatever it plants must go, unless it is named here.
"""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from cie import retention, schema
from cie.access import Role
from cie.db import current, reading, transaction
from cie.people import Person
from cie.people.models import BlockingKey, ContactPoint
from cie.retention import Ground
from tests.factories import staff_of
from tests.retention.filling import every_value, grant_deletion, sealed_bytes, words_in
from tests.support.scan import every_cell, whole_database
from tests.test_dump import SECRETS, play

NOW = datetime.now(UTC)
OF_STAFF = {
    "staff name", "staff e-mail", "what was typed before a sign-out", "invited name", "invited e-mail", "password",
    "e-mail of who signs in", "secret of the phone app", "who signed the agreement",
    "secret at a provider", "secret of a subscription", "e-mail of a subscription",
}  # fmt: skip
OF_CASES = {
    "what happened in an incident", "who found an incident", "who demands records", "court of a demand",
    "case number of a demand", "scope of a demand", "lawyer of a demand", "decision on a demand",
    "what was given by hand", "who got what was given by hand", "agency that wants it kept out",
    "who spoke for an agency", "why an agency wants it", "paper of an agency",
}  # fmt: skip
OF_THE_OTHER_SIDE = {"reason words", "why more was opened", "who opened more", "what was found", "how it was found"}
OF_NOBODY_KNOWN = {"what a record system sent in vain"}
"""Whom it is about cannot be told: it goes after its days."""
STAYS = OF_STAFF | OF_CASES | OF_THE_OTHER_SIDE | OF_NOBODY_KNOWN
OF_THE_PERSONS = {k: v for k, v in SECRETS.items() if k not in STAYS}


def erase_everybody() -> None:
    """Both persons of the clinics asked for it, and it was granted."""
    with reading() as session:
        persons = session.execute(select(Person)).scalars().all()
    for person in persons:
        officer = staff_of(person.organization_id, Role.PRIVACY_OFFICER)
        with transaction() as session:
            grant_deletion(session, officer, person.id, at=NOW)
        with transaction() as session:
            retention.erase(session, officer, person.id, Ground.REQUEST, at=NOW)


@pytest.fixture
def played(database, migrated):
    play(migrated)
    return database


def keys() -> list[bytes]:
    """The keys under which the persons and their phones are found."""
    with reading() as session:
        blocking = session.execute(select(BlockingKey.key)).scalars().all()
        return [*blocking, *session.execute(select(ContactPoint.value_key)).scalars()]


def test_no_word_no_sealed_byte_and_no_key_of_theirs_is_left_in_cells_or_files(played):
    values, cells = every_value(), every_cell()
    stood = {place: value for place, value in values.items() if words_in({place: value}, OF_THE_PERSONS)}
    of_theirs = [*sealed_bytes(set(stood)), *keys()]
    assert words_in(values, OF_THE_PERSONS) == set(OF_THE_PERSONS), "what was not there cannot go"
    before = every_byte()
    assert [each for each in of_theirs if each not in before] == []

    erase_everybody()
    current().engine.dispose()

    content, after = every_byte(), every_cell()
    assert words_in(every_value(), SECRETS) == OF_STAFF - {"password"} | OF_CASES | OF_THE_OTHER_SIDE
    assert [each for each in of_theirs if each in content] == []
    for table in KEPT:
        assert after[table].count(b"\n") >= cells[table].count(b"\n"), table
    for table in GONE:
        assert cells[table] and after[table] == b"", table
    assert b"record.erase" in after["audit_entry"]


KEPT = ("person", "consent", "release", "release_element", "referral", "referral_task", "person_request", "change")
GONE = ("contact_point", "blocking_key", "screening_answer", "attachment", "text_message", "person_link", "need")


def every_byte() -> bytes:
    """The cells that hold bytes, and the files of SQLite or what pg_dump writes."""
    with current().engine.connect() as connection:
        rows = [row for table in schema.metadata.sorted_tables for row in connection.execute(select(table))]
    cells = [bytes(cell) for row in rows for cell in row if isinstance(cell, (bytes, memoryview))]
    return b"\0".join([whole_database(), *cells])
