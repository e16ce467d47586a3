"""What programs were refused, in the audit of their organization, and no more of it than somebody can read.

A row is kept where one client can be named. What came from a client that showed who it is has an allowance of its own,
so that a stranger who knows an id, or has an old statement, cannot use it up by trying in that name.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import events
from cie.access import Actor, ActorKind, Door
from cie.errors import TooMany
from cie.identity.client_models import AccessToken, Client, ClientRow
from cie.identity.tokens import registered_client

WINDOW = timedelta(hours=1)
KEPT_OF_ITS_OWN, KEPT_OF_ANYBODYS = 100, 20
"""So many are kept of one client within the window."""


def refusals_left(session: Session, client: Client | ClientRow, *, is_its_own: bool, at: datetime) -> int:
    """How many refusals of a client would still be kept. `is_its_own`: it showed who it is."""
    what, limit = _allowance(client, is_its_own)
    return events.attempts_left(session, what, limit=limit, window=WINDOW, at=at)


def note_refusal(
    session: Session, client: Client | ClientRow, why: str, *, is_its_own: bool, at: datetime, **codes: Any
) -> None:
    """Record why a client got nothing, unless too much of that is kept already."""
    what, limit = _allowance(client, is_its_own)
    try:
        events.count_attempt(session, what, limit=limit, window=WINDOW, at=at)
    except TooMany:
        return
    events.record(session, _caller(client), "token.refuse", client, at=at, why=why, **codes)


@dataclass(frozen=True)
class DeadToken:
    """A token that was to count still, and why it does not."""

    id: UUID
    client: Client
    why: str


def dead_token(session: Session, token_id: UUID, *, at: datetime) -> DeadToken | None:
    """What became of a token that counts no more; None when it expired, as they all do, or its use is recorded."""
    row = session.get(AccessToken, token_id)
    if row is None or row.expires_at <= at:
        return None
    registered = registered_client(session, row.client_id, at=at)
    left = events.attempts_left(session, f"dead-token:{row.id}", limit=1, window=WINDOW, at=at)
    if registered is None or not left:
        return None
    why = registered.barred or ("revoked" if row.revoked_at else "user-left")
    return DeadToken(row.id, registered.client, why)


def note_dead_token(session: Session, token: DeadToken, *, at: datetime) -> None:
    """Record that somebody still uses it: once, however often they do."""
    try:
        events.count_attempt(session, f"dead-token:{token.id}", limit=1, window=WINDOW, at=at)
    except TooMany:
        return
    caller, client = _caller(token.client), token.client
    events.record(session, caller, "token.refuse", client, at=at, why=token.why, token=str(token.id))


def _allowance(client: Client | ClientRow, is_its_own: bool) -> tuple[str, int]:
    return (f"refusals:{client.id}", KEPT_OF_ITS_OWN) if is_its_own else (f"refusals-new:{client.id}", KEPT_OF_ANYBODYS)


def _caller(client: Client | ClientRow) -> Actor:
    return Actor(ActorKind.CLIENT, client.id, client.organization_id, door=Door.API)
