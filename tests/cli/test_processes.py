"""The processes of one exchange: they live and die together."""

import os
import signal
from pathlib import Path

import pytest
import requests

from tests.support.commands import children_of, cie, is_alive, running, until
from tests.support.exchange import free_port


@pytest.fixture
def served(tmp_path):
    port, sandbox_port = free_port(), free_port()
    env = {
        **{n: v for n, v in os.environ.items() if not n.startswith(("CIE_", "TWILIO_"))},
        "CIE_ENV": "demo",
        "CIE_INSTANCE": str(tmp_path),
        "CIE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CIE_SANDBOX_URL": f"http://127.0.0.1:{sandbox_port}",
    }
    assert cie("db", "upgrade", env=env).returncode == 0
    with running("serve", "--worker", "--port", str(port), env=env, log=tmp_path / "log") as process:
        until(lambda: _answers(f"{env['CIE_PUBLIC_URL']}/readyz"), otherwise=(tmp_path / "log").read_text())
        until(lambda: _answers(f"{env['CIE_SANDBOX_URL']}/phones"))
        until(lambda: _commands(process.pid) >= {"sandbox", "worker"})
        yield process


def _answers(url):
    try:
        return requests.get(url, timeout=2).ok
    except requests.ConnectionError:
        return False


def _commands(pid):
    """Which of our commands run below a process."""
    return {word for child in children_of(pid) for word in _words(child)}


def _words(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except FileNotFoundError:
        return []


def _child(pid, command):
    return next((child for child in children_of(pid) if command in _words(child)), None)


def test_asked_to_stop_all_stop(served):
    children = children_of(served.pid)

    served.send_signal(signal.SIGTERM)

    assert served.wait(timeout=40) == 0
    assert not [pid for pid in children if is_alive(pid)]


def test_killed_it_takes_all_with_it(served):
    children = children_of(served.pid)
    assert len(children) >= 3

    os.kill(served.pid, signal.SIGKILL)

    until(lambda: not [pid for pid in children if is_alive(pid)], seconds=15, otherwise="a child lives on")


def test_a_worker_that_was_killed_is_started_again(served):
    first = _child(served.pid, "worker")

    os.kill(first, signal.SIGKILL)

    until(lambda: _child(served.pid, "worker") not in (None, first), seconds=20)


def test_when_the_web_dies_again_and_again_all_end_and_it_is_said(served, tmp_path):
    children = children_of(served.pid)
    for _time in range(2):
        until(lambda: _web(served.pid))
        for web in _web(served.pid):
            os.kill(web, signal.SIGKILL)
        until(lambda gone=web: not is_alive(gone))

    assert served.wait(timeout=40) == 1
    assert "Worker crash loop detected" in (tmp_path / "log").read_text()
    assert not [pid for pid in children if is_alive(pid)]


def _web(pid):
    """The processes that answer requests: the server is forked."""
    return [child for child in children_of(pid) if "serve" in _words(child)]


def test_a_command_whose_parent_is_gone_already_ends_at_once(tmp_path):
    env = {**os.environ, "CIE_ENV": "demo", "CIE_INSTANCE": str(tmp_path), "CIE_SANDBOX_URL": "http://127.0.0.1:9"}

    with running("sandbox", "--parent", "1", env=env, log=tmp_path / "log") as process:
        assert process.wait(timeout=30) == 0
