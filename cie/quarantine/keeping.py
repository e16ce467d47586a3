"""Keeping what was refused, within bounds, and forgetting it after some days."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, func, select
from sqlmodel import Session, col

from cie import events
from cie.errors import TooMany
from cie.identity import Client, ClientRow
from cie.quarantine.models import RefusedMessage

WINDOW = timedelta(hours=1)
KEPT_IN_WINDOW = 100
"""So many messages of one client are kept within the window."""
MOST_BYTES = 20 * 2**20
"""So much is held of one client; what was first stays, since that is what somebody has to look at first."""
LARGEST_BODY_BYTES = 2**20
"""Of a larger body the hash and the size are kept."""
_ROW_BYTES = 1_000


@dataclass(frozen=True)
class Message:
    """A request as it came. `headers`: those that change what it means, by their names in WSGI."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Refused:
    """A message, and why it was refused.

    `route`: its address as a pattern. `scopes`, `purpose`: of its token. `outcome`: the OperationOutcome that was
    answered.
    """

    message: Message
    route: str
    scopes: Sequence[str]
    purpose: str
    status: int
    outcome: Mapping[str, Any]

    @property
    def kept_body(self) -> str | None:
        """The body as text that can be sealed; None when it is too large."""
        body = self.message.body
        return b64encode(body).decode() if len(body) <= LARGEST_BODY_BYTES else None

    @property
    def held_bytes(self) -> int:
        """What keeping it takes, about."""
        return _ROW_BYTES + len(self.kept_body or "") + len(orjson.dumps(self.outcome))


def has_room(session: Session, client: Client | ClientRow, refused: Refused, *, at: datetime) -> bool:
    """Whether one more message of this client would be kept. Asked first, so that what is not kept writes nothing."""
    held = select(func.coalesce(func.sum(col(RefusedMessage.held_bytes)), 0)).where(
        col(RefusedMessage.client_id) == client.id
    )
    left = events.attempts_left(session, _allowance(client), limit=KEPT_IN_WINDOW, window=WINDOW, at=at)
    return left > 0 and session.execute(held).scalar_one() + refused.held_bytes <= MOST_BYTES


def keep_refused(session: Session, client: Client | ClientRow, refused: Refused, *, days: int, at: datetime) -> None:
    """Keep a message of a client for its organization, unless too many of that came within the hour."""
    try:
        events.count_attempt(session, _allowance(client), limit=KEPT_IN_WINDOW, window=WINDOW, at=at)
    except TooMany:
        return
    session.add(row_of(refused, client.organization_id, client.id, at, at + timedelta(days=days)))


def row_of(
    refused: Refused, organization_id: UUID, client_id: UUID, received_at: datetime, expires_at: datetime
) -> RefusedMessage:
    """A message as it is kept, sealed."""
    message = refused.message
    row = RefusedMessage(
        organization_id=organization_id,
        client_id=client_id,
        received_at=received_at,
        expires_at=expires_at,
        method=message.method,
        route=refused.route,
        status=refused.status,
        codes=codes_in(refused.outcome),
        scopes=list(refused.scopes),
        purpose=refused.purpose,
        byte_count=len(message.body),
        held_bytes=refused.held_bytes,
    )
    row.asked = {
        "path": message.path,
        "query": message.query,
        "headers": dict(message.headers),
        "sha256": hashlib.sha256(message.body).hexdigest(),
    }
    row.body, row.outcome = refused.kept_body, dict(refused.outcome)
    return row


def codes_in(outcome: Mapping[str, Any]) -> list[str]:
    """The codes of the issues of an OperationOutcome, each once."""
    return list(dict.fromkeys(issue["code"] for issue in outcome["issue"]))


def forget_old_messages(session: Session, *, at: datetime) -> None:
    """What was kept for its days is deleted, whatever became of it."""
    session.execute(delete(RefusedMessage).where(col(RefusedMessage.expires_at) <= at))


def _allowance(client: Client | ClientRow) -> str:
    return f"refused-messages:{client.id}"
