"""The conformance suite looks at a server that others wrote: Medplum's router with its repository in memory."""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

from cie.conformance import Options, Run, run_suite
from cie.conformance.rows import Verdict
from tests.fhir.sending import CORE
from tests.others import npm

PACKAGES = ("@medplum/fhir-router@4.5.2",)
UNREADABLE = "cannot be read as FHIR"


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run the server until the block ends; its address."""
    process = npm.start(folder, "serve.mjs")
    try:
        assert process.stdout
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def looked_at(base_url: str, value_sets: Path | None) -> Run:
    """A run of the suite, between two organizations made for it."""
    asks, is_asked = (_organization(base_url, name) for name in ("One that asks", "One that is asked"))
    options = Options(organization=asks, owner=is_asked, owner_token="of the other side, which nobody reads")
    return run_suite(base_url, "", options, value_sets)


def _organization(base_url: str, name: str) -> str:
    resource = {
        "resourceType": "Organization",
        "active": True,
        "name": name,
        "meta": {"profile": [f"{CORE}us-core-organization"]},
    }
    made = requests.post(f"{base_url}/Organization", json=resource, timeout=60).json()
    return f"Organization/{made['id']}"


def known_red() -> Mapping[str, str]:
    """The rows that this server is known to fail, each with the reason."""
    found: Mapping[str, str] = tomllib.loads(Path(__file__).with_name("medplum.toml").read_text("utf-8"))["red"]
    return found


def oddities(run: Run) -> Iterator[str]:
    """What the suite did that it should not: rows without words or exchanges, answers that it stumbled over."""
    for each in run.results:
        if each.verdict is not Verdict.PASS and not each.words:
            yield f"{each.row.key} says nothing"
        if each.verdict is not Verdict.NOT_APPLICABLE and not each.exchanges:
            yield f"{each.row.key} shows no exchange"
        if UNREADABLE in each.words:
            yield f"{each.row.key}: {each.words}"
