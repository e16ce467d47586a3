"""Under which keys a person is filed, and what the matching function compares.

The keys kept are HMACs that hold within one organization.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NoReturn
from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlmodel import Session, col

from cie.access import Actor, Permission, check
from cie.db import insert_rows, match_key, table_of
from cie.errors import NotFound
from cie.people.details import NewPerson, birth_of
from cie.people.keys import blocking_values
from cie.people.matching import Identity
from cie.people.models import BlockingKey, ContactKind, ContactPoint, ContactState, Person
from cie.people.records import require_on_file

# Numbers that turned out to be someone else's, or nobody's, say nothing about this person.
_NOT_THEIRS = (ContactState.WRONG_NUMBER, ContactState.BAD_NUMBER)
_POINT = table_of(ContactPoint).c
_PHONES = select(_POINT.id, _POINT.organization_id, _POINT.person_id, _POINT.value_sealed).where(
    _POINT.organization_id == bindparam("organization_id"),
    _POINT.person_id.in_(bindparam("person_ids", expanding=True)),
    _POINT.kind != ContactKind.EMAIL,
    _POINT.is_current,
    _POINT.state.not_in(_NOT_THEIRS),
)
_KEYS = select(table_of(BlockingKey).c.key).where(table_of(BlockingKey).c.person_id == bindparam("whose"))
"""Found by the person alone, who is of one organization: all keys of the organization are very many."""


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
    found = defaultdict(list)
    whose = {"organization_id": organization_id, "person_ids": list(person_ids)}
    for row in session.execute(_PHONES, whose):
        found[row.person_id].append(ContactPoint.value.of(row))
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
    kept = set(session.execute(_KEYS, {"whose": person.id}).scalars())
    if gone := kept - wanted:
        mine = (col(BlockingKey.organization_id) == person.organization_id, col(BlockingKey.person_id) == person.id)
        session.execute(delete(BlockingKey).where(*mine, col(BlockingKey.key).in_(gone)))
    owner = {"organization_id": person.organization_id, "person_id": person.id}
    insert_rows(session, BlockingKey, [{**owner, "key": key} for key in sorted(wanted - kept)])


def locked_person(session: Session, actor: Actor, person_id: UUID) -> Person:
    """The person's row, held until the end, for somebody who may change it.

    Raises NotFound, also to those who may not know of the person; NotAllowed; NotPossibleNow when it was erased.
    """
    person = session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if person is None:
        refuse_unknown()
    check(actor, Permission.PERSON_WRITE, person)
    require_on_file(person)
    return person


def refuse_unknown() -> NoReturn:
    """Say the same words as `check` says to those who may not know of a record."""
    raise NotFound("There is no such record")
