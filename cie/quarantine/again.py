"""Sending a refused message again, as its program would now: at today's rules, and once for good."""

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import events, identity
from cie.access import Actor, Door
from cie.errors import CieError, NotPossibleNow
from cie.identity import LiveToken
from cie.quarantine.keeping import Message, Refused, codes_in, row_of
from cie.quarantine.models import MessageState, RefusedMessage
from cie.quarantine.tending import get_message, require_waiting, waiting_message

Work = Callable[[Session], Sequence[str]]
"""Does what a message says, in one transaction; what it made or changed, as `Type/id`."""


@dataclass(frozen=True)
class Part:
    """What one entry of a batch asks, as a message of its own; `route`: its address as a pattern."""

    message: Message
    route: str


Reader = Callable[[Message, LiveToken, datetime], Work | Sequence[Part]]
"""Reads a message as its door does, with a token that counts now: what does it, or the parts of a batch, each of which
is sent by itself. Raises StillRefused, as does the work.
"""


class StillRefused(CieError):
    """A message that was sent again was refused again, with this status and OperationOutcome."""

    code = "business-rule"

    def __init__(self, status: int, outcome: Mapping[str, Any]) -> None:
        super().__init__("This was refused again")
        self.status, self.outcome = status, outcome


def to_send_again(session: Session, actor: Actor, message_id: UUID, *, at: datetime) -> tuple[Message, LiveToken]:
    """A message that waits, and what its token would be worth now.

    Raises NotFound, NotAllowed, NotPossibleNow (it was taken; only its hash is here; its program may not send now).
    """
    row = require_waiting(get_message(session, actor, message_id))
    if not row.is_whole:
        raise NotPossibleNow("This was too large to be kept. Let the program send it again")
    token = identity.worth_today(session, row.client_id, scopes=row.scopes, purpose=row.purpose, door=Door.FHIR, at=at)
    asked = row.asked
    return Message(row.method, asked["path"], asked["query"], asked["headers"], b64decode(row.body)), token


def take_again(session: Session, actor: Actor, message_id: UUID, work: Work, *, at: datetime) -> RefusedMessage:
    """Do what a message says, and mark it in the same transaction, so that it is done once; its body goes.

    Raises NotFound, NotAllowed, NotPossibleNow (it was taken), StillRefused.
    """
    row = waiting_message(session, actor, message_id)
    row.became = list(work(session))
    row.state, row.taken_at, row.asked, row.body = MessageState.TAKEN, at, None, None
    row.tries, row.tried_at = row.tries + 1, at
    session.add(row)
    events.record(session, actor, "message.take", row, at=at, client=str(row.client_id))
    return row


def take_apart(session: Session, actor: Actor, message_id: UUID, parts: Sequence[Part], *, at: datetime) -> list[UUID]:
    """Put in the place of a batch what its entries ask, so that each is done once; the ids, in their order.

    Nothing of them is done yet, and each goes by itself when the batch would have. Raises NotFound, NotAllowed,
    NotPossibleNow (it was taken).
    """
    row = waiting_message(session, actor, message_id)
    kept = [_kept(row, part) for part in parts]
    session.add_all(kept)
    row.state, row.taken_at, row.asked, row.body = MessageState.TAKEN, at, None, None
    row.tries, row.tried_at = row.tries + 1, at
    session.add(row)
    events.record(session, actor, "message.take-apart", row, at=at, client=str(row.client_id), parts=len(kept))
    return [each.id for each in kept]


def _kept(batch: RefusedMessage, part: Part) -> RefusedMessage:
    """A part of a batch as it waits, with the reason for which the whole was refused."""
    refused = Refused(part.message, part.route, batch.scopes, batch.purpose, batch.status, batch.outcome)
    row = row_of(refused, batch.organization_id, batch.client_id, batch.received_at, batch.expires_at)
    row.part_of_id = batch.id
    return row


def note_still_refused(
    session: Session, actor: Actor, message_id: UUID, refused: StillRefused, *, at: datetime
) -> None:
    """Keep why it was refused this time. Raises NotFound, NotAllowed, NotPossibleNow (it was taken meanwhile)."""
    row = waiting_message(session, actor, message_id)
    row.status, row.codes, row.outcome = refused.status, codes_in(refused.outcome), dict(refused.outcome)
    row.tries, row.tried_at = row.tries + 1, at
    session.add(row)
    events.record(session, actor, "message.refuse-again", row, at=at, codes=row.codes)
