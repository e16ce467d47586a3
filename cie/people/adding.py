"""Adding a person whom the organization begins to serve."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from cie import events
from cie.access import Actor, Permission, check
from cie.people.contacts import give_contacts
from cie.people.details import NewPerson, checked, write_details
from cie.people.filing import file_person
from cie.people.models import ContactKind, Person
from cie.people.records import hold


def add_person(
    session: Session,
    actor: Actor,
    new: NewPerson,
    *,
    contacts: Iterable[tuple[ContactKind, str]] = (),
    at: datetime,
) -> Person:
    """The caller's organization begins to serve this person. Duplicates are shown before, never refused here.

    `contacts`: how the person can be reached. Raises NotAllowed; Invalid with every fault at once, of the person before
    those of a contact; NotPossibleNow for one contact twice.
    """
    check(actor, Permission.PERSON_WRITE)
    details = checked(new, at=at)
    person = Person(organization_id=actor.organization, created_at=at)
    write_details(person, details)
    session.add(person)
    events.record(session, actor, "person.add", person, at=at)
    give_contacts(session, actor, person, contacts, at=at)
    file_person(session, person)
    hold(session, person)
    return person
