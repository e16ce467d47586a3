"""What a person asks of their own record: a copy, a correction, a deletion, who saw it, less sharing. Each has a clock.

A case keeps the question and the answer. It changes no record: whoever grants a correction makes it where it belongs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from cie import calendar, people
from cie.access import Actor, Permission, check
from cie.errors import Invalid, NotPossibleNow
from cie.privacy import deadlines
from cie.privacy.history import LONGEST_NAME, open_case, require_words, write_down, wrong_day, wrong_words
from cie.privacy.models import PersonRequest, RequestKind, RequestState, Step

DECISIONS = frozenset({RequestState.GRANTED, RequestState.PARTLY_GRANTED, RequestState.DENIED, RequestState.WITHDRAWN})


@dataclass(frozen=True)
class Asked:
    """What a person asked, as it is written down; `asker`: who asked in the person's name, when somebody did."""

    kind: RequestKind
    asked: str
    received_on: date
    asker: str = ""


def open_request(session: Session, actor: Actor, person_id: UUID, asked: Asked, *, at: datetime) -> PersonRequest:
    """Write down what a person asked; the clock runs from the day on which it was received.

    Raises NotFound, NotAllowed; Invalid with every fault at once.
    """
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    person = people.get_person(session, actor, person_id)
    faults = list(_faults(asked, at=at))
    if faults:
        raise Invalid.all(faults)
    rule = deadlines.figure(asked.kind.value, asked.received_on)
    request = PersonRequest(
        organization_id=person.organization_id,
        person_id=person.id,
        kind=asked.kind,
        received_on=asked.received_on,
        due_on=rule.due_after(asked.received_on) if rule else None,
        law=rule.source if rule else "",
        opened_at=at,
        opened_by_id=actor.id,
    )
    request.asked, request.asker = asked.asked.strip(), asked.asker.strip() or None
    write_down(session, actor, request, Step.OPENED, at=at)
    return request


def _faults(asked: Asked, *, at: datetime) -> Iterator[Invalid]:
    yield from wrong_words("What they ask for", "asked", asked.asked)
    yield from wrong_words("Who asks for them", "asker", asked.asker, most=LONGEST_NAME, needed=False)
    yield from wrong_day("Received on", "received_on", asked.received_on, at=at)


def extension_days(request: PersonRequest) -> int:
    """The days that may still be added to the clock; 0 when none may be."""
    rule = deadlines.figure(request.kind.value, request.received_on)
    return rule.extension if rule and request.extended_at is None and request.closed_at is None else 0


def extend(session: Session, actor: Actor, request_id: UUID, *, reason: str, at: datetime) -> PersonRequest:
    """The answer needs longer, once, for a reason that the person is told before the first day of answer is past.

    Raises NotFound, NotAllowed, Invalid, NotPossibleNow (no extension, or it is too late for one).
    """
    request = open_case(session, actor, PersonRequest, request_id)
    days = extension_days(request)
    if not days or request.due_on is None:
        raise NotPossibleNow("No more days can be added")
    if calendar.local_day(at) > request.due_on:
        raise NotPossibleNow("Days can be added only until the answer is due")
    request.extension_reason = require_words("Why it takes longer", "reason", reason)
    request.due_on, request.extended_at = request.due_on + timedelta(days=days), at
    write_down(session, actor, request, Step.EXTENDED, words=request.extension_reason, on_day=request.due_on, at=at)
    return request


def decide_request(
    session: Session, actor: Actor, request_id: UUID, to: RequestState, *, reason: str, at: datetime
) -> PersonRequest:
    """The person is told yes, partly, or no, and why; or takes the request back.

    Raises NotFound, NotAllowed, NotPossibleNow (it is closed), Invalid.
    """
    request = open_case(session, actor, PersonRequest, request_id)
    if to not in DECISIONS:
        raise Invalid("Answer: choose one", "decision")
    request.decision = require_words("Why, in plain words", "reason", reason)
    request.state, request.closed_at = to, at
    write_down(session, actor, request, Step(to.value), words=request.decision, at=at)
    return request
