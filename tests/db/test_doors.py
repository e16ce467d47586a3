"""The two doors: what is written once, when, and what a failure leaves behind."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from cie import events
from cie.access import SYSTEM
from cie.db import configure, current, reading, transaction
from cie.db.lock import WriteLock
from cie.errors import Busy
from cie.events import AuditEntry, AuditPerson, Outbox
from cie.participants.models import Participant
from tests.factories import NOON, make_participant, make_person, staff_of


def queue_one(session: Session, participant: Participant, dedup_key: str = "once") -> None:
    events.queue(
        session,
        kind="text",
        organization_id=participant.id,
        destination_id=participant.id,
        order_key="k",
        dedup_key=dedup_key,
        due_at=NOON,
    )


def test_a_change_writes_its_audit_row_and_its_outbox_row_together(database):
    with transaction() as session:
        participant = make_participant(session)
        events.record(session, SYSTEM, "participant.add", participant, at=NOON, organization_id=participant.id)
        queue_one(session, participant)

    with reading() as session:
        assert [e.action for e in session.exec(select(AuditEntry)).all()] == ["participant.add"]
        assert len(session.exec(select(Outbox)).all()) == 1


def test_a_rollback_leaves_neither(database):
    with pytest.raises(RuntimeError), transaction() as session:
        participant = make_participant(session)
        events.record(session, SYSTEM, "participant.add", participant, at=NOON)
        queue_one(session, participant)
        raise RuntimeError

    with reading() as session:
        assert session.exec(select(AuditEntry)).all() == []
        assert session.exec(select(Outbox)).all() == []


def test_a_savepoint_does_not_write_twice(database):
    with transaction() as session:
        participant = make_participant(session)
        with session.begin_nested():
            events.record(session, SYSTEM, "participant.add", participant, at=NOON)
        with session.begin_nested():
            events.record(session, SYSTEM, "participant.change", participant, at=NOON)

    with reading() as session:
        assert len(session.exec(select(AuditEntry)).all()) == 2


def test_the_same_thing_is_queued_once(database):
    for _n in range(2):
        with transaction() as session:
            queue_one(session, make_participant(session))

    with reading() as session:
        assert len(session.exec(select(Outbox)).all()) == 1


def test_a_refusal_is_recorded_after_the_rollback(database):
    with transaction() as session:
        participant = make_participant(session)

    with pytest.raises(RuntimeError), transaction() as session:
        events.refused(session, staff_of(participant), "release.refuse", participant, at=NOON, rule="no-consent")
        raise RuntimeError

    with reading() as session:
        (entry,) = session.exec(select(AuditEntry)).all()
        assert (entry.action, entry.codes) == ("release.refuse", '{"rule":"no-consent"}')


def test_what_a_page_showed_is_recorded_once_before_it_leaves(database):
    with transaction() as session:
        participant = make_participant(session)
        people = [make_person(session, participant) for _n in range(3)]
    actor = staff_of(participant)

    with reading() as session:
        for person in people:
            events.showed(session, actor, person.id)

    with reading() as session:
        (entry,) = session.exec(select(AuditEntry).where(col(AuditEntry.action) == "seen")).all()
        shown = session.exec(select(AuditPerson.person_id).where(AuditPerson.entry_id == entry.id)).all()
        assert set(shown) == {p.id for p in people}


def test_a_page_that_cannot_record_what_it_shows_fails(database):
    with transaction() as session:
        person = make_person(session, make_participant(session))
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry RENAME TO audit_entry_away"))
    try:
        with pytest.raises((Busy, DBAPIError)), reading() as session:
            events.showed(session, staff_of(person.organization_id), person.id)
    finally:
        with database.engine.begin() as connection:
            connection.execute(text("ALTER TABLE audit_entry_away RENAME TO audit_entry"))


def test_writers_of_one_stream_chain_without_a_gap(database):
    with transaction() as session:
        participant = make_participant(session)

    def write(count: int) -> None:
        for _n in range(count):
            with transaction() as session:
                events.record(session, SYSTEM, "tick", participant, at=datetime.now(UTC))

    threads = [threading.Thread(target=write, args=(10,)) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with reading() as session:
        report = events.verify(session)
        assert (report.entries, report.faults) == (40, ())


def test_a_writer_who_never_gets_a_turn_is_told_to_come_back(tmp_path):
    first, second = (WriteLock(tmp_path / "lock", wait_seconds=0.05) for _n in range(2))

    with first.held(), pytest.raises(Busy), second.held():
        pass


def test_a_database_that_is_replaced_keeps_no_file_open(database, migrated):
    def files_after_a_change():
        configure(migrated)
        with transaction() as session:
            session.execute(text("SELECT 1"))
        return len(list(Path("/proc/self/fd").iterdir()))

    before = files_after_a_change()

    assert [files_after_a_change() for _turn in range(3)] == [before] * 3


def test_a_lock_that_was_given_back_can_be_taken_again(tmp_path):
    lock = WriteLock(tmp_path / "lock", 1)
    lock.close()
    for _turn in range(2):
        with lock.held():
            pass
        lock.close()


def test_a_database_that_is_away_says_so(database, tmp_path):
    from cie.db import configure
    from tests.conftest import settings_for

    if current().is_sqlite:
        (tmp_path / "gone").mkdir()
        address = f"sqlite:///{tmp_path}/gone"
    else:
        address = "postgresql+psycopg://nobody@/nothing?host=/nowhere"
    configure(settings_for(address, tmp_path))

    with pytest.raises(Busy), reading() as session:
        session.execute(text("SELECT 1"))
