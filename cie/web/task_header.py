"""What stands above every page about one task: which request, for whom, from which side the reader looks."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g
from sqlmodel import Session

from cie import consent, directory, events, participants, people, referrals
from cie.consent import DataSet
from cie.referrals import ReferralTask


@dataclass(frozen=True)
class TaskHeader:
    """A task as its pages name it. `name` is what this reader may call the person; `seen` the released elements."""

    task: ReferralTask
    need_code: str
    service: str
    name: str
    sender: str
    provider: str
    is_sender: bool
    masked: bool
    zip: str
    language: str
    seen: dict[str, Any]


def load(session: Session, task_id: UUID) -> TaskHeader:
    """The header of a task that the reader may see. Raises NotFound."""
    task = referrals.get_task(session, g.actor, task_id)
    referral = session.get_one(referrals.Referral, task.referral_id)
    is_sender = g.actor.organization_id == task.requester_id
    seen = {} if is_sender else _released(session, task)
    name, zip_code, language = _own(session, task) if is_sender else _told(session, task, seen)
    return TaskHeader(
        task=task,
        need_code=referral.need_code,
        service=directory.get_service(session, task.service_id).name,
        name=name,
        sender=participants.get_participant(session, task.requester_id).name,
        provider=participants.get_participant(session, task.performer_id).name,
        is_sender=is_sender,
        masked=referral.masked,
        zip=zip_code,
        language=language,
        seen=seen,
    )


def _released(session: Session, task: ReferralTask) -> dict[str, Any]:
    for data_set in (DataSet.REFERRAL, DataSet.OFFER):
        released = consent.released_to(session, task.performer_id, task.id, data_set)
        if released:
            return released.elements
    return {}


def _own(session: Session, task: ReferralTask) -> tuple[str, str, str]:
    person = people.get_person(session, g.actor, task.person_id)
    return person.short_name, person.zip, person.language


def _told(session: Session, task: ReferralTask, seen: dict[str, Any]) -> tuple[str, str, str]:
    events.showed(session, g.actor, task.person_id)
    return seen.get("name", ""), seen.get("area", {}).get("zip", ""), seen.get("language", {}).get("code", "")
