"""Handing what is due in the outbox to the deliverer of its kind; no transaction is open while something is sent."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from cie import events
from cie.db import transaction
from cie.events import Claimed, Deliverer, DeliveryState, Outcome

log = logging.getLogger("cie.delivery")


def deliver_due(deliverers: Mapping[str, Deliverer], *, limit: int = 10) -> int:
    """Deliver one batch of what is due; returns how many rows were taken."""
    with transaction() as session:
        claimed = events.claim(session, at=datetime.now(UTC), limit=limit)
    for row in claimed:
        deliver(deliverers[row.kind], row)
    return len(claimed)


def deliver(deliverer: Deliverer, claimed: Claimed) -> None:
    """Deliver one claimed row: prepare in a transaction, send in none, record in another."""
    with transaction() as session:
        row = session.get_one(events.Outbox, claimed.id)
        prepared = deliverer.prepare(session, row, at=datetime.now(UTC))
    outcome = prepared if isinstance(prepared, Outcome) else _sent(deliverer, prepared, claimed)
    with transaction() as session:
        events.settle(session, claimed.id, outcome, deliverer, at=datetime.now(UTC))
    log.info("delivery", extra={"row": str(claimed.id), "state": outcome.state.value, "result": outcome.result})


def _sent(deliverer: Deliverer, prepared: object, claimed: Claimed) -> Outcome:
    try:
        return deliverer.send(prepared, interrupted=claimed.interrupted)
    except Exception:
        # whatever went wrong, the row must not stay claimed, and whether it went is not known
        log.exception("a delivery broke", extra={"row": str(claimed.id)})
        return Outcome(DeliveryState.RETRY, "uncertain")
