"""Commands of the exchange as processes of their own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cie.settings import Settings

START_SECONDS = 60
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("CIE_", "TWILIO_"))}


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """The environment in which a command uses the same database and keys as the test."""
    values = {
        "CIE_ENV": "test",
        "CIE_INSTANCE": str(settings.instance),
        "CIE_DATABASE_URL": settings.database_url,
        "CIE_SECRET_KEY": settings.secret_key.get_secret_value(),
        "CIE_DATA_KEYS": settings.data_keys.get_secret_value(),
        "CIE_TEXT_HOURS": "0-24",
        "CIE_LOCK_WAIT_SECONDS": "1",
    }
    return {**CLEAN, **values, **more}


def cie(*arguments: str, env: dict[str, str], given: str = "") -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    command = [sys.executable, "-m", "cie", *arguments]
    return subprocess.run(command, env=env, input=given, capture_output=True, text=True, timeout=START_SECONDS)


@contextmanager
def running(*arguments: str, env: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A command that runs until the block ends; what it printed is in `log`."""
    with log.open("ab") as out:
        process = subprocess.Popen([sys.executable, "-m", "cie", *arguments], env=env, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(holds: Callable[[], object], *, seconds: float = START_SECONDS, otherwise: str = "it did not happen") -> None:
    """Wait until something holds. Fails the test when it does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """A process runs; one that ended and was not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children_of(pid: int) -> list[int]:
    """The processes that a process started, and those that they started."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children_of(child)]
    return found
