"""Random harm to the audit tables by whoever has all rights in the database: each is found, and where it begins."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, LargeBinary, delete, insert, select, text, update
from sqlmodel import Session

from cie import events
from cie.access import SYSTEM
from cie.db import Database, reading, transaction
from cie.events import AuditEntry
from cie.events.models import AuditHead, AuditPerson
from cie.participants import Participant
from tests.factories import NOON, make_participant, staff_of

ENTRY, HEAD, PERSON = AuditEntry.__table__, AuditHead.__table__, AuditPerson.__table__
STREAMS, LENGTH = 3, 12
FEW, MANY = 40, 1000
PLACE = {"id", "stream", "sequence"}
Records = dict[str, list[tuple[Any, ...]]]


@dataclass
class Hand:
    """Who does the harm: a connection with all rights, and a source of chance."""

    connection: Connection
    chance: random.Random

    def rows(self, stream: str | None = None) -> list[dict[str, Any]]:
        query = select(ENTRY).order_by(ENTRY.c.stream, ENTRY.c.sequence)
        query = query.where(ENTRY.c.stream == stream) if stream else query
        return [dict(row._mapping) for row in self.connection.execute(query)]

    def a_row(self) -> dict[str, Any]:
        return self.chance.choice(self.rows())

    def a_stream(self) -> str:
        return self.chance.choice(sorted({row["stream"] for row in self.rows()}))

    def write(self, row: dict[str, Any], **values: Any) -> None:
        self.connection.execute(update(ENTRY).where(ENTRY.c.id == row["id"]).values(**values))

    def other(self, column: Any, value: Any) -> Any:
        """Another value of the same kind."""
        if column.nullable and value is not None and self.chance.random() < 0.3:
            return None
        if isinstance(value, datetime):
            return value + timedelta(seconds=self.chance.randint(1, 9999))
        if isinstance(column.type, LargeBinary):
            return self.chance.randbytes(32)
        return self._other_scalar(column.type.python_type, value)

    def _other_scalar(self, kind: type, value: Any) -> Any:
        if kind is int:
            return value + self.chance.randint(1000, 9999)
        if kind is UUID:
            return UUID(int=self.chance.getrandbits(128))
        return f"{self.chance.getrandbits(40):x}"


def change_a_column(hand: Hand) -> None:
    row, column = hand.a_row(), hand.chance.choice(list(ENTRY.c))
    hand.write(row, **{column.name: hand.other(column, row[column.name])})


def delete_rows(hand: Hand) -> None:
    """One row, or some that follow each other."""
    row, many = hand.a_row(), hand.chance.choice([1, 1, 2, 5])
    last = row["sequence"] + many - 1
    run = ENTRY.c.sequence.between(row["sequence"], last)
    hand.connection.execute(delete(ENTRY).where(ENTRY.c.stream == row["stream"], run))


def swap_two_rows(hand: Hand) -> None:
    """The content of two rows changes places, their hashes with it or not."""
    one, two = hand.chance.sample(hand.rows(hand.a_stream()), 2)
    kept = PLACE | hand.chance.choice([set(), {"previous_hash", "hash"}])
    for row, content in ((one, two), (two, one)):
        hand.write(row, **{name: value for name, value in content.items() if name not in kept})


def insert_a_copy(hand: Hand) -> None:
    """A copy of a row somewhere in a stream, the later ones moved on, the head too."""
    copy, stream = hand.a_row(), hand.a_stream()
    place = hand.chance.randint(1, len(hand.rows(stream)) + 1)
    later = [ENTRY.c.stream == stream, ENTRY.c.sequence >= place]
    hand.connection.execute(update(ENTRY).where(*later).values(sequence=ENTRY.c.sequence + 1000))
    hand.connection.execute(update(ENTRY).where(*later).values(sequence=ENTRY.c.sequence - 999))
    hand.connection.execute(insert(ENTRY).values(**copy | {"id": uuid4(), "stream": stream, "sequence": place}))
    hand.connection.execute(update(HEAD).where(HEAD.c.stream == stream).values(sequence=HEAD.c.sequence + 1))


def move_to_another_stream(hand: Hand) -> None:
    row = hand.a_row()
    target = hand.chance.choice([s for s in {r["stream"] for r in hand.rows()} if s != row["stream"]])
    hand.write(row, stream=target, sequence=len(hand.rows(target)) + 1)


def change_who_was_seen(hand: Hand) -> None:
    """A person is taken out of what was seen, put in, or becomes another."""
    seen = hand.chance.choice(list(hand.connection.execute(select(PERSON))))
    there = (PERSON.c.entry_id == seen.entry_id) & (PERSON.c.person_id == seen.person_id)
    change = hand.chance.choice([delete(PERSON).where(there), update(PERSON).where(there).values(person_id=uuid4())])
    more = insert(PERSON).values(entry_id=hand.a_row()["id"], person_id=uuid4())
    hand.connection.execute(hand.chance.choice([change, more]))


def change_a_head(hand: Hand) -> None:
    mine = HEAD.c.stream == hand.a_stream()
    number, content = hand.chance.randint(100, 999), hand.chance.randbytes(32)
    changes = [update(HEAD).values(sequence=number), update(HEAD).values(hash=content), delete(HEAD)]
    hand.connection.execute(hand.chance.choice(changes).where(mine))


def cut_off_the_end(hand: Hand) -> None:
    """Without touching the head."""
    row = hand.a_row()
    hand.connection.execute(delete(ENTRY).where(ENTRY.c.stream == row["stream"], ENTRY.c.sequence >= row["sequence"]))


def cut_off_the_end_and_the_head(hand: Hand) -> None:
    """Only a checkpoint tells."""
    cut_after(hand, hand.a_stream(), hand.chance.randint(1, LENGTH - 1))


def cut_after(hand: Hand, stream: str, kept: int) -> None:
    """The head becomes that of the row that is now the last."""
    hand.connection.execute(delete(ENTRY).where(ENTRY.c.stream == stream, ENTRY.c.sequence > kept))
    last = hand.rows(stream)[-1]
    hand.connection.execute(update(HEAD).where(HEAD.c.stream == stream).values(sequence=kept, hash=last["hash"]))


def take_a_whole_stream(hand: Hand) -> None:
    stream = hand.a_stream()
    hand.connection.execute(delete(ENTRY).where(ENTRY.c.stream == stream))
    hand.connection.execute(delete(HEAD).where(HEAD.c.stream == stream))


NEEDS_A_CHECKPOINT = [cut_off_the_end_and_the_head, take_a_whole_stream]
HARM: list[Callable[[Hand], None]] = [
    change_a_column,
    change_a_column,
    delete_rows,
    swap_two_rows,
    insert_a_copy,
    move_to_another_stream,
    change_who_was_seen,
    change_a_head,
    cut_off_the_end,
    *NEEDS_A_CHECKPOINT,
]


@pytest.fixture
def chains(database: Database) -> Iterator[bytes]:
    """Streams of what was done and of what was seen; a checkpoint of them."""
    for _number in range(STREAMS):
        with transaction() as session:
            participant = make_participant(session)
        for number in range(LENGTH):
            with transaction() as session:
                told = {"at": NOON, "organization_id": participant.id, "referral_id": uuid4()}
                events.record(session, SYSTEM, f"step.{number}", participant, **told)
            with reading() as session:
                events.showed(session, staff_of(participant), uuid4())
    with reading() as session:
        mark = events.checkpoint(session, at=NOON)
    yield mark


def unbind(connection: Connection, database: Database) -> None:
    """Until the end of this transaction references between tables do not hold."""
    words = "PRAGMA defer_foreign_keys = ON" if database.is_sqlite else "SET LOCAL session_replication_role = replica"
    connection.execute(text(words))


def records(connection: Connection) -> Records:
    """The rows of each stream in their order, each with whom it showed."""
    seen: dict[UUID, list[str]] = {}
    for entry, person in connection.execute(select(PERSON.c.entry_id, PERSON.c.person_id)):
        seen.setdefault(entry, []).append(str(person))
    found: Records = {}
    for row in connection.execute(select(ENTRY).order_by(ENTRY.c.stream, ENTRY.c.sequence)):
        found.setdefault(row.stream, []).append((*row, *sorted(seen.get(row.id, []))))
    return found


def heads(connection: Connection) -> dict[str, tuple[Any, ...]]:
    return {row.stream: tuple(row) for row in connection.execute(select(HEAD))}


def first_bad(before: Records, after: Records) -> set[tuple[str, int]]:
    """Where each stream stops being what it was: that record, or the last before an end that was cut off."""
    found = set()
    for stream in before.keys() | after.keys():
        old, new = before.get(stream, []), after.get(stream, [])
        differs = [n for n, (a, b) in enumerate(zip(old, new, strict=False), 1) if a != b]
        if differs or len(new) > len(old):
            found.add((stream, differs[0] if differs else len(old) + 1))
        elif len(new) < len(old):
            found.add((stream, len(new) or len(old)))
    return found


def named(connection: Connection, mark: bytes | None) -> set[tuple[str, int]]:
    known = events.read_checkpoint(mark) if mark else None
    with Session(connection) as session:
        return {(fault.stream, fault.sequence) for fault in events.verify(session, known).faults}


def test_every_harm_is_found_and_where_it_begins(chains, database, request):
    chance, rounds = random.Random(20261124), MANY if request.config.getoption("--prove") else FEW
    with database.engine.connect() as connection:
        whole, tops = records(connection), heads(connection)
        assert named(connection, chains) == set()
        for number in range(rounds):
            harm = HARM[number % len(HARM)]
            unbind(connection, database)
            harm(Hand(connection, chance))
            bad = first_bad(whole, records(connection))
            now = heads(connection)
            bad = bad or {(stream, LENGTH) for stream in tops if now.get(stream) != tops[stream]}
            seen, seen_alone = named(connection, chains), named(connection, None)
            connection.rollback()

            assert bad, f"{number}: {harm.__name__} changed nothing"
            assert seen == bad, f"{number}: {harm.__name__}"
            assert seen_alone == (set() if harm in NEEDS_A_CHECKPOINT else bad), f"{number}: {harm.__name__}, alone"


def test_what_is_younger_than_the_checkpoint_may_be_cut_off_unseen(chains, database):
    """The limit that the report names: down to the checkpoint, and no further."""
    older = events.read_checkpoint(chains)
    with transaction() as session:
        stream = min(older["heads"], key=lambda name: name.endswith(":seen"))
        organization = session.get_one(Participant, UUID(stream))
        events.record(session, SYSTEM, "step.late", organization, at=NOON, organization_id=organization.id)
    with database.engine.connect() as connection:
        unbind(connection, database)
        cut_after(Hand(connection, random.Random(1)), stream, LENGTH)
        unseen = named(connection, chains)
        cut_after(Hand(connection, random.Random(1)), stream, LENGTH - 1)
        seen = named(connection, chains)
        connection.rollback()

    assert unseen == set() and seen == {(stream, LENGTH - 1)}
