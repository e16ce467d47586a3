"""The pretend text network as a real process, and an app of a few lines that gets what it posts."""

import multiprocessing
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from urllib.parse import parse_qsl

import requests

from cie.messaging.gateway import TwilioGateway, gateway_from
from cie.sandbox import serve_sandbox

ACCOUNT_SID = "AC" + "1" * 32
AUTH_TOKEN = "a" * 32
SERVICE_SID = "MG" + "2" * 32
START_SECONDS = 60
ARRIVAL_SECONDS = 20


@dataclass(frozen=True)
class Arrived:
    """One form that reached the app."""

    url: str
    form: dict[str, str]
    signature: str


class ReceivingApp:
    """Takes every post. `answers` holds, by phone, the statuses of the next ones; without any it answers 204."""

    def __init__(self) -> None:
        self.arrived: Queue[Arrived] = Queue()
        self.answers: defaultdict[str, deque[int]] = defaultdict(deque)
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = dict(parse_qsl(body, keep_blank_values=True))
                waiting = app.answers[form["From"]] or app.answers[form["To"]]
                status = waiting.popleft() if waiting else 204
                app.arrived.put(Arrived(app.url + self.path, form, self.headers["X-Twilio-Signature"]))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def next(self, **wanted: str) -> Arrived:
        """The next post whose form holds these values; the others on the way are dropped."""
        while True:
            arrived = self.arrived.get(timeout=ARRIVAL_SECONDS)
            if wanted.items() <= arrived.form.items():
                return arrived


@contextmanager
def receiving_app() -> Iterator[ReceivingApp]:
    app = ReceivingApp()
    thread = Thread(target=app.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield app
    finally:
        app.server.shutdown()
        thread.join()
        app.server.server_close()


class Sandbox:
    """A running sandbox and its control interface."""

    def __init__(self, url: str, pid: int) -> None:
        self.url = url
        self.pid = pid
        self.http = requests.Session()
        self.http.trust_env = False

    def gateway(self, total_seconds: float = 10.0) -> TwilioGateway:
        return gateway_from(
            account_sid=ACCOUNT_SID,
            auth_token=AUTH_TOKEN,
            messaging_service_sid=SERVICE_SID,
            base_url=self.url,
            total_seconds=total_seconds,
        )

    def faults(self, **fault: object) -> None:
        self.http.put(f"{self.url}/faults", json=fault, timeout=10).raise_for_status()

    def bodies(self, phone: str) -> list[str]:
        answer = self.http.get(f"{self.url}/phones/{phone}/messages", timeout=10)
        return [message["body"] for message in answer.json()["messages"]]

    def reply(self, phone: str, body: str) -> None:
        answer = self.http.post(f"{self.url}/phones/{phone}/reply", json={"body": body}, timeout=10)
        answer.raise_for_status()


@contextmanager
def running_sandbox(folder: Path, app_url: str) -> Iterator[Sandbox]:
    """A sandbox process of its own on a free port of this machine."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(
        target=serve_sandbox,
        args=(folder / "sandbox.db",),
        kwargs={
            "port": 0,
            "account_sid": ACCOUNT_SID,
            "auth_token": AUTH_TOKEN,
            "app_url": app_url,
            "ready": there.send,
        },
    )
    process.start()
    with closing(here), closing(there), closing(process):
        try:
            if not here.poll(START_SECONDS):
                raise TimeoutError("The sandbox did not start")
            sandbox = Sandbox(f"http://127.0.0.1:{here.recv()}", process.pid or 0)
            with sandbox.http:
                yield sandbox
        finally:
            process.kill()
            process.join()
