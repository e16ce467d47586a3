"""Many writers at once, and writers that end in the middle: nothing twice, nobody starved, nothing half written."""

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
from cie.participants import Participant
from cie.referrals import Referral, ReferralTask, TaskHistory, WorklistItem
from tests.factories import NOON, make_loop, make_participant
from tests.support.writers import finished, started

PROCESSES = 4


def test_fifty_repeats_of_one_key_have_one_effect(database, migrated):
    with transaction() as session:
        client = make_participant(session)

    writers = [started(migrated, "once", client.id, "the-key", 4, 4) for _n in range(PROCESSES)]
    told = [line for writer in writers for line in finished(writer)[1:]]

    assert len(told) >= 50 and len(set(told)) == 1
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
    """Four processes of four threads each: every one of them writes, nobody waits past the deadline."""
    if not database.is_sqlite:
        pytest.skip("PostgreSQL orders its writers itself")
    with transaction() as session:
        participant = make_participant(session)

    writers = [started(migrated, "write", participant.id, 2, 4, CIE_LOCK_WAIT_SECONDS="15") for _n in range(PROCESSES)]
    counts = [[int(word) for word in finished(writer)[1].split()] for writer in writers]

    threads, busy = [n for row in counts for n in row[:-1]], sum(row[-1] for row in counts)
    assert busy == 0
    assert min(threads) > 0 and max(threads) < 40 * min(threads), threads
    with reading() as session:
        report = events.verify(session)
        assert (report.entries, report.faults) == (sum(threads), ())


def test_what_was_acknowledged_survives_a_killed_writer(database, migrated, request):
    """kill -9 in the middle of transactions: acknowledged referrals are there, whole; the chains have no gap."""
    rounds = 20 if request.config.getoption("--prove") else 5
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
