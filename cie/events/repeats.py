"""Requests that may come twice, and attempts that come too often; both kept in the database, for all processes."""

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from cie.db import current, match_key
from cie.errors import Invalid, TooMany
from cie.events.models import IdempotencyKey, Throttle


def request_hash(request: bytes) -> bytes:
    """What is kept of a request: keyed, since a name and a birth date in it could be guessed from a plain hash."""
    return hmac.digest(current().keyring.derived("request"), request, hashlib.sha256)


def claim_key(session: Session, client_id: UUID, key: str, request: bytes, *, at: datetime) -> IdempotencyKey:
    """The row of this key, made now or by the same request before (then `resource_id` is set).

    The second of two simultaneous requests waits for the first. Raises Invalid when the key was used for another
    request.
    """
    digest = request_hash(request)
    dialect = sqlite if current().is_sqlite else postgresql
    row = {"client_id": client_id, "key": key, "request_hash": digest, "created_at": at}
    session.execute(dialect.insert(IdempotencyKey).values(row).on_conflict_do_nothing())
    found = session.get_one(IdempotencyKey, (client_id, key), with_for_update=True)
    if found.request_hash != digest:
        raise Invalid("This key was already used for a different request", "Idempotency-Key")
    return found


def count_attempt(session: Session, what: str, *, limit: int, window: timedelta, at: datetime) -> int:
    """Count one attempt at `what`; returns how many there were in this window.

    Raises TooMany past the limit. `what` is stored as an HMAC only.
    """
    key = match_key("throttle:" + what)
    dialect = sqlite if current().is_sqlite else postgresql
    start = dialect.insert(Throttle).values(key=key, window_started_at=at, count=0)
    session.execute(start.on_conflict_do_nothing())
    row = session.get_one(Throttle, key, with_for_update=True)
    if row.window_started_at + window <= at:
        row.window_started_at, row.count = at, 0
    row.count += 1
    session.add(row)
    if row.count > limit:
        wait = int((row.window_started_at + window - at).total_seconds()) + 1
        raise TooMany("Too many tries. Wait a little, then try again", retry_after_seconds=wait)
    return row.count


def attempts_left(session: Session, what: str, *, limit: int, window: timedelta, at: datetime) -> int:
    """How many attempts at `what` remain in the current window."""
    query = select(Throttle).where(col(Throttle.key) == match_key("throttle:" + what))
    row = session.execute(query).scalar_one_or_none()
    if row is None or row.window_started_at + window <= at:
        return limit
    count: int = row.count
    return max(limit - count, 0)


def forgive_attempts(session: Session, what: str, count: int) -> None:
    """So many attempts were of somebody who may; what others tried stays counted."""
    row = session.get(Throttle, match_key("throttle:" + what), with_for_update=True)
    if row is not None:
        row.count = max(row.count - count, 0)
        session.add(row)


def forget_attempts(session: Session, what: str) -> None:
    """Start over: the right answer was given."""
    session.execute(delete(Throttle).where(col(Throttle.key) == match_key("throttle:" + what)))
