"""Which loops an organization reads of: those that it sent, those in which it was asked, those that it could take."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie.fhir.projecting.loop import Sight, sight_of
from cie.people import Person
from cie.referrals import OpenOffer, Referral, ReferralTask, offers_of, tasks_of

Loop = tuple[Referral, Sequence[ReferralTask], Sequence[OpenOffer]]


def loops_among(session: Session, referral_ids: Collection[UUID]) -> list[Loop]:
    """These loops with their tasks and with who could take them, in the order of their ids."""
    if not referral_ids:
        return []
    query = select(Referral).where(col(Referral.id).in_(referral_ids)).order_by(col(Referral.id))
    found = session.execute(query).scalars().all()
    return [with_offers(session, each, tasks_of(session, each)) for each in found]


def with_offers(session: Session, referral: Referral, tasks: Sequence[ReferralTask]) -> Loop:
    """A loop with its tasks and with who could take it."""
    return referral, tasks, offers_of(session, referral.id) if referral.open_task_id else ()


def loops_about(session: Session, persons: Iterable[Person]) -> set[UUID]:
    """The ids of all loops of these persons."""
    found: set[UUID] = set()
    for person in persons:
        theirs = (col(Referral.organization_id) == person.organization_id, col(Referral.person_id) == person.id)
        found.update(session.execute(select(col(Referral.id)).where(*theirs)).scalars())
    return found


def sides_of(loop: Loop) -> set[UUID]:
    """Who sent a loop, who was asked, and who could have taken it."""
    referral, tasks, offers = loop
    asked = {task.performer_id for task in tasks if task.requested_at is not None}
    return {referral.organization_id, *asked, *(offer.performer_id for offer in offers)}


def sight_of_loops(session: Session, organization_id: UUID, loops: Iterable[Loop]) -> Sight:
    """What the organization reads of those of these in which it has a part."""
    return merged(sight_of(session, organization_id, *loop) for loop in loops if organization_id in sides_of(loop))


def merged(sights: Iterable[Sight]) -> Sight:
    """What there is to read in any of these, each resource once."""
    every = list(sights)
    contents = {each.key: each for sight in every for each in sight.contents}
    return Sight(list(contents.values()), [key for sight in every for key in sight.gone if key not in contents])
