"""Adding a person whom the organization begins to serve."""

from datetime import datetime

from sqlmodel import Session

from cie import events
from cie.access import Actor, Permission, check
from cie.people.details import NewPerson, checked, write_details
from cie.people.filing import file_person
from cie.people.models import Person


def add_person(session: Session, actor: Actor, new: NewPerson, *, at: datetime) -> Person:
    """The caller's organization begins to serve this person. Duplicates are shown before, never refused here.

    Raises NotAllowed; Invalid with every fault at once.
    """
    check(actor, Permission.PERSON_WRITE)
    details = checked(new, at=at)
    person = Person(organization_id=actor.organization, created_at=at)
    write_details(person, details)
    session.add(person)
    file_person(session, person)
    events.record(session, actor, "person.add", person, at=at)
    return person
