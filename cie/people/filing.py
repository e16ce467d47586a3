"""Under which keys a person is filed, and what the matching function compares.

The keys kept are HMACs that hold within one organization.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NoReturn
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from cie.access import Actor, Permission, check
from cie.db import match_key
from cie.errors import NotFound
from cie.people.details import NewPerson, birth_of
from cie.people.keys import blocking_values
from cie.people.matching import Identity
from cie.people.models import BlockingKey, ContactKind, ContactPoint, ContactState, Person
from cie.people.records import require_on_file

# Numbers that turned out to be someone else's, or nobody's, say nothing about this person.
_NOT_THEIRS = (ContactState.WRONG_NUMBER, ContactState.BAD_NUMBER)


def full_names(known: NewPerson | Person) -> tuple[str, ...]:
    """Each name the person is known by, whole: given and family, chosen and family."""
    family = known.family_name or ""
    firsts = [name for name in (known.given_name, known.chosen_name) if name] or [""]
    return tuple(dict.fromkeys(f"{first} {family}".strip() for first in firsts))


def identity_of(person: Person, phones: Sequence[str]) -> Identity:
    """What is compared of a person on file."""
    return Identity(full_names(person), birth_of(person), tuple(phones), person.zip or None)


def phones_of(session: Session, organization_id: UUID, person_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """The phone numbers (E.164) by which these persons can be reached now."""
    query = select(ContactPoint).where(
        col(ContactPoint.organization_id) == organization_id,
        col(ContactPoint.person_id).in_(list(person_ids)),
        col(ContactPoint.kind) != ContactKind.EMAIL,
        col(ContactPoint.is_current),
        col(ContactPoint.state).not_in(_NOT_THEIRS),
    )
    found = defaultdict(list)
    for point in session.execute(query).scalars():
        found[point.person_id].append(point.value)
    return found


def keys_of(values: Iterable[str], organization_id: UUID) -> set[bytes]:
    """What is stored and looked up in place of the plain values."""
    return {match_key(value, organization_id) for value in values}


def file_person(session: Session, person: Person) -> None:
    """Make the keys on file those of the person's names, birth date and phones of today."""
    session.flush()
    phones = phones_of(session, person.organization_id, [person.id])[person.id]
    values = blocking_values(full_names(person), birth_of(person), phones)
    wanted = keys_of(values, person.organization_id)
    mine = (col(BlockingKey.organization_id) == person.organization_id, col(BlockingKey.person_id) == person.id)
    kept = set(session.execute(select(col(BlockingKey.key)).where(*mine)).scalars())
    if gone := kept - wanted:
        session.execute(delete(BlockingKey).where(*mine, col(BlockingKey.key).in_(gone)))
    if wanted - kept:
        owner = {"organization_id": person.organization_id, "person_id": person.id}
        session.execute(insert(BlockingKey), [{**owner, "key": key} for key in sorted(wanted - kept)])


def locked_person(session: Session, actor: Actor, person_id: UUID) -> Person:
    """The person's row, held until the end, for somebody who may change it.

    Raises NotFound, also to those who may not know of the person; NotAllowed; NotPossibleNow when it was erased.
    """
    person = session.get(Person, person_id, with_for_update=True)
    if person is None:
        refuse_unknown()
    check(actor, Permission.PERSON_WRITE, person)
    require_on_file(person)
    return person


def refuse_unknown() -> NoReturn:
    """Say the same words as `check` says to those who may not know of a record."""
    raise NotFound("There is no such record")
