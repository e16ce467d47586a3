"""Tombstones as a file, apart from the backups: what was erased stays so when an older copy of the data is put back.

The file holds ids, codes and instants, and is signed, since whoever could write one could erase records.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlmodel import Session, col

from cie.db import OrganizationKey, current
from cie.errors import Invalid
from cie.retention.models import Ground, Tombstone


@dataclass(frozen=True)
class KeyStone:
    """That an organization destroyed its key, and all that it had sealed with it."""

    organization_id: UUID
    destroyed_at: datetime


Stone = Tombstone | KeyStone
_WRONG = "This file is not a list of tombstones"


def tombstones(session: Session) -> Sequence[Tombstone]:
    """What was erased by any organization, in the order in which it was."""
    query = select(Tombstone).order_by(col(Tombstone.erased_at), col(Tombstone.id))
    return session.execute(query).scalars().all()


def destroyed_keys(session: Session) -> Sequence[KeyStone]:
    """Whose key was destroyed, in the order in which it was."""
    query = select(OrganizationKey).where(col(OrganizationKey.destroyed_at).is_not(None))
    keys = session.execute(query.order_by(col(OrganizationKey.destroyed_at))).scalars()
    return [KeyStone(key.organization_id, key.destroyed_at) for key in keys if key.destroyed_at]


def as_file(session: Session) -> bytes:
    """Every tombstone and every destroyed key, signed, to be kept with the keys and away from the backups."""
    content = orjson.dumps([*map(_row, tombstones(session)), *map(asdict, destroyed_keys(session))])
    return orjson.dumps({"content": content.decode(), "signature": _signature(content)})


def _row(stone: Tombstone) -> dict[str, Any]:
    return {
        "organization_id": stone.organization_id,
        "person_id": stone.person_id,
        "ground": stone.ground,
        "erased_at": stone.erased_at,
        "erased_by_id": stone.erased_by_id,
    }


def read_file(data: bytes) -> list[Stone]:
    """The tombstones and the destroyed keys of a file. Raises Invalid when it is not one of ours, unchanged."""
    try:
        outer = orjson.loads(data)
        content, signature = outer["content"].encode(), outer["signature"].encode()
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise Invalid(_WRONG) from error
    if not hmac.compare_digest(signature, _signature(content).encode()):
        raise Invalid("The signature of these tombstones does not match: they were changed or made with another key")
    return [_stone(row) for row in orjson.loads(content)]


def _stone(row: dict[str, Any]) -> Stone:
    if "destroyed_at" in row:
        return KeyStone(UUID(row["organization_id"]), datetime.fromisoformat(row["destroyed_at"]))
    by_id = row["erased_by_id"]
    return Tombstone(
        organization_id=UUID(row["organization_id"]),
        person_id=UUID(row["person_id"]),
        ground=Ground(row["ground"]),
        erased_at=datetime.fromisoformat(row["erased_at"]),
        erased_by_id=UUID(by_id) if by_id else None,
    )


def _signature(content: bytes) -> str:
    return hmac.digest(current().keyring.derived("tombstones"), content, hashlib.sha256).hex()
