"""Finding a person again among those whom the organization serves, by blocking keys and the one matching function.

At most 200 candidates are decrypted, those who share most keys with what was asked; the rest never leave the database.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor, Permission, check
from cie.errors import Invalid
from cie.people.details import NewPerson
from cie.people.filing import full_names, identity_of, keys_of, phones_of
from cie.people.formats import identifier_namespaces, parse_identifier, parse_phone
from cie.people.identifiers import identifier_key
from cie.people.keys import blocking_values, search_values
from cie.people.matching import Identity, Match, fits_part_of_name, rank
from cie.people.models import BlockingKey, Person, PersonIdentifier
from cie.people.names import words

MOST_CANDIDATES = 200
# Shorter beginnings are shared by too many people to hint at one, unless the whole name is that short.
SHORTEST_TELLING_START = 4
LONGEST_SEARCH = 100  # characters


@dataclass(frozen=True)
class Likeness:
    """A person on file who may be the one being added, how sure that is and why."""

    person: Person
    match: Match


def likely_duplicates(
    session: Session, actor: Actor, new: NewPerson, phones: Sequence[str], *, limit: int = 5
) -> list[Likeness]:
    """The people of this organization who may be the new person, likeliest first; that they were shown is recorded.

    Raises NotAllowed; Invalid for a phone that is no phone.
    """
    check(actor, Permission.PERSON_READ)
    asked = Identity(full_names(new), new.birth, tuple(map(parse_phone, phones)), new.zip.strip()[:5] or None)
    keys = keys_of(telling_values(asked), actor.organization)
    candidates = _candidates(session, actor.organization, [keys])
    reached = phones_of(session, actor.organization, [person.id for person in candidates])
    on_file = ((person, identity_of(person, reached.get(person.id, []))) for person in candidates)
    found = [Likeness(person, match) for person, match in rank(asked, on_file, limit)]
    events.showed(session, actor, *(likeness.person.id for likeness in found))
    return found


def find_people(session: Session, actor: Actor, part_of_name: str, *, limit: int = 20) -> list[Person]:
    """The people of this organization with this phone or number typed whole, then those whose name fits best.

    Each word typed must be found; names that only sound alike come when no name fits. That they were shown is
    recorded. Raises NotAllowed; Invalid naming "name" when too little or too much was typed.
    """
    check(actor, Permission.PERSON_READ)
    typed = part_of_name.strip()
    sets = search_values(typed) if len(typed) <= LONGEST_SEARCH else []
    if not sets:
        raise Invalid("Name: type 2 to %(most)s letters of it", "name", most=LONGEST_SEARCH)
    by_number = _people_with_number(session, actor.organization, typed)
    by_name = _by_fit(typed, _candidates(session, actor.organization, [keys_of(s, actor.organization) for s in sets]))
    found = list({person.id: person for person in (*by_number, *by_name)}.values())[:limit]
    events.showed(session, actor, *(person.id for person in found))
    return found


def recent_people(session: Session, actor: Actor, *, limit: int = 20) -> list[Person]:
    """The people whom this organization added last, newest first. Raises NotAllowed."""
    check(actor, Permission.PERSON_READ)
    query = (
        select(Person)
        .where(col(Person.organization_id) == actor.organization, col(Person.erased_at).is_(None))
        .order_by(col(Person.id).desc())
        .limit(limit)
    )
    found = list(session.execute(query).scalars())
    events.showed(session, actor, *(person.id for person in found))
    return found


def telling_values(asked: Identity) -> set[str]:
    """The values by which somebody may be found: those that many others share, such as two letters, say too little."""
    whole = {word for name in asked.names for word in words(name)}
    return {value for value in blocking_values(asked.names, asked.birth, asked.phones) if _is_telling(value, whole)}


def _is_telling(value: str, whole_words: set[str]) -> bool:
    kind, _, text = value.partition(":")
    return kind != "start" or len(text) >= SHORTEST_TELLING_START or text in whole_words


def _candidates(session: Session, organization_id: UUID, key_sets: Sequence[set[bytes]]) -> list[Person]:
    """The persons filed under one key of each set, those under most keys first, the newer before the older."""
    key, person_id = col(BlockingKey.key), col(BlockingKey.person_id)
    hits = (
        select(person_id, func.count().label("keys"))
        .where(col(BlockingKey.organization_id) == organization_id, key.in_(set().union(*key_sets)))
        .group_by(person_id)
        .having(*(any_of(keys) for keys in key_sets))
        .order_by(func.count().desc(), person_id.desc())
        .limit(MOST_CANDIDATES)
        .subquery()
    )
    query = select(Person).join(hits, hits.c.person_id == col(Person.id))
    return list(session.execute(query.order_by(hits.c["keys"].desc(), col(Person.id).desc())).scalars())


def any_of(keys: set[bytes]) -> ColumnElement[bool]:
    """Whether somebody is filed under one of these keys, in a statement that is grouped by person."""
    return func.sum(case((col(BlockingKey.key).in_(keys), 1), else_=0)) > 0


def _by_fit(typed: str, candidates: Iterable[Person]) -> list[Person]:
    fits = [(fits_part_of_name(typed, full_names(person)), person) for person in candidates]
    fitting = [pair for pair in fits if pair[0] > 0] or fits
    return [person for _, person in sorted(fitting, key=lambda pair: -pair[0])]


def _people_with_number(session: Session, organization_id: UUID, typed: str) -> Sequence[Person]:
    reached = select(col(BlockingKey.person_id)).where(
        col(BlockingKey.organization_id) == organization_id,
        col(BlockingKey.key).in_(keys_of(_phone_values(typed), organization_id)),
    )
    known = select(col(PersonIdentifier.person_id)).where(
        col(PersonIdentifier.organization_id) == organization_id,
        col(PersonIdentifier.value_key).in_(_identifier_keys(typed, organization_id)),
    )
    query = select(Person).where(or_(col(Person.id).in_(reached), col(Person.id).in_(known)))
    return session.execute(query.order_by(col(Person.id).desc()).limit(MOST_CANDIDATES)).scalars().all()


def _phone_values(typed: str) -> set[str]:
    try:
        return {f"phone:{parse_phone(typed)}"}
    except Invalid:
        return set()


def _identifier_keys(typed: str, organization_id: UUID) -> set[bytes]:
    keys = set()
    for namespace in identifier_namespaces():
        try:
            keys.add(identifier_key(namespace, parse_identifier(namespace, typed), organization_id))
        except Invalid:
            continue
    return keys
