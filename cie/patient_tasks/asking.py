"""Asking something of a person: what each kind of task has to say (SDOH-Task-1 to -4, -7), and that it is kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlmodel import Session

from cie import events, messaging, people, screening
from cie.access import Actor, Permission, check
from cie.errors import Invalid, NotPossibleNow
from cie.patient_tasks.contacts import Contact, is_protected, kept
from cie.patient_tasks.documents import NewDocument, faults_of_file, keep_document
from cie.patient_tasks.models import DocumentPart, PatientTask, PatientTaskPriority
from cie.patient_tasks.moving import keep_move
from cie.patient_tasks.states import PatientTaskKind
from cie.people import Person

LONGEST_TEXT = 4000
LONGEST_LINK = 2000
MOST_CONTACTS = 20
RISK = "risk-questionnaire"
"""The category of what the loaded instruments ask."""
CATEGORIES = frozenset(
    {
        RISK,
        "feedback-questionnaire",
        "application-questionnaire",
        "personal-characteristics-questionnaire",
        "other-specify",
    }
)
"""What questions may be for: the value set of the guide."""
_PLACES_OF_FILE = frozenset({"document", "questionnaire"})


@dataclass(frozen=True)
class Asked:
    """What is asked. Of `questionnaire_id`, `link` and `document` the kind says which there are."""

    kind: PatientTaskKind
    description: str = ""
    priority: PatientTaskPriority = PatientTaskPriority.ROUTINE
    questionnaire_id: UUID | None = None
    category: str = ""
    link: str = ""
    document: NewDocument | None = None
    document_reference: str = ""
    contacts: tuple[Contact, ...] = ()


def is_form(asked: PatientTask | Asked) -> bool:
    """Whether the questions are a form that is a file or a page elsewhere, and not asked here one by one."""
    return asked.kind is PatientTaskKind.QUESTIONNAIRE and asked.questionnaire_id is None


def ask(session: Session, actor: Actor, person_id: UUID, asked: Asked, *, at: datetime) -> PatientTask:
    """Ask something of a person whom the caller's organization serves; a text tells them that it waits, if one may go.

    Raises NotFound, NotAllowed, Invalid with every fault, NotPossibleNow (erased; a protected contact; questions that
    are asked in private alone).
    """
    person = require_askable(session, actor, person_id, asked)
    session.refresh(person, with_for_update=True)
    people.require_on_file(person)
    task = _new(person, actor, asked, at)
    session.add(task)
    session.flush()
    if asked.document is not None:
        keep_document(session, task, asked.document, DocumentPart.ASKED, at=at)
    keep_move(session, actor, task, None, at)
    events.record(session, actor, "patient-task.ask", task, at=at, kind=asked.kind.value)
    messaging.tell_waiting(session, person, at=at)
    return task


def require_askable(
    session: Session, actor: Actor, person_id: UUID, asked: Asked, *, file_follows: bool = False
) -> Person:
    """Refuse what `ask` would refuse, and keep nothing. `file_follows`: a file is chosen later.

    Raises what `ask` raises.
    """
    person = people.get_person(session, actor, person_id)
    check(actor, Permission.PATIENT_TASK_ASK, person)
    missing = _PLACES_OF_FILE if file_follows else frozenset[str]()
    faults = [fault for fault in _faults(asked) if fault.field not in missing]
    if faults:
        raise Invalid.all(faults)
    _require_fit_for_page(session, asked)
    return person


def _new(person: Person, actor: Actor, asked: Asked, at: datetime) -> PatientTask:
    task = PatientTask(
        organization_id=person.organization_id,
        person_id=person.id,
        kind=asked.kind,
        priority=asked.priority,
        questionnaire_id=asked.questionnaire_id,
        category=asked.category,
        document_reference=asked.document_reference,
        requested_at=at,
        requested_by_id=actor.id,
        moved_at=at,
    )
    task.description, task.link = asked.description.strip() or None, asked.link or None
    task.contacts = [kept(each) for each in asked.contacts] or None
    return task


def _faults(asked: Asked) -> Iterator[Invalid]:
    """What is wrong with what is asked, whoever is asked."""
    if len(asked.description) > LONGEST_TEXT:
        yield Invalid("What you ask: use at most 4000 characters", "description")
    if asked.link and not is_web_address(asked.link):
        yield Invalid("Address: use one that begins with https:// and is not too long", "link")
    if asked.document is not None:
        yield from faults_of_file(asked.document)
    yield from _OF_KIND[asked.kind](asked)


def is_web_address(link: str) -> bool:
    """Whether a link leads to a page that is safe to open: https, and a host without a user."""
    parts = urlsplit(link)
    is_plain = link.isprintable() and not any(c.isspace() for c in link) and len(link) <= LONGEST_LINK
    return is_plain and parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc


def _faults_of_question(asked: Asked) -> Iterator[Invalid]:
    if not asked.description.strip():
        yield Invalid("What you ask: write it down", "description")


def _faults_of_contact(asked: Asked) -> Iterator[Invalid]:
    if not asked.description.strip():
        yield Invalid("What you ask: write it down", "description")
    if not 1 <= len(asked.contacts) <= MOST_CONTACTS:
        yield Invalid("Contacts: name from 1 to 20 of whom one is to be contacted", "contacts")


def _faults_of_material(asked: Asked) -> Iterator[Invalid]:
    if (asked.document is None) == (not asked.link):
        yield Invalid("What to read: give a file or an address, and not both", "document")


def _faults_of_questionnaire(asked: Asked) -> Iterator[Invalid]:
    given = [each for each in (asked.questionnaire_id, asked.link, asked.document) if each]
    if len(given) != 1:
        yield Invalid("Questions: give a questionnaire, a file or an address, one of them", "questionnaire")
    if asked.category not in CATEGORIES:
        yield Invalid("Kind of questions: choose one", "category")


_OF_KIND = {
    PatientTaskKind.QUESTION: _faults_of_question,
    PatientTaskKind.CONTACT: _faults_of_contact,
    PatientTaskKind.MATERIAL: _faults_of_material,
    PatientTaskKind.QUESTIONNAIRE: _faults_of_questionnaire,
}


def _require_fit_for_page(session: Session, asked: Asked) -> None:
    """Refuse what no page of a person may show, since others may find it open."""
    if any(is_protected(session, each) for each in asked.contacts):
        raise NotPossibleNow("Give the contact of a protected service in person. A page could be found open")
    if asked.questionnaire_id is None:
        return
    row = screening.get_instrument(session, asked.questionnaire_id)
    if not row.is_active:
        raise NotPossibleNow("This version is no longer asked. Choose the newest one")
    if all(section.safety for section in screening.instrument_of(row).sections):
        raise NotPossibleNow("These questions are asked in private alone")
