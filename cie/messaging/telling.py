"""Queueing texts: who may be told, through which number, and when. No words are kept here, only template and codes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import calendar, consent, events, people
from cie.db import match_key, stands_apart
from cie.messaging.models import PhoneStop
from cie.people import ContactPoint, Person

KIND = "text"
_hours = [9, 20]


def use_text_hours(first: int, last: int) -> None:
    """Set the local hours between which a text that is not an answer may go."""
    _hours[:] = [first, last]


def tell(
    session: Session,
    person: Person,
    template: str,
    subject_id: UUID,
    *,
    at: datetime,
    codes: dict[str, Any] | None = None,
) -> None:
    """Tell the person by text, once per template and subject, if they may be texted at all."""
    point = _reachable(session, person, people.contact_points(session, person), subject_id, at)
    if point is None:
        return
    introduce(session, person, point, at=at)
    _queue(session, person, point, template, f"{template}:{subject_id}", subject_id, at, codes or {})


def plan_questions(
    session: Session,
    person: Person,
    question: str,
    subject_id: UUID,
    planned: Mapping[str, datetime],
    *,
    codes: dict[str, Any],
) -> None:
    """Plan to put a question to the person at each of these moments; when one is due, it is asked if still wanted."""
    points = people.contact_points(session, person)
    for when, due_at in planned.items():
        point = _reachable(session, person, points, subject_id, due_at)
        if point is not None:
            more = {**codes, "question": question, "when": when}
            _queue(session, person, point, "ask", f"{question}:{subject_id}:{when}", subject_id, due_at, more)


def answer(session: Session, point: ContactPoint, template: str, cause_id: UUID, *, at: datetime) -> None:
    """Answer a text that came in, at any hour, in an order of its own."""
    events.queue(
        session,
        kind=KIND,
        organization_id=point.organization_id,
        destination_id=point.id,
        order_key=f"answer:{cause_id}",
        dedup_key=f"answer:{cause_id}:{template}",
        due_at=at,
        person_id=point.person_id,
        subject_id=cause_id,
        codes={"template": template, "answer": True},
    )


def text_time(point: ContactPoint, at: datetime) -> datetime:
    """`at` if the network's hours and the person's safe hours let a text go then, else when they next do."""
    first, last = max(_hours[0], point.safe_from_hour), min(_hours[1], point.safe_until_hour)
    return calendar.next_text_time(at, first, last)


def is_stopped(session: Session, point: ContactPoint) -> bool:
    """Whether this phone asked for no more texts."""
    return session.get(PhoneStop, stop_key(point)) is not None


def stop_key(point: ContactPoint) -> bytes:
    """Under which key it is kept that a phone wants no texts: the network's, as it holds whoever has the number."""
    return match_key(f"phone:{point.value}") if stands_apart(point.organization_id) else point.value_key


def order_key(point: ContactPoint) -> str:
    """Texts to one phone go in order, whoever shares it."""
    return f"phone:{point.value_key.hex()}"


def _reachable(
    session: Session, person: Person, points: Sequence[ContactPoint], subject_id: UUID, at: datetime
) -> ContactPoint | None:
    own_alone = consent.is_minors_own(session, person, subject_id, at=at)
    point = people.point_to_text(points, own_alone=own_alone)
    if point is None or person.texts_paused_at is not None or is_stopped(session, point):
        return None
    return point


def introduce(session: Session, person: Person, point: ContactPoint, *, at: datetime) -> None:
    """The first text to a phone says who writes, before any other."""
    if point.introduced_at is None:
        _queue(session, person, point, "first-text", f"first-text:{point.id}", point.id, at, {})


def _queue(
    session: Session,
    person: Person,
    point: ContactPoint,
    template: str,
    dedup_key: str,
    subject_id: UUID,
    due_at: datetime,
    codes: dict[str, Any],
) -> None:
    events.queue(
        session,
        kind=KIND,
        organization_id=point.organization_id,
        destination_id=point.id,
        order_key=order_key(point),
        dedup_key=dedup_key,
        due_at=text_time(point, due_at),
        person_id=person.id,
        subject_id=subject_id,
        codes={**codes, "template": template},
    )
