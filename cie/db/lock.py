"""The fair write lock of SQLite: writers queue instead of racing.

SQLite's own busy wait is not fair and starves writers. A thread lock orders the threads of a process, then
`flock` on a file beside the database orders the processes. Neither keeps a queue: who lets go and asks again
would be back before any other has looked. So both stand behind a waiting place that holds one; who has just
written finds it taken.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cie.errors import Busy

BUSY_WORDS = "We cannot save right now. Try again in a minute."
# the one who is next looks more often, for the lock lies unused until then
_POLL_SECONDS = 0.002
_NEXT_SECONDS = 0.0003


class WriteLock:
    """One writer at a time; `Busy` when the turn does not come within `wait_seconds`."""

    def __init__(self, path: Path, wait_seconds: float) -> None:
        self._wait_seconds = wait_seconds
        self._threads = _ThreadLock(), _ThreadLock()
        self._processes = _FileLock(path.with_name(f"{path.name}.next"), _POLL_SECONDS), _FileLock(path, _NEXT_SECONDS)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock for the length of one write transaction."""
        deadline = time.monotonic() + self._wait_seconds
        with ExitStack() as stack:
            for waiting_place, lock in (self._threads, self._processes):
                with waiting_place.held(deadline):
                    stack.enter_context(lock.held(deadline))
            yield

    def close(self) -> None:
        """Give the files back; whoever takes a turn later opens them again."""
        with self._threads[1].held(time.monotonic() + self._wait_seconds):
            for lock in self._processes:
                lock.close()


class _ThreadLock:
    """A lock between the threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def held(self, deadline: float) -> Iterator[None]:
        """Hold the lock, waiting until `deadline` (`time.monotonic`), then `Busy`."""
        if not self._lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise Busy(BUSY_WORDS)
        try:
            yield
        finally:
            self._lock.release()


class _FileLock:
    """A lock between processes, which the end of a process frees.

    The file is opened by each process for itself, since a descriptor inherited over fork would share the lock.
    """

    def __init__(self, path: Path, poll_seconds: float) -> None:
        self._path = path
        self._poll_seconds = poll_seconds
        self._descriptor = -1
        self._owner_pid = 0

    @contextmanager
    def held(self, deadline: float) -> Iterator[None]:
        """Hold the lock, waiting until `deadline` (`time.monotonic`), then `Busy`."""
        descriptor = self._open()
        self._wait_for(descriptor, deadline)
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._owner_pid == os.getpid():
            os.close(self._descriptor)
        self._owner_pid = 0

    def _open(self) -> int:
        if self._owner_pid != os.getpid():
            try:
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise Busy(BUSY_WORDS) from error
            self._owner_pid = os.getpid()
        return self._descriptor

    def _wait_for(self, descriptor: int, deadline: float) -> None:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise Busy(BUSY_WORDS) from error
                time.sleep(self._poll_seconds)
