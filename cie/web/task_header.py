"""What stands above every page about one task: which request, for whom, from which side the reader looks."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g
from sqlmodel import Session

from cie import consent, directory, events, participants, people, referrals
from cie.consent import DataSet, Released
from cie.participants import ParticipantKind
from cie.referrals import ReferralTask
from cie.web.duties import duty_words
from cie.web.language import gettext as _
from cie.web.language_names import language_name
from cie.web.person_words import short_name


@dataclass(frozen=True)
class TaskHeader:
    """A task as its pages name it. `name` is what this reader may call the person; `seen` the released elements, read
    through the release `release_id`. `keeps_records`: the reader answers for a program whose law keeps what came of it.
    """

    task: ReferralTask
    need_code: str
    service: str
    name: str
    sender: str
    provider: str
    is_sender: bool
    masked: bool
    tells_nobody: bool
    zip: str
    language: str
    seen: dict[str, Any]
    release_id: UUID | None
    duties: list[str]
    keeps_records: bool


def load(session: Session, task_id: UUID) -> TaskHeader:
    """The header of a task that the reader may see. Raises NotFound."""
    task = referrals.get_task(session, g.actor, task_id)
    referral = session.get_one(referrals.Referral, task.referral_id)
    is_sender = g.actor.organization_id == task.requester_id
    released = None if is_sender else _released(session, task)
    seen = released.elements if released else {}
    name, zip_code, language = _own(session, task) if is_sender else _told(session, task, seen)
    return TaskHeader(
        task=task,
        need_code=referral.need_code,
        service=directory.get_service(session, task.service_id).name,
        name=name,
        sender=participants.get_participant(session, task.requester_id).name,
        provider=_provider(session, task, hidden=is_sender and referral.masked),
        is_sender=is_sender,
        masked=referral.masked,
        tells_nobody=_tells_nobody(session),
        zip=zip_code,
        language=language_name(language) if language else "",
        seen=seen,
        release_id=released.release.id if released else None,
        duties=duty_words(consent.duties_to(session, g.actor.organization, [task.referral_id])),
        keeps_records=not is_sender and not referral.masked and _keeps_records(session, task),
    )


def _provider(session: Session, task: ReferralTask, *, hidden: bool) -> str:
    return _("A protected service") if hidden else participants.get_participant(session, task.performer_id).name


def _tells_nobody(session: Session) -> bool:
    """The reader's organization is a victim service: what it writes stays there."""
    return participants.get_participant(session, g.actor.organization).kind is ParticipantKind.VICTIM_SERVICES


def _keeps_records(session: Session, task: ReferralTask) -> bool:
    """By what the reader's own place is, never by what is on record of the person elsewhere."""
    service = directory.get_service(session, task.service_id)
    runs = directory.programs_run(session, service)
    return directory.program_of(service, runs) is not None or _treats_substance_use(session, task)


def _treats_substance_use(session: Session, task: ReferralTask) -> bool:
    return participants.get_participant(session, task.performer_id).is_part2_program


def _released(session: Session, task: ReferralTask) -> Released | None:
    found = (consent.released_to(session, task.performer_id, task.id, s) for s in (DataSet.REFERRAL, DataSet.OFFER))
    return next((each for each in found if each), None)


def _own(session: Session, task: ReferralTask) -> tuple[str, str, str]:
    person = people.person_or_erased(session, g.actor, task.person_id)
    return short_name(person), person.zip, person.language


def _told(session: Session, task: ReferralTask, seen: dict[str, Any]) -> tuple[str, str, str]:
    events.showed(session, g.actor, task.person_id)
    return seen.get("name", ""), seen.get("area", {}).get("zip", ""), seen.get("language", {}).get("code", "")
