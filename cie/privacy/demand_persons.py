"""Whom a legal demand is about: persons whom the organization serves, put on it and taken off while it is open."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import people
from cie.access import Actor
from cie.errors import NotFound, NotPossibleNow
from cie.people import Person
from cie.privacy.history import open_case, write_down
from cie.privacy.models import DemandState, LegalDemand, LegalDemandPerson, Step


def add_to_demand(session: Session, actor: Actor, demand_id: UUID, person_id: UUID, *, at: datetime) -> LegalDemand:
    """A demand is about this person. Raises NotFound, NotAllowed, NotPossibleNow (closed, or they stand there)."""
    demand = open_case(session, actor, LegalDemand, demand_id)
    person = people.get_person(session, actor, person_id)
    row = session.get(LegalDemandPerson, (demand.id, person.id))
    if row is not None and row.taken_off_at is None:
        raise NotPossibleNow("This person is on it already")
    row = row or LegalDemandPerson(demand_id=demand.id, person_id=person.id, organization_id=demand.organization_id)
    row.added_at, row.added_by_id, row.taken_off_at = at, actor.id, None
    session.add(row)
    write_down(session, actor, demand, Step.LIST_GREW, count=1, at=at)
    return demand


def take_off_demand(session: Session, actor: Actor, demand_id: UUID, person_id: UUID, *, at: datetime) -> LegalDemand:
    """A demand is not about this person after all. Raises NotFound, NotAllowed, NotPossibleNow (it is closed)."""
    demand = open_case(session, actor, LegalDemand, demand_id)
    row = session.get(LegalDemandPerson, (demand.id, person_id))
    if row is None or row.taken_off_at is not None:
        raise NotFound("There is no such record")
    row.taken_off_at = at
    session.add(row)
    write_down(session, actor, demand, Step.LIST_TAKEN_BACK, count=1, at=at)
    return demand


def persons_of_demand(session: Session, demand: LegalDemand) -> Sequence[UUID]:
    """Whom a demand is about, in a fixed order."""
    query = select(col(LegalDemandPerson.person_id)).where(
        col(LegalDemandPerson.organization_id) == demand.organization_id,
        col(LegalDemandPerson.demand_id) == demand.id,
        col(LegalDemandPerson.taken_off_at).is_(None),
    )
    return session.execute(query.order_by(col(LegalDemandPerson.person_id))).scalars().all()


def demands_answered_about(session: Session, person: Person) -> Sequence[LegalDemand]:
    """The demands about a person because of which something was given by hand, whenever that was."""
    query = (
        select(LegalDemand)
        .join(LegalDemandPerson, col(LegalDemandPerson.demand_id) == col(LegalDemand.id))
        .where(
            col(LegalDemandPerson.organization_id) == person.organization_id,
            col(LegalDemandPerson.person_id) == person.id,
            col(LegalDemandPerson.taken_off_at).is_(None),
            col(LegalDemand.state) == DemandState.ANSWERED_OUTSIDE,
            col(LegalDemand.released_on).is_not(None),
        )
    )
    return session.execute(query).scalars().all()
