"""Reading what is asked of a person: by the person on their own page, and by the organization that asks."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import people
from cie.access import Actor, ActorKind, Permission, check
from cie.errors import NotFound
from cie.patient_tasks.models import PatientTask
from cie.patient_tasks.states import OPEN, WAITS_FOR_THEM, PatientTaskStatus
from cie.people import Person

_NO_SUCH = "There is no such record"


def get_task(session: Session, actor: Actor, task_id: UUID) -> PatientTask:
    """One task, to the person and to who asks; that they saw the person is recorded.

    Raises NotFound; to the person also where it was asked by mistake. NotAllowed, NotPossibleNow (erased).
    """
    task = session.get(PatientTask, task_id)
    if task is None:
        raise NotFound(_NO_SUCH)
    if actor.kind is ActorKind.PERSON:
        _require_own(session, actor, task)
        return task
    check(actor, Permission.PATIENT_TASK_ANSWER, task)
    people.get_person(session, actor, task.person_id)
    return task


def _require_own(session: Session, actor: Actor, task: PatientTask) -> None:
    if task.person_id != actor.id or task.status is PatientTaskStatus.ENTERED_IN_ERROR:
        raise NotFound(_NO_SUCH)
    check(actor, Permission.PATIENT_TASK_ANSWER, task)
    people.own_record(session, actor)


def tasks_of(session: Session, actor: Actor, person_id: UUID) -> Sequence[PatientTask]:
    """All that was asked of a person, newest first: to who serves them. Raises NotFound, NotAllowed."""
    person = people.get_person(session, actor, person_id)
    check(actor, Permission.PATIENT_TASK_ASK, person)
    query = select(PatientTask).where(
        col(PatientTask.organization_id) == person.organization_id, col(PatientTask.person_id) == person.id
    )
    return session.execute(query.order_by(col(PatientTask.id).desc())).scalars().all()


def own_tasks(session: Session, actor: Actor) -> Sequence[PatientTask]:
    """What is asked of the caller and not done yet, the urgent first, then the oldest.

    To a proxy there is nothing: nobody answers in another's place by a link.
    """
    if actor.kind is not ActorKind.PERSON:
        return []
    person = people.own_record(session, actor)
    query = select(PatientTask).where(
        col(PatientTask.organization_id) == person.organization_id,
        col(PatientTask.person_id) == person.id,
        col(PatientTask.status).in_(OPEN),
    )
    # by their codes `urgent` comes after `routine`
    return session.execute(query.order_by(col(PatientTask.priority).desc(), col(PatientTask.id))).scalars().all()


def still_waits(session: Session, person_id: UUID, _at: datetime) -> bool:
    """Whether anything is asked of a person of which the next step is theirs: else no text tells them of it."""
    person = session.get_one(Person, person_id)
    query = select(col(PatientTask.id)).where(
        col(PatientTask.organization_id) == person.organization_id,
        col(PatientTask.person_id) == person.id,
        col(PatientTask.status).in_(WAITS_FOR_THEM),
    )
    return session.execute(query.limit(1)).first() is not None
