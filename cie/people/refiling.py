"""Making every match key of one organization anew, when what they come from has changed."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie.people.contacts import contact_key
from cie.people.filing import file_person
from cie.people.identifiers import identifier_key
from cie.people.models import ContactPoint, Person, PersonIdentifier


def refile_people(session: Session, organization_id: UUID) -> None:
    """File the people of an organization under keys of today; for one that has just got a key of its own."""
    points = select(ContactPoint).where(col(ContactPoint.organization_id) == organization_id)
    for point in session.execute(points).scalars():
        if point.value is not None:
            point.value_key = contact_key(point.kind, point.value, organization_id)
            session.add(point)
    numbers = select(PersonIdentifier).where(col(PersonIdentifier.organization_id) == organization_id)
    for number in session.execute(numbers).scalars():
        number.value_key = identifier_key(number.namespace, number.value, organization_id)
        session.add(number)
    for person in session.execute(select(Person).where(col(Person.organization_id) == organization_id)).scalars():
        file_person(session, person)
