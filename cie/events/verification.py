"""Checking the audit chains, and the signed checkpoints that make truncation visible."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlmodel import Session, col

from cie.db import current
from cie.errors import Invalid
from cie.events.audit import link_hash
from cie.events.models import AuditEntry, AuditHead, AuditPerson


@dataclass(frozen=True)
class Fault:
    """The first bad record of a stream."""

    stream: str
    sequence: int
    what: str


@dataclass(frozen=True)
class Report:
    """What a check of all chains found."""

    streams: int
    entries: int
    faults: tuple[Fault, ...]


def verify(session: Session, checkpoint: Mapping[str, Any] | None = None) -> Report:
    """Recompute every link of every stream, and compare with the heads and with a checkpoint."""
    persons = _persons(session)
    heads = {h.stream: h for h in session.execute(select(AuditHead)).scalars()}
    marks = checkpoint["heads"] if checkpoint else {}
    faults: list[Fault] = []
    entries, seen = 0, set()
    for stream, rows in groupby(_rows(session), key=lambda e: e.stream):
        seen.add(stream)
        last, top, fault = _check_stream(stream, rows, persons, marks.get(stream))
        entries += last
        faults += [fault] if fault else _check_head(stream, last, top, heads.get(stream))
    faults += [Fault(s, h.sequence, "the whole stream is gone") for s, h in heads.items() if s not in seen]
    faults += [Fault(s, m[0], "missing since the checkpoint") for s, m in marks.items() if s not in heads]
    return Report(len(seen), entries, tuple(faults))


def _rows(session: Session) -> Iterator[AuditEntry]:
    query = select(AuditEntry).order_by(col(AuditEntry.stream), col(AuditEntry.sequence))
    yield from session.execute(query.execution_options(yield_per=1000)).scalars()


def _persons(session: Session) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for entry_id, person_id in session.execute(select(col(AuditPerson.entry_id), col(AuditPerson.person_id))):
        found.setdefault(entry_id, []).append(person_id)
    return found


def _check_stream(
    stream: str, rows: Iterator[AuditEntry], persons: Mapping[UUID, list[UUID]], mark: list[Any] | None
) -> tuple[int, bytes, Fault | None]:
    """How many records it has, the hash of the last, and the first bad one."""
    previous, last, fault = b"", 0, None
    for row in rows:
        last += 1
        if fault is None:
            fault = _check_row(stream, row, last, previous, persons.get(row.id, []), mark)
        previous = row.hash
    if fault is None and mark and last < mark[0]:
        fault = Fault(stream, last, "rows are missing that the checkpoint knew")
    return last, previous, fault


def _check_row(
    stream: str, row: AuditEntry, number: int, previous: bytes, persons: list[UUID], mark: list[Any] | None
) -> Fault | None:
    if row.sequence != number:
        return Fault(stream, number, "this record is missing")
    if row.previous_hash != previous or row.hash != link_hash(row.model_dump(), previous, persons):
        return Fault(stream, number, "this record was changed or moved")
    if mark and number == mark[0] and row.hash.hex() != mark[1]:
        return Fault(stream, number, "this record is not the one of the checkpoint")
    return None


def _check_head(stream: str, last: int, top: bytes, head: AuditHead | None) -> list[Fault]:
    if head is None or head.sequence != last:
        return [Fault(stream, last, "the end of the stream was cut off")]
    if head.hash != top:
        return [Fault(stream, last, "the head does not belong to this record")]
    return []


def checkpoint(session: Session, *, at: datetime) -> bytes:
    """The heads of all streams, signed, to be kept away from the database."""
    heads = {h.stream: [h.sequence, h.hash.hex()] for h in session.execute(select(AuditHead)).scalars()}
    content = orjson.dumps({"at": at, "heads": heads}, option=orjson.OPT_SORT_KEYS)
    return orjson.dumps({"content": content.decode(), "signature": _signature(content)})


def read_checkpoint(data: bytes) -> Mapping[str, Any]:
    """The heads of a checkpoint. Raises Invalid when it is not one of ours, unchanged."""
    try:
        outer = orjson.loads(data)
        content = outer["content"].encode()
        signature = outer["signature"]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise Invalid("This file is not an audit checkpoint") from error
    if not hmac.compare_digest(signature, _signature(content)):
        raise Invalid("The signature of this checkpoint does not match: it was changed or made with another key")
    heads: Mapping[str, Any] = orjson.loads(content)
    return heads


def _signature(content: bytes) -> str:
    return hmac.digest(current().keyring.derived("checkpoint"), content, hashlib.sha256).hex()
