"""The worker as a real process against the pretend network as another, on both databases.

What counts is what the network carried: a text is delivered once, or visibly uncertain, never silently twice.
"""

import os
import signal
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import text as sql
from sqlmodel import create_engine, select

from cie import events, messaging, referrals, webhooks
from cie.access import Role
from cie.db import current, reading, transaction
from cie.events import AuditEntry, DeliveryState, Outbox
from cie.jobs.worker import shares
from cie.people import Person
from cie.referrals import Owed, WorklistItem
from tests.factories import make_consent, make_found, make_loop, make_participant, make_person, make_phone, staff_of
from tests.outbound.peer import is_silent, listening, says
from tests.support.commands import START_SECONDS, environment, running, until
from tests.support.sandbox import ACCOUNT_SID, AUTH_TOKEN, SERVICE_SID, receiving_app, running_sandbox
from tests.webhooks.setting import make_setting

NOW = datetime.now(UTC)
_numbers = count(5305552000)


@pytest.fixture(scope="module")
def text_door():
    with receiving_app() as app:
        yield app


@pytest.fixture(scope="module")
def running_network(text_door, tmp_path_factory):
    with running_sandbox(tmp_path_factory.mktemp("network"), text_door.url) as sandbox:
        yield sandbox


@pytest.fixture
def network(running_network):
    running_network.faults(remaining=0)
    return running_network


@pytest.fixture
def worker(migrated, database, network, text_door, tmp_path):
    """Starts workers; each is killed at the end."""
    env = environment(
        migrated,
        CIE_SANDBOX_URL=network.url,
        CIE_PUBLIC_URL=text_door.url,
        CIE_SMS_MESSAGING_SERVICE_SID=SERVICE_SID,
        TWILIO_ACCOUNT_SID=ACCOUNT_SID,
        TWILIO_AUTH_TOKEN=AUTH_TOKEN,
    )
    with ExitStack() as stack:
        numbers = count()

        def start(**more):
            log = tmp_path / f"worker-{next(numbers)}"
            process = stack.enter_context(running("worker", env={**env, **more}, log=log))
            process.log = log
            return process

        yield start


@pytest.fixture
def phones(database):
    """Makes persons who may be texted; gives their numbers."""

    def make(many=1):
        numbers = [f"+1{next(_numbers)}" for _n in range(many)]
        with transaction() as session:
            clinic = make_participant(session)
            for number in numbers:
                make_phone(session, make_person(session, clinic, language="en"), number, introduced_at=NOW)
        return numbers

    return make


def tell_everybody():
    with transaction() as session:
        for person in session.exec(select(Person)):
            messaging.tell(session, person, "help-started", person.id, at=NOW)


def rows():
    with reading() as session:
        return session.exec(select(Outbox)).all()


def states():
    return {row.state for row in rows()}


def time_passes():
    """As if leases had ended and the time of the next try had come."""
    with transaction() as session:
        for row in session.exec(select(Outbox)):
            row.due_at = NOW
            row.lease_until = NOW - timedelta(seconds=1) if row.lease_until else None
            session.add(row)


class TestKilled:
    def test_in_the_middle_of_a_delivery_the_text_still_goes_once(self, worker, network, phones):
        (number,) = phones()
        network.faults(hang_seconds=8, remaining=1)
        tell_everybody()
        killed = worker()
        until(lambda: network.bodies(number), otherwise="nothing was handed over")

        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
        assert states() == {DeliveryState.CLAIMED}
        time_passes()
        worker()
        until(lambda: states() == {DeliveryState.SENT}, otherwise="it was not found again")

        assert len(network.bodies(number)) == 1

    def test_in_the_middle_of_a_notice_it_goes_again_with_the_same_id(self, worker, database):
        with listening(is_silent) as first:
            setting = make_setting(first.url())
            setting.send()
            killed = worker()
            until(lambda: first.heard, otherwise="no notice came")
            os.kill(killed.pid, signal.SIGKILL)
            killed.wait()
        (row,) = setting.rows()
        time_passes()
        with listening(says(b"HTTP/1.1 204 Taken\r\n\r\n"), port=first.port) as second:
            worker()
            until(lambda: setting.states() == [("sent", "")], otherwise="it did not come again")

        assert row.state is DeliveryState.CLAIMED
        assert setting.read(first.heard) == setting.read(second.heard)
        assert [notice["id"] for notice in setting.read(second.heard)] == [str(row.id)]

    def test_before_it_was_handed_over_the_text_goes_once(self, worker, network, phones):
        (number,) = phones()
        tell_everybody()
        with transaction() as session:
            (row,) = session.exec(select(Outbox)).all()
            row.state, row.attempts, row.lease_until = DeliveryState.CLAIMED, 1, NOW - timedelta(seconds=1)
            session.add(row)

        worker()
        until(lambda: states() == {DeliveryState.SENT})

        assert len(network.bodies(number)) == 1

    @pytest.mark.skipif("not config.getoption('--prove')", reason="long: only with --prove")
    def test_many_times_over_no_text_goes_twice(self, worker, network, phones):
        numbers = phones(40)
        network.faults(hang_seconds=0.3, lose_answer=True, remaining=10_000)
        tell_everybody()
        for round_ in range(12):
            process = worker()
            until(lambda least=round_: sum(len(network.bodies(n)) for n in numbers) > least)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            time_passes()

        network.faults(remaining=0)
        worker()
        until(lambda: (time_passes(), states() == {DeliveryState.SENT})[1], seconds=120)

        assert [len(network.bodies(number)) for number in numbers] == [1] * 40


class TestStopped:
    def test_the_delivery_in_hand_is_finished_first(self, worker, network, phones):
        (number,) = phones()
        network.faults(hang_seconds=2, remaining=1)
        tell_everybody()
        process = worker()
        until(lambda: network.bodies(number))

        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=START_SECONDS) == 0
        assert states() == {DeliveryState.SENT}


class TestTwoWorkers:
    def test_each_text_goes_once_and_one_of_them_schedules(self, worker, network, phones):
        numbers = phones(30)
        workers = [worker(), worker()]
        until(lambda: _schedulers(workers) == 1)

        tell_everybody()
        until(lambda: states() == {DeliveryState.SENT})

        assert [len(network.bodies(number)) for number in numbers] == [1] * 30
        assert _schedulers(workers) == 1

    def test_when_the_one_that_schedules_is_killed_the_other_does(self, worker):
        workers = [worker()]
        until(lambda: _schedulers(workers) == 1)
        workers.append(worker())
        until(lambda: workers[1].log.exists())

        os.kill(workers[0].pid, signal.SIGKILL)
        workers[0].wait()

        until(lambda: _schedulers(workers[1:]) == 1)


def _schedulers(workers):
    return sum("this worker schedules" in worker.log.read_text() for worker in workers)


class TestClock:
    def test_an_open_request_that_nobody_took_in_time_goes_back_to_its_sender(self, worker, database):
        long_ago = NOW - timedelta(days=30)
        with transaction() as session:
            loop = make_loop(session)
            make_found(session, loop.service)
            make_consent(session, loop.person, given_at=long_ago)
            request = loop.request(service_ids=(), is_open=True)
            late = referrals.ask_openly(session, loop.navigator, request, previewed=None, at=long_ago)
            in_time = referrals.ask_openly(session, loop.navigator, request, previewed=None, at=datetime.now(UTC))

        process = worker()
        until(lambda: _returned_at(late), otherwise="it was not returned")
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=START_SECONDS)

        with reading() as session:
            line = session.get_one(WorklistItem, (loop.clinic.id, late.id))
            entry = session.exec(select(AuditEntry).where(AuditEntry.action == "referral.unclaimed")).one()
        assert (line.owed, line.group) == (Owed.US, "choose")
        assert (entry.subject_id, entry.actor_kind) == (late.id, "system")
        assert _returned_at(in_time) is None


def _returned_at(referral):
    with reading() as session:
        return session.get_one(referrals.Referral, referral.id).open_returned_at


class TestNetworkAway:
    def test_what_could_not_go_goes_when_it_is_back(self, worker, network, phones):
        (number,) = phones()
        tell_everybody()
        process = worker(CIE_SANDBOX_URL="http://127.0.0.1:9")
        until(lambda: states() == {DeliveryState.RETRY})
        process.terminate()
        process.wait()

        time_passes()
        worker()
        until(lambda: states() == {DeliveryState.SENT})

        assert len(network.bodies(number)) == 1
        assert rows()[0].attempts == 2


class TestRefused:
    def test_a_text_refused_for_good_is_a_dead_letter_that_a_person_sends_again(self, worker, network, phones):
        (number,) = phones()
        network.faults(refuse_code=21617, remaining=1)
        tell_everybody()
        worker()
        until(lambda: states() == {DeliveryState.DEAD})

        with transaction() as session:
            (row,) = events.stuck_deliveries(session, rows()[0].organization_id)
            events.resend(session, staff_of(row.organization_id, Role.SUPERVISOR), row.id, at=datetime.now(UTC))
        until(lambda: states() == {DeliveryState.SENT})

        assert len(network.bodies(number)) == 1


class TestDatabaseAway:
    def test_work_goes_on_when_it_is_back(self, worker, network, phones):
        (number,) = phones()
        process = worker()
        until(lambda: _schedulers([process]) == 1)
        with _database_away():
            until(lambda: "the database is away" in process.log.read_text())

        tell_everybody()
        until(lambda: states() == {DeliveryState.SENT})

        assert process.poll() is None
        assert len(network.bodies(number)) == 1


@contextmanager
def _database_away():
    """SQLite is locked by somebody who does not queue; PostgreSQL ends connections and takes no new ones."""
    database = current()
    if database.is_sqlite:
        with database.lock.held():
            yield
        return
    url = database.engine.url
    database.engine.dispose()
    admin = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sql(f"ALTER DATABASE {url.database} WITH ALLOW_CONNECTIONS false"))
        connection.execute(
            sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": url.database}
        )
        try:
            yield
        finally:
            connection.execute(sql(f"ALTER DATABASE {url.database} WITH ALLOW_CONNECTIONS true"))
    admin.dispose()


def test_slow_machines_of_others_hold_up_no_text():
    text, notice = object(), object()

    *others, kept = shares({messaging.KIND: text, webhooks.KIND: notice}, 3)

    assert kept == {messaging.KIND: text}
    assert others == [{messaging.KIND: text, webhooks.KIND: notice}] * 2
    assert shares({webhooks.KIND: notice}, 1) == [{webhooks.KIND: notice}]
