"""What other consent systems say of a person's wish: the seam for the state's platform, a QHIO, or a file.

A source hands over `Statement`s; a record here never changes because of one. A no there denies here at once, whatever
stands here; a yes there opens nothing here. Where the two disagree, a privacy officer settles it with the person.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, or_, select
from sqlmodel import Session, col

from cie import calendar, events, people
from cie.access import Actor, Permission, check
from cie.consent.decisions import decision_of, kinds_in
from cie.consent.ending import end_releases, live_releases, other_side
from cie.consent.models import Consent, Decision, Release
from cie.consent.records import consents_of, in_force
from cie.consent.statements import ExternalStatement, Settled
from cie.directory.models import Category
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.people import Person

LONGEST_WORDS = 1000
STEP = 100


@dataclass(frozen=True)
class Statement:
    """One record of another system: about these kinds (none: all), to these organizations here (none: everybody)."""

    external_id: str
    decision: Decision
    given_on: date
    categories: tuple[Category, ...] = ()
    recipient_ids: tuple[UUID, ...] = ()
    expires_on: date | None = None
    withdrawn: bool = False


def take_statement(
    session: Session, actor: Actor, person_id: UUID, source: str, statement: Statement, *, at: datetime
) -> ExternalStatement:
    """Keep what a source says now. The same again changes nothing; a change opens what was settled before.

    What a no concerns stops being readable at once. Raises NotFound (the person), Invalid (the record is of another).
    """
    person = _person(session, person_id)
    row = _known(session, person, source, statement.external_id)
    if row is not None and row.person_id != person.id:
        raise Invalid("This record of the source belongs to another person here", "external_id")
    told = _as_kept(statement)
    if row is not None and all(getattr(row, name) == value for name, value in told.items()):
        return row
    row = row or ExternalStatement(
        organization_id=person.organization_id, person_id=person.id, source=source, received_at=at, **told
    )
    for name, value in told.items():
        setattr(row, name, value)
    row.received_at, row.settled, row.settled_at, row.settled_by_id, row.words = at, Settled.OPEN, None, None, None
    session.add(row)
    session.flush()
    events.record(session, actor, "consent.elsewhere", row, at=at, decision=row.decision.value, source=source)
    if row.decision == Decision.DO_NOT_SHARE and row.counts_on(calendar.local_day(at)):
        end_releases(session, actor, _concerned(session, row), at=at)
    return row


def _person(session: Session, person_id: UUID) -> Person:
    person = session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        raise NotFound("There is no such record")
    return person


def _known(session: Session, person: Person, source: str, external_id: str) -> ExternalStatement | None:
    query = select(ExternalStatement).where(
        col(ExternalStatement.organization_id) == person.organization_id,
        col(ExternalStatement.source) == source,
        col(ExternalStatement.external_id) == external_id,
    )
    return session.execute(query.with_for_update()).scalar_one_or_none()


def _as_kept(statement: Statement) -> dict[str, Any]:
    lists = {
        "categories": [c.value for c in statement.categories],
        "recipient_ids": sorted(str(r) for r in statement.recipient_ids),
    }
    return {**asdict(statement), **lists}


def _concerned(session: Session, no: ExternalStatement) -> list[Release]:
    """What is readable now and what the no is about."""
    return [row for row in live_releases(session, no.person_id) if _is_about(session, no, row)]


def _is_about(session: Session, no: ExternalStatement, row: Release) -> bool:
    if no.recipient_ids and str(other_side(row, no.organization_id)) not in no.recipient_ids:
        return False
    kept = decision_of(session, row.id)
    return not no.categories or kept is None or bool({c.value for c in kinds_in(kept)} & set(no.categories))


def statements_of(session: Session, person: Person) -> Sequence[ExternalStatement]:
    """All that other systems say of a person, newest first."""
    query = (
        select(ExternalStatement)
        .where(
            col(ExternalStatement.organization_id) == person.organization_id,
            col(ExternalStatement.person_id) == person.id,
        )
        .order_by(col(ExternalStatement.received_at).desc(), col(ExternalStatement.id).desc())
    )
    return session.execute(query).scalars().all()


def disagrees(session: Session, statement: ExternalStatement, today: date) -> bool:
    """Whether something in force here says the opposite about the same kinds, to some of the same organizations."""
    if statement.settled != Settled.OPEN or not statement.counts_on(today):
        return False
    records = in_force(consents_of(session, statement.organization_id, statement.person_id), today)
    return any(record.decision != statement.decision and _overlaps(record, statement) for record in records)


def _overlaps(record: Consent, statement: ExternalStatement) -> bool:
    """None of either means all."""
    pairs = [(record.categories, statement.categories), (record.recipient_ids, statement.recipient_ids)]
    return all(not ours or not theirs or set(ours) & set(theirs) for ours, theirs in pairs)


def disagreements(
    session: Session, actor: Actor, *, today: date, skip: int = 0, most: int = 50
) -> list[ExternalStatement]:
    """At most so many of what waits for the privacy officer, oldest first. Raises NotAllowed.

    Statements are read in steps, only as far as needed: most agree with what is on record here and stay open.
    """
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    with session.execute(_may_disagree(actor.organization, today).execution_options(yield_per=STEP)) as found:
        waiting = (row for row in found.scalars() if disagrees(session, row, today))
        return list(islice(waiting, skip, skip + most))


def _may_disagree(organization_id: UUID, today: date) -> Select[ExternalStatement]:
    """What nobody has settled, holds there today, and has a record here of the same person that says the opposite."""
    says_other = exists().where(
        col(Consent.organization_id) == organization_id,
        col(Consent.person_id) == col(ExternalStatement.person_id),
        col(Consent.decision) != col(ExternalStatement.decision),
    )
    ends = col(ExternalStatement.expires_on)
    return (
        select(ExternalStatement)
        .where(
            col(ExternalStatement.organization_id) == organization_id,
            col(ExternalStatement.settled) == Settled.OPEN,
            col(ExternalStatement.withdrawn).is_(False),
            or_(ends.is_(None), ends >= today),
            says_other,
        )
        .order_by(col(ExternalStatement.received_at), col(ExternalStatement.id))
    )


def get_statement(session: Session, actor: Actor, statement_id: UUID) -> ExternalStatement:
    """One statement of the caller's organization; that its person was seen is recorded. Raises NotFound, NotAllowed."""
    row = session.get(ExternalStatement, statement_id)
    if row is None:
        raise NotFound("There is no such record")
    check(actor, Permission.PRIVACY_CASE_MANAGE, row)
    people.get_person(session, actor, row.person_id)
    return row


def settle(
    session: Session, actor: Actor, statement_id: UUID, to: Settled, *, words: str, at: datetime
) -> ExternalStatement:
    """Say which of the two counts, after somebody asked the person; `words` say who, when and what they said.

    A no there that counts goes on denying. A yes there that counts opens nothing: the person says yes here as well.
    Raises NotFound, NotAllowed, Invalid (words), NotPossibleNow (nothing to settle).
    """
    row = get_statement(session, actor, statement_id)
    session.refresh(row, with_for_update=True)
    if to == Settled.OPEN or not disagrees(session, row, calendar.local_day(at)):
        raise NotPossibleNow("There is nothing to settle here any more")
    said = words.strip()
    if not said or len(said) > LONGEST_WORDS:
        raise Invalid("What the person said: write who asked, when, and the answer, in 1,000 letters or fewer", "words")
    row.settled, row.settled_at, row.settled_by_id, row.words = to, at, actor.id, said
    session.add(row)
    session.flush()
    events.record(session, actor, "consent.settle", row, at=at, settled=to.value)
    return row
