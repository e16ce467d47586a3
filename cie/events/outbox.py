"""The one outbox: claiming what is due, handing it to the deliverer of its kind, keeping the result.

In each order key (which begins with its destination) the oldest due row goes first. A row claimed or awaiting a retry
holds back younger ones of its key; one that only waits for its first due time holds back none; a dead letter frees
its key.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from cie.access import Actor, Permission, check
from cie.errors import NotFound, NotPossibleNow
from cie.events.models import DeliveryState, Outbox
from cie.events.recording import record

LEASE = timedelta(seconds=60)
"""How long a worker may hold a row; longer than the slowest look-up and sending together."""
MAXIMUM_ATTEMPTS = 100
"""About a day, so that a night without the gateway loses nothing."""
ON_THE_WAY = (DeliveryState.WAITING, DeliveryState.RETRY, DeliveryState.CLAIMED)
"""Where a delivery may still go."""
STUCK = (DeliveryState.DEAD, DeliveryState.UNCERTAIN)
"""Where a delivery waits for somebody to look at it."""
UNCERTAIN = "uncertain"
"""The result of an attempt that may have reached the other side."""
_FIRST_RETRY_SECONDS = 15
_LONGEST_RETRY_SECONDS = 900


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
    attempts: int
    interrupted: bool
    lease_until: datetime


def claim(session: Session, kinds: Collection[str], *, at: datetime, limit: int = 1) -> list[Claimed]:
    """Take rows of these kinds that may go now, each for one lease."""
    query = _claimable(at).where(col(Outbox.kind).in_(kinds)).order_by(col(Outbox.due_at), col(Outbox.id)).limit(limit)
    rows = session.execute(query.with_for_update(skip_locked=True)).scalars().all()
    return [_take(session, row, at) for row in rows]


def _take(session: Session, row: Outbox, at: datetime) -> Claimed:
    interrupted = row.state == DeliveryState.CLAIMED or row.result == UNCERTAIN
    row.state, row.lease_until, row.attempts = DeliveryState.CLAIMED, at + LEASE, row.attempts + 1
    session.add(row)
    return Claimed(row.id, row.kind, row.attempts, interrupted, row.lease_until)


def held(session: Session, claimed: Claimed) -> Outbox | None:
    """The claimed row, unless its lease ended and somebody else took it over."""
    row = session.get(Outbox, claimed.id, with_for_update=True)
    if row is None or row.state != DeliveryState.CLAIMED or row.lease_until != claimed.lease_until:
        return None
    return row


def _claimable(at: datetime) -> Any:
    return select(Outbox).where(
        _is_open(Outbox.state),
        col(Outbox.due_at) <= at,
        or_(col(Outbox.state) != DeliveryState.CLAIMED, col(Outbox.lease_until) <= at),
        ~exists().where(*_goes_before(aliased(Outbox), at)),
    )


def _is_open(state: Any) -> ColumnElement[bool]:
    """The states are written into the statement: only so does a database see that its index of the open rows will do.

    What went long ago is left out by the index then, or each claim would read the whole history.
    """
    return col(state).in_(bindparam("on_the_way", ON_THE_WAY, expanding=True, literal_execute=True))


def _goes_before(other: Any, at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Another row of the same key is in hand, or older, and due or begun."""
    is_in_hand = and_(other.state == DeliveryState.CLAIMED, other.lease_until > at)
    is_older = and_(other.id < Outbox.id, or_(other.state != DeliveryState.WAITING, other.due_at <= at))
    return other.order_key == Outbox.order_key, _is_open(other.state), or_(is_in_hand, is_older)


def settle(session: Session, claimed: Claimed, outcome: Outcome, deliverer: Deliverer, *, at: datetime) -> bool:
    """Record how the delivery of a claimed row ended; False when somebody else took it over meanwhile."""
    row = held(session, claimed)
    if row is None:
        return False
    if outcome.state == DeliveryState.RETRY and row.attempts >= MAXIMUM_ATTEMPTS:
        lost = DeliveryState.UNCERTAIN if outcome.result == UNCERTAIN else DeliveryState.DEAD
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
    return True


def retry_delay(attempts: int) -> timedelta:
    """Twice as long after each attempt, up to a quarter of an hour, plus up to a quarter so that retries spread."""
    seconds = min(_FIRST_RETRY_SECONDS * 2 ** min(attempts - 1, 10), _LONGEST_RETRY_SECONDS)
    return timedelta(seconds=seconds * random.uniform(1, 1.25))  # noqa: S311 - spreading load, not a secret


def queue_age_seconds(session: Session, *, at: datetime) -> float:
    """For how long the oldest row that could go has been waiting for a worker.

    Rows held back by their key do not count: they wait for the other side, not for us.
    """
    oldest = session.execute(_claimable(at).order_by(col(Outbox.due_at)).limit(1)).scalar()
    return (at - oldest.due_at).total_seconds() if oldest else 0.0


def stuck_deliveries(session: Session, organization_id: UUID, *, limit: int = 100) -> Sequence[Outbox]:
    """The dead and the uncertain of one organization, newest first."""
    query = (
        select(Outbox)
        .where(
            col(Outbox.organization_id) == organization_id,
            col(Outbox.state).in_(STUCK),
        )
        .order_by(col(Outbox.id).desc())
        .limit(limit)
    )
    return session.execute(query).scalars().all()


def stuck(actor: Actor, kind: str) -> Select[Outbox]:
    """The dead and the uncertain of one kind of the caller's organization, newest first. Raises NotAllowed."""
    check(actor, Permission.DELIVERY_MANAGE)
    mine = (col(Outbox.organization_id) == actor.organization, col(Outbox.kind) == kind)
    return select(Outbox).where(*mine, col(Outbox.state).in_(STUCK)).order_by(col(Outbox.id).desc())


def resend(session: Session, actor: Actor, row_id: UUID, *, at: datetime) -> Outbox:
    """A person looked at a dead or uncertain delivery and wants it sent; an uncertain one is looked up first.

    Raises NotFound, NotAllowed, NotPossibleNow (it is not stuck).
    """
    row = session.get(Outbox, row_id, with_for_update=True)
    if row is None:
        raise NotFound("There is no such record")
    check(actor, Permission.DELIVERY_MANAGE, row)
    if row.state not in STUCK:
        raise NotPossibleNow("This delivery is not stuck")
    row.result = UNCERTAIN if row.state == DeliveryState.UNCERTAIN else ""
    row.state, row.attempts, row.due_at, row.settled_at = DeliveryState.WAITING, 0, at, None
    session.add(row)
    record(session, actor, "delivery.resend", row, at=at)
    return row


def reopen(session: Session, ids: Select[UUID], *, at: datetime) -> int:
    """Let deliveries that ended go once more, from the start of their schedule; how many those are.

    For kinds whose receivers know a repeat by its id, since nobody looks first whether it arrived.
    """
    again = {"state": DeliveryState.WAITING, "attempts": 0, "due_at": at, "settled_at": None, "result": ""}
    is_free = col(Outbox.state) != DeliveryState.CLAIMED
    query = update(Outbox).where(col(Outbox.id).in_(ids), is_free).values(again)
    done = session.execute(query, execution_options={"synchronize_session": False})
    return done.rowcount  # type: ignore[attr-defined, no-any-return]  # a cursor result
