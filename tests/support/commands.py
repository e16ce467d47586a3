"""Commands of the exchange as processes of their own."""

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from cie.settings import Settings

START_SECONDS = 60
LOADED = multiprocessing.get_context("forkserver")
LOADED.set_forkserver_preload(["cie.cli"])
"""Starts processes that have loaded the program already: most of what a short command costs is to load it."""
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
    with TemporaryDirectory() as folder:
        streams = [Path(folder, name) for name in ("in", "out", "err")]
        streams[0].write_text(given)
        process = LOADED.Process(target=_become, args=(arguments, env, streams))
        process.start()
        process.join(START_SECONDS)
        if process.is_alive():
            process.kill()
            raise subprocess.TimeoutExpired(arguments, START_SECONDS)
        out, err = (stream.read_text() for stream in streams[1:])
        return subprocess.CompletedProcess(arguments, process.exitcode or 0, out, err)


def _become(arguments: tuple[str, ...], env: dict[str, str], streams: list[Path]) -> None:
    """This process is the command from now on."""
    from cie.cli import main

    os.environ.clear()
    os.environ.update(env)
    for number, stream in enumerate(streams):
        os.dup2(os.open(stream, os.O_RDWR | os.O_CREAT), number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - it is the command's own until it ends
    sys.argv = ["cie", *arguments]
    main()


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
        # a thread may end while it is looked at
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in map(int, task.read_text().split()):
                found += [child, *children_of(child)]
    return found
