"""What comes of a task beside how it ended: enrollments, findings, what was done, as the one asked gives them.

Each result is an element of its own: as sensitive as the service, the need and what it tells itself, and a record of
the program that gives it. The sender reads one only through a release; where none may be made it stays with who gave
it, and nothing tells the sender that there is one. That somebody is enrolled in a program is that program's own record,
whichever service of its organization says it (7 CFR 272.1(c), 246.26(d)).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select
from sqlmodel import Session, col

from cie import consent, directory, events
from cie.access import Actor, Permission, check
from cie.consent import DataSet, Disclosure, Release
from cie.directory import Category
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.participants import Program
from cie.referrals.answering import is_asked_about
from cie.referrals.entries import require_own_on_file, to_other_side
from cie.referrals.models import Enrollment, Referral, ReferralTask, Result, ResultKind
from cie.referrals.queries import get_task, lock_loop
from cie.referrals.states import UNDER_WAY, TaskStatus

LONGEST_TITLE = 200
_GIVEN_IN = UNDER_WAY | {TaskStatus.COMPLETED, TaskStatus.FAILED}
_NEVER = frozenset({TaskStatus.DRAFT, TaskStatus.REQUESTED, TaskStatus.REJECTED})
_FIELDS = ("kind", "program", "status", "since_on", "title", "body")


@dataclass(frozen=True)
class NewResult:
    """A result as its author gives it. `title`: what it is about, in words, where no program of ours says it.

    `tells`: the kinds of data that it tells beside service and need. `source` and `body` as in `Result`.
    """

    kind: ResultKind
    program: Program | None = None
    status: Enrollment | None = None
    since_on: date | None = None
    title: str = ""
    tells: tuple[Category, ...] = ()
    source: str = ""
    body: str | None = None


@dataclass(frozen=True)
class ReadResult:
    """A result as one side reads it now; `release_id`: by which release, for who did not give it."""

    id: UUID
    task_id: UUID
    organization_id: UUID
    given_at: datetime
    source: str
    kind: ResultKind
    program: Program | None
    status: Enrollment | None
    since_on: date | None
    title: str
    body: str | None
    release_id: UUID | None = None


def give_result(session: Session, actor: Actor, task_id: UUID, given: NewResult, *, at: datetime) -> Result:
    """Keep what came of a task that the caller's organization took on, and let its sender read it where that may be.

    The same `source` again changes what was given before. Raises NotFound, NotAllowed, Invalid (program, status),
    NotPossibleNow (no yes came before).
    """
    task = get_task(session, actor, task_id)
    check(actor, Permission.TASK_ANSWER, task)
    require_own_on_file(session, actor, task.person_id)
    given = replace(given, title=given.title[:LONGEST_TITLE])
    _check(given)
    referral = lock_loop(session, task)
    if not may_have_results(task):
        raise NotPossibleNow("Say yes first. What came of it is told after that", "result")
    before = _given_before(session, task, given.source)
    row = before or _new(actor, task, given, at)
    if before is None or not _says(before, given):
        _write(session, row, given, at)
        events.record(session, actor, "result.give", row, at=at, kind=row.kind.value)
    _tell(session, actor, referral, task, row, given, at=at)
    return row


def _check(given: NewResult) -> None:
    if given.kind == ResultKind.ENROLLMENT and given.program is None and not given.title:
        raise Invalid("Program: choose one of the list", "program")
    if given.kind == ResultKind.ENROLLMENT and given.status is None:
        raise Invalid("Where they stand: choose one", "status")


def _given_before(session: Session, task: ReferralTask, source: str) -> Result | None:
    query = select(Result).where(
        col(Result.organization_id) == task.performer_id,
        col(Result.task_id) == task.id,
        col(Result.source) == source,
        col(Result.taken_back_at).is_(None),
    )
    return session.execute(query).scalar_one_or_none() if source else None


def _new(actor: Actor, task: ReferralTask, given: NewResult, at: datetime) -> Result:
    return Result(
        organization_id=actor.organization,
        referral_id=task.referral_id,
        task_id=task.id,
        person_id=task.person_id,
        author_id=actor.id,
        kind=given.kind,
        source=given.source,
        given_at=at,
    )


def _says(row: Result, given: NewResult) -> bool:
    return all(getattr(row, name) == getattr(given, name) for name in _FIELDS)


def _write(session: Session, row: Result, given: NewResult, at: datetime) -> None:
    for name in _FIELDS:
        setattr(row, name, getattr(given, name))
    row.given_at = at
    session.add(row)
    session.flush()


def _tell(
    session: Session,
    actor: Actor,
    referral: Referral,
    task: ReferralTask,
    row: Result,
    given: NewResult,
    *,
    at: datetime,
) -> None:
    """Let the sender read it as it now is, and no more as it was. Nobody hears where it may not."""
    if not is_asked_about(actor, referral, task) or task.outcome_withheld:
        return
    told = _disclosure(session, actor, task, row, given.tells)
    is_refused = consent.preview(session, told, at=at).refusal is not None
    live = consent.released_to(session, task.requester_id, row.id, DataSet.ANSWER)
    if live is not None and not is_refused and live.elements["result"] == told.elements[0].value:
        return
    consent.end_releases_of(session, actor, row.id, task.requester_id, at=at)
    if not is_refused:
        consent.release(session, actor, told, referral_id=referral.id, subject_id=row.id, at=at)
        events.record(session, actor, "result.tell", row, at=at)


def _disclosure(
    session: Session, actor: Actor, task: ReferralTask, row: Result, tells: Collection[Category]
) -> Disclosure:
    value = _value(row)
    plain = to_other_side(session, actor, task, "result", value, data_set=DataSet.ANSWER)
    (told,) = plain.elements
    category = max((told.category, *tells), key=lambda each: _RANKS.index(consent.labels()[each].confidentiality))
    program = _strictest(told.program, _own_record(session, task, row))
    return replace(plain, elements=[replace(told, category=category, program=program)])


_RANKS = list(consent.Confidentiality)


def _own_record(session: Session, task: ReferralTask, row: Result) -> Program | None:
    """The program whose record an enrollment is: the one that it names; if none is known, any that its author runs."""
    if row.kind != ResultKind.ENROLLMENT:
        return None
    runs = directory.programs_run(session, directory.get_service(session, task.service_id))
    if row.program is None:
        return directory.strictest_program(runs)
    return row.program if row.program in runs else None


def _strictest(*programs: Program | None) -> Program | None:
    return directory.strictest_program([each for each in programs if each is not None])


def take_back_result(session: Session, actor: Actor, result_id: UUID, *, at: datetime) -> Result:
    """Its author says that it is not so: nobody reads it any more. Raises NotFound, NotAllowed."""
    row = session.get(Result, result_id)
    if row is None or row.organization_id != actor.organization:
        raise NotFound("There is no such record")
    task = get_task(session, actor, row.task_id)
    check(actor, Permission.TASK_ANSWER, task)
    row.taken_back_at = at
    session.add(row)
    events.record(session, actor, "result.take-back", row, at=at)
    consent.end_releases_of(session, actor, row.id, task.requester_id, at=at)
    return row


def results_for(session: Session, actor: Actor, tasks: Sequence[ReferralTask]) -> list[ReadResult]:
    """What the caller's organization gave about these tasks, and what it may read of what others gave; oldest first."""
    asked = {"ids": _with_results(tasks), "reader": actor.organization}
    rows = session.execute(_READABLE, asked).scalars().all() if asked["ids"] else []
    own = [_read(row, _value(row)) for row in rows if _is_own(actor, row)]
    others = [row for row in rows if not _is_own(actor, row)]
    shown = [_released(session, actor, row) for row in others]
    return [*own, *(each for each in shown if each is not None)]


_LIVE = select(col(Release.id)).where(
    col(Release.recipient_id) == bindparam("reader"),
    col(Release.subject_id) == col(Result.id),
    col(Release.data_set) == DataSet.ANSWER,
    col(Release.ended_at).is_(None),
)
_READABLE = (
    select(Result)
    .where(
        col(Result.task_id).in_(bindparam("ids", expanding=True)),
        col(Result.taken_back_at).is_(None),
        or_(col(Result.organization_id) == bindparam("reader"), _LIVE.exists()),
    )
    .order_by(col(Result.given_at), col(Result.id))
)
"""Its own, and what is released to it: what it may not know costs nothing either."""
_GIVEN_ABOUT = select(col(Result.id)).where(col(Result.task_id).in_(bindparam("ids", expanding=True)))


def may_have_results(task: ReferralTask) -> bool:
    """Whether something can have come of it: who was asked said yes, and nobody cancelled it."""
    return task.status in _GIVEN_IN


def results_from(session: Session, actor: Actor, source: str) -> Sequence[Result]:
    """The results that the caller's organization gave from one source, of tasks that may still have any."""
    query = (
        select(Result)
        .join(ReferralTask, col(ReferralTask.id) == col(Result.task_id))
        .where(
            col(Result.organization_id) == actor.organization,
            col(Result.source) == source,
            col(Result.taken_back_at).is_(None),
            col(ReferralTask.status).in_(_GIVEN_IN),
        )
        .order_by(col(Result.id))
    )
    return session.execute(query).scalars().all()


def result_ids(session: Session, tasks: Sequence[ReferralTask]) -> list[UUID]:
    """All that was ever given about these tasks, whoever may read it."""
    ids = _with_results(tasks)
    return list(session.execute(_GIVEN_ABOUT, {"ids": ids}).scalars()) if ids else []


def _with_results(tasks: Sequence[ReferralTask]) -> list[UUID]:
    """Those that may have any: a yes came before."""
    return [task.id for task in tasks if task.status not in _NEVER]


def _value(row: Result) -> dict[str, Any]:
    """All that a result tells, as it stands in a release."""
    found = {name: getattr(row, name) for name in _FIELDS}
    return {**found, "since_on": row.since_on.isoformat() if row.since_on else None}


def _is_own(actor: Actor, row: Result) -> bool:
    return row.organization_id == actor.organization


def _released(session: Session, actor: Actor, row: Result) -> ReadResult | None:
    found = consent.released_to(session, actor.organization, row.id, DataSet.ANSWER)
    return _read(row, found.elements["result"], found.release) if found else None


def _read(row: Result, value: dict[str, Any], release: Release | None = None) -> ReadResult:
    return ReadResult(
        id=row.id,
        task_id=row.task_id,
        organization_id=row.organization_id,
        given_at=row.given_at,
        source=row.source,
        kind=ResultKind(value["kind"]),
        program=Program(value["program"]) if value["program"] else None,
        status=Enrollment(value["status"]) if value["status"] else None,
        since_on=date.fromisoformat(value["since_on"]) if value["since_on"] else None,
        title=value["title"],
        body=value["body"],
        release_id=release.id if release else None,
    )
