"""Whether another organization keeps a record of the same human: asked by the consent gate alone, shown to nobody.

What is on file elsewhere must not show in how much work it takes: for each organization one statement is run, and as
many sealed values are opened whether somebody like them is on file there or not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from cie.people.birth import Precision
from cie.people.details import birth_of
from cie.people.filing import identity_of, keys_of, phones_of
from cie.people.finding import any_of, telling_values
from cie.people.matching import Grade, Identity, rank
from cie.people.models import BlockingKey, Person

MOST_CANDIDATES = 3
_SEALED = ("given_name_sealed", "family_name_sealed", "chosen_name_sealed", "birth_sealed")
"""What is opened to compare a record with another."""


@dataclass(frozen=True)
class _Asked:
    """Whom to look for: their own record, what is compared, and the plain values of their keys."""

    person: Person
    identity: Identity
    values: frozenset[str]

    def keys(self, kind: str, organization_id: UUID) -> set[bytes]:
        """The keys of one kind, or of all (an empty word), as that organization files them."""
        return keys_of({value for value in self.values if value.startswith(kind)}, organization_id)


def can_be_known_elsewhere(session: Session, person: Person) -> bool:
    """Whether enough is on file to know the same human for certain: the whole birth date, and a phone or the ZIP."""
    return _is_enough(_asked(session, person).identity)


def _is_enough(identity: Identity) -> bool:
    birth = identity.birth
    is_whole = birth is not None and birth.precision is Precision.EXACT and not birth.is_placeholder
    return is_whole and bool(identity.phones or identity.zip)


def same_human(session: Session, person: Person, organization_ids: Iterable[UUID]) -> dict[UUID, Person]:
    """The record of the same human at each of these organizations, where there is just one and it is certain.

    Two records that both seem to be theirs are none: a no may stand in the other. One who cannot be known is nowhere.
    """
    asked = _asked(session, person)
    if not _is_enough(asked.identity):
        return {}
    found = {id_: _certain(session, asked, id_) for id_ in organization_ids}
    return {id_: records[0] for id_, records in found.items() if len(records) == 1}


def _asked(session: Session, person: Person) -> _Asked:
    phones = phones_of(session, person.organization_id, [person.id])[person.id]
    identity = identity_of(person, phones)
    return _Asked(person, identity, frozenset(telling_values(identity)))


def _certain(session: Session, asked: _Asked, organization_id: UUID) -> list[Person]:
    candidates = _candidates(session, asked, organization_id)
    on_file = [(p, identity_of(p, asked.identity.phones if has_phone else ())) for p, has_phone in candidates]
    _open_as_often(asked.person, [p for p, _has_phone in candidates])
    return [p for p, match in rank(asked.identity, on_file, MOST_CANDIDATES) if match.grade is Grade.CERTAIN]


def _candidates(session: Session, asked: _Asked, organization_id: UUID) -> Sequence[tuple[Person, bool]]:
    """Those with the same birthday who share most keys, and whether a phone is among these; no phone is opened."""
    key, person_id = col(BlockingKey.key), col(BlockingKey.person_id)
    phones = func.sum(case((key.in_(asked.keys("phone:", organization_id)), 1), else_=0))
    hits = (
        select(person_id, func.count().label("keys"), phones.label("phones"))
        .where(col(BlockingKey.organization_id) == organization_id, key.in_(asked.keys("", organization_id)))
        .group_by(person_id)
        .having(any_of(asked.keys("day:", organization_id)))
        .order_by(func.count().desc(), person_id.desc())
        .limit(MOST_CANDIDATES)
        .subquery()
    )
    query = select(Person, hits.c.phones).join(hits, hits.c.person_id == col(Person.id))
    ordered = query.order_by(hits.c["keys"].desc(), col(Person.id).desc())
    return [(row[0], row[1] > 0) for row in session.execute(ordered.where(col(Person.erased_at).is_(None)))]


def _open_as_often(own: Person, candidates: Sequence[Person]) -> None:
    """Open what is known anyway as often as it takes to have opened the same number of values for everybody."""
    opened = sum(getattr(candidate, name) is not None for candidate in candidates for name in _SEALED)
    for _each in range(MOST_CANDIDATES * len(_SEALED) - opened):
        birth_of(own)
