"""`cie serve`, `cie worker`, `cie sandbox`, `cie doctor`."""

import socket
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import click
from granian import Granian
from granian.constants import Interfaces

from cie import events, jobs, participants
from cie.cli.start import start
from cie.db import current, reading
from cie.db.migrate import is_current
from cie.errors import CieError, NotPossibleNow
from cie.processes import exit_with_parent
from cie.settings import Settings, load_settings, problems

WORKER_THREADS = 3


@click.command()
@click.option("--worker", "with_worker", is_flag=True, help="Deliver and schedule, too, as a pilot does.")
@click.option("--port", type=int, default=8000, envvar="PORT")
@click.option("--host", default="127.0.0.1")
def serve(with_worker: bool, port: int, host: str) -> None:
    """Serve the web."""
    settings, _composition = start()
    refuse_taken_port(host, port)
    if not is_current(current()):
        raise NotPossibleNow("the database is behind; run `cie db upgrade`")
    children = []
    if settings.sms_gateway == "sandbox":
        children.append(_spawn("sandbox"))
    if with_worker:
        children.append(_spawn("worker"))
    try:
        _web(settings, host, port).serve()
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait()


def _spawn(command: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "cie", command])  # noqa: S603 - our own interpreter and module


def _web(settings: Settings, host: str, port: int) -> Any:
    server: Any = Granian(
        "cie.server:create",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.web_workers,
        blocking_threads=4,
        factory=True,
        log_access=False,
        websockets=False,
        respawn_failed_workers=True,
    )
    return server


def refuse_taken_port(host: str, port: int) -> None:
    """Do not start beside another server that answers on this port. Raises NotPossibleNow."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex((host, port)) == 0:
            raise NotPossibleNow(f"something already answers on port {port}; stop it, or choose another with PORT=")


@click.command()
@click.option("--threads", type=int, default=WORKER_THREADS)
def worker(threads: int) -> None:
    """Deliver the outbox and run what the clock asks for."""
    settings, composition = start()
    exit_with_parent()
    jobs.run_worker(composition.deliverers, threads=threads, instance=settings.instance)


@click.command(hidden=True)
def sandbox() -> None:
    """The pretend text network of the demo, a process of its own."""
    from cie.sandbox import serve_sandbox

    settings = load_settings()
    serve_sandbox(
        settings.instance / "sandbox.db",
        port=urlsplit(settings.sandbox_url).port or 0,
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token.get_secret_value(),
        app_url=settings.public_url,
    )


@click.command()
def doctor() -> None:
    """Check configuration, database, queue, keys, and that somebody is on call."""
    faults = problems(load_settings())
    if not faults:
        start()
        faults = _database_faults()
    for fault in faults:
        click.echo(f"doctor: {fault}", err=True)
    if faults:
        raise click.ClickException(f"{len(faults)} things to mend")
    click.echo("doctor: all is well")


def _database_faults() -> list[str]:
    try:
        if not is_current(current()):
            return ["the database is behind; run `cie db upgrade`"]
        with reading() as session:
            age = events.queue_age_seconds(session, at=datetime.now(UTC))
            nobody = [p.name for p in participants.participants(session) if p.is_active and not p.on_call_user_id]
    except CieError as error:
        return [error.message]
    faults = [f"{name}: nobody is on call when somebody is in danger" for name in nobody]
    if age > 300:
        faults.append(f"the oldest delivery has been due for {age:.0f} seconds; is the worker running?")
    return faults
