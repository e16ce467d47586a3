"""What is written about a referral: messages to the other side, notes for one's own, reasons, tries at contact.

Every text is an element of its own: the other side reads it only through a release. Notes never leave.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlmodel import Session, col

from cie import consent, directory, events, people
from cie.access import Actor, Permission, check
from cie.consent import DataSet, Disclosure, Release
from cie.directory import Service
from cie.errors import Ended, Invalid
from cie.participants import Program
from cie.people import Person
from cie.referrals.disclosure import element
from cie.referrals.models import Attachment, ContactAttempt, ContactMethod, Entry, EntryKind, Referral, ReferralTask
from cie.referrals.queries import get_task, side_of, tasks_asked_of
from cie.referrals.states import Side, TaskStatus

LONGEST_TEXT = 4000


def write_message(session: Session, actor: Actor, task_id: UUID, text: str, *, at: datetime) -> Entry:
    """Write to the other side of a task.

    Raises ConsentRequired when nothing may go there, Ended, Invalid, NotFound.
    """
    task = get_task(session, actor, task_id)
    check(actor, Permission.REFERRAL_ENTRY_WRITE, task)
    require_open_ears(task)
    entry = _write(session, actor, task, EntryKind.MESSAGE, text, at)
    disclosure = to_other_side(session, actor, task, "text", entry.text)
    consent.release(session, actor, disclosure, referral_id=task.referral_id, subject_id=entry.id, at=at)
    return entry


def write_note(session: Session, actor: Actor, referral_id: UUID, text: str, *, at: datetime) -> Entry:
    """Write for one's own organization alone: of the sender about the loop, of a receiver about its own task.

    Raises Invalid, NotFound, NotAllowed.
    """
    if side_of(session, actor, referral_id) == Side.REQUESTER:
        about: Referral | ReferralTask = session.get_one(Referral, referral_id)
    else:
        about = tasks_asked_of(session, actor, referral_id)[-1]
    check(actor, Permission.REFERRAL_ENTRY_WRITE, about)
    return _write(session, actor, about, EntryKind.NOTE, text, at)


def write_reason(
    session: Session, actor: Actor, referral: Referral, task: ReferralTask, text: str, *, at: datetime
) -> Entry:
    """Keep the words of an answer. Where only the fact of the answer may go back, the words stay with their author."""
    entry = _write(session, actor, task, EntryKind.REASON, text, at)
    kind = DataSet.ANSWER if actor.organization == task.performer_id else DataSet.MESSAGE
    disclosure = to_other_side(session, actor, task, "text", entry.text, data_set=kind)
    if consent.preview(session, disclosure, at=at).refusal is None:
        consent.release(session, actor, disclosure, referral_id=referral.id, subject_id=entry.id, at=at)
    return entry


def _write(
    session: Session, actor: Actor, about: Referral | ReferralTask, kind: EntryKind, text: str, at: datetime
) -> Entry:
    require_own_on_file(session, actor, about.person_id)
    words = text.strip()
    if not words:
        raise Invalid("Write something first", "text")
    if len(words) > LONGEST_TEXT:
        raise Invalid("Use at most %(most)s characters. You have %(have)s", "text", most=LONGEST_TEXT, have=len(words))
    entry = Entry(
        organization_id=actor.organization,
        referral_id=about.referral_id if isinstance(about, ReferralTask) else about.id,
        task_id=about.id if isinstance(about, ReferralTask) else None,
        person_id=about.person_id,
        author_id=actor.id,
        kind=kind,
        written_at=at,
    )
    entry.text = words
    session.add(entry)
    session.flush()
    events.record(session, actor, f"entry.{kind.value}", entry, at=at)
    return entry


def require_own_on_file(session: Session, actor: Actor, person_id: UUID) -> None:
    """Refuse to write anew about a person of one's own whose record was erased. Raises NotPossibleNow."""
    person = session.get_one(Person, person_id)
    if person.organization_id == actor.organization_id:
        people.require_on_file(person)


def has_open_ears(task: ReferralTask) -> bool:
    """Whether the two sides of a task still write to each other: it was asked, and neither took back nor cancelled."""
    return task.requested_at is not None and task.status not in (TaskStatus.CANCELLED, TaskStatus.ENTERED_IN_ERROR)


def require_open_ears(task: ReferralTask) -> None:
    """Refuse to write where nothing goes any more. Raises Ended."""
    if not has_open_ears(task):
        raise Ended("Nothing more goes there: this was cancelled or not asked")


def to_other_side(
    session: Session,
    actor: Actor,
    task: ReferralTask,
    code: str,
    value: Any,
    *,
    data_set: DataSet = DataSet.MESSAGE,
) -> Disclosure:
    """What free words, a file or an outcome would tell the other side of a task: one element.

    It is as sensitive as service and need. What the one asked tells is a record of the program that its service is part
    of; what the sender tells, of its own.
    """
    sides = {task.requester_id, task.performer_id}
    (recipient,) = sides - {actor.organization} or sides
    service = directory.get_service(session, task.service_id)
    need = directory.need(session.get_one(Referral, task.referral_id).need_code)
    program = _program(session, actor, task, service)
    told = element(code, value, need=need.category, service=service.sensitivity, program=program)
    return Disclosure(
        person=session.get_one(Person, task.person_id),
        discloser_id=actor.organization,
        recipient_id=recipient,
        data_set=data_set,
        elements=[told],
        service_category=service.sensitivity,
        at_person_request=True,
    )


def _program(session: Session, actor: Actor, task: ReferralTask, service: Service) -> Program | None:
    """Whose record it is what this side tells."""
    if actor.organization != task.performer_id:
        return directory.program_of_files(session, actor.organization)
    return directory.program_of(service, directory.programs_run(session, service))


def end_what_was_shared(session: Session, actor: Actor, task: ReferralTask, *, at: datetime) -> None:
    """The receiver of a task reads nothing more of it: neither the request nor what was written or attached later."""
    written = (
        select(col(row.id)).where(col(row.task_id) == task.id, col(row.organization_id) == task.requester_id)
        for row in (Entry, Attachment)
    )
    subjects = [task.id, *(found for query in written for found in session.execute(query).scalars())]
    for subject_id in subjects:
        consent.end_releases_of(session, actor, subject_id, task.performer_id, at=at)


def entries_for(session: Session, actor: Actor, referral_id: UUID, tasks: Sequence[ReferralTask]) -> Sequence[Entry]:
    """What the caller's organization wrote about these tasks, and what it may read of the other side's words."""
    query = (
        select(Entry)
        .where(
            col(Entry.referral_id) == referral_id,
            or_(col(Entry.task_id).in_([t.id for t in tasks]), col(Entry.task_id).is_(None)),
            or_(
                col(Entry.organization_id) == actor.organization_id,
                (col(Entry.kind) != EntryKind.NOTE) & col(Entry.id).in_(readable_now(actor, referral_id)),
            ),
        )
        .order_by(col(Entry.written_at).desc(), col(Entry.id).desc())
    )
    return session.execute(query).scalars().all()


def readable_now(actor: Actor, referral_id: UUID) -> Select[UUID]:
    """The ids of what the other side lets the caller's organization read at this moment about a referral."""
    return select(col(Release.subject_id)).where(
        col(Release.recipient_id) == actor.organization_id,
        col(Release.referral_id) == referral_id,
        col(Release.ended_at).is_(None),
    )


def shared_now(session: Session, actor: Actor, referral_id: UUID) -> set[UUID]:
    """The ids of what the caller's organization lets the other side read at this moment about a referral."""
    query = select(col(Release.subject_id)).where(
        col(Release.organization_id) == actor.organization_id,
        col(Release.referral_id) == referral_id,
        col(Release.ended_at).is_(None),
    )
    return set(session.execute(query).scalars())


def record_attempt(
    session: Session,
    actor: Actor,
    task_id: UUID,
    *,
    method: ContactMethod,
    reached: bool,
    minutes: int | None,
    happened_at: datetime,
    at: datetime,
) -> ContactAttempt:
    """Keep one try to reach the person; when it happened stays apart from when it was entered.

    Raises Invalid (in the future, more than a year ago, minutes), NotFound, NotAllowed.
    """
    task = get_task(session, actor, task_id)
    check(actor, Permission.REFERRAL_ENTRY_WRITE, task)
    require_own_on_file(session, actor, task.person_id)
    _check_attempt(minutes, happened_at, at)
    attempt = ContactAttempt(
        organization_id=actor.organization,
        referral_id=task.referral_id,
        task_id=task.id,
        person_id=task.person_id,
        method=method,
        reached=reached,
        minutes=minutes,
        happened_at=happened_at,
        entered_at=at,
        by_id=actor.id,
    )
    session.add(attempt)
    session.flush()
    events.record(session, actor, "contact.attempt", attempt, at=at, reached=reached, method=method.value)
    return attempt


def _check_attempt(minutes: int | None, happened_at: datetime, at: datetime) -> None:
    if happened_at > at:
        raise Invalid("When: choose a time that is not in the future", "happened")
    if happened_at < at - timedelta(days=366):
        raise Invalid("When: choose a time in the last year", "happened")
    if minutes is not None and not 0 <= minutes <= 1440:
        raise Invalid("Minutes: enter a number from 0 to 1440", "minutes")


def attempts_for(session: Session, actor: Actor, referral_id: UUID) -> Sequence[ContactAttempt]:
    """The tries of the caller's own organization, newest first."""
    query = (
        select(ContactAttempt)
        .where(
            col(ContactAttempt.referral_id) == referral_id,
            col(ContactAttempt.organization_id) == actor.organization_id,
        )
        .order_by(col(ContactAttempt.happened_at).desc())
    )
    return session.execute(query).scalars().all()
