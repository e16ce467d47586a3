"""The directory, as all who read over FHIR read it: organizations, services, and places that are not confidential."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import directory
from cie.directory import DECAYS_AFTER, CapacityStatus, ListedService, Location, Organization, Service
from cie.events import Event
from cie.fhir.projecting.loop import Sight
from cie.fhir.projecting.loops import merged
from cie.fhir.resources.healthcare_service import healthcare_service
from cie.fhir.resources.location import location
from cie.fhir.resources.organization import joined_organization, listed_organization
from cie.fhir.store import Content
from cie.participants import Participant


@dataclass(frozen=True)
class Listed:
    """What of the directory changed, by ids. Of an `organizations` everything may have changed."""

    participants: set[UUID] = field(default_factory=set)
    organizations: set[UUID] = field(default_factory=set)
    services: set[UUID] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.participants or self.organizations or self.services)


def listed_touched(events: Sequence[Event]) -> Listed:
    """What of the directory these events changed."""
    return Listed(_subjects(events, Participant), _subjects(events, Organization), _subjects(events, Service))


def _subjects(events: Iterable[Event], table: type[Participant | Organization | Service]) -> set[UUID]:
    return {event.subject_id for event in events if event.subject_type == table.__tablename__ and event.subject_id}


def sight_of_listed(session: Session, listed: Listed, *, at: datetime) -> Sight:
    """What everybody reads of all this now."""
    theirs = col(Service.organization_id).in_(listed.organizations)
    services = {*listed.services, *session.execute(select(col(Service.id)).where(theirs)).scalars()}
    places = select(col(Location.id)).where(col(Location.organization_id).in_(listed.organizations))
    return merged(
        (
            sight_of_participants(session, listed.participants),
            sight_of_organizations(session, listed.organizations),
            sight_of_places(session, session.execute(places).scalars().all()),
            sight_of_services(session, services, at=at),
        )
    )


def sight_of_participants(session: Session, participant_ids: Collection[UUID]) -> Sight:
    """Organizations that joined; of what the directory keeps of one the oldest entry counts."""
    joined = select(Participant).where(col(Participant.id).in_(participant_ids)).order_by(col(Participant.id))
    entries = select(col(Organization.participant_id), col(Organization.id)).where(
        col(Organization.participant_id).in_(participant_ids)
    )
    first = {row[0]: row[1] for row in session.execute(entries.order_by(col(Organization.id).desc()))}
    listed = {each.organization.id: each for each in directory.listed_organizations(session, first.values())}
    rows = session.execute(joined).scalars().all()
    return Sight([Content(joined_organization(row, listed.get(first.get(row.id, row.id)))) for row in rows])


def sight_of_organizations(session: Session, organization_ids: Collection[UUID]) -> Sight:
    """Organizations of the directory; one that joined is read by the id that it has as a participant alone."""
    listed = directory.listed_organizations(session, organization_ids)
    joined = {each.organization.participant_id for each in listed}
    sight = sight_of_participants(session, {id for id in joined if id is not None})
    for each in listed:
        if each.organization.participant_id is None:
            sight.contents.append(Content(listed_organization(each)))
        else:
            sight.gone.append(("Organization", str(each.organization.id)))
    return sight


def sight_of_places(session: Session, location_ids: Collection[UUID]) -> Sight:
    """Places that are not confidential and have an address; of the others there is nothing."""
    open_ = directory.listed_places(session, location_ids)
    hidden = set(location_ids) - {place.location.id for place in open_}
    return Sight([Content(location(place)) for place in open_], [("Location", str(id)) for id in sorted(hidden)])


def sight_of_services(session: Session, service_ids: Collection[UUID], *, at: datetime) -> Sight:
    """Services with how much room they have at this moment."""
    listed = directory.listed_services(session, service_ids, at=at)
    return Sight([Content(healthcare_service(each), stale_at=_stale_at(each)) for each in listed])


def _stale_at(listed: ListedService) -> datetime | None:
    """After when the word for the room of a service is too old; None when there is none."""
    said_at = listed.hit.service.capacity_updated_at
    is_known = listed.hit.room.status != CapacityStatus.UNKNOWN
    return said_at + DECAYS_AFTER if is_known and said_at else None
