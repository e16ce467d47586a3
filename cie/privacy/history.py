"""What was done in a case, append-only: each change of a case is one line of it and one row of the audit chain."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import calendar, events
from cie.access import Actor, Permission, check
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.privacy.models import CaseEntry, Incident, LegalDemand, PersonRequest, Step

Case = Incident | LegalDemand | PersonRequest
AnyCase = TypeVar("AnyCase", Incident, LegalDemand, PersonRequest)
LONGEST_WORDS, LONGEST_NAME = 4000, 200


def get_case(session: Session, actor: Actor, model: type[AnyCase], case_id: UUID, *, lock: bool = False) -> AnyCase:
    """A case of the caller's organization; one of another is not there. Raises NotAllowed, NotFound."""
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    query = select(model).where(col(model.id) == case_id, col(model.organization_id) == actor.organization)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: AnyCase | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such record")
    return found


def open_case(session: Session, actor: Actor, model: type[AnyCase], case_id: UUID) -> AnyCase:
    """The case, locked, to be changed. Raises NotAllowed, NotFound, NotPossibleNow (it is closed)."""
    case = get_case(session, actor, model, case_id, lock=True)
    if case.closed_at is not None:
        raise NotPossibleNow("This case is closed")
    return case


def write_down(
    session: Session,
    actor: Actor,
    case: Case,
    step: Step,
    *,
    words: str | None = None,
    on_day: date | None = None,
    count: int | None = None,
    at: datetime,
) -> CaseEntry:
    """Keep what was done, in the history of the case and in the audit chain, which holds no words."""
    session.add(case)
    session.flush()
    entry = CaseEntry(
        organization_id=case.organization_id,
        case_type=str(case.__tablename__),
        case_id=case.id,
        step=step,
        on_day=on_day,
        count=count,
        at=at,
        by_id=actor.id,
    )
    entry.words = words
    session.add(entry)
    codes: dict[str, Any] = {} if count is None else {"count": count}
    events.record(session, actor, f"{_named(case)}.{step.value}", case, at=at, **codes)
    return entry


def _named(case: Case) -> str:
    return str(case.__tablename__).replace("_", "-")


def note(session: Session, actor: Actor, model: type[AnyCase], case_id: UUID, words: str, *, at: datetime) -> CaseEntry:
    """Write down what was done. Raises NotFound, NotAllowed, NotPossibleNow, Invalid."""
    case = open_case(session, actor, model, case_id)
    return write_down(session, actor, case, Step.NOTE, words=require_words("What was done", "words", words), at=at)


def history_of(session: Session, case: Case) -> Sequence[CaseEntry]:
    """What was done in a case, newest first."""
    query = (
        select(CaseEntry)
        .where(col(CaseEntry.organization_id) == case.organization_id, col(CaseEntry.case_id) == case.id)
        .order_by(col(CaseEntry.id).desc())
    )
    return session.execute(query).scalars().all()


def wrong_words(label: str, field: str, words: str, *, most: int = LONGEST_WORDS, needed: bool = True) -> list[Invalid]:
    """What is wrong with words that were typed: none where some are needed, or too many."""
    if needed and not words.strip():
        return [Invalid("%(label)s: write it down", field, label=label)]
    if len(words) > most:
        return [Invalid("%(label)s: use at most %(most)s characters", field, label=label, most=most)]
    return []


def require_words(label: str, field: str, words: str) -> str:
    """The words without the blanks around them. Raises Invalid."""
    faults = wrong_words(label, field, words)
    if faults:
        raise Invalid.all(faults)
    return words.strip()


def wrong_day(label: str, field: str, day: date | None, *, at: datetime) -> list[Invalid]:
    """What is wrong with a day on which something happened: it is still to come."""
    if day is not None and day > calendar.local_day(at):
        return [Invalid("%(label)s: choose a day that is not after today", field, label=label)]
    return []
