"""The worker process: one scheduler by lock, several deliverers, a graceful stop."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from cie import messaging
from cie.db import current
from cie.db.lock import WriteLock
from cie.errors import Busy
from cie.events import Deliverer
from cie.jobs.building import Builder
from cie.jobs.delivery import deliver_next
from cie.jobs.exporting import Exporter, take_away_old_exports
from cie.jobs.schedule import (
    end_emergencies,
    end_what_people_allowed_until_yesterday,
    forget_what_has_passed,
    look_after_late_answers,
    return_what_nobody_took,
)

log = logging.getLogger("cie.worker")
IDLE_SECONDS = 0.5
AWAY_SECONDS = 5.0
SCHEDULER_LOCK = 20260001
HALF_A_MINUTE = timedelta(seconds=30)
BY_THE_CLOCK: tuple[tuple[Callable[[], None], timedelta], ...] = (
    (look_after_late_answers, HALF_A_MINUTE),
    (return_what_nobody_took, HALF_A_MINUTE),
    (end_emergencies, timedelta(minutes=1)),
    (take_away_old_exports, timedelta(minutes=1)),
    (end_what_people_allowed_until_yesterday, timedelta(minutes=10)),
    (forget_what_has_passed, timedelta(hours=1)),
)
"""What is done how often."""
TO_PEOPLE = frozenset({messaging.KIND})

StillHeld = Callable[[], bool]
Tend = Callable[[datetime], None]
Turn = Callable[[], AbstractContextManager[StillHeld | None]]
"""Whether this process schedules: gives a question to ask again now and then, or None when another one does."""


def run_worker(
    deliverers: Mapping[str, Deliverer], exporter: Exporter, builder: Builder, tend: Tend, *, threads: int
) -> None:
    """Deliver, make exports and what is read over FHIR, and schedule until asked to stop; what is in hand is finished
    first. `tend`: what the clock does to subscriptions.
    """
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    deliveries = [partial(deliver_next, share) for share in shares(deliverers, threads)]
    steps = [*deliveries, exporter.make_next, builder.make_next]
    workers = [threading.Thread(target=_work_until, args=(step, stop)) for step in steps]
    for thread in workers:
        thread.start()
    turn = _scheduler_turn()
    while not stop.is_set():
        _survives(lambda: _take_a_turn(turn, tend, stop))()
        stop.wait(AWAY_SECONDS)
    for thread in workers:
        thread.join()


def shares(deliverers: Mapping[str, Deliverer], threads: int) -> list[Mapping[str, Deliverer]]:
    """What each thread delivers: one of several is kept for people, since the machines of others may be slow."""
    to_people = {kind: each for kind, each in deliverers.items() if kind in TO_PEOPLE}
    return [deliverers] * (threads - 1) + [to_people if threads > 1 else deliverers]


def _work_until(step: Callable[[], bool], stop: threading.Event) -> None:
    """Do one step after the other; a step says whether there was anything to do."""
    found = False

    def take() -> None:
        nonlocal found
        found = step()

    take_or_log = _survives(take)
    while not stop.is_set():
        if not take_or_log():
            stop.wait(AWAY_SECONDS)
        elif not found:
            stop.wait(IDLE_SECONDS)


def _take_a_turn(turn: Turn, tend: Tend, stop: threading.Event) -> None:
    """Schedule for as long as no other process does."""
    with turn() as still_held:
        if still_held is not None:
            _schedule_while(still_held, tend, stop)


def _schedule_while(still_held: StillHeld, tend: Tend, stop: threading.Event) -> None:
    scheduler = BackgroundScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})
    for job, every in ((lambda: tend(datetime.now(UTC)), HALF_A_MINUTE), *BY_THE_CLOCK):
        # first at once: what came due while no worker ran is late already
        scheduler.add_job(_survives(job), "interval", seconds=every.seconds, next_run_time=datetime.now(UTC))
    scheduler.start()
    log.info("this worker schedules")
    try:
        while still_held() and not stop.wait(AWAY_SECONDS):
            pass
    finally:
        scheduler.shutdown(wait=True)


def _survives(job: Callable[[], object]) -> Callable[[], bool]:
    """The job as one that never ends its thread; returns whether it went well."""

    def run() -> bool:
        try:
            job()
        except (Busy, DBAPIError):
            log.warning("the database is away")
        except Exception:
            log.exception("a job broke")
        else:
            return True
        return False

    return run


def _scheduler_turn() -> Turn:
    database = current()
    if not database.is_sqlite:
        return _by_connection
    # one lock for the life of the process, since each opens a file of its own
    lock = WriteLock(Path(f"{database.engine.url.database}.scheduler"), wait_seconds=0.1)
    return lambda: _by_file(lock)


@contextmanager
def _by_file(lock: WriteLock) -> Iterator[StillHeld | None]:
    """The turn to schedule beside SQLite: a lock file, which the end of a process frees."""
    with ExitStack() as stack:
        try:
            stack.enter_context(lock.held())
        except Busy:
            yield None
        else:
            yield lambda: True


@contextmanager
def _by_connection() -> Iterator[StillHeld | None]:
    """The turn to schedule on PostgreSQL: an advisory lock, which lives as long as its connection."""
    with current().reader.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            locked = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": SCHEDULER_LOCK}).scalar()
            yield (lambda: _answers(connection)) if locked else None
        finally:
            # back in the pool it would keep the lock
            connection.invalidate()


def _answers(connection: Connection) -> bool:
    connection.execute(text("SELECT 1"))
    return True
