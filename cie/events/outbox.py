"""The one outbox: claiming what is due, handing it to the deliverer of its kind, keeping the result.

In each order key (which begins with its destination) the oldest due row goes first. A row claimed or awaiting a retry
holds back younger ones of its key; one that only waits for its first due time holds back none; a dead letter frees
its key.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from cie.access import Actor, Permission, check
from cie.errors import NotFound, NotPossibleNow
from cie.events.models import DeliveryState, Outbox
from cie.events.recording import record

LEASE = timedelta(seconds=60)
MAXIMUM_ATTEMPTS = 8
_FIRST_RETRY_SECONDS = 15
_LONGEST_RETRY_SECONDS = 3600


@dataclass(frozen=True)
class Outcome:
    """How a delivery ended. `reference` is the id that the other side gave it; `due_at` postpones a waiting row."""

    state: DeliveryState
    result: str = ""
    reference: str = ""
    due_at: datetime | None = None


class Deliverer(Protocol):
    """Delivers one kind of outbox row, in three steps so that no transaction is open while sending."""

    def prepare(self, session: Session, row: Outbox, *, at: datetime) -> Any | Outcome:
        """Ask the gate again and render what to send; an Outcome when nothing is to be sent."""

    def send(self, prepared: Any, *, interrupted: bool) -> Outcome:
        """Send it, with no transaction open. `interrupted`: an earlier attempt may have reached the other side."""

    def settled(self, session: Session, row: Outbox, outcome: Outcome, *, at: datetime) -> None:
        """Keep what the domain wants to know of the result."""


@dataclass(frozen=True)
class Claimed:
    """A row in the hands of this worker until its lease ends."""

    id: UUID
    kind: str
    interrupted: bool


def claim(session: Session, *, at: datetime, limit: int = 10) -> list[Claimed]:
    """Take the rows that may go now, each for one lease."""
    query = _claimable(at).order_by(col(Outbox.due_at), col(Outbox.id)).limit(limit)
    rows = session.execute(query.with_for_update(skip_locked=True)).scalars().all()
    taken = []
    for row in rows:
        interrupted = row.state == DeliveryState.CLAIMED or row.result == "uncertain"
        row.state, row.lease_until, row.attempts = DeliveryState.CLAIMED, at + LEASE, row.attempts + 1
        session.add(row)
        taken.append(Claimed(row.id, row.kind, interrupted))
    return taken


def _claimable(at: datetime) -> Any:
    other = aliased(Outbox)
    same_key = and_(col(other.order_key) == Outbox.order_key, col(other.id) != Outbox.id)
    open_states = [DeliveryState.WAITING, DeliveryState.RETRY, DeliveryState.CLAIMED]
    in_hand = and_(col(other.state) == DeliveryState.CLAIMED, col(other.lease_until) > at)
    older_first = and_(
        col(other.id) < Outbox.id,
        or_(
            col(other.state).in_([DeliveryState.RETRY, DeliveryState.CLAIMED]),
            and_(col(other.state) == DeliveryState.WAITING, col(other.due_at) <= at),
        ),
    )
    return select(Outbox).where(
        col(Outbox.state).in_(open_states),
        col(Outbox.due_at) <= at,
        or_(col(Outbox.state) != DeliveryState.CLAIMED, col(Outbox.lease_until) <= at),
        ~exists().where(same_key, or_(in_hand, older_first)),
    )


def settle(session: Session, row_id: UUID, outcome: Outcome, deliverer: Deliverer, *, at: datetime) -> None:
    """Record how the delivery of a claimed row ended."""
    row = session.get_one(Outbox, row_id, with_for_update=True)
    if outcome.state == DeliveryState.RETRY and row.attempts >= MAXIMUM_ATTEMPTS:
        lost = DeliveryState.UNCERTAIN if outcome.result == "uncertain" else DeliveryState.DEAD
        outcome = Outcome(lost, outcome.result, outcome.reference)
    row.state, row.result, row.lease_until = outcome.state, outcome.result, None
    row.reference = outcome.reference or row.reference
    if outcome.state == DeliveryState.RETRY:
        row.due_at = at + retry_delay(row.attempts)
    elif outcome.state == DeliveryState.WAITING:
        row.due_at, row.attempts = outcome.due_at or at, row.attempts - 1
    else:
        row.settled_at = at
    session.add(row)
    deliverer.settled(session, row, outcome, at=at)


def retry_delay(attempts: int) -> timedelta:
    """Twice as long after each attempt, up to an hour, plus up to a quarter so that retries spread."""
    seconds = min(_FIRST_RETRY_SECONDS * 2 ** (attempts - 1), _LONGEST_RETRY_SECONDS)
    return timedelta(seconds=seconds * random.uniform(1, 1.25))  # noqa: S311 - spreading load, not a secret


def queue_age_seconds(session: Session, *, at: datetime) -> float:
    """For how long the oldest due row has been waiting."""
    query = select(func.min(Outbox.due_at)).where(
        col(Outbox.state).in_([DeliveryState.WAITING, DeliveryState.RETRY]), col(Outbox.due_at) <= at
    )
    oldest = session.execute(query).scalar()
    return (at - oldest).total_seconds() if oldest else 0.0


def stuck_deliveries(session: Session, organization_id: UUID, *, limit: int = 100) -> Sequence[Outbox]:
    """The dead and the uncertain of one organization, newest first."""
    query = (
        select(Outbox)
        .where(
            col(Outbox.organization_id) == organization_id,
            col(Outbox.state).in_([DeliveryState.DEAD, DeliveryState.UNCERTAIN]),
        )
        .order_by(col(Outbox.id).desc())
        .limit(limit)
    )
    return session.execute(query).scalars().all()


def resend(session: Session, actor: Actor, row_id: UUID, *, at: datetime) -> Outbox:
    """A person looked at a dead or uncertain delivery and wants it sent.

    Raises NotFound, NotAllowed, NotPossibleNow (it is not stuck).
    """
    row = session.get(Outbox, row_id, with_for_update=True)
    if row is None:
        raise NotFound("There is no such record")
    check(actor, Permission.DELIVERY_MANAGE, row)
    if row.state not in (DeliveryState.DEAD, DeliveryState.UNCERTAIN):
        raise NotPossibleNow("This delivery is not stuck")
    row.state, row.attempts, row.due_at, row.result = DeliveryState.WAITING, 0, at, ""
    session.add(row)
    record(session, actor, "delivery.resend", row, at=at)
    return row
