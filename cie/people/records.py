"""Reading the persons whom an organization serves."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor, Permission, check
from cie.errors import NotFound, NotPossibleNow
from cie.people.models import ContactKind, ContactOwner, ContactPoint, ContactState, Person, Safety


def get_person(session: Session, actor: Actor, person_id: UUID) -> Person:
    """One person of the caller's organization; that the caller saw it is recorded.

    Raises NotFound, also to those who may not know of the person; NotPossibleNow when their record was erased.
    """
    person = person_or_erased(session, actor, person_id)
    require_on_file(person)
    return person


def person_or_erased(session: Session, actor: Actor, person_id: UUID) -> Person:
    """As `get_person`, also when the record was erased and nothing but its id is left: for what names it and reads on.

    Raises NotFound.
    """
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("There is no such record")
    check(actor, Permission.PERSON_READ, person)
    events.showed(session, actor, person.id)
    hold(session, person)
    return person


def hold(session: Session, person: Person) -> None:
    """Keep a person with the session, which forgets what nobody holds, while each verb asks for them again."""
    session.info.setdefault("persons", {})[person.id] = person


def require_on_file(person: Person) -> None:
    """Refuse what needs the record of a person whose record was erased. Raises NotPossibleNow."""
    if person.erased_at is not None:
        raise NotPossibleNow("This record was erased")


def get_persons(session: Session, actor: Actor, person_ids: Collection[UUID]) -> dict[UUID, Person]:
    """Those whom the caller's organization serves, in one statement; that they were seen is recorded."""
    query = select(Person).where(col(Person.id).in_(person_ids), col(Person.organization_id) == actor.organization_id)
    found = {person.id: person for person in session.execute(query).scalars()}
    for person in found.values():
        check(actor, Permission.PERSON_READ, person)
    events.showed(session, actor, *found)
    return found


def newest_contacts(session: Session, persons: Collection[Person]) -> dict[UUID, ContactPoint]:
    """The newest contact point of each of these persons of one organization, in one statement."""
    query = (
        select(ContactPoint)
        .where(
            col(ContactPoint.organization_id).in_({person.organization_id for person in persons}),
            col(ContactPoint.person_id).in_([person.id for person in persons]),
            col(ContactPoint.is_current),
        )
        .order_by(col(ContactPoint.id))
    )
    return {point.person_id: point for point in session.execute(query).scalars()}


_CONTACTS = (
    select(ContactPoint)
    .where(
        col(ContactPoint.organization_id) == bindparam("organization_id"),
        col(ContactPoint.person_id) == bindparam("person_id"),
        col(ContactPoint.is_current),
    )
    .order_by(col(ContactPoint.id).desc())
)


def contact_points(session: Session, person: Person) -> list[ContactPoint]:
    """How the person can be reached, newest first."""
    which = {"organization_id": person.organization_id, "person_id": person.id}
    return list(session.execute(_CONTACTS, which).scalars())


def texting_point(session: Session, person: Person, *, own_alone: bool = False) -> ContactPoint | None:
    """The number that may be texted: permission given, marked safe, still theirs. Unknown safety means no text.

    `own_alone`: only one that nobody else answers.
    """
    return point_to_text(contact_points(session, person), own_alone=own_alone)


def point_to_text(points: Iterable[ContactPoint], *, own_alone: bool = False) -> ContactPoint | None:
    """The first of these that may be texted, or that may be and nobody else answers."""
    possible = (p for p in points if may_be_texted(p))
    return next((p for p in possible if not own_alone or p.owner == ContactOwner.SELF), None)


def may_be_texted(point: ContactPoint) -> bool:
    """Whether a text may go to this contact point at all; its hours are asked apart."""
    return (
        point.kind == ContactKind.SMS
        and point.is_current
        and point.may_text
        and point.safety == Safety.SAFE
        and point.state == ContactState.ACTIVE
    )


def set_language(session: Session, actor: Actor, person: Person, language: str, *, at: datetime) -> None:
    """Change the language for every later text and page; the change is kept."""
    events.changed(session, actor, person, {"language": [person.language, language]}, at=at)
    person.language = language
    person.version += 1
    session.add(person)
    events.record(session, actor, "person.correct", person, at=at, fields=["language"])
