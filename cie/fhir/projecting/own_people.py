"""The people whom an organization serves, as it reads them itself."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import people
from cie.fhir.projecting.loop import Sight
from cie.fhir.resources.patient import OwnPerson, own_patient
from cie.fhir.store import Content
from cie.people import Person


def own_content(session: Session, person: Person) -> Content:
    """The Patient of one person for the organization that serves them."""
    own = OwnPerson(
        person.id,
        people.details_of(person),
        people.contact_points(session, person),
        people.identifiers_of(session, person),
    )
    return Content(own_patient(own), person.id)


def persons_among(session: Session, person_ids: Collection[UUID]) -> Sequence[Person]:
    """These persons, in the order of their ids."""
    query = select(Person).where(col(Person.id).in_(person_ids)).order_by(col(Person.id))
    return session.execute(query).scalars().all() if person_ids else []


def sight_of_people(session: Session, organization_id: UUID, persons: Iterable[Person]) -> Sight:
    """What the organization reads of those of these whom it serves; of somebody who was erased nothing."""
    own = [person for person in persons if person.organization_id == organization_id]
    contents = [own_content(session, person) for person in own if person.erased_at is None]
    return Sight(contents, [("Patient", str(person.id)) for person in own if person.erased_at])
