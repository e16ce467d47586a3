"""Making what an audience reads part by part: at first, again after a load in bulk, and where a word grew old.

A part is one transaction that holds the audience. It goes on where the last one ended: one that breaks off leaves
nothing and is made again. What happens meanwhile is kept by those who make it happen.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from time import monotonic
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie.fhir.projecting.consents import consents_among, sight_of_consents
from cie.fhir.projecting.directory import sight_of_services
from cie.fhir.projecting.kinds import kinds_of
from cie.fhir.projecting.sent import show
from cie.fhir.store import EVERYONE, Audience, Stored, lock_audiences

PART_RECORDS, PART_SECONDS, STEP = 100, 0.3, 10
"""How large a part may be and how long it may take, since others who write may wait for it; it goes in steps."""


def next_turn(session: Session, but: Collection[UUID], at: datetime) -> tuple[UUID, bool] | None:
    """The audience to make a part of, and whether nothing may be written beside it; None when all is made.

    The first part is alone: a change that began before there was an audience would not be in it, nor keep anything.
    """
    unfinished = (
        select(col(Audience.organization_id), col(Audience.after))
        .where(col(Audience.built_at).is_(None), col(Audience.organization_id).not_in(but))
        .order_by(col(Audience.last_at), col(Audience.organization_id))
    )
    row = session.execute(unfinished.limit(1)).first()
    if row:
        return row[0], not row[1]
    stale = select(col(Stored.organization_id)).where(
        col(Stored.stale_at) < at, col(Stored.organization_id).not_in(but)
    )
    found = session.execute(stale.limit(1)).scalar()
    return (found, False) if found else None


def make_part(session: Session, organization_id: UUID, alone: bool, at: datetime) -> None:
    """Make the next part for one audience; nothing when another worker has finished it, or it is not there."""
    for audience in lock_audiences(session, [organization_id]):
        if audience.built_at is not None:
            _refresh(session, audience, at)
        elif audience.after:
            _go_on(session, audience, at)
        elif alone:
            audience.after = [next(iter(kinds_of(organization_id))), ""]
        session.add(audience)


def _go_on(session: Session, audience: Audience, at: datetime) -> None:
    name, last = audience.after
    kinds = kinds_of(audience.organization_id)
    ids = kinds[name].next_ids(session, audience.organization_id, last, PART_RECORDS)
    done = 0
    for step in _in_time(ids):
        sight = kinds[name].sight(session, audience.organization_id, step, at)
        show(session, audience, sight.contents, sight.gone)
        done += len(step)
    if done < PART_RECORDS and done == len(ids):
        following = list(kinds)[list(kinds).index(name) + 1 :]
        audience.after = [following[0], ""] if following else []
        audience.built_at = None if following else at
    else:
        audience.after = [name, str(ids[done - 1])]


def _in_time(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    """Steps for as long as a part may take, at least one."""
    until = monotonic() + PART_SECONDS
    for start in range(0, len(ids), STEP):
        yield ids[start : start + STEP]
        if monotonic() > until:
            return


def _refresh(session: Session, audience: Audience, at: datetime) -> None:
    """Show as they are now services whose word for their room grew old, and consents whose last day is past."""
    query = select(Stored).where(col(Stored.organization_id) == audience.organization_id, col(Stored.stale_at) < at)
    rows = session.execute(query.order_by(col(Stored.stale_at)).limit(PART_RECORDS)).scalars().all()
    ids = [UUID(row.resource_id) for row in rows]
    if audience.organization_id == EVERYONE:
        sight = sight_of_services(session, ids, at=at)
    else:
        records = consents_among(session, ids)
        sight = sight_of_consents(session, audience.organization_id, records, at=at)
    made = {each.key for each in sight.contents}
    gone = [(row.resource_type, row.resource_id) for row in rows if (row.resource_type, row.resource_id) not in made]
    show(session, audience, sight.contents, gone)
