"""The worker process: one scheduler by lock, several deliverers, a graceful stop."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from cie.db import current
from cie.db.lock import WriteLock
from cie.errors import Busy
from cie.events import Deliverer
from cie.jobs.delivery import deliver_next
from cie.jobs.schedule import (
    end_emergencies,
    end_what_people_allowed_until_yesterday,
    forget_what_has_passed,
    look_after_late_answers,
)

log = logging.getLogger("cie.worker")
IDLE_SECONDS = 0.5
AWAY_SECONDS = 5.0
SCHEDULER_LOCK = 20260001

StillHeld = Callable[[], bool]
Turn = Callable[[], AbstractContextManager[StillHeld | None]]
"""Whether this process schedules: gives a question to ask again now and then, or None when another one does."""


def run_worker(deliverers: Mapping[str, Deliverer], *, threads: int) -> None:
    """Deliver and schedule until asked to stop; a delivery in hand is finished first."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    workers = [threading.Thread(target=_deliver_until, args=(deliverers, stop)) for _ in range(threads)]
    for thread in workers:
        thread.start()
    turn = _scheduler_turn()
    while not stop.is_set():
        _survives(lambda: _take_a_turn(turn, stop))()
        stop.wait(AWAY_SECONDS)
    for thread in workers:
        thread.join()


def _deliver_until(deliverers: Mapping[str, Deliverer], stop: threading.Event) -> None:
    taken = False

    def deliver() -> None:
        nonlocal taken
        taken = deliver_next(deliverers)

    deliver_or_log = _survives(deliver)
    while not stop.is_set():
        if not deliver_or_log():
            stop.wait(AWAY_SECONDS)
        elif not taken:
            stop.wait(IDLE_SECONDS)


def _take_a_turn(turn: Turn, stop: threading.Event) -> None:
    """Schedule for as long as no other process does."""
    with turn() as still_held:
        if still_held is not None:
            _schedule_while(still_held, stop)


def _schedule_while(still_held: StillHeld, stop: threading.Event) -> None:
    scheduler = BackgroundScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})
    scheduler.add_job(_survives(look_after_late_answers), "interval", seconds=30)
    scheduler.add_job(_survives(end_emergencies), "interval", minutes=1)
    scheduler.add_job(_survives(end_what_people_allowed_until_yesterday), "interval", minutes=10)
    scheduler.add_job(_survives(forget_what_has_passed), "interval", hours=1)
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
    with current().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            locked = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": SCHEDULER_LOCK}).scalar()
            yield (lambda: _answers(connection)) if locked else None
        finally:
            # back in the pool it would keep the lock
            connection.invalidate()


def _answers(connection: Connection) -> bool:
    connection.execute(text("SELECT 1"))
    return True
