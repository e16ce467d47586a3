"""Processes that die with the one that started them, and children that are started again when they end."""

import logging
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

POLL_SECONDS = 0.5
START_AGAIN_SECONDS = 2.0
GRACE_SECONDS = 30.0

log = logging.getLogger("cie.processes")


def exit_with_parent(parent: int | None = None) -> None:
    """End this process soon after its parent ends, however that ended, so that none is left serving old code.

    `parent` is its id as the parent gave it, so that one that ended while this process was starting is noticed, too.
    """
    parent = parent or os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            threading.Event().wait(POLL_SECONDS)
        os._exit(0)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


@contextmanager
def kept_running(commands: Sequence[Sequence[str]]) -> Iterator[None]:
    """Keep these commands running while the block runs: one that ends is started again.

    At the end each is asked to stop, and made to stop when it has not after half a minute.
    """
    stop = threading.Event()
    # started here and not in the threads: the server forks next, and would inherit what is half done
    children = [(command, _start(command)) for command in commands]
    keepers = [threading.Thread(target=_keep_running, args=(*child, stop), daemon=True) for child in children]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        stop.set()
        for keeper in keepers:
            keeper.join()


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command)  # noqa: S603 - only our own commands are given


def _keep_running(command: Sequence[str], child: "subprocess.Popen[bytes]", stop: threading.Event) -> None:
    while not stop.wait(POLL_SECONDS):
        if child.poll() is None:
            continue
        log.warning("a process ended and is started again", extra={"result": child.returncode})
        if not stop.wait(START_AGAIN_SECONDS):
            child = _start(command)
    _end(child)


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
