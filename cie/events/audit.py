"""Audit chains: rows of ids and codes, each bound to the one before by an HMAC keyed outside the database.

There is one stream per organization for what was done and one for what was seen. Whoever has the database
alone can neither change, delete nor reorder a row unseen; truncation shows against a signed checkpoint.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session
from uuid_utils.compat import uuid7

from cie.access import Actor, Role
from cie.db import current, insert_rows, table_of
from cie.events.models import AuditEntry, AuditHead, AuditPerson

NETWORK = UUID(int=0)
_HEADS = table_of(AuditHead).c
_HEAD = select(_HEADS.sequence, _HEADS.hash).where(_HEADS.stream == bindparam("of")).with_for_update()
_MOVE_HEAD = (
    update(table_of(AuditHead))
    .where(_HEADS.stream == bindparam("of"))
    .values(sequence=bindparam("last"), hash=bindparam("top"))
)
_CHAINED = (
    "id", "stream", "sequence", "at", "action", "actor_kind", "actor_id", "actor_organization_id", "actor_roles",
    "on_behalf_of", "purpose", "door", "subject_type", "subject_id", "person_id", "referral_id", "codes",
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """Something that happened: who did what to which record, told in ids and codes."""

    actor: Actor
    action: str
    subject_type: str
    subject_id: UUID | None
    at: datetime
    organization_id: UUID
    person_id: UUID | None = None
    referral_id: UUID | None = None
    codes: dict[str, Any] = field(default_factory=dict)
    persons_seen: tuple[UUID, ...] = ()

    @property
    def stream(self) -> str:
        """What was seen has a stream of its own, so that reading does not wait for writing."""
        return f"{self.organization_id}:seen" if self.persons_seen else str(self.organization_id)


def append(session: Session, events: Sequence[Event]) -> None:
    """Chain the events, locking the heads of their streams in sorted order."""
    # all else is written by now, so that nobody waits for the heads meanwhile
    session.flush()
    by_stream: dict[str, list[Event]] = {}
    for event in events:
        by_stream.setdefault(event.stream, []).append(event)
    chains = [_linked(stream, by_stream[stream], *_locked_head(session, stream)) for stream in sorted(by_stream)]
    heads = [{"of": chain[-1]["stream"], "last": chain[-1]["sequence"], "top": chain[-1]["hash"]} for chain in chains]
    session.connection().execute(_MOVE_HEAD, heads)
    rows = [row for chain in chains for row in chain]
    insert_rows(session, AuditEntry, rows)
    seen = [{"entry_id": row["id"], "person_id": person} for row in rows for person in row["persons_seen"]]
    insert_rows(session, AuditPerson, seen)


def _locked_head(session: Session, stream: str) -> tuple[int, bytes]:
    """How long a stream is and the hash of its last row; nobody else can add to it until this transaction ends."""
    connection = session.connection()
    head = connection.execute(_HEAD, {"of": stream}).one_or_none()
    if head is None:
        dialect = sqlite if current().is_sqlite else postgresql
        start = dialect.insert(AuditHead).values(stream=stream, sequence=0, hash=b"")
        connection.execute(start.on_conflict_do_nothing())
        head = connection.execute(_HEAD, {"of": stream}).one()
    return head.sequence, head.hash


def _linked(stream: str, events: Sequence[Event], length: int, previous: bytes) -> list[dict[str, Any]]:
    """The rows of the events of one stream, each bound to the one before."""
    rows = []
    for sequence, event in enumerate(events, length + 1):
        row = _row(stream, event, sequence)
        row["previous_hash"] = previous
        previous = row["hash"] = link_hash(row, previous, event.persons_seen)
        rows.append(row)
    return rows


def _row(stream: str, event: Event, sequence: int) -> dict[str, Any]:
    actor = event.actor
    return {
        "id": uuid7(),
        "stream": stream,
        "sequence": sequence,
        "at": event.at,
        "action": event.action,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "actor_organization_id": actor.organization_id,
        "actor_roles": _spelled(actor.roles),
        "on_behalf_of": actor.on_behalf_of,
        "purpose": actor.purpose.value,
        "door": actor.door.value,
        "subject_type": event.subject_type,
        "subject_id": event.subject_id,
        "person_id": event.person_id,
        "referral_id": event.referral_id,
        "codes": orjson.dumps(event.codes, option=orjson.OPT_SORT_KEYS).decode(),
        "persons_seen": event.persons_seen,
    }


@lru_cache(maxsize=256)
def _spelled(roles: frozenset[Role]) -> str:
    return " ".join(sorted(roles))


def link_hash(row: dict[str, Any], previous: bytes, persons: Iterable[UUID]) -> bytes:
    """The keyed hash that binds one row, the persons it showed, and the row before."""
    values = [row[name] for name in _CHAINED] + sorted(str(p) for p in persons)
    content = orjson.dumps(values, option=orjson.OPT_UTC_Z)
    return hmac.digest(current().keyring.derived("audit"), previous + content, hashlib.sha256)
