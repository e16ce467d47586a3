"""What an agency was told stays out of a person's accounting for a time, when the agency says that it must.

45 CFR 164.528(a)(2): a health oversight agency or a law enforcement official says that the accounting would impede
what it does. In writing it names the time; by voice the time is short, and who said it is written down. Nothing on the
list that a person gets tells of it, and afterwards the entry stands there by itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import calendar, events
from cie.access import Actor, Permission, check
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.people import Person
from cie.privacy import deadlines
from cie.privacy.agency_statements import AccountingSuspension, StatedHow
from cie.privacy.demand_persons import persons_of_demand
from cie.privacy.history import LONGEST_NAME, get_case, write_down, wrong_day, wrong_words
from cie.privacy.models import LegalDemand, Step


@dataclass(frozen=True)
class AgencyStatement:
    """What an agency says, as it is written down. `person_id`: about one person of the demand; None, about everybody.

    `until_on`: the last day; without one, what was said by voice holds as long as the law lets it.
    """

    agency: str
    how: StatedHow
    stated_on: date
    reason: str
    until_on: date | None = None
    said_by: str = ""
    document: str = ""
    person_id: UUID | None = None


def suspend(
    session: Session, actor: Actor, demand_id: UUID, statement: AgencyStatement, *, at: datetime
) -> AccountingSuspension:
    """Keep what was given because of a demand out of the list that its persons get, until the day that was named.

    Raises NotFound, NotAllowed, Invalid with every fault at once: words, days, a time by voice that is too long.
    """
    demand = get_case(session, actor, LegalDemand, demand_id, lock=True)
    until_on = statement.until_on or _last_day_by_voice(session, demand, statement)
    faults = list(_faults(session, demand, statement, until_on, at=at))
    if faults or until_on is None:
        raise Invalid.all(faults)
    row = AccountingSuspension(
        organization_id=demand.organization_id,
        demand_id=demand.id,
        person_id=statement.person_id,
        how=statement.how,
        stated_on=statement.stated_on,
        until_on=until_on,
        recorded_at=at,
        recorded_by_id=actor.id,
    )
    row.agency, row.reason = statement.agency.strip(), statement.reason.strip()
    row.said_by, row.document = statement.said_by.strip() or None, statement.document.strip() or None
    session.add(row)
    session.flush()
    events.record(session, actor, "accounting.suspend", row, at=at, how=row.how.value, until=until_on.isoformat())
    write_down(session, actor, demand, Step.KEPT_OUT, words=row.agency, on_day=until_on, at=at)
    return row


def _faults(
    session: Session, demand: LegalDemand, statement: AgencyStatement, until_on: date | None, *, at: datetime
) -> Iterator[Invalid]:
    by_voice = statement.how is StatedHow.ORAL
    if statement.person_id is not None and statement.person_id not in persons_of_demand(session, demand):
        yield Invalid("Whom it is about: choose one", "person_id")
    yield from wrong_words("Which agency", "agency", statement.agency, most=LONGEST_NAME)
    yield from wrong_words("Who said it", "said_by", statement.said_by, most=LONGEST_NAME, needed=by_voice)
    yield from wrong_day("Said on", "stated_on", statement.stated_on, at=at)
    yield from _wrong_end(session, demand, statement, until_on)
    yield from wrong_words("Why, as the agency says", "reason", statement.reason)
    yield from wrong_words("Where the paper is", "document", statement.document, most=LONGEST_NAME, needed=False)


def _wrong_end(
    session: Session, demand: LegalDemand, statement: AgencyStatement, until_on: date | None
) -> Iterator[Invalid]:
    if until_on is None:
        yield Invalid("Last day: enter month, day and year", "until_on")
    elif until_on < statement.stated_on:
        yield Invalid("Last day: choose a day that is not before it was said", "until_on")
    elif statement.how is StatedHow.ORAL:
        limit = _last_day_by_voice(session, demand, statement)
        if limit is None or until_on > limit:
            yield Invalid("Last day: what was said by voice does not hold so long. Ask for it in writing", "until_on")


def _last_day_by_voice(session: Session, demand: LegalDemand, statement: AgencyStatement) -> date | None:
    """Until when a word by voice may hold: from the first one about the same persons on, so that none renews another.

    None for what is in writing, and where the law set no time yet.
    """
    rule = deadlines.figure(deadlines.ORAL_SUSPENSION, statement.stated_on)
    if statement.how is not StatedHow.ORAL or rule is None:
        return None
    earlier = [
        row.stated_on
        for row in _of_demand(session, demand.organization_id, demand.id)
        if row.how is StatedHow.ORAL and row.is_about(statement.person_id)
    ]
    return rule.due_after(min([statement.stated_on, *earlier]))


def _of_demand(session: Session, organization_id: UUID, demand_id: UUID) -> Sequence[AccountingSuspension]:
    query = select(AccountingSuspension).where(
        col(AccountingSuspension.organization_id) == organization_id, col(AccountingSuspension.demand_id) == demand_id
    )
    return session.execute(query.order_by(col(AccountingSuspension.id).desc())).scalars().all()


def suspensions_of(session: Session, actor: Actor, demand_id: UUID) -> Sequence[AccountingSuspension]:
    """All that agencies said of this kind about a demand, newest first. Raises NotFound, NotAllowed."""
    demand = get_case(session, actor, LegalDemand, demand_id)
    return _of_demand(session, demand.organization_id, demand.id)


def end_suspension(session: Session, actor: Actor, suspension_id: UUID, *, at: datetime) -> AccountingSuspension:
    """It ends before its day: what was kept out stands in the list at once.

    Raises NotFound, NotAllowed, NotPossibleNow (it has ended).
    """
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    row = session.get(AccountingSuspension, suspension_id)
    if row is None:
        raise NotFound("There is no such record")
    demand = get_case(session, actor, LegalDemand, row.demand_id, lock=True)
    session.refresh(row)
    if not row.lasts_on(calendar.local_day(at)):
        raise NotPossibleNow("This has already ended")
    row.ended_at, row.ended_by_id = at, actor.id
    session.add(row)
    session.flush()
    events.record(session, actor, "accounting.resume", row, at=at)
    write_down(session, actor, demand, Step.KEPT_OUT_ENDED, words=row.agency, at=at)
    return row


def kept_out(session: Session, person: Person, demands: Sequence[LegalDemand], *, today: date) -> dict[UUID, date]:
    """Which of these demands stay out of the person's list today, each with the last day."""
    query = select(AccountingSuspension).where(
        col(AccountingSuspension.organization_id) == person.organization_id,
        col(AccountingSuspension.demand_id).in_([demand.id for demand in demands]),
    )
    found: dict[UUID, date] = {}
    for row in session.execute(query).scalars() if demands else ():
        if row.lasts_on(today) and row.is_about(person.id):
            found[row.demand_id] = max(row.until_on, found.get(row.demand_id, row.until_on))
    return found
