"""A whole exchange as an operator starts it: real processes, a database of its own, on ports of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Exchange:
    """A running demo: its address, its folder, and the environment of its commands."""

    url: str
    folder: Path
    env: dict[str, str]

    def cie(self, *arguments: str) -> str:
        """Run a command of the exchange; its output. Raises CalledProcessError."""
        command = [sys.executable, "-m", "cie", *arguments]
        return subprocess.run(command, env=self.env, check=True, capture_output=True, text=True).stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_exchange(folder: Path, database_url: str = "", **more: str) -> Exchange:
    """A demo made and seeded in `folder`, not yet served; `more` of its environment."""
    port, sandbox_port = free_port(), free_port()
    env = {
        **os.environ,
        "CIE_ENV": "demo",
        "CIE_INSTANCE": str(folder),
        "CIE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CIE_SANDBOX_URL": f"http://127.0.0.1:{sandbox_port}",
        "CIE_DATABASE_URL": database_url or f"sqlite:///{folder}/cie.db",
        **more,
    }
    exchange = Exchange(f"http://127.0.0.1:{port}", folder, env)
    exchange.cie("db", "upgrade")
    exchange.cie("seed")
    return exchange


@contextmanager
def served(exchange: Exchange) -> Iterator["subprocess.Popen[bytes]"]:
    """Serve web and worker until the block ends; the process that holds them all."""
    with (exchange.folder / "log").open("ab") as log:
        command = [sys.executable, "-m", "cie", "serve", "--worker", "--port", exchange.url.rpartition(":")[2]]
        process = subprocess.Popen(command, env=exchange.env, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_until_ready(exchange, process)
            yield process
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)


@contextmanager
def running_exchange(folder: Path, database_url: str = "") -> Iterator[Exchange]:
    """Make, seed and serve a demo in `folder`, and stop it at the end."""
    exchange = make_exchange(folder, database_url)
    with served(exchange):
        yield exchange


def _wait_until_ready(exchange: Exchange, process: "subprocess.Popen[bytes]") -> None:
    """The web is up, and the sandbox that comes after it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not all(_answers(exchange.url + path) for path in ("/readyz", "/sandbox/phone")):
        log = (exchange.folder / "log").read_text()
        assert process.poll() is None and time.monotonic() < deadline, f"the exchange did not start: {log}"
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
