"""Looking after what was refused: lists, one message, what it says, throwing it away."""

from base64 import b64decode
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from cie import events
from cie.access import Actor, Permission, check
from cie.errors import NotFound, NotPossibleNow
from cie.quarantine.models import MessageState, RefusedMessage

_ROW: Any = RefusedMessage


def messages_of(actor: Actor, client_id: UUID | None = None) -> "Select[Any]":
    """The refused messages of the caller's organization, or of one program of it, newest first; without what they say.

    Raises NotAllowed.
    """
    check(actor, Permission.CLIENT_MANAGE)
    query = (
        select(RefusedMessage)
        .options(defer(_ROW.body_sealed, raiseload=True), defer(_ROW.asked_sealed, raiseload=True))
        .where(col(RefusedMessage.organization_id) == actor.organization)
        .order_by(col(RefusedMessage.id).desc())
    )
    return query if client_id is None else query.where(col(RefusedMessage.client_id) == client_id)


def parts_of(session: Session, actor: Actor, message_id: UUID) -> Sequence[RefusedMessage]:
    """The messages that a batch was taken apart into, in their order there; none for any other. Raises NotAllowed."""
    query = messages_of(actor).where(col(RefusedMessage.part_of_id) == message_id)
    return session.execute(query.order_by(None).order_by(col(RefusedMessage.id))).scalars().all()


def waiting_by_program(session: Session, actor: Actor) -> dict[UUID, int]:
    """How many messages wait, by program of the caller's organization; none of those of which nothing waits."""
    check(actor, Permission.CLIENT_MANAGE)
    query = (
        select(col(RefusedMessage.client_id), func.count())
        .where(
            col(RefusedMessage.organization_id) == actor.organization,
            col(RefusedMessage.state) == MessageState.WAITING,
        )
        .group_by(col(RefusedMessage.client_id))
    )
    return dict(tuple(row) for row in session.execute(query))


def get_message(session: Session, actor: Actor, message_id: UUID, *, for_change: bool = False) -> RefusedMessage:
    """One message of the caller's organization. Raises NotFound, also for one of another organization, NotAllowed."""
    check(actor, Permission.CLIENT_MANAGE)
    row = session.get(RefusedMessage, message_id, with_for_update=for_change or None)
    if row is None or row.organization_id != actor.organization:
        raise NotFound("There is no such record")
    return row


def waiting_message(session: Session, actor: Actor, message_id: UUID) -> RefusedMessage:
    """One that waits, held until the transaction ends. Raises NotFound, NotAllowed, NotPossibleNow."""
    return require_waiting(get_message(session, actor, message_id, for_change=True))


def require_waiting(row: RefusedMessage) -> RefusedMessage:
    """The message, which was not taken so far. Raises NotPossibleNow."""
    if row.state is not MessageState.WAITING:
        raise NotPossibleNow("This message was taken already")
    return row


def open_message(session: Session, actor: Actor, message_id: UUID, *, at: datetime) -> bytes:
    """What a message says, byte by byte; that the caller opened it is recorded.

    It may be about anybody whom the organization serves, so it takes somebody who may read of them as well. Raises
    NotFound, NotAllowed.
    """
    row = get_message(session, actor, message_id)
    check(actor, Permission.MESSAGE_OPEN, row)
    if row.body_sealed is None:
        raise NotFound("There is no such record")
    events.record(session, actor, "message.open", row, at=at)
    return b64decode(row.body)


def discard_message(session: Session, actor: Actor, message_id: UUID, *, at: datetime) -> None:
    """Throw away a message that nobody will send again; that is recorded.

    Raises NotFound, NotAllowed, NotPossibleNow (it was taken).
    """
    row = waiting_message(session, actor, message_id)
    events.record(session, actor, "message.discard", row, at=at, client=str(row.client_id))
    session.delete(row)
