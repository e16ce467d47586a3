"""The worker process: one scheduler by lock, several deliverers, a graceful stop."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import text

from cie.db import current
from cie.db.lock import WriteLock
from cie.errors import Busy
from cie.events import Deliverer
from cie.jobs.delivery import deliver_due
from cie.jobs.schedule import forget_what_has_passed, look_after_late_answers

log = logging.getLogger("cie.worker")
IDLE_SECONDS = 0.5
AWAY_SECONDS = 5.0
SCHEDULER_LOCK = 20260001


def run_worker(deliverers: Mapping[str, Deliverer], *, threads: int, instance: Path) -> None:
    """Deliver and schedule until asked to stop; a delivery in hand is finished first."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    workers = [threading.Thread(target=_deliver_until, args=(deliverers, stop)) for _ in range(threads)]
    for thread in workers:
        thread.start()
    while not stop.is_set():
        with _alone(instance) as is_scheduler:
            if is_scheduler:
                _schedule_until(stop)
        stop.wait(AWAY_SECONDS)
    for thread in workers:
        thread.join()


def _deliver_until(deliverers: Mapping[str, Deliverer], stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            taken = deliver_due(deliverers)
        except Busy:
            log.warning("the database is away")
            stop.wait(AWAY_SECONDS)
            continue
        if not taken:
            stop.wait(IDLE_SECONDS)


def _schedule_until(stop: threading.Event) -> None:
    scheduler = BackgroundScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})
    scheduler.add_job(_survives(look_after_late_answers), "interval", seconds=30)
    scheduler.add_job(_survives(forget_what_has_passed), "interval", hours=1)
    scheduler.start()
    stop.wait()
    scheduler.shutdown(wait=True)


def _survives(job: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            job()
        except Busy:
            log.warning("the database is away; %s runs again later", job.__name__)

    return run


@contextmanager
def _alone(instance: Path) -> Iterator[bool]:
    """Whether this process schedules: by a lock file beside SQLite, by an advisory lock on PostgreSQL."""
    if current().is_sqlite:
        try:
            with WriteLock(instance / "scheduler.lock", wait_seconds=0.1).held():
                yield True
        except Busy:
            yield False
        return
    with current().engine.connect() as connection:
        locked = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": SCHEDULER_LOCK}).scalar()
        yield bool(locked)
