"""Correcting what is kept of a person. Nothing is silently overwritten: the history says what it was before."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor
from cie.errors import Invalid, Stale
from cie.events import Change
from cie.people.details import NewPerson, checked, details_of, write_details
from cie.people.filing import file_person, locked_person
from cie.people.models import ContactPoint, Person, PersonIdentifier
from cie.people.records import get_person

_CORRECTABLE = frozenset(field.name for field in fields(NewPerson))
CONSENT = "consent"
"""The table of what a person said about sharing, which is kept in a package above this one."""
_IN_HISTORY = (*(str(table.__tablename__) for table in (Person, ContactPoint, PersonIdentifier)), CONSENT)


def correct_person(
    session: Session,
    actor: Actor,
    person_id: UUID,
    changes: Mapping[str, object],
    *,
    seen_version: int,
    at: datetime,
) -> Person:
    """Mend what is kept; `changes` holds new values by the field names of NewPerson, of the same types.

    A new ZIP brings its county unless one is given too. Saving what is already kept changes nothing.
    Raises NotFound, NotAllowed, Invalid; Stale when the record changed after the caller saw `seen_version`.
    """
    person = locked_person(session, actor, person_id)
    if person.version != seen_version:
        raise Stale("This changed while you were typing")
    before = details_of(person)
    after = checked(_with_changes(before, changes), at=at)
    differences = _differences(before, after)
    if differences:
        write_details(person, after)
        person.version += 1
        session.add(person)
        file_person(session, person)
        events.changed(session, actor, person, differences, at=at)
        events.record(session, actor, "person.correct", person, at=at, fields=sorted(differences))
    return person


def history_of(session: Session, actor: Actor, person_id: UUID) -> Sequence[Change]:
    """Every correction of the person, of how to reach them, their numbers and what they said on sharing, newest first.

    Civ. Code 56.101(b): who changed what, when, from what to what.
    Raises NotFound, also to those who may not know of the person; NotAllowed.
    """
    person = get_person(session, actor, person_id)
    query = select(Change).where(
        col(Change.organization_id) == person.organization_id,
        col(Change.person_id) == person.id,
        col(Change.record_type).in_(_IN_HISTORY),
    )
    return session.execute(query.order_by(col(Change.at).desc(), col(Change.id).desc())).scalars().all()


def _with_changes(before: NewPerson, changes: Mapping[str, object]) -> NewPerson:
    unknown = sorted(changes.keys() - _CORRECTABLE)
    if unknown:
        raise Invalid.all([Invalid("This cannot be corrected", name) for name in unknown])
    wanted: dict[str, Any] = dict(changes)
    if wanted.get("zip", before.zip) != before.zip:
        wanted.setdefault("county_fips", "")
    return replace(before, **wanted)


def _differences(before: NewPerson, after: NewPerson) -> dict[str, list[Any]]:
    old, new = _as_text(before), _as_text(after)
    return {name: [old[name], new[name]] for name in old if old[name] != new[name]}


def _as_text(details: NewPerson) -> dict[str, Any]:
    standing = [each.value for each in details.standing]
    return {**asdict(details), "birth": details.birth.to_text(), "standing": standing}
