"""A PostgreSQL server that belongs to one test run: made in a temporary folder, on a socket, thrown away after."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL

from tests.support.commands import children_of


def _binary(name: str) -> str:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / name).exists():
            return str(folder / name)
    found = shutil.which(name)
    if not found:
        raise RuntimeError("PostgreSQL is not installed; run: apt-get install postgresql")
    return found


class Server:
    """A server in a folder of its own, which can be stopped and started again."""

    def __init__(self) -> None:
        as_root = os.geteuid() == 0
        self.folder = Path(tempfile.mkdtemp(prefix="cie-pg-"))
        self._prefix = ["runuser", "-u", "postgres", "--"] if as_root else []
        name = "postgres" if as_root else pwd.getpwuid(os.geteuid()).pw_name
        if as_root:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        self.url = f"postgresql+psycopg://{name}@/{{name}}?host={self.folder}"
        options = ["-A", "trust", "-U", name, "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]
        self._run(_binary("initdb"), "-D", str(self.folder / "data"), *options)

    def _run(self, *command: str) -> None:
        subprocess.run([*self._prefix, *command], check=True, stdout=subprocess.DEVNULL, cwd="/tmp")

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c jit=off -c max_connections=60"
        log = str(self.folder / "log")
        self._run(_binary("pg_ctl"), "-D", str(self.folder / "data"), "-w", "-o", options, "-l", log, "start")

    def kill(self) -> None:
        """kill -9 of the server and of every process that it started."""
        postmaster = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        for pid in (postmaster, *children_of(postmaster)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        self._run(_binary("pg_ctl"), "-D", str(self.folder / "data"), "-m", "immediate", "stop")


def dump(url: URL) -> str:
    """Everything in one database, as `pg_dump` writes it."""
    command = [_binary("pg_dump"), "--inserts", url.set(drivername="postgresql").render_as_string(False)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@contextmanager
def own_postgres() -> Iterator[Server]:
    """A running server of one test alone."""
    server = Server()
    server.start()
    try:
        yield server
    finally:
        if (server.folder / "data" / "postmaster.pid").exists():
            server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a running server, as a SQLAlchemy URL without a database name."""
    with own_postgres() as server:
        yield server.url
