"""The audit chains: any change, loss or swap of a record is found and named."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text

from cie import events
from cie.access import SYSTEM
from cie.db import configure, reading, transaction
from cie.errors import Invalid
from cie.participants.models import Participant
from tests.factories import NOON, make_participant, staff_of


@pytest.fixture
def chain(database) -> Iterator[Participant]:
    with transaction() as session:
        participant = make_participant(session)
    for n in range(5):
        with transaction() as session:
            events.record(session, SYSTEM, f"step.{n}", participant, at=NOON, organization_id=participant.id)
    yield participant


def tamper(database, statement: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(statement))


def faults(checkpoint: bytes | None = None) -> list[tuple[int, str]]:
    known = events.read_checkpoint(checkpoint) if checkpoint else None
    with reading() as session:
        return [(f.sequence, f.what) for f in events.verify(session, known).faults]


def mark() -> bytes:
    with reading() as session:
        return events.checkpoint(session, at=NOON)


def test_an_untouched_chain_is_whole(chain):
    assert faults(mark()) == []


def test_a_changed_record_is_named(chain, database):
    tamper(database, "UPDATE audit_entry SET action = 'other' WHERE sequence = 3")

    assert faults() == [(3, "this record was changed or moved")]


def test_a_deleted_record_is_named(chain, database):
    tamper(database, "DELETE FROM audit_entry WHERE sequence = 2")

    assert faults()[0] == (2, "this record is missing")


def test_swapped_records_are_found(chain, database):
    for old, new in ((2, 99), (3, 2), (99, 3)):
        tamper(database, f"UPDATE audit_entry SET sequence = {new} WHERE sequence = {old}")

    assert faults() == [(2, "this record was changed or moved")]


def test_a_cut_end_is_seen_by_the_head(chain, database):
    tamper(database, "DELETE FROM audit_entry WHERE sequence > 3")

    assert faults() == [(3, "the end of the stream was cut off")]


def test_a_cut_end_with_a_forged_head_is_seen_by_the_checkpoint(chain, database):
    before = mark()
    tamper(database, "DELETE FROM audit_entry WHERE sequence > 3")
    tamper(database, "UPDATE audit_head SET sequence = 3, hash = (SELECT hash FROM audit_entry WHERE sequence = 3)")

    assert faults() == []
    assert faults(before) == [(3, "rows are missing that the checkpoint knew")]


def test_a_head_that_is_not_the_last_record_is_found(chain, database):
    tamper(database, "UPDATE audit_head SET hash = (SELECT hash FROM audit_entry WHERE sequence = 4)")

    assert faults() == [(5, "the head does not belong to this record")]


def test_a_stream_that_is_gone_is_seen_by_the_checkpoint(chain, database):
    before = mark()
    tamper(database, "DELETE FROM audit_entry")
    tamper(database, "DELETE FROM audit_head")

    assert faults(before) == [(5, "missing since the checkpoint")]


def test_a_person_taken_out_of_what_was_seen_is_found(chain, database):
    with reading() as session:
        events.showed(session, staff_of(chain), chain.id)
    tamper(database, "DELETE FROM audit_person")

    assert faults() == [(1, "this record was changed or moved")]


def test_a_forged_checkpoint_is_refused(chain):
    with pytest.raises(Invalid, match="signature"):
        events.read_checkpoint(mark().replace(b"5", b"3", 1))


def test_a_file_that_is_no_checkpoint_is_refused():
    with pytest.raises(Invalid, match="not an audit checkpoint"):
        events.read_checkpoint(b"hello")


def test_with_another_key_no_record_verifies(chain, migrated):
    """Whoever has the database but not the key cannot make a chain that looks right."""
    before = mark()
    configure(migrated.model_copy(update={"secret_key": SecretStr("t" * 48)}))

    assert faults() == [(1, "this record was changed or moved")]
    with pytest.raises(Invalid, match="another key"):
        events.read_checkpoint(before)


def test_a_record_that_was_moved_to_another_stream_is_found(chain, database):
    with transaction() as session:
        other = make_participant(session)
        events.record(session, SYSTEM, "tick", other, at=NOON, organization_id=other.id)
    last = "(SELECT stream FROM audit_entry WHERE action = 'tick')"
    tamper(database, f"UPDATE audit_entry SET stream = {last}, sequence = 2 WHERE sequence = 5")

    assert sorted(faults()) == [(2, "this record was changed or moved"), (4, "the end of the stream was cut off")]


def test_a_record_that_was_added_at_the_end_is_found(chain, database):
    with reading() as session:
        query = select(events.AuditEntry).where(events.AuditEntry.sequence == 5)
        row = session.execute(query).scalar_one().model_dump()
    row |= {"id": uuid4(), "sequence": 6, "previous_hash": row["hash"]}
    with database.engine.begin() as connection:
        connection.execute(events.AuditEntry.__table__.insert(), row)
        connection.execute(text("UPDATE audit_head SET sequence = 6"))

    assert faults() == [(6, "this record was changed or moved")]
