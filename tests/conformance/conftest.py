"""One exchange, and what the suite came to on it when nothing was wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.place import Place, make_place
from tests.support.exchange import running_exchange


def value_sets() -> Path | None:
    """The licensed value sets, where they are at hand."""
    folder = os.environ.get("CIE_REFERENCE")
    return Path(folder) / "gravity" / "vsac-gravity-valuesets" if folder else None


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("conformance")
    with running_exchange(folder) as exchange:
        yield make_place(exchange, folder, value_sets())


class Clean:
    """A run as somebody types it: how it ended, what it printed, and its two reports."""

    def __init__(self, place: Place, folder: Path) -> None:
        self.token = place.asks.token()
        command = [sys.executable, "-m", "cie", "conformance", "--base-url", place.base_url, "--token", self.token]
        command += ["--owner", f"Organization/{place.is_asked.organization}", "--owner-token", place.is_asked.token()]
        command += ["--report", str(folder / "report.html"), "--json", str(folder / "report.json")]
        if place.value_sets:
            command += ["--definitions", str(place.value_sets)]
        done = subprocess.run(command, env=place.exchange.env, capture_output=True, text=True, timeout=300)
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        assert (folder / "report.json").exists(), f"{done.stdout}{done.stderr}"
        self.page = (folder / "report.html").read_text("utf-8")
        self.text = (folder / "report.json").read_text("utf-8")
        self.report = json.loads(self.text)
        self.rows = {each["key"]: each for each in self.report["rows"]}

    def red(self) -> set[str]:
        return {key for key, row in self.rows.items() if row["verdict"] == "fail"}


@pytest.fixture(scope="module")
def clean(place, tmp_path_factory):
    return Clean(place, tmp_path_factory.mktemp("clean"))
