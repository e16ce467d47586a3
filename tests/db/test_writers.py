"""Many writers at once, and writers that end in the middle: nothing twice, nobody starved, nothing half written."""

import json
import random
from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from cie import events
from cie.consent import Release
from cie.db import reading, transaction
from cie.errors import Invalid
from cie.events import AuditEntry
from cie.participants import Participant
from cie.referrals import Referral, ReferralTask, TaskHistory, WorklistItem
from tests.factories import NOON, make_loop, make_participant
from tests.support.writers import finished, started

PROCESSES, THREADS, TURNS = 4, 4, 25
PATIENT = {"CIE_LOCK_WAIT_SECONDS": "600"}
"""Nobody is refused for waiting: turns are counted, not seconds, and a slow machine changes nothing."""


def test_fifty_repeats_of_one_key_have_one_effect(database, migrated):
    with transaction() as session:
        client = make_participant(session)

    repeats = 4
    writers = [started(migrated, "once", client.id, "the-key", repeats, THREADS, **PATIENT) for _n in range(PROCESSES)]
    told = [line for writer in writers for line in finished(writer)[1:]]

    assert len(told) == PROCESSES * THREADS * repeats and len(set(told)) == 1
    with reading() as session:
        made = select(func.count()).select_from(Participant).where(col(Participant.name) == "Made once")
        assert session.execute(made).scalar_one() == 1
        report = events.verify(session)
        assert (report.entries, report.faults) == (1, ())


def test_a_key_that_was_used_for_something_else_is_refused_and_a_rollback_frees_it(database):
    with transaction() as session:
        client = make_participant(session)
    with pytest.raises(RuntimeError), transaction() as session:
        events.claim_key(session, client.id, "k", b"first", at=NOON)
        raise RuntimeError

    with transaction() as session:
        events.claim_key(session, client.id, "k", b"second", at=NOON)

    with pytest.raises(Invalid, match="already used"), transaction() as session:
        events.claim_key(session, client.id, "k", b"first", at=NOON)


def test_no_writer_is_starved(database, migrated):
    """Four processes of four threads each: when the first has had all its turns, everybody had a third of theirs."""
    if not database.is_sqlite:
        pytest.skip("PostgreSQL orders its writers itself")
    with transaction() as session:
        participant = make_participant(session)

    writers = [started(migrated, "turns", participant.id, n, TURNS, THREADS, **PATIENT) for n in range(PROCESSES)]
    begin_together(writers)
    for writer in writers:
        finished(writer)

    with reading() as session:
        order = turns_of(session)
        report = events.verify(session)
    assert (report.entries, report.faults) == (PROCESSES * THREADS * (TURNS + 1), ())
    had = Counter(order[: first_to_finish(order)])
    assert len(had) == PROCESSES * THREADS and min(had.values()) > TURNS / 3, had


def begin_together(writers):
    """Let them go once all are there and warm, so that nobody has its turns before another has started."""
    for writer in writers:
        assert writer.stdout.readline().startswith("ready")
        assert writer.stdout.readline() == "warm\n"
    for writer in writers:
        writer.stdin.write("begin\n")
        writer.stdin.flush()


def turns_of(session):
    """Whose turn it was, in the order of the chain."""
    query = select(AuditEntry).where(col(AuditEntry.action) == "tick").order_by(col(AuditEntry.sequence))
    return [json.loads(entry.codes)["writer"] for entry in session.execute(query).scalars()]


def first_to_finish(order):
    """How many turns were had when somebody had all of theirs."""
    had = Counter()
    for count, writer in enumerate(order, 1):
        had[writer] += 1
        if had[writer] == TURNS:
            return count
    raise AssertionError("nobody had all turns")


def test_what_was_acknowledged_survives_a_killed_writer(database, migrated, request):
    """kill -9 in the middle of transactions: acknowledged referrals are there, whole; the chains have no gap."""
    rounds = 20 if request.config.getoption("--prove") else 3
    with transaction() as session:
        loop = make_loop(session)
    acknowledged: list[UUID] = []
    source = random.Random(7)

    for _round in range(rounds):
        writer = started(migrated, "refer", loop.clinic.id, loop.person.id, loop.service.id)
        assert writer.stdout is not None
        wanted = source.randrange(2, 8)
        lines = [writer.stdout.readline() for _n in range(wanted + 1)][1:]
        writer.kill()
        lines += writer.stdout.read().split("\n")
        writer.communicate()
        acknowledged += [UUID(line.strip()) for line in lines if len(line.strip()) == 36]

    with reading() as session:
        there = set(session.execute(select(col(Referral.id))).scalars())
        assert set(acknowledged) <= there
        assert len(there) <= len(acknowledged) + rounds
        for model in (ReferralTask, TaskHistory, Release):
            assert Counter(session.execute(select(col(model.referral_id))).scalars()) == Counter(there), model
        lines_of = Counter(session.execute(select(col(WorklistItem.referral_id))).scalars())
        assert set(lines_of) == there and set(lines_of.values()) == {2}
        assert events.verify(session).faults == ()
