"""Patients that programs send: looking whether somebody is on file first, adding, correcting."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import people
from cie.access import Actor
from cie.errors import Invalid
from cie.fhir.codes import OURS
from cie.fhir.refusals import Duplicate, at_place
from cie.fhir.resources.patient_reading import DETAILS, PLACES, Read, read_patient
from cie.people import ContactKind, Person
from cie.people.matching import Grade

NEW_PERSON = {"system": f"{OURS}intent", "code": "new-person"}
"""The tag by which a program says that it looked at who is alike, and that this is somebody else."""
Resource = dict[str, Any]


def add_patient(session: Session, actor: Actor, resource: Resource, *, at: datetime) -> UUID:
    """Add somebody whom the caller's organization begins to serve; the id of the person.

    Raises NotTaken; Duplicate when somebody on file is probably the same and the Patient does not say otherwise.
    """
    read = read_patient(resource)
    if not _is_said_to_be_new(resource):
        _refuse_a_second(session, actor, read)
    person: Person = placed(lambda: _added(session, actor, read, at))
    return person.id


def _added(session: Session, actor: Actor, read: Read, at: datetime) -> Person:
    person = people.add_person(session, actor, read.details, contacts=read.contacts, at=at)
    for namespace, value in read.numbers:
        people.add_identifier(session, actor, person.id, namespace, value, at=at)
    return person


def _is_said_to_be_new(resource: Resource) -> bool:
    tags = resource.get("meta", {}).get("tag", [])
    return any({name: tag.get(name) for name in NEW_PERSON} == NEW_PERSON for tag in tags)


def _refuse_a_second(session: Session, actor: Actor, read: Read) -> None:
    phones = [value for kind, value in read.contacts if kind != ContactKind.EMAIL]
    alike = placed(lambda: people.likely_duplicates(session, actor, read.details, phones))
    likely = [each for each in alike if each.match.grade in (Grade.CERTAIN, Grade.PROBABLE)]
    if likely:
        ids = ", ".join(f"Patient/{each.person.id}" for each in likely)
        raise Duplicate("Somebody on file may be the same: %(ids)s. Use one, or tag this as new-person", ids=ids)


def correct_patient(session: Session, actor: Actor, person_id: UUID, resource: Resource, *, at: datetime) -> None:
    """Make what is on file of a person what the Patient says. Raises NotTaken, NotFound, NotAllowed, NotPossibleNow."""
    read = read_patient(resource)
    placed(lambda: _corrected(session, actor, person_id, read, at))


def _corrected(session: Session, actor: Actor, person_id: UUID, read: Read, at: datetime) -> None:
    person = people.get_person(session, actor, person_id)
    changes = {name: getattr(read.details, name) for name in DETAILS}
    if not changes["county_fips"]:
        # a Patient need not say it; a new ZIP brings its own
        changes.pop("county_fips")
    people.correct_person(session, actor, person.id, changes, seen_version=person.version, at=at)
    _correct_contacts(session, actor, person, read, at)
    _correct_numbers(session, actor, person, read, at)


def _correct_contacts(session: Session, actor: Actor, person: Person, read: Read, at: datetime) -> None:
    on_file = {(point.kind, point.value): point.id for point in people.contact_points(session, person)}
    for contact in on_file.keys() - set(read.contacts):
        people.remove_contact(session, actor, on_file[contact], at=at)
    for kind, value in read.contacts:
        if (kind, value) not in on_file:
            people.add_contact(session, actor, person.id, kind=kind, value=value, at=at)


def _correct_numbers(session: Session, actor: Actor, person: Person, read: Read, at: datetime) -> None:
    on_file = {(number.namespace, number.value): number.id for number in people.identifiers_of(session, person)}
    for number in on_file.keys() - set(read.numbers):
        people.remove_identifier(session, actor, on_file[number], at=at)
    for namespace, value in read.numbers:
        if (namespace, value) not in on_file:
            people.add_identifier(session, actor, person.id, namespace, value, at=at)


def placed(verb: Callable[[], Any]) -> Any:
    """What the verb gives; its faults at the elements from which the values came."""
    try:
        return verb()
    except Invalid as error:
        raise at_place(error, PLACES, "Patient") from error
