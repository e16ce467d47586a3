"""The fair write lock of SQLite: writers queue instead of racing.

SQLite's own busy wait is not fair and starves writers. A thread lock orders the threads of a process, then
`flock` on a file beside the database orders the processes. The file is opened by each process for itself,
since a descriptor inherited over fork would share the lock.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cie.errors import Busy

BUSY_WORDS = "We cannot save right now. Try again in a minute."
_POLL_SECONDS = 0.002


class WriteLock:
    """One writer at a time; `Busy` when the turn does not come within `wait_seconds`."""

    def __init__(self, path: Path, wait_seconds: float) -> None:
        self._path = path
        self._wait_seconds = wait_seconds
        self._thread_lock = threading.Lock()
        self._descriptor = -1
        self._owner_pid = 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock for the length of one write transaction."""
        deadline = time.monotonic() + self._wait_seconds
        if not self._thread_lock.acquire(timeout=self._wait_seconds):
            raise Busy(BUSY_WORDS)
        try:
            descriptor = self._open()
            self._wait_for(descriptor, deadline)
            try:
                yield
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            self._thread_lock.release()

    def close(self) -> None:
        """Give the file back; whoever takes a turn later opens it again."""
        with self._thread_lock:
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
                time.sleep(_POLL_SECONDS)
