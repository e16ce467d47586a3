"""The link to a person's own page by text, when something waits there for them: it says nothing of what that is.

The outbox holds no address: it is made when the text is rendered, and only while the link works and something waits.
Such a text goes to a phone that nobody else answers.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import Session, col

from cie import consent, events, people
from cie.access import Actor, Permission, check
from cie.consent import Method, SigningRequest, SigningState
from cie.errors import NotPossibleNow
from cie.events import DeliveryState, Outbox
from cie.messaging.telling import KIND, introduce, is_stopped, order_key, text_time
from cie.people import ContactPoint, Person

StillWaits = Callable[[Session, UUID, datetime], bool]
"""Whether what a text with a link is about, by its id, still waits for the person at that moment."""
LINK, WAITING = "link", "waiting"
ONE_TEXT_IN = timedelta(days=1)
REMIND_AFTER = timedelta(days=3)
_SENDS = (3, timedelta(days=1))
_NEVER_WENT = (DeliveryState.DROPPED, DeliveryState.DEAD)


class NoText(StrEnum):
    """Why no text tells a person that something waits for them.

    That a phone asked for no more texts is told as any phone that may not be texted: it may have said so to others.
    """

    NO_LINK = "no-link"
    NO_PHONE = "no-phone"
    PAUSED = "paused"
    TOLD = "told"


def link_point(session: Session, person: Person) -> ContactPoint | None:
    """The phone to which the link may go: the person's own, safe, with permission to text, and texts not paused."""
    point = people.texting_point(session, person, own_alone=True)
    if point is None or person.texts_paused_at is not None or is_stopped(session, point):
        return None
    return point


def text_signing(session: Session, actor: Actor, signing_id: UUID, *, at: datetime) -> None:
    """Text the person their link, since something waits there to be signed.

    Raises NotFound, NotAllowed, NotPossibleNow (no link works, no phone may be texted, it does not wait any more),
    TooMany (after three a day).
    """
    request = consent.get_signing(session, actor, signing_id)
    check(actor, Permission.CONSENT_WRITE, request)
    person = people.get_person(session, actor, request.person_id)
    link = people.current_link(session, actor, person.id, at=at)
    point = link_point(session, person)
    waits = request.method == Method.BY_LINK and request.standing(at) == SigningState.OPEN
    if link is None or point is None or not waits:
        raise NotPossibleNow("No text can go to them now. Give them the link in another way")
    limit, window = _SENDS
    events.count_attempt(session, f"signing-text:{person.id}", limit=limit, window=window, at=at)
    introduce(session, person, point, at=at)
    _queue(session, point, LINK, f"signing:{request.id}:{at.isoformat()}", request.id, at)
    events.record(session, actor, "signing.text", request, at=at)


def signing_waits(session: Session, signing_id: UUID, at: datetime) -> bool:
    """Whether a text that somebody is to sign is still open."""
    request = session.get(SigningRequest, signing_id)
    return request is not None and request.standing(at) == SigningState.OPEN


def why_no_text(session: Session, person: Person, *, at: datetime) -> NoText | None:
    """Why no text would tell the person now that something waits on their page; None when one would."""
    if people.working_link_of(session, person, at=at) is None:
        return NoText.NO_LINK
    if person.texts_paused_at is not None:
        return NoText.PAUSED
    if link_point(session, person) is None:
        return NoText.NO_PHONE
    return NoText.TOLD if _is_told(session, person, at) else None


def tell_waiting(session: Session, person: Person, *, at: datetime) -> None:
    """Text the person that something waits on their page, if a text may go, and once more after three days.

    One text is for all that waits: within a day there is no second one.
    """
    point = link_point(session, person)
    if point is None or why_no_text(session, person, at=at) is not None:
        return
    introduce(session, person, point, at=at)
    _queue(session, point, WAITING, f"{_told(person)}{at.isoformat()}", person.id, at)
    _queue(session, point, WAITING, f"waiting-still:{person.id}:{at.isoformat()}", person.id, at + REMIND_AFTER)


def _told(person: Person) -> str:
    """How the keys of the first texts begin; those of reminders begin otherwise."""
    return f"waiting:{person.id}:"


def _is_told(session: Session, person: Person, at: datetime) -> bool:
    """Whether a first text went in the day before, or waits for its hour."""
    lately = col(Outbox.due_at) > at - ONE_TEXT_IN, col(Outbox.state).not_in(_NEVER_WENT)
    return session.execute(_first_texts(person).where(*lately).limit(1)).first() is not None


def _first_texts(person: Person) -> Select[UUID]:
    return select(col(Outbox.id)).where(
        col(Outbox.person_id) == person.id, col(Outbox.dedup_key).startswith(_told(person))
    )


def _queue(
    session: Session, point: ContactPoint, template: str, dedup_key: str, subject_id: UUID, due_at: datetime
) -> None:
    events.queue(
        session,
        kind=KIND,
        organization_id=point.organization_id,
        destination_id=point.id,
        order_key=order_key(point),
        dedup_key=dedup_key,
        due_at=text_time(point, due_at),
        person_id=point.person_id,
        subject_id=subject_id,
        codes={"template": template},
    )


def token_to_text(session: Session, row: Outbox, waits: StillWaits, *, at: datetime) -> str | None:
    """The token of the person's link for the text that is rendered now; None when nothing waits for them any more.

    Nor is there one for a text or a reminder that something waits once a newer text says so, too.
    """
    person = session.get(Person, row.person_id)
    if person is None or row.subject_id is None or not waits(session, row.subject_id, at):
        return None
    newer = _first_texts(person).where(col(Outbox.id) > row.id)
    if row.codes["template"] == WAITING and session.execute(newer.limit(1)).first() is not None:
        return None
    link = people.working_link_of(session, person, at=at)
    return people.link_token(link) if link is not None else None
