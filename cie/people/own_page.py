"""A person's own page: the link that staff hand over, the PIN that was chosen with them, and who comes by it.

The link alone opens nothing. Its token is an HMAC over the id of the row and its generation, so that nothing secret is
kept and a new link ends the one before. The PIN is counted before it is looked at; a used-up allowance only means
waiting, and only who holds the link can use it up.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import calendar, events, identity, participants
from cie.access import Actor, ActorKind, Door, Permission, Purpose, check
from cie.db import current
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.identity.throttling import network_of
from cie.participants import ParticipantKind
from cie.people.birth import BirthDate, is_under
from cie.people.details import birth_of
from cie.people.models import Person, PersonLink
from cie.people.records import get_person

LINK_LIVES = timedelta(days=90)
PIN_DIGITS = 6
YOUNGEST_YEARS = 12
"""Whoever is younger would not come alone: California lets minors decide for themselves from 12 on (Fam. 6924)."""
WINDOW, DAY = timedelta(minutes=15), timedelta(days=1)
TRIES_FROM_NETWORK, TRIES_A_DAY = 5, 20
NO_LONGER = "This link no longer works. Ask for a new one"
_LEAST_DIFFERENT = 3
_ID_BYTES, _MAC_BYTES = 16, 16


def check_pin(pin: str, birth: BirthDate) -> None:
    """Refuse a PIN that is not six digits, or that somebody who knows the person would try first. Raises Invalid.

    A birth date is never a second factor.
    """
    if len(pin) != PIN_DIGITS or not (pin.isascii() and pin.isdigit()):
        raise Invalid("PIN: use 6 digits", "code")
    steps = {int(after) - int(before) for before, after in zip(pin, pin[1:], strict=False)}
    if len(set(pin)) < _LEAST_DIFFERENT or steps in ({1}, {-1}):
        raise Invalid("PIN: this one is easy to guess. Choose other digits", "code")
    if pin in _birth_digits(birth):
        raise Invalid("PIN: this is the birth date. Choose other digits", "code")


def _birth_digits(birth: BirthDate) -> set[str]:
    """A birth date as people write it with six digits."""
    if not (birth.year and birth.month):
        return set()
    year, month = f"{birth.year:04}", f"{birth.month:02}"
    found = {month + year, year + month}
    if birth.day:
        day = f"{birth.day:02}"
        found |= {month + day + year[2:], day + month + year[2:], year[2:] + month + day}
    return found


def make_link(session: Session, actor: Actor, person_id: UUID, *, pin_hash: str, at: datetime) -> PersonLink:
    """A new link to the person's own page, for 90 days; one from before stops working, and so does its PIN.

    The PIN was checked and hashed before, with no transaction open. A victim service makes none: whoever finds the
    link would learn of it. Raises NotFound, NotAllowed, NotPossibleNow.
    """
    person = _person_of_staff(session, actor, person_id)
    _require_own_page(session, person, at)
    session.refresh(person, with_for_update=True)
    link = _link_of(session, person)
    if link is None:
        link = PersonLink(organization_id=person.organization_id, person_id=person.id, made_at=at, expires_at=at)
    link.generation += 1
    link.pin_hash, link.made_at, link.made_by_id = pin_hash, at, actor.id
    link.expires_at, link.ended_at = at + LINK_LIVES, None
    session.add(link)
    session.flush()
    events.record(session, actor, "own-page.link", link, at=at, generation=link.generation)
    return link


def _person_of_staff(session: Session, actor: Actor, person_id: UUID) -> Person:
    person = get_person(session, actor, person_id)
    check(actor, Permission.CONSENT_WRITE, person)
    return person


def _require_own_page(session: Session, person: Person, at: datetime) -> None:
    owner = participants.get_participant(session, person.organization_id)
    if owner.kind is ParticipantKind.VICTIM_SERVICES:
        raise NotPossibleNow("A protected service makes no page by link. Tell them in person who saw their data")
    if is_under(birth_of(person), YOUNGEST_YEARS, calendar.local_day(at)):
        raise NotPossibleNow("This page is for the person alone. Under 12 it cannot be made")


def _link_of(session: Session, person: Person) -> PersonLink | None:
    query = select(PersonLink).where(
        col(PersonLink.organization_id) == person.organization_id, col(PersonLink.person_id) == person.id
    )
    return session.execute(query).scalar_one_or_none()


def current_link(session: Session, actor: Actor, person_id: UUID, *, at: datetime) -> PersonLink | None:
    """The link that works now, for staff to hand over. Raises NotFound, NotAllowed."""
    link = _link_of(session, _person_of_staff(session, actor, person_id))
    return link if link is not None and _works(link, at) else None


def end_link(session: Session, actor: Actor, person_id: UUID, *, at: datetime) -> None:
    """The link stops working, also where the page is open. Raises NotFound, NotAllowed, NotPossibleNow (none works)."""
    person = _person_of_staff(session, actor, person_id)
    session.refresh(person, with_for_update=True)
    link = _link_of(session, person)
    if link is None or not _works(link, at):
        raise NotPossibleNow("No link works now")
    link.ended_at = at
    session.add(link)
    events.record(session, actor, "own-page.end", link, at=at)


def _works(link: PersonLink, at: datetime) -> bool:
    return link.ended_at is None and link.expires_at > at


def link_token(link: PersonLink) -> str:
    """The token of a link, the same each time it is asked for: its id with an HMAC of id and generation."""
    return urlsafe_b64encode(link.id.bytes + _mac(link)).decode().rstrip("=")


def _mac(link: PersonLink) -> bytes:
    said = link.id.bytes + link.generation.to_bytes(4, "big")
    return hmac.digest(current().keyring.derived("own page"), said, "sha256")[:_MAC_BYTES]


def link_for(session: Session, token: str, *, at: datetime) -> PersonLink:
    """The link of a token. Raises NotFound, alike for unknown, ended, replaced and expired ones."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        link = session.get(PersonLink, UUID(bytes=raw[:_ID_BYTES]))
    except ValueError as error:
        raise NotFound(NO_LONGER) from error
    if link is None or not hmac.compare_digest(raw[_ID_BYTES:], _mac(link)) or not _works(link, at):
        raise NotFound(NO_LONGER)
    return link


def link_of_visit(session: Session, link_id: UUID, generation: int, *, at: datetime) -> PersonLink | None:
    """The link by which somebody came in, while it still works."""
    link = session.get(PersonLink, link_id)
    return link if link is not None and link.generation == generation and _works(link, at) else None


def count_pin_try(session: Session, link: PersonLink, source: str, *, at: datetime) -> None:
    """Count a try before the PIN is looked at, in a transaction of its own. `source`: the network address.

    Raises TooMany: wait a quarter of an hour, or a day when many networks tried.
    """
    for what, limit, window in _limits(link, source):
        events.count_attempt(session, what, limit=limit, window=window, at=at)


def _limits(link: PersonLink, source: str) -> list[tuple[str, int, timedelta]]:
    """Five tries from one network, twenty a day from all: in 90 days not one PIN in 500 is found."""
    name = f"own-page:{link.id}:{link.generation}"
    return [(f"{name}:from:{network_of(source)}", TRIES_FROM_NETWORK, WINDOW), (f"{name}:day", TRIES_A_DAY, DAY)]


def is_pin_of(link: PersonLink, pin: str) -> bool:
    """Whether this is the PIN of the link; takes as long when it is not. Call it with no transaction open."""
    return identity.verify_password(link.pin_hash, pin)


def pin_was_right(session: Session, link: PersonLink, source: str, *, at: datetime) -> None:
    """The person came in: their tries start over. Raises NotFound when the link ended meanwhile."""
    if link_of_visit(session, link.id, link.generation, at=at) is None:
        raise NotFound(NO_LONGER)
    for what, _limit, _window in _limits(link, source):
        events.forget_attempts(session, what)
    events.record(session, person_behind(link), "own-page.enter", link, at=at, organization_id=link.organization_id)


def person_behind(link: PersonLink) -> Actor:
    """The caller that the person is, once the PIN was right."""
    return Actor(ActorKind.PERSON, link.person_id, purpose=Purpose.PERSON_REQUEST, door=Door.LINK)


def own_record(session: Session, actor: Actor) -> Person:
    """What is kept of the caller; that they saw it is recorded. Raises NotFound."""
    person = None if actor.id is None else session.get(Person, actor.id)
    if person is None:
        raise NotFound("There is no such record")
    check(actor, Permission.OWN_PAGE, person)
    events.showed(session, actor, person.id)
    return person


def take_copy(session: Session, actor: Actor, *, at: datetime) -> Person:
    """The caller takes a copy of what is kept of them: that they did is recorded. Raises NotFound."""
    person = own_record(session, actor)
    events.record(session, actor, "own-page.copy", person, at=at, organization_id=person.organization_id)
    return person
