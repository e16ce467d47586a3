"""What the organizations of the demo ask of people: a task of each kind that waits, and one that was answered."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import patient_tasks, screening
from cie.access import Actor, ActorKind, Door, Purpose
from cie.db import transaction
from cie.patient_tasks import RISK, Answer, Asked, Contact, NewDocument, PatientTaskKind
from cie.screening import GivenAnswer
from cie.seeding.cast import Cast, service_named

ANSWERED = frozenset({"answer", "contacted", "answers"})
"""What a row says of how it was answered."""


def seed_asked(rows: Iterable[Mapping[str, Any]], cast: Cast, now: datetime) -> None:
    """Ask as staff would; what was answered is answered by the person, on their own page."""
    for row in rows:
        asked_at = now - timedelta(hours=row["hours_ago"])
        person_id = cast.persons[row["person"]]
        with transaction() as session:
            actor = cast.who_serves(session, row["person"])
            task = patient_tasks.ask(session, actor, person_id, _asked(session, row), at=asked_at)
        if ANSWERED & row.keys():
            person = Actor(ActorKind.PERSON, person_id, purpose=Purpose.PERSON_REQUEST, door=Door.LINK)
            with transaction() as session:
                _answer(session, person, task.id, row, asked_at + timedelta(hours=2))


def _asked(session: Session, row: Mapping[str, Any]) -> Asked:
    services = [service_named(session, *named) for named in row.get("contacts", [])]
    document = row.get("document")
    return Asked(
        PatientTaskKind(row["kind"]),
        row.get("description", ""),
        questionnaire_id=_instrument(session, row["instrument"]) if "instrument" in row else None,
        category=RISK if "instrument" in row else "",
        document=NewDocument(document["name"], document["text"].encode()) if document else None,
        contacts=tuple(Contact(service_id=service.id) for service in services),
    )


def _instrument(session: Session, code: str) -> UUID:
    """The newest version of an instrument, by its LOINC code."""
    return next(row.id for row in screening.instruments(session) if row.code == code)


def _answer(session: Session, person: Actor, task_id: UUID, row: Mapping[str, Any], at: datetime) -> None:
    if "answers" not in row:
        given = Answer(row.get("answer", ""), row.get("contacted"))
        patient_tasks.answer(session, person, task_id, given, at=at)
        return
    task = patient_tasks.begin_questions(session, person, task_id, at=at)
    (section,) = patient_tasks.open_sections(patient_tasks.instrument_of(session, task))
    answers = {link_id: GivenAnswer((code,)) for link_id, code in row["answers"].items()}
    patient_tasks.save_answers(session, person, task_id, section, answers, at=at)
    patient_tasks.finish_questions(session, person, task_id, at=at)
