"""A person's own page: the link that staff hand over with a PIN that was chosen together, and what it may tell of."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import calendar, events, participants
from cie.access import Actor, ActorKind, Permission, check
from cie.errors import NotFound, NotPossibleNow
from cie.participants import ParticipantKind
from cie.people.birth import is_under
from cie.people.details import birth_of
from cie.people.links import works
from cie.people.models import Person, PersonLink, ProxyScope
from cie.people.proxies import require_scope
from cie.people.records import get_person, require_on_file

LINK_LIVES = timedelta(days=90)
YOUNGEST_YEARS = 12
"""Whoever is younger would not come alone: California lets minors decide for themselves from 12 on (Fam. 6924)."""


def make_link(session: Session, actor: Actor, person_id: UUID, *, pin_hash: str, at: datetime) -> PersonLink:
    """A new link to the person's own page, for 90 days; one from before stops working, and so does its PIN.

    The PIN was checked and hashed before, with no transaction open. A victim service makes none: whoever finds the
    link would learn of it. What was turned on with the link before is off. Raises NotFound, NotAllowed, NotPossibleNow.
    """
    person = _person_of_staff(session, actor, person_id)
    if refusal := why_no_own_page(session, person, at=at):
        raise refusal
    session.refresh(person, with_for_update=True)
    require_on_file(person)
    link = _link_of(session, person)
    if link is None:
        link = PersonLink(organization_id=person.organization_id, person_id=person.id, made_at=at, expires_at=at)
    link.generation += 1
    link.pin_hash, link.made_at, link.made_by_id = pin_hash, at, actor.id
    link.expires_at, link.ended_at, link.shows_protected = at + LINK_LIVES, None, False
    session.add(link)
    session.flush()
    events.record(session, actor, "own-page.link", link, at=at, generation=link.generation)
    return link


def _person_of_staff(session: Session, actor: Actor, person_id: UUID) -> Person:
    person = get_person(session, actor, person_id)
    check(actor, Permission.CONSENT_WRITE, person)
    return person


def why_no_own_page(session: Session, person: Person, *, at: datetime) -> NotPossibleNow | None:
    """Why no link can be made for this person; None when one can."""
    owner = participants.get_participant(session, person.organization_id)
    if owner.kind is ParticipantKind.VICTIM_SERVICES:
        return NotPossibleNow("A protected service makes no page by link. Tell them in person who saw their data")
    if is_under(birth_of(person), YOUNGEST_YEARS, calendar.local_day(at)):
        return NotPossibleNow("This page is for the person alone. Under 12 it cannot be made")
    return None


def _link_of(session: Session, person: Person) -> PersonLink | None:
    query = select(PersonLink).where(
        col(PersonLink.organization_id) == person.organization_id, col(PersonLink.person_id) == person.id
    )
    return session.execute(query).scalar_one_or_none()


def current_link(session: Session, actor: Actor, person_id: UUID, *, at: datetime) -> PersonLink | None:
    """The link that works now, for staff to hand over. Raises NotFound, NotAllowed."""
    return working_link_of(session, _person_of_staff(session, actor, person_id), at=at)


def working_link_of(session: Session, person: Person, *, at: datetime) -> PersonLink | None:
    """The person's link that works at this moment."""
    link = _link_of(session, person)
    return link if link is not None and works(session, link, at) else None


def _working_link(session: Session, actor: Actor, person_id: UUID, at: datetime) -> PersonLink:
    person = _person_of_staff(session, actor, person_id)
    session.refresh(person, with_for_update=True)
    link = _link_of(session, person)
    if link is None or not works(session, link, at):
        raise NotPossibleNow("No link works now")
    return link


def end_link(session: Session, actor: Actor, person_id: UUID, *, at: datetime) -> None:
    """The link stops working, also where the page is open. Raises NotFound, NotAllowed, NotPossibleNow (none works)."""
    link = _working_link(session, actor, person_id, at)
    link.ended_at = at
    session.add(link)
    events.record(session, actor, "own-page.end", link, at=at)


def show_protected(session: Session, actor: Actor, person_id: UUID, *, shows: bool, at: datetime) -> None:
    """The person wants their page to tell of protected services, too, or not any more; nobody else's page ever does.

    Raises NotFound, NotAllowed, NotPossibleNow (no link works).
    """
    link = _working_link(session, actor, person_id, at)
    link.shows_protected = shows
    session.add(link)
    events.record(session, actor, "own-page.protected", link, at=at, shows=shows)


def sees_protected(session: Session, actor: Actor) -> bool:
    """Whether the caller's page tells of protected services: the person's own, where it was turned on with staff."""
    person = session.get(Person, actor.id) if actor.kind is ActorKind.PERSON and actor.id else None
    link = _link_of(session, person) if person else None
    return link is not None and link.shows_protected


def own_record(session: Session, actor: Actor) -> Person:
    """What is kept of the caller, or of whom they stand for; that they saw it is recorded. Raises NotFound."""
    person = None if actor.person_id is None else session.get(Person, actor.person_id)
    if person is None:
        raise NotFound("There is no such record")
    check(actor, Permission.OWN_PAGE, person)
    events.showed(session, actor, person.id)
    return person


def take_copy(session: Session, actor: Actor, *, at: datetime) -> Person:
    """The caller takes a copy of what the page shows: that they did is recorded. Raises NotFound."""
    require_scope(session, actor, ProxyScope.COPY)
    person = own_record(session, actor)
    events.record(session, actor, "own-page.copy", person, at=at, organization_id=person.organization_id)
    return person
