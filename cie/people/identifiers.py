"""The numbers by which other systems know a person: Medi-Cal, plan, clinic, HMIS. Never a Social Security number."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from cie import events
from cie.access import Actor, Permission, check
from cie.db import current, match_key
from cie.errors import NotFound, NotPossibleNow
from cie.people.filing import locked_person, refuse_unknown
from cie.people.formats import identifier_namespaces, parse_identifier
from cie.people.models import Person, PersonIdentifier, Standing

MEDI_CAL_NUMBER = "cin"


def add_identifier(
    session: Session, actor: Actor, person_id: UUID, namespace: str, value: str, *, at: datetime
) -> PersonIdentifier:
    """Keep a number of the person; adding the same number again changes nothing.

    Raises NotFound, NotAllowed, Invalid (kind or format), NotPossibleNow (another person here has this number, or
    the person already has another of a kind of which one has only one).
    """
    person = locked_person(session, actor, person_id)
    value = parse_identifier(namespace, value)
    number = PersonIdentifier(
        organization_id=person.organization_id,
        person_id=person.id,
        namespace=namespace,
        value_key=identifier_key(namespace, value, person.organization_id),
    )
    number.value = value
    kept = _first_kept(session, number)
    if kept.person_id != person.id:
        raise NotPossibleNow("This number already belongs to another person here", "identifier")
    if kept.id == number.id:
        _refuse_a_second(session, kept)
        events.changed(session, actor, kept, {namespace: [None, value]}, at=at)
        events.record(session, actor, "identifier.add", kept, at=at, namespace=namespace)
    return kept


def remove_identifier(session: Session, actor: Actor, identifier_id: UUID, *, at: datetime) -> None:
    """Take away a number that was entered by mistake; what it was stays in the history. Raises NotFound, NotAllowed."""
    number = session.get(PersonIdentifier, identifier_id, with_for_update=True)
    if number is None:
        refuse_unknown()
    check(actor, Permission.PERSON_WRITE, number)
    events.changed(session, actor, number, {number.namespace: [number.value, None]}, at=at)
    events.record(session, actor, "identifier.remove", number, at=at, namespace=number.namespace)
    session.delete(number)
    session.flush()


def person_with(session: Session, organization_id: UUID, namespace: str, value: str) -> Person:
    """Whom one organization knows by this number. Raises NotFound; Invalid (kind or format)."""
    key = identifier_key(namespace, parse_identifier(namespace, value), organization_id)
    query = (
        select(Person)
        .join(PersonIdentifier, col(PersonIdentifier.person_id) == col(Person.id))
        .where(
            col(PersonIdentifier.organization_id) == organization_id,
            col(PersonIdentifier.namespace) == namespace,
            col(PersonIdentifier.value_key) == key,
        )
    )
    person: Person | None = session.execute(query).scalar_one_or_none()
    if person is None:
        raise NotFound("Nobody here has this number")
    return person


def identifiers_of(session: Session, person: Person) -> Sequence[PersonIdentifier]:
    """The person's numbers, in the order they were added."""
    return session.execute(_NUMBERS, {"whose": person.id}).scalars().all()


_NUMBERS = (
    select(PersonIdentifier)
    .where(col(PersonIdentifier.person_id) == bindparam("whose"))
    .order_by(col(PersonIdentifier.id))
)


def suggests_medi_cal(session: Session, person: Person) -> bool:
    """Whether a Medi-Cal number is on record of somebody who is not said to have Medi-Cal: it may have ended since."""
    if Standing.MEDI_CAL in (person.standing or ()):
        return False
    return any(number.namespace == MEDI_CAL_NUMBER for number in identifiers_of(session, person))


def identifier_key(namespace: str, value: str, organization_id: UUID) -> bytes:
    """What a number is looked up by within one organization; `value` as `parse_identifier` returns it."""
    return match_key(f"{namespace}:{value}", organization_id)


def _first_kept(session: Session, number: PersonIdentifier) -> PersonIdentifier:
    """The number's row: the one given unless somebody was first, also at the same moment."""
    dialect = sqlite if current().is_sqlite else postgresql
    session.execute(dialect.insert(PersonIdentifier).values(number.model_dump()).on_conflict_do_nothing())
    query = select(PersonIdentifier).where(
        col(PersonIdentifier.organization_id) == number.organization_id,
        col(PersonIdentifier.namespace) == number.namespace,
        col(PersonIdentifier.value_key) == number.value_key,
    )
    kept: PersonIdentifier = session.execute(query).scalar_one()
    return kept


def _refuse_a_second(session: Session, number: PersonIdentifier) -> None:
    rules = identifier_namespaces()[number.namespace]
    query = select(PersonIdentifier).where(
        col(PersonIdentifier.person_id) == number.person_id,
        col(PersonIdentifier.namespace) == number.namespace,
        col(PersonIdentifier.id) != number.id,
    )
    if rules["one_a_person"] and session.execute(query).first():
        raise NotPossibleNow(
            "%(label)s: this person already has one. Remove it first", "identifier", label=rules["label"]
        )
