"""Texts that come in: read, kept, and handed on. Danger goes to the named person on call, the unclear to a person.

A text from a number that nobody here has stays with the network: it is shown to nobody, and `cie doctor` counts it.
When it speaks of danger it goes to whoever had that number before; if nobody ever had, it is counted apart, and those
who run the exchange are told to look for it where the provider of texts keeps it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events, people
from cie.access import Actor, ActorKind, Door, Purpose
from cie.db import every_match_key
from cie.events import NETWORK
from cie.messaging.danger import LANGUAGES, classify
from cie.messaging.delivery import learn_refusal
from cie.messaging.gateway import refusal_for
from cie.messaging.models import WARNS_OF, Direction, PhoneStop, TextMessage, TextQuestion
from cie.messaging.replies import ASK, Reply, ReplyKind, read_reply
from cie.messaging.telling import answer, stop_key
from cie.people import AlertSource, ContactPoint, ContactState, Person

STATUS_RANK = {
    status: rank
    for rank, status in enumerate(
        ["", "accepted", "scheduled", "queued", "sending", "sent", "undelivered", "failed", "delivered", "read"]
    )
}
_SOMEBODY = Actor(ActorKind.PERSON, purpose=Purpose.PERSON_REQUEST, door=Door.TEXT)


@dataclass(frozen=True)
class Answered:
    """The open question that a text answered, its subject, and the digit; the edge calls the verb for it."""

    question: str
    subject_id: UUID
    digit: str
    actor: Actor
    point: ContactPoint
    message_id: UUID


def receive(session: Session, *, phone: str, body: str, gateway_id: str, at: datetime) -> Answered | None:
    """Take in one text. A second delivery of the same one (`gateway_id`) changes nothing.

    Returns the question that it answered, when it did.
    """
    events.claim_key(session, NETWORK, f"text:{gateway_id}", b"text", at=at)
    if _known(session, gateway_id):
        return None
    keys = every_match_key("phone:" + phone)
    question = _open_question(session, keys, at)
    point = _whose(session, keys, question)
    warning = classify(body, LANGUAGES[0]).kind if point is None else None
    point = _who_had_it(session, keys) if warning else point
    message = _keep(session, point.value_key if point else keys[0], point, question, body, gateway_id, at)
    if point is None:
        message.codes = {WARNS_OF: warning} if warning else {}
        wish = read_reply(body, LANGUAGES[0], None).kind
        if wish in _FOR_THE_PHONE:
            _stop_or_start(session, _SOMEBODY, message, keys[0], wish, at=at)
        return None
    person = session.get_one(Person, point.person_id)
    events.record(session, _person_actor(person), "text.receive", message, at=at)
    reply = read_reply(body, person.language, ASK if question else None)
    danger = classify(body, person.language)
    if danger.kind:
        _alarm(session, person, point, message, danger.kind, at=at)
        if reply.kind == ReplyKind.STOP:
            _stop_or_start(session, _person_actor(person), point, keys[0], reply.kind, at=at)
        return None
    if reply.kind == ReplyKind.ANSWER and question and reply.value:
        question.closed_at, question.answer = at, reply.value
        session.add(question)
        return Answered(question.question, question.subject_id, reply.value, _person_actor(person), point, message.id)
    _act(session, person, point, message, reply, at=at)
    return None


def _stop_or_start(
    session: Session, actor: Actor, subject: ContactPoint | TextMessage, key: bytes, wish: ReplyKind, *, at: datetime
) -> None:
    """Stop and start hold for the phone itself, whoever has its number now or later."""
    if wish == ReplyKind.STOP:
        session.merge(PhoneStop(phone_key=key, stopped_at=at))
    elif stop := session.get(PhoneStop, key):
        session.delete(stop)
    events.record(session, actor, f"text.{wish.value}", subject, at=at)


def _known(session: Session, gateway_id: str) -> bool:
    query = select(col(TextMessage.id)).where(col(TextMessage.gateway_id) == gateway_id)
    return session.execute(query).first() is not None


def _open_question(session: Session, keys: Sequence[bytes], at: datetime) -> TextQuestion | None:
    """What was asked of this phone; the newest, as one that stands apart asks beside the others."""
    query = select(TextQuestion).where(
        col(TextQuestion.phone_key).in_(keys), col(TextQuestion.closed_at).is_(None), col(TextQuestion.expires_at) > at
    )
    newest = query.order_by(col(TextQuestion.asked_at).desc()).limit(1)
    question: TextQuestion | None = session.execute(newest.with_for_update()).scalar_one_or_none()
    return question


def _whose(session: Session, keys: Sequence[bytes], question: TextQuestion | None) -> ContactPoint | None:
    """Whose phone it is: of the one who was asked, else of the one who got our newest text, else the newest entry."""
    if question:
        return session.get(ContactPoint, question.contact_point_id)
    newest = (
        select(col(TextMessage.contact_point_id))
        .where(col(TextMessage.phone_key).in_(keys), col(TextMessage.direction) == Direction.OUT)
        .order_by(col(TextMessage.at).desc())
        .limit(1)
    )
    point_id = session.execute(newest).scalar()
    if point_id:
        return session.get(ContactPoint, point_id)
    query = select(ContactPoint).where(col(ContactPoint.value_key).in_(keys), col(ContactPoint.is_current))
    return session.execute(query.order_by(col(ContactPoint.id).desc()).limit(1)).scalar_one_or_none()


def _who_had_it(session: Session, keys: Sequence[bytes]) -> ContactPoint | None:
    """Whose number it was, last entered first, though it stands with them no longer: better than with nobody."""
    query = select(ContactPoint).where(col(ContactPoint.value_key).in_(keys))
    return session.execute(query.order_by(col(ContactPoint.id).desc()).limit(1)).scalar_one_or_none()


def _person_actor(person: Person) -> Actor:
    return Actor(ActorKind.PERSON, person.id, person.organization_id, purpose=Purpose.PERSON_REQUEST, door=Door.TEXT)


def _keep(
    session: Session,
    key: bytes,
    point: ContactPoint | None,
    question: TextQuestion | None,
    body: str,
    gateway_id: str,
    at: datetime,
) -> TextMessage:
    message = TextMessage(
        organization_id=point.organization_id if point else NETWORK,
        person_id=point.person_id if point else None,
        contact_point_id=point.id if point else None,
        phone_key=key,
        direction=Direction.IN,
        question_id=question.id if question else None,
        gateway_id=gateway_id,
        status="received",
        needs_person=point is None,
        at=at,
    )
    message.body = body
    session.add(message)
    session.flush()
    return message


def _alarm(
    session: Session, person: Person, point: ContactPoint, message: TextMessage, kind: str, *, at: datetime
) -> None:
    people.raise_alert(session, _person_actor(person), person, AlertSource.TEXT, kind, message.id, at=at)
    answer(session, point, "danger-reply", message.id, at=at)


def _act(
    session: Session, person: Person, point: ContactPoint, message: TextMessage, reply: Reply, *, at: datetime
) -> None:
    if reply.kind in _FOR_THE_PHONE:
        _stop_or_start(session, _person_actor(person), point, stop_key(point), reply.kind, at=at)
    elif reply.kind == ReplyKind.LANGUAGE and reply.value:
        people.set_language(session, _person_actor(person), person, reply.value, at=at)
    elif reply.kind in _ENDS:
        _end_texts(session, point, message, _ENDS[reply.kind], at=at)
    elif reply.kind == ReplyKind.UNCLEAR:
        message.needs_person = True
    session.add(message)
    template = _ANSWERS.get(reply.kind)
    if template:
        answer(session, point, template, message.id, at=at)


_FOR_THE_PHONE = (ReplyKind.STOP, ReplyKind.START)
_ENDS = {
    ReplyKind.WRONG_NUMBER: ContactState.WRONG_NUMBER,
    ReplyKind.MOVED: ContactState.MOVED,
    ReplyKind.DECEASED: ContactState.DECEASED,
}
_ANSWERS = {
    ReplyKind.STOP: "stopped",
    ReplyKind.START: "started",
    ReplyKind.HELP: "help-reply",
    ReplyKind.LANGUAGE: "language-set",
    ReplyKind.WRONG_NUMBER: "wrong-number-goodbye",
    ReplyKind.UNCLEAR: "unclear",
}


def _end_texts(
    session: Session, point: ContactPoint, message: TextMessage, state: ContactState, *, at: datetime
) -> None:
    """A number that is not theirs any more gets nothing more, for whomever it stands; staff learn of it."""
    keys = every_match_key(f"phone:{point.value}")
    query = select(ContactPoint).where(col(ContactPoint.value_key).in_(keys), col(ContactPoint.is_current))
    for same in session.execute(query).scalars():
        # in each owner's own record, so that nobody learns who else has the number
        owner = _person_actor(session.get_one(Person, same.person_id))
        events.changed(session, owner, same, {"state": [same.state.value, state.value]}, at=at)
        events.record(session, owner, f"text.{state.value}", same, at=at)
        same.state = state
        session.add(same)
    message.needs_person = True


def keep_status(session: Session, gateway_id: str, status: str, error_code: int | None = None, *, at: datetime) -> bool:
    """Keep a status word of the gateway; words may come twice or late and never lead backward.

    A code says why a text did not arrive: its phone may have opted out or may not be one that can be texted.
    Returns whether the text is known.
    """
    query = select(TextMessage).where(col(TextMessage.gateway_id) == gateway_id)
    message = session.execute(query.with_for_update()).scalar_one_or_none()
    if message is not None and STATUS_RANK.get(status, 0) > STATUS_RANK.get(message.status, 0):
        message.status = status
        session.add(message)
        if error_code is not None:
            learn_refusal(session, message.contact_point_id, refusal_for(error_code).kind, at=at)
    return message is not None
