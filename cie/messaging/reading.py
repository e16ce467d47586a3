"""Texts that a person must read: those that answer nothing, and those that say a number is not theirs any more.

Each is to be read on the day it came, by the close of business.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select
from sqlmodel import Session, col

from cie import calendar, events
from cie.access import Actor, Permission, check
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.events import NETWORK
from cie.messaging.models import WARNS_OF, Direction, TextMessage, TextQuestion

COUNTED_TO = 100
LONGEST_NOTE = 2000


def read_by(came_at: datetime) -> datetime:
    """The close of business of the day on which a text came, or of the next business day when that has passed."""
    day = calendar.next_business_day(calendar.local_day(came_at), 0)
    closes = calendar.instant(day, calendar.CLOSES)
    return closes if came_at <= closes else calendar.instant(calendar.next_business_day(day), calendar.CLOSES)


def _last_close(now: datetime) -> datetime:
    """The newest close of business that has passed; what came before it and is unread is late."""
    day = calendar.local_day(now)
    while not calendar.is_business_day(day) or calendar.instant(day, calendar.CLOSES) >= now:
        day -= timedelta(days=1)
    return calendar.instant(day, calendar.CLOSES)


def _unread(actor: Actor, late_at: datetime | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        col(TextMessage.organization_id) == actor.organization_id,
        col(TextMessage.needs_person).is_(True),
        col(TextMessage.handled_at).is_(None),
    ]
    return found if late_at is None else [*found, col(TextMessage.at) <= _last_close(late_at)]


def unread_count(session: Session, actor: Actor, *, late_at: datetime | None = None) -> int:
    """How many texts a person must read, exact to 99; with `late_at` those that are late then. Raises NotAllowed."""
    check(actor, Permission.PERSON_WRITE)
    few = select(literal(1)).select_from(TextMessage).where(*_unread(actor, late_at)).limit(COUNTED_TO).subquery()
    count: int = session.execute(select(func.count()).select_from(few)).scalar_one()
    return count


def unread_texts(
    session: Session, actor: Actor, *, late_at: datetime | None = None, offset: int = 0, limit: int = 50
) -> list[TextMessage]:
    """Texts that a person must read, oldest first. Raises NotAllowed."""
    check(actor, Permission.PERSON_WRITE)
    query = (
        select(TextMessage)
        .where(*_unread(actor, late_at))
        .order_by(col(TextMessage.at), col(TextMessage.id))
        .offset(offset)
        .limit(limit)
    )
    return list(session.execute(query).scalars())


def get_text(session: Session, actor: Actor, message_id: UUID) -> TextMessage:
    """A text that came in from a person of the caller's organization; that they were seen is recorded.

    Raises NotFound, NotAllowed.
    """
    message = session.get(TextMessage, message_id)
    if message is None or message.direction != Direction.IN or message.person_id is None:
        raise NotFound("There is no such record")
    check(actor, Permission.PERSON_WRITE, message)
    events.showed(session, actor, message.person_id)
    return message


def question_before(session: Session, message: TextMessage) -> TextQuestion | None:
    """What was asked of this phone before the text came: the question that was open, else the newest one."""
    query = (
        select(TextQuestion)
        .where(
            col(TextQuestion.organization_id) == message.organization_id,
            col(TextQuestion.person_id) == message.person_id,
            col(TextQuestion.phone_key) == message.phone_key,
            col(TextQuestion.asked_at) <= message.at,
        )
        .order_by((col(TextQuestion.id) == message.question_id).desc(), col(TextQuestion.asked_at).desc())
        .limit(1)
    )
    found: TextQuestion | None = session.execute(query).scalar_one_or_none()
    return found


def handle_text(session: Session, actor: Actor, message_id: UUID, *, note: str, at: datetime) -> TextMessage:
    """A person has read the text, and says what they did. Raises NotFound, NotAllowed, Invalid, NotPossibleNow."""
    message = get_text(session, actor, message_id)
    session.flush()
    session.refresh(message, with_for_update=True)
    if message.handled_at is not None:
        raise NotPossibleNow("A colleague has already read this")
    words = note.strip()
    if len(words) > LONGEST_NOTE:
        raise Invalid("What you did: use at most %(most)s characters", "note", most=LONGEST_NOTE)
    message.handled_at, message.handled_by_id, message.note = at, actor.id, words or None
    session.add(message)
    events.record(session, actor, "text.handle", message, at=at)
    return message


def texts_from_unknown_numbers(session: Session, *, since: datetime) -> int:
    """How many texts came from numbers that nobody here has; they are shown to nobody."""
    query = select(func.count()).where(
        col(TextMessage.organization_id) == NETWORK, col(TextMessage.needs_person), col(TextMessage.at) >= since
    )
    count: int = session.execute(query).scalar_one()
    return count


@dataclass(frozen=True)
class Warnings:
    """How many texts that may speak of danger came from numbers that nobody ever had, and when the newest came."""

    count: int
    newest_at: datetime | None


def warnings_from_unknown_numbers(session: Session, *, since: datetime) -> Warnings:
    """What those who run the exchange are told of them: never the words or the number."""
    query = select(func.count(), func.max(col(TextMessage.at))).where(
        col(TextMessage.organization_id) == NETWORK,
        col(TextMessage.needs_person),
        col(TextMessage.codes)[WARNS_OF].as_string().is_not(None),
        col(TextMessage.at) >= since,
    )
    return Warnings(*session.execute(query).one())
