"""Handing what is due in the outbox to the deliverer of its kind; no transaction is open while something is sent."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from cie import events
from cie.db import transaction
from cie.errors import Busy
from cie.events import Claimed, Deliverer, DeliveryState, Outcome

log = logging.getLogger("cie.delivery")
BROKEN_ATTEMPTS = 5
"""After so many attempts a row that cannot even be prepared is a dead letter."""


Clock = Callable[[], datetime]


def _clock() -> datetime:
    return datetime.now(UTC)


def deliver_next(deliverers: Mapping[str, Deliverer], now: Clock = _clock) -> bool:
    """Deliver the row that has waited longest; False when none may go.

    One at a time: a row that waited behind another in a worker's hands would outlive its lease.
    """
    with transaction() as session:
        claimed = events.claim(session, deliverers.keys(), at=now())
    for row in claimed:
        deliver(deliverers[row.kind], row, now)
    return bool(claimed)


def deliver(deliverer: Deliverer, claimed: Claimed, now: Clock = _clock) -> None:
    """Deliver one claimed row: prepare in a transaction, send in none, record in another."""
    prepared = _prepared(deliverer, claimed, now())
    if prepared is None:
        return
    outcome = prepared if isinstance(prepared, Outcome) else _sent(deliverer, prepared, claimed)
    with transaction() as session:
        is_ours = events.settle(session, claimed, outcome, deliverer, at=now())
    state = outcome.state.value if is_ours else "taken over"
    log.info("delivery", extra={"row": str(claimed.id), "state": state, "result": outcome.result})


def _prepared(deliverer: Deliverer, claimed: Claimed, at: datetime) -> Any:
    """What to send or how it ended without sending; None when somebody else took the row over."""
    try:
        with transaction() as session:
            row = events.held(session, claimed)
            return deliverer.prepare(session, row, at=at) if row else None
    except Busy:
        raise
    except Exception:
        # one row that cannot be prepared must not stop the others, nor be tried for ever
        log.exception("a delivery cannot be prepared", extra={"row": str(claimed.id)})
        state = DeliveryState.RETRY if claimed.attempts < BROKEN_ATTEMPTS else DeliveryState.DEAD
        return Outcome(state, events.UNCERTAIN if claimed.interrupted else "broken")


def _sent(deliverer: Deliverer, prepared: object, claimed: Claimed) -> Outcome:
    try:
        return deliverer.send(prepared, interrupted=claimed.interrupted)
    except Exception:
        # whatever went wrong, the row must not stay claimed, and whether it went is not known
        log.exception("a delivery broke", extra={"row": str(claimed.id)})
        return Outcome(DeliveryState.RETRY, events.UNCERTAIN)
