"""`cie serve`, `cie worker`, `cie sandbox`."""

import errno
import os
import socket
import sys
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import click
from granian import Granian
from granian.constants import Interfaces

from cie import jobs
from cie.cli.start import refuse_demo_accounts, start
from cie.errors import Invalid, NotPossibleNow
from cie.messaging.gateway import is_loopback
from cie.processes import exit_with_parent, kept_running
from cie.settings import Settings, load_settings

WORKER_THREADS = 3


@click.command()
@click.option("--worker", "with_worker", is_flag=True, help="Deliver and schedule, too, as a pilot does.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, envvar="PORT", show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def serve(with_worker: bool, port: int, host: str) -> None:
    """Serve the web."""
    settings, _composition = start()
    refuse_demo_accounts(settings)
    refuse_taken_port(host, port)
    children = []
    if settings.uses_sandbox:
        refuse_taken_port("127.0.0.1", _sandbox_port(settings))
        children.append(_own("sandbox"))
    if with_worker:
        children.append(_own("worker"))
    with kept_running(children):
        _web(settings, host, port).serve()


def _own(command: str) -> list[str]:
    return [sys.executable, "-m", "cie", command, "--parent", str(os.getpid())]


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
    """Do not start where another server listens, or where we may not. Raises NotPossibleNow."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                words = f"something already answers on port {port}; stop it, or choose another with PORT="
            else:
                words = f"cannot listen on {host} port {port}: {error.strerror or 'no such address'}"
            raise NotPossibleNow(words) from error


@click.command()
@click.option("--threads", type=click.IntRange(1, 8), default=WORKER_THREADS, show_default=True)
@click.option("--parent", type=int, hidden=True)
def worker(threads: int, parent: int | None) -> None:
    """Deliver the outbox and run what the clock asks for."""
    exit_with_parent(parent)
    settings, composition = start()
    refuse_demo_accounts(settings)
    exporter = jobs.Exporter(composition.renderers, timedelta(hours=settings.export_hours))
    builder = jobs.Builder(composition.upkeep.next_turn, composition.upkeep.make_part)
    tend = composition.upkeep.look_after_subscriptions
    jobs.run_worker(composition.deliverers, exporter, builder, tend, threads=threads)


@click.command(hidden=True)
@click.option("--parent", type=int)
def sandbox(parent: int | None) -> None:
    """The pretend text network of the demo, a process of its own."""
    from cie.sandbox import serve_sandbox

    exit_with_parent(parent)
    settings = load_settings()
    if settings.env == "production":
        raise NotPossibleNow("the pretend text network is for demo and test")
    serve_sandbox(
        settings.instance / "sandbox.db",
        port=_sandbox_port(settings),
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token.get_secret_value(),
        app_url=settings.public_url,
    )


def _sandbox_port(settings: Settings) -> int:
    """Where the pretend network listens. Raises Invalid unless it and the app are on this machine."""
    if not is_loopback(settings.public_url):
        raise Invalid("CIE_PUBLIC_URL: with the sandbox it must be on this machine, like http://127.0.0.1:8000")
    port = urlsplit(settings.sandbox_url).port
    if not is_loopback(settings.sandbox_url) or port is None:
        raise Invalid("CIE_SANDBOX_URL: give an address of this machine with a port, like http://127.0.0.1:8002")
    return port
