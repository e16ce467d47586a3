"""Erasing what an organization keeps of one person, for good: their words leave its tables in one transaction.

What others wrote stays with them; they hear that the referral ended and read nothing more. A tombstone stays, by which
the same is erased again in an older copy of the database that is put back.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session, col

from cie import consent, events, referrals
from cie.access import SYSTEM, Actor, Door
from cie.db import wait_for_others
from cie.people import Person
from cie.retention.models import Ground, Tombstone
from cie.retention.readiness import readiness
from cie.retention.removing import remove


def erase(session: Session, actor: Actor, person_id: UUID, ground: Ground, *, at: datetime) -> Tombstone:
    """Erase what the caller's organization keeps of a person, on a ground that holds now.

    Raises NotFound, NotAllowed; NotPossibleNow: a hold, an open case, no such ground, or it was erased before.
    """
    wait_for_others(session)
    readiness(session, actor, person_id, at=at).require(ground)
    _take_away(session, actor, actor.organization, person_id, at=at)
    stone = _lay(session, actor.organization, person_id, ground, actor.id, at)
    events.record(session, actor, "record.erase", stone, at=at, organization_id=actor.organization, ground=ground.value)
    return stone


def erase_again(session: Session, stone: Tombstone, *, at: datetime) -> bool:
    """Erase once more what a tombstone says was erased, in a copy of the database that is older; False when this copy
    knows nothing of it. Whoever put the copy back asks for it, so no hold or case of that time stands in the way.
    """
    wait_for_others(session)
    own = session.get(Person, stone.person_id)
    if own is None or _is_newer(session, stone, own):
        return False
    operator = replace(SYSTEM, organization_id=stone.organization_id, door=Door.COMMAND)
    _take_away(session, operator, stone.organization_id, stone.person_id, at=at, erased_at=stone.erased_at)
    laid = _lay(session, stone.organization_id, stone.person_id, stone.ground, stone.erased_by_id, stone.erased_at)
    events.record(session, operator, "record.erase-again", laid, at=at, organization_id=stone.organization_id)
    return True


def _is_newer(session: Session, stone: Tombstone, person: Person) -> bool:
    """Whether the copy is of after the purge of what was written about a person of others: they may have come again."""
    laid = _laid(session, stone.organization_id, stone.person_id)
    is_of_others = person.organization_id != stone.organization_id
    return is_of_others and laid is not None and laid.erased_at >= stone.erased_at


def _laid(session: Session, organization_id: UUID, person_id: UUID) -> Tombstone | None:
    query = select(Tombstone).where(
        col(Tombstone.organization_id) == organization_id, col(Tombstone.person_id) == person_id
    )
    found: Tombstone | None = session.execute(query).scalar_one_or_none()
    return found


def _take_away(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    person_id: UUID,
    *,
    at: datetime,
    erased_at: datetime | None = None,
) -> None:
    person = session.get_one(Person, person_id)
    if person.organization_id == organization_id:
        referrals.end_loops_of(session, actor, person, at=at)
    _end_sharing(session, actor, organization_id, person, at)
    remove(session, organization_id, person_id, at=at)
    is_own = (col(Person.id) == person_id, col(Person.organization_id) == organization_id)
    marks = {"erased_at": erased_at or at, "version": col(Person.version) + 1}
    session.execute(update(Person).where(*is_own).values(marks).execution_options(synchronize_session=False))
    session.expire_all()


def _end_sharing(session: Session, actor: Actor, organization_id: UUID, person: Person, at: datetime) -> None:
    """Nothing of one's own person is read any more, by either side; of another's, what one told their organization."""
    live = consent.live_releases(session, person.id)
    is_own = person.organization_id == organization_id
    consent.end_releases(session, actor, [r for r in live if is_own or r.organization_id == organization_id], at=at)


def _lay(
    session: Session, organization_id: UUID, person_id: UUID, ground: Ground, by_id: UUID | None, erased_at: datetime
) -> Tombstone:
    """The tombstone of this record; the newest when a victim service purged more than once."""
    stone = _laid(session, organization_id, person_id) or Tombstone(
        organization_id=organization_id, person_id=person_id, ground=ground, erased_at=erased_at
    )
    stone.ground, stone.erased_by_id, stone.erased_at = ground, by_id, erased_at
    session.add(stone)
    session.flush()
    return stone
