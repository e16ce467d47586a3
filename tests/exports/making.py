"""Asking for exports as a program does, and making them as a worker does."""

import json
from datetime import timedelta
from typing import Any

from sqlmodel import select

from cie import api
from cie.db import reading
from cie.events import AuditEntry, AuditPerson
from cie.jobs import Exporter
from tests.api.place import System

DAY = timedelta(hours=24)


def ask(system: System, *kinds: str, **said: Any) -> dict[str, Any]:
    answer = system.post("/exports", {"kinds": list(kinds) or ["referrals"], **said})
    assert answer.status_code == 202, answer.get_json()
    return answer.get_json()


def make_all(lives: timedelta = DAY) -> int:
    """Make what there is to make; in how many parts."""
    exporter, parts = Exporter(api.RENDERERS, lives), 0
    while exporter.make_next():
        parts += 1
    return parts


def made(system: System, *kinds: str, **said: Any) -> dict[str, Any]:
    """An export that is ready."""
    asked = ask(system, *kinds, **said)
    make_all()
    found = system.get(f"/exports/{asked['id']}").get_json()
    assert found["status"] == "ready", found
    return found


def path_of(export: dict[str, Any], kind: str = "referrals", number: int = 1) -> str:
    return f"/exports/{export['id']}/files/{kind}-{number}.ndjson"


def lines_of(content: bytes) -> list[dict[str, Any]]:
    """The records of a file, each from a line of its own."""
    assert content == b"" or content.endswith(b"\n")
    return [json.loads(line) for line in content.splitlines()]


def download(system: System, export: dict[str, Any], kind: str = "referrals") -> bytes:
    """All files of a kind, in their order."""
    found = system.get(f"/exports/{export['id']}").get_json()
    answers = [system.get(file["url"].removeprefix("/api/v1")) for file in found["files"] if file["kind"] == kind]
    assert {answer.status_code for answer in answers} <= {200}
    return b"".join(answer.get_data() for answer in answers)


def accesses(system: System) -> list[set[str]]:
    """Whom each record of access says that the client saw, in order."""
    its = AuditEntry.action == "seen", AuditEntry.actor_id == system.client.id
    with reading() as session:
        rows = session.exec(select(AuditEntry).where(*its).order_by(AuditEntry.sequence)).all()
        persons = session.exec(select(AuditPerson)).all()
    return [{str(person.person_id) for person in persons if person.entry_id == row.id} for row in rows]
