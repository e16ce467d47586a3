"""A PostgreSQL server that belongs to one test run: made in a temporary folder, on a socket, thrown away after."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def _binary(name: str) -> str:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / name).exists():
            return str(folder / name)
    found = shutil.which(name)
    if not found:
        raise RuntimeError("PostgreSQL is not installed; run: apt-get install postgresql")
    return found


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a running server, as a SQLAlchemy URL without a database name."""
    as_root = os.geteuid() == 0
    folder = Path(tempfile.mkdtemp(prefix="cie-pg-", dir="/tmp"))
    if as_root:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    name = "postgres" if as_root else pwd.getpwuid(os.geteuid()).pw_name

    def run(*command: str) -> None:
        prefix = ["runuser", "-u", "postgres", "--"] if as_root else []
        subprocess.run([*prefix, *command], check=True, stdout=subprocess.DEVNULL, cwd="/tmp")

    data = str(folder / "data")
    run(_binary("initdb"), "-D", data, "-A", "trust", "-U", name, "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=60"
    run(_binary("pg_ctl"), "-D", data, "-w", "-o", options, "-l", str(folder / "log"), "start")
    try:
        yield f"postgresql+psycopg://{name}@/{{name}}?host={folder}"
    finally:
        run(_binary("pg_ctl"), "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
