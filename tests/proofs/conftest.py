"""A served exchange of four web processes and two workers, which several proofs share."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from cie.app import compose
from cie.db import configure, current
from cie.settings import Settings
from tests.conftest import BACKENDS, KEYS, settings_for
from tests.support.commands import children_of
from tests.support.exchange import Exchange, make_exchange, served
from tests.support.postgres import own_postgres

WEB_PROCESSES, WORKERS = 4, 2
WEB_LIVES_SECONDS = 7.0
"""The server gives up on processes that die again sooner."""


@dataclass
class Many:
    """The exchange, the settings with which this process looks into its database, and the process that holds all."""

    exchange: Exchange
    settings: Settings
    process: "subprocess.Popen[bytes]"
    web_until: float = 0.0

    def settle(self) -> None:
        """Waits until the processes that answer have lived so long that the server will start others after them."""
        time.sleep(max(0.0, self.web_until + WEB_LIVES_SECONDS - time.monotonic()))

    def kill_web(self) -> None:
        """kill -9 of each process that answers requests; the server starts others. `settle` comes before."""
        for pid in self.web_processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.web_until = time.monotonic()

    def web_processes(self) -> list[int]:
        return [pid for pid in children_of(self.process.pid) if "serve" in _words(pid)]


def _words(pid: int) -> list[str]:
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return []


@contextmanager
def second_worker(exchange: Exchange) -> Iterator[None]:
    """One more `cie worker` beside the one that is served."""
    with (exchange.folder / "second.log").open("ab") as log:
        command = [sys.executable, "-m", "cie", "worker"]
        process = subprocess.Popen(command, env=exchange.env, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)


@pytest.fixture(scope="package", params=BACKENDS)
def served_by_many(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Many]:
    folder = tmp_path_factory.mktemp("many")
    with ExitStack() as stack:
        server = stack.enter_context(own_postgres()) if request.param == "postgresql" else None
        url = server.url.format(name="postgres") if server else f"sqlite:///{folder}/cie.db"
        keys = {"CIE_SECRET_KEY": KEYS["secret_key"], "CIE_DATA_KEYS": KEYS["data_keys"]}
        exchange = make_exchange(folder, url, CIE_WEB_WORKERS=str(WEB_PROCESSES), **keys)
        process = stack.enter_context(served(exchange))
        stack.enter_context(second_worker(exchange))
        assert len(children_of(process.pid)) >= WEB_PROCESSES + WORKERS - 1
        yield Many(exchange, settings_for(url, folder), process)


@pytest.fixture
def many(served_by_many: Many) -> Iterator[Many]:
    """The exchange, into whose database this process may look."""
    configure(served_by_many.settings)
    compose(served_by_many.settings)
    yield served_by_many
    current().engine.dispose()
