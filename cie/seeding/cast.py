"""Who is in the demo, by the names that its data gives them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import people
from cie.access import Actor
from cie.directory.models import Organization, Service
from cie.participants import Participant


@dataclass(frozen=True)
class Cast:
    """The people by their keys, and who acts for an organization."""

    persons: Mapping[str, UUID]
    staff_of: Callable[[UUID], Actor]

    def who_serves(self, session: Session, key: str) -> Actor:
        """Whoever acts for the organization that serves a person."""
        return self.staff_of(session.get_one(people.Person, self.persons[key]).organization_id)


def participant_named(session: Session, name: str) -> Participant:
    """An organization of the exchange."""
    found: Participant = session.execute(select(Participant).where(col(Participant.name) == name)).scalar_one()
    return found


def service_named(session: Session, organization: str, name: str) -> Service:
    """A service of an organization in the directory."""
    query = (
        select(Service)
        .join(Organization, col(Organization.id) == col(Service.organization_id))
        .where(col(Organization.name) == organization, col(Service.name) == name)
    )
    service: Service = session.execute(query.limit(1)).scalar_one()
    return service
