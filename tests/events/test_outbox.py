"""The rules of the one outbox, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import select

from cie import events
from cie.access import Role
from cie.db import reading, transaction
from cie.errors import NotAllowed, NotFound, NotPossibleNow
from cie.events import DeliveryState, Outbox, Outcome
from cie.events.outbox import LEASE, MAXIMUM_ATTEMPTS, retry_delay
from tests.factories import NOON, add, make_participant, staff_of

SOON = timedelta(minutes=1)
ORGANIZATION = UUID(int=7)
_dedup = count()


class Listening:
    """A deliverer that remembers what it was told of results."""

    def __init__(self):
        self.told = []

    def settled(self, session, row, outcome, *, at):
        self.told.append(outcome)


def queue(session, key="phone:a", **fields):
    values = {
        "organization_id": ORGANIZATION,
        "kind": "text",
        "destination_id": UUID(int=1),
        "order_key": key,
        "dedup_key": f"row-{next(_dedup)}",
        "due_at": NOON,
        "created_at": NOON,
    }
    return add(session, Outbox(**{**values, **fields}))


def claim(session, *, at=NOON, limit=10, kinds=("text",)):
    claimed = events.claim(session, kinds, at=at, limit=limit)
    session.flush()
    return claimed


def settle(session, claimed, state, result="", *, at=NOON, **more):
    return events.settle(session, claimed, Outcome(state, result, **more), Listening(), at=at)


def ids(claimed):
    return {row.id for row in claimed}


class TestClaim:
    def test_the_oldest_row_of_a_key_goes_first(self, session):
        first, _second = queue(session), queue(session)

        assert ids(claim(session)) == {first.id}

    def test_different_keys_go_at_the_same_time(self, session):
        rows = [queue(session, key) for key in ("phone:a", "phone:b", "answer:c")]

        assert ids(claim(session)) == {row.id for row in rows}

    def test_a_claimed_row_holds_back_younger_ones_until_it_is_settled(self, session):
        first, second = queue(session), queue(session)
        (claimed,) = claim(session)

        assert claim(session) == []
        settle(session, claimed, DeliveryState.SENT, reference="SM1")
        assert ids(claim(session)) == {second.id}
        assert first.reference == "SM1"

    def test_a_row_awaiting_a_retry_holds_back_younger_ones(self, session):
        first, _second = queue(session), queue(session)
        settle(session, *claim(session), DeliveryState.RETRY)

        assert claim(session) == []
        assert ids(claim(session, at=first.due_at)) == {first.id}

    def test_a_row_that_only_waits_for_its_first_time_holds_back_none(self, session):
        _later, now = queue(session, due_at=NOON + SOON), queue(session)

        assert ids(claim(session)) == {now.id}

    def test_an_older_one_whose_time_comes_waits_for_the_younger_in_hand(self, session):
        later, now = queue(session, due_at=NOON + SOON / 2), queue(session)
        (claimed,) = claim(session)

        assert claimed.id == now.id
        assert claim(session, at=NOON + SOON / 2) == []
        settle(session, claimed, DeliveryState.SENT, at=NOON + SOON / 2)
        assert ids(claim(session, at=NOON + SOON / 2)) == {later.id}

    def test_a_row_put_off_to_another_hour_holds_back_none(self, session):
        first, second = queue(session), queue(session)
        settle(session, *claim(session), DeliveryState.WAITING, due_at=NOON + SOON)

        assert ids(claim(session)) == {second.id}
        assert (first.due_at, first.attempts) == (NOON + SOON, 0)

    @pytest.mark.parametrize("state", [DeliveryState.DEAD, DeliveryState.UNCERTAIN, DeliveryState.DROPPED])
    def test_a_dead_letter_frees_its_key(self, session, state):
        _first, second = queue(session), queue(session)
        settle(session, *claim(session), state)

        assert ids(claim(session)) == {second.id}

    def test_nothing_goes_before_it_is_due(self, session):
        queue(session, due_at=NOON + SOON)

        assert claim(session) == []

    def test_what_this_process_cannot_deliver_is_left_to_another(self, session):
        queue(session, kind="webhook")

        assert claim(session) == []
        assert len(claim(session, kinds=("webhook",))) == 1

    def test_the_longest_waiting_goes_first(self, session):
        queue(session, "phone:a")
        late = queue(session, "phone:b", due_at=NOON - SOON)

        assert ids(claim(session, limit=1)) == {late.id}

    def test_the_history_of_what_went_is_not_read(self, session):
        """Or each look for something to do would take the longer, the longer the exchange has been at work."""
        if session.get_bind().dialect.name != "sqlite":
            pytest.skip("PostgreSQL plans by what it counted, and there is little to count")
        asked = []
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *said: asked.append(said[2:4]))

        claim(session)

        (statement, values) = asked[0]
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
        assert "ix_outbox_open" in plan and "ix_outbox_order" in plan


class TestLease:
    def test_a_row_whose_lease_ended_is_taken_over_and_known_to_be_interrupted(self, session):
        queue(session)
        (first,) = claim(session)

        assert claim(session, at=NOON + LEASE - timedelta(seconds=1)) == []
        (second,) = claim(session, at=NOON + LEASE)
        assert (first.interrupted, second.interrupted) == (False, True)

    def test_who_was_taken_over_can_no_longer_settle(self, session):
        row = queue(session)
        (slow,) = claim(session)
        (quick,) = claim(session, at=NOON + LEASE)

        assert not settle(session, slow, DeliveryState.DEAD)
        assert settle(session, quick, DeliveryState.SENT)
        assert row.state == DeliveryState.SENT

    def test_an_uncertain_attempt_makes_the_next_one_look_first(self, session):
        row = queue(session)
        settle(session, *claim(session), DeliveryState.RETRY, "uncertain")

        (again,) = claim(session, at=row.due_at)
        assert again.interrupted

    def test_a_certain_failure_does_not(self, session):
        row = queue(session)
        settle(session, *claim(session), DeliveryState.RETRY, "gateway away")

        (again,) = claim(session, at=row.due_at)
        assert not again.interrupted


class TestRetry:
    def test_it_waits_longer_each_time_up_to_a_quarter_of_an_hour(self):
        delays = [retry_delay(n).total_seconds() for n in (1, 2, 3, 50, 100_000)]

        assert 15 <= delays[0] <= 19 < 30 <= delays[1] <= 38 < 60 <= delays[2] <= 75
        assert all(900 <= delay <= 1125 for delay in delays[3:])

    def test_retries_spread(self):
        assert len({retry_delay(3) for _n in range(20)}) > 10

    def test_a_night_without_the_gateway_loses_nothing(self):
        least = sum(15 * 2**n if n < 6 else 900 for n in range(MAXIMUM_ATTEMPTS - 1))

        assert least > timedelta(hours=20).total_seconds()

    @pytest.mark.parametrize(
        ("result", "state"),
        [("gateway away", DeliveryState.DEAD), ("uncertain", DeliveryState.UNCERTAIN)],
    )
    def test_after_the_last_attempt_a_person_must_look(self, session, result, state):
        row = queue(session, attempts=MAXIMUM_ATTEMPTS - 1)

        settle(session, *claim(session), DeliveryState.RETRY, result)

        assert row.state == state
        assert [r.id for r in events.stuck_deliveries(session, ORGANIZATION)] == [row.id]


class TestResend:
    def stuck(self, session, state, result=""):
        lantern = make_participant(session)
        row = queue(session, organization_id=lantern.id)
        settle(session, *claim(session), state, result)
        return lantern, row

    def test_a_supervisor_sends_a_dead_letter_again(self, session):
        lantern, row = self.stuck(session, DeliveryState.DEAD, "refused rate")

        events.resend(session, staff_of(lantern, Role.SUPERVISOR), row.id, at=NOON)

        session.flush()
        (again,) = claim(session)
        assert (again.id, again.attempts, again.interrupted) == (row.id, 1, False)
        assert events.stuck_deliveries(session, lantern.id) == []

    def test_an_uncertain_one_is_looked_up_before_it_is_sent_again(self, session):
        lantern, row = self.stuck(session, DeliveryState.UNCERTAIN, "uncertain")

        events.resend(session, staff_of(lantern, Role.SUPERVISOR), row.id, at=NOON)

        session.flush()
        (again,) = claim(session)
        assert again.interrupted

    def test_a_caseworker_cannot_and_a_stranger_does_not_learn_of_it(self, session):
        lantern, row = self.stuck(session, DeliveryState.DEAD)

        with pytest.raises(NotAllowed):
            events.resend(session, staff_of(lantern), row.id, at=NOON)
        with pytest.raises(NotFound):
            events.resend(session, staff_of(UUID(int=99), Role.SUPERVISOR), row.id, at=NOON)

    def test_only_what_is_stuck(self, session):
        lantern, row = self.stuck(session, DeliveryState.SENT)

        with pytest.raises(NotPossibleNow):
            events.resend(session, staff_of(lantern, Role.SUPERVISOR), row.id, at=NOON)
        with pytest.raises(NotFound):
            events.resend(session, staff_of(lantern, Role.SUPERVISOR), UUID(int=3), at=NOON)


class TestQueueAge:
    def test_it_is_that_of_the_oldest_row_that_could_go(self, session):
        queue(session, due_at=NOON - 2 * SOON)
        queue(session, "phone:b", due_at=NOON + SOON)

        assert events.queue_age_seconds(session, at=NOON) == 120

    def test_rows_that_wait_for_the_other_side_do_not_count(self, session):
        queue(session)
        queue(session)
        settle(session, *claim(session), DeliveryState.RETRY)

        assert events.queue_age_seconds(session, at=NOON + timedelta(seconds=10)) == 0

    def test_an_empty_queue_has_none(self, session):
        assert events.queue_age_seconds(session, at=NOON) == 0


class TestQueue:
    def put(self, session, dedup_key="tell:1"):
        events.queue(
            session,
            kind="text",
            organization_id=ORGANIZATION,
            destination_id=UUID(int=1),
            order_key="phone:a",
            dedup_key=dedup_key,
            due_at=NOON,
        )

    def rows(self):
        with reading() as session:
            return session.exec(select(Outbox)).all()

    def test_the_same_thing_is_queued_once_in_one_change_and_in_two(self, database):
        with transaction() as session:
            self.put(session)
            self.put(session)
        with transaction() as session:
            self.put(session)

        assert [row.dedup_key for row in self.rows()] == ["tell:1"]

    def test_a_change_that_rolls_back_queues_nothing(self, database):
        with pytest.raises(RuntimeError), transaction() as session:
            self.put(session)
            raise RuntimeError

        assert self.rows() == []

    def test_two_workers_at_once_take_each_row_once(self, database):
        with transaction() as session:
            for number in range(20):
                queue(session, f"phone:{number}")

        taken = _claimed_by_threads(4)

        assert sorted(taken) == sorted(row.id for row in self.rows())


def _claimed_by_threads(threads):
    def take_all(_n):
        mine = []
        while True:
            with transaction() as session:
                claimed = events.claim(session, ["text"], at=NOON)
            if not claimed:
                return mine
            mine += [row.id for row in claimed]

    with ThreadPoolExecutor(threads) as pool:
        return [id for mine in pool.map(take_all, range(threads)) for id in mine]
