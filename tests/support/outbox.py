"""The outbox as the worker meets it: its clock jumps to whatever is due next."""

from datetime import datetime
from typing import Protocol

from sqlalchemy import func, select
from sqlmodel import col

from cie.db import reading
from cie.events import ON_THE_WAY, Outbox


class Delivering(Protocol):
    """Whoever delivers what may go at `now`."""

    now: datetime

    def deliver(self) -> None: ...


def deliver_until(worker: Delivering, end: datetime) -> None:
    """It works on until then."""
    worker.deliver()
    while (due := _next_due(worker.now)) is not None and due <= end:
        worker.now = due
        worker.deliver()
    worker.now = end


def _next_due(after: datetime) -> datetime | None:
    with reading() as session:
        later = select(func.min(Outbox.due_at)).where(col(Outbox.state).in_(ON_THE_WAY), col(Outbox.due_at) > after)
        return session.execute(later).scalar()
