"""Making again all that is read over FHIR, or looking where what is kept is not what would be made.

Each step is a transaction of its own that holds the audience, so that nothing is written between what is read and what
is compared with it.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie.db import reading, transaction
from cie.fhir.projecting.audiences import add_audiences, organizations_that_read
from cie.fhir.projecting.kinds import Kind, kinds_of
from cie.fhir.projecting.loop import Sight
from cie.fhir.projecting.sent import show, wholes
from cie.fhir.searching.indexing import values_of
from cie.fhir.store import (
    Audience,
    Content,
    Indexed,
    Key,
    Stored,
    index_again,
    lock_audiences,
    says_the_same,
    stored_among,
)

STEP = 50
MISSING, DIFFERS, TOO_MUCH = "is missing", "differs", "is too much"
_INDEXED = ("name", "system", "value", "from_at", "until_at")
Found = tuple[Key, str]
"""A resource and what is wrong with it."""


def audiences() -> list[UUID]:
    """Those for whom something is kept, everybody among them."""
    with reading() as session:
        return list(
            session.execute(select(col(Audience.organization_id)).order_by(col(Audience.organization_id))).scalars()
        )


def add_missing() -> None:
    """Make an audience of each organization with a program that may read."""
    with transaction(alone=True) as session:
        add_audiences(session, organizations_that_read(session))


def made_again(organization_id: UUID) -> int:
    """Make all that one audience reads, take away what it should not read, and say how many resources it reads."""
    began = _newest(organization_id)
    made = {key for keys in _each_step(organization_id, _keep) for key in keys}
    for keys in _steps_of(_too_much(organization_id, made, began)):
        with _held(organization_id) as (session, audience):
            show(session, audience, (), keys)
    with _held(organization_id) as (session, audience):
        audience.built_at, audience.after = datetime.now(UTC), []
        session.add(audience)
    return len(made)


def faults_of(organization_id: UUID) -> Iterator[Found]:
    """Where what one audience keeps is not what would be made now; nothing is written."""
    began, made = _newest(organization_id), set[Key]()
    for found in _each_step(organization_id, _compare):
        made.update(key for key, _fault in found)
        yield from ((key, fault) for key, fault in found if fault)
    yield from ((key, TOO_MUCH) for key in _too_much(organization_id, made, began))


Act = Callable[[Session, Audience, Sight], Any]


def _each_step(organization_id: UUID, act: Act) -> Iterator[Any]:
    """What an act gives for some records after the others, until all are through."""
    for kind in kinds_of(organization_id).values():
        last: str | None = ""
        while last is not None:
            with _held(organization_id) as (session, audience):
                last, found = _step(session, audience, kind, last, act)
            yield found


def _step(session: Session, audience: Audience, kind: Kind, last: str, act: Act) -> tuple[str | None, Any]:
    ids = kind.next_ids(session, audience.organization_id, last, STEP)
    sight = kind.sight(session, audience.organization_id, ids, datetime.now(UTC))
    return (str(ids[-1]) if len(ids) == STEP else None), act(session, audience, sight)


@contextmanager
def _held(organization_id: UUID) -> Iterator[tuple[Session, Audience]]:
    """The audience in a transaction that holds it."""
    with transaction() as session:
        (audience,) = lock_audiences(session, [organization_id])
        yield session, audience


def _newest(organization_id: UUID) -> datetime:
    """The newest moment that the audience was given by now."""
    with _held(organization_id) as (_session, audience):
        return audience.last_at


def _keep(session: Session, audience: Audience, sight: Sight) -> list[Key]:
    """Let it be read as it is made, and found by what it says even where nothing changed."""
    show(session, audience, sight.contents, sight.gone)
    made = [each.key for each in sight.contents]
    for row in stored_among(session, audience.organization_id, made).values():
        index_again(session, row)
    return made


def _compare(session: Session, audience: Audience, sight: Sight) -> list[tuple[Key, str]]:
    """What is made, each with what is wrong with what is kept, empty when nothing is."""
    rows = stored_among(session, audience.organization_id, [each.key for each in sight.contents])
    whole = wholes(session, audience, sight.contents, rows)
    return [(each.key, _fault(session, rows.get(each.key), each)) for each in whole]


def _fault(session: Session, row: Stored | None, content: Content) -> str:
    if row is None or row.body is None:
        return MISSING
    return "" if says_the_same(row, content) and _is_found_by(session, row, content) else DIFFERS


def _is_found_by(session: Session, row: Stored, content: Content) -> bool:
    """Whether it is found by what it says."""
    query = select(*(getattr(Indexed, name) for name in _INDEXED)).where(col(Indexed.stored_id) == row.id)
    kept = {tuple(each) for each in session.execute(query)}
    return kept == {
        tuple(getattr(each, name) for name in _INDEXED) for each in values_of(content.body, row.organization_id)
    }


def _too_much(organization_id: UUID, made: Collection[Key], began: datetime) -> list[Key]:
    """What can be read though nothing made it; what was kept since is of something that came meanwhile."""
    query = select(col(Stored.resource_type), col(Stored.resource_id)).where(
        col(Stored.organization_id) == organization_id,
        col(Stored.body_sealed).is_not(None),
        col(Stored.is_kept).is_(False),
        col(Stored.updated_at) <= began,
    )
    with reading() as session:
        rows = session.execute(query.order_by(col(Stored.resource_type), col(Stored.resource_id))).all()
    return [(row[0], row[1]) for row in rows if (row[0], row[1]) not in made]


def _steps_of(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    yield from (keys[start : start + STEP] for start in range(0, len(keys), STEP))
