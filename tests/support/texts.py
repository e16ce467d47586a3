"""Texts without a network: a gateway that keeps what it was given, and what stands in the outbox."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import select

from cie.app import compose
from cie.db import reading
from cie.events import Outbox
from cie.jobs import deliver_next
from cie.messaging import KIND, TextDeliverer
from cie.messaging.gateway import Sent
from cie.settings import Settings


@dataclass
class RecordingGateway:
    """Takes every text, unless `fails` gives an error to raise. `loses`: it takes the text, then fails."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    fails: Callable[[], Exception | None] = lambda: None
    loses: bool = False
    looked_up: int = 0

    def send(self, to: str, body: str, *, status_callback: str) -> Sent:
        error = self.fails()
        if error and not self.loses:
            raise error
        sid = f"SM{len(self.sent):032d}"
        self.sent.append((to, body, sid))
        if error:
            raise error
        return Sent(sid, "queued")

    def find(self, to: str, body: str, *, since: datetime, known: frozenset[str] = frozenset()) -> Sent | None:
        self.looked_up += 1
        found = [sid for t, b, sid in self.sent if (t, b) == (to, body) and sid not in known]
        return Sent(found[-1], "sent") if found else None

    @property
    def bodies(self) -> list[str]:
        return [body for _to, body, _sid in self.sent]


def text_deliverer(settings: Settings, gateway: RecordingGateway) -> TextDeliverer:
    deliverer = compose(settings).deliverers[KIND]
    assert isinstance(deliverer, TextDeliverer)
    return replace(deliverer, gateway=gateway)


def deliver_all(settings: Settings, gateway: RecordingGateway) -> int:
    """Deliver until nothing may go; returns how many rows were taken."""
    deliverers, taken = {KIND: text_deliverer(settings, gateway)}, 0
    while deliver_next(deliverers):
        taken += 1
    return taken


def outbox() -> dict[str, Outbox]:
    """The rows of the outbox by template, the newest of each."""
    with reading() as session:
        rows = session.exec(select(Outbox).order_by(Outbox.id)).all()
    return {row.codes.get("template", row.kind): row for row in rows}
