"""Proxies: who may look in a person's place, what they may do there, and until when.

Staff who know both add them; staff and the person end them. A proxy never sees more than the person chose, and what the
person's own page leaves out is left out for them, too (`consent`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import calendar, events, participants
from cie.access import Actor, ActorKind, Permission, check
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.participants import ParticipantKind
from cie.people.birth import is_under
from cie.people.details import birth_of
from cie.people.links import works
from cie.people.models import Person, PersonProxy, ProxyScope, Relationship, Verified
from cie.people.proxy_days import BEYOND_A_PARENT, may_have_a_parent
from cie.people.records import get_person, require_on_file
from cie.people.standing import ADULT_YEARS

LONGEST = timedelta(days=365)
MOST = 5
LONGEST_NAME = 100
CHOOSES_FROM_YEARS = 12
"""Whoever is younger chooses nobody: California lets minors decide for themselves from 12 on (Fam. 6924)."""


@dataclass(frozen=True)
class NewProxy:
    """Who is to look in a person's place; what was not chosen yet is None."""

    name: str
    relationship: Relationship | None
    scope: frozenset[ProxyScope]
    verified: Verified | None
    last_day: date | None


def add_proxy(
    session: Session, actor: Actor, person_id: UUID, new: NewProxy, *, pin_hash: str, at: datetime
) -> PersonProxy:
    """Somebody may look in the person's place from now on, by a link and a PIN of their own.

    The PIN was checked and hashed before. Raises NotFound, NotAllowed, NotPossibleNow; Invalid with every fault.
    """
    person = _person_of_staff(session, actor, person_id)
    _require_room(session, person, at)
    faults = list(proxy_faults(person, new, calendar.local_day(at)))
    if faults or new.verified is None or new.last_day is None or new.relationship is None:
        raise Invalid.all(faults)
    proxy = PersonProxy(
        organization_id=person.organization_id,
        person_id=person.id,
        scope=[each.value for each in ProxyScope if each in new.scope],
        verified=new.verified,
        made_at=at,
        made_by_id=actor.id,
        expires_at=calendar.instant(new.last_day + timedelta(days=1), time.min),
    )
    proxy.name, proxy.relationship, proxy.pin_hash = new.name, new.relationship.value, pin_hash
    session.add(proxy)
    session.flush()
    events.record(session, actor, "proxy.add", proxy, at=at, scope=proxy.scope, verified=new.verified.value)
    return proxy


def _person_of_staff(session: Session, actor: Actor, person_id: UUID) -> Person:
    person = get_person(session, actor, person_id)
    check(actor, Permission.PROXY_MANAGE, person)
    return person


def _require_room(session: Session, person: Person, at: datetime) -> None:
    owner = participants.get_participant(session, person.organization_id)
    if owner.kind is ParticipantKind.VICTIM_SERVICES:
        raise NotPossibleNow("A protected service lets nobody look in a person's place")
    session.refresh(person, with_for_update=True)
    require_on_file(person)
    if len(_working(session, person, at)) >= MOST:
        raise NotPossibleNow("5 people can look already. End one first")


def proxy_faults(person: Person, new: NewProxy, today: date) -> Iterator[Invalid]:
    """What is wrong with what was written down so far."""
    if not new.name:
        yield Invalid("Name: enter who may look", "name")
    elif len(new.name) > LONGEST_NAME:
        yield Invalid("Name: use at most %(most)s characters", "name", most=LONGEST_NAME)
    yield from _faults_of_relationship(person, new.relationship, today)
    yield from _faults_of_scope(new.scope)
    if new.last_day is not None and not today <= new.last_day <= today + LONGEST:
        yield Invalid("Until when: choose a day within one year from today", "until")
    if new.verified is None:
        yield Invalid("How you know who they are: choose one", "verified")


def _faults_of_relationship(person: Person, relationship: Relationship | None, today: date) -> Iterator[Invalid]:
    birth = birth_of(person)
    if relationship is None:
        yield Invalid("Who they are to the person: choose one", "relationship")
    elif relationship == Relationship.CHOSEN and is_under(birth, CHOOSES_FROM_YEARS, today):
        yield Invalid("Who they are to the person: a child under 12 chooses nobody", "relationship")
    elif relationship == Relationship.PARENT_OR_GUARDIAN:
        if BEYOND_A_PARENT & set(person.standing or ()):
            yield Invalid("Who they are to the person: a court decides for this minor, not a parent", "relationship")
        elif not may_have_a_parent(person, birth):
            yield Invalid("Who they are to the person: write down the whole birth date first", "relationship")
        elif not is_under(birth, ADULT_YEARS, today):
            yield Invalid("Who they are to the person: this person is an adult. They choose", "relationship")


def _faults_of_scope(scope: frozenset[ProxyScope]) -> Iterator[Invalid]:
    both = {ProxyScope.SEE_PERMISSIONS, ProxyScope.SEE_SHARED}
    if not scope:
        yield Invalid("What they may do: choose at least one", "scope")
    elif ProxyScope.TAKE_BACK in scope and not both <= scope:
        yield Invalid("What they may do: who may stop sharing must see both lists", "scope")
    elif not both & scope:
        yield Invalid("What they may do: choose what the copy may hold", "scope")


def proxies_of(session: Session, actor: Actor, person_id: UUID, *, at: datetime) -> list[PersonProxy]:
    """Who may look in the person's place now, newest first: to staff and to the person. Raises NotFound, NotAllowed."""
    if actor.kind is ActorKind.PERSON and actor.id == person_id:
        return _working(session, session.get_one(Person, person_id), at)
    return _working(session, _person_of_staff(session, actor, person_id), at)


def _working(session: Session, person: Person, at: datetime) -> list[PersonProxy]:
    query = select(PersonProxy).where(
        col(PersonProxy.organization_id) == person.organization_id,
        col(PersonProxy.person_id) == person.id,
        col(PersonProxy.ended_at).is_(None),
    )
    found = session.execute(query.order_by(col(PersonProxy.id).desc())).scalars()
    return [proxy for proxy in found if works(session, proxy, at)]


def end_proxy(session: Session, actor: Actor, proxy_id: UUID, *, at: datetime) -> None:
    """Somebody may look no more, also where they have the page open. Ended by staff or by the person.

    Raises NotFound, NotAllowed, NotPossibleNow (it ended before).
    """
    proxy = session.get(PersonProxy, proxy_id)
    if proxy is None:
        raise NotFound("There is no such record")
    check(actor, Permission.PROXY_MANAGE, proxy)
    session.refresh(proxy, with_for_update=True)
    if not works(session, proxy, at):
        raise NotPossibleNow("They cannot look any more")
    proxy.ended_at = at
    session.add(proxy)
    events.record(session, actor, "proxy.end", proxy, at=at, organization_id=proxy.organization_id)


def _proxy_behind(session: Session, actor: Actor) -> PersonProxy | None:
    proxy = session.get(PersonProxy, actor.id) if actor.kind is ActorKind.PROXY and actor.id else None
    is_theirs = proxy is not None and proxy.ended_at is None and proxy.person_id == actor.on_behalf_of
    return proxy if is_theirs else None


def relationship_of(session: Session, actor: Actor) -> Relationship | None:
    """By what a proxy stands for the person; None for everybody else."""
    proxy = _proxy_behind(session, actor)
    return Relationship(proxy.relationship) if proxy else None


def scope_of(session: Session, actor: Actor) -> frozenset[ProxyScope]:
    """What the caller may do on a person's own page: the person everything, a proxy what was chosen."""
    if actor.kind is ActorKind.PERSON:
        return frozenset(ProxyScope)
    proxy = _proxy_behind(session, actor)
    return frozenset(ProxyScope(code) for code in proxy.scope) if proxy else frozenset()


def require_scope(session: Session, actor: Actor, *wanted: ProxyScope) -> None:
    """Refuse what a proxy was not allowed. Raises NotFound: to them it is as if it were not there."""
    if not set(wanted) <= scope_of(session, actor):
        raise NotFound("There is no such record")
