"""Programs that read over FHIR, each with a shelf of resources that its organization reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import select

from cie.db import reading, transaction
from cie.events import AuditEntry, AuditPerson
from tests.api.place import System
from tests.fhir.searching.shelf import Shelf

EVERYTHING = ("system/*.cruds",)


@dataclass
class Reader(System):
    """The system of one organization, with a token for everything over FHIR."""

    scopes: tuple[str, ...] = EVERYTHING

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with_token = {"Authorization": f"Bearer {self.token}", **named}
        return self.app.test_client().open(f"/fhir{path}", method=method, headers=with_token, data=body)

    def ids(self, path: str) -> list[str]:
        """The ids of the matches of a search."""
        return ids_of(self.get(path))

    @contextmanager
    def shelf(self) -> Iterator[Shelf]:
        """What the organization reads, to be added to."""
        with transaction() as session:
            yield Shelf(session, self.owner.id)


def ids_of(answer: Any, mode: str = "match") -> list[str]:
    assert answer.status_code == 200, answer.get_json()
    entries = answer.get_json().get("entry", [])
    return [entry["resource"]["id"] for entry in entries if entry["search"]["mode"] == mode]


def link_of(answer: Any, relation: str) -> str | None:
    """The address of a link of a Bundle, as a path behind `/fhir`."""
    links = {link["relation"]: link["url"] for link in answer.get_json()["link"]}
    return links[relation].partition("/fhir")[2] if relation in links else None


def faults(answer: Any) -> list[tuple[str, str]]:
    """The code of each issue, and where it is."""
    return [(issue["code"], *issue.get("expression", [""])) for issue in answer.get_json()["issue"]]


def accesses() -> list[tuple[str, set[UUID]]]:
    """Each access that was recorded, oldest first: by which door, whom it showed."""
    with reading() as session:
        rows = session.exec(select(AuditPerson)).all()
        ids = {row.entry_id for row in rows}
        entries = session.exec(select(AuditEntry).where(AuditEntry.id.in_(ids)).order_by(AuditEntry.id)).all()
    return [(entry.door, {row.person_id for row in rows if row.entry_id == entry.id}) for entry in entries]
