"""Legal demands as cases: who asks, for what, by when, what counsel said and what was decided.

No rule permits disclosure for law or immigration enforcement. A case releases nothing; any release is by hand and
outside the exchange, and the case only says what was given, when and to whom.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from cie.access import Actor, Permission, check
from cie.errors import Invalid, NotPossibleNow
from cie.privacy.history import LONGEST_NAME, open_case, write_down, wrong_day, wrong_words
from cie.privacy.models import DemandKind, DemandState, LegalDemand, Step

MOVES: Mapping[DemandState, frozenset[DemandState]] = {
    DemandState.RECEIVED: frozenset({DemandState.WITH_COUNSEL, DemandState.WITHDRAWN}),
    DemandState.WITH_COUNSEL: frozenset({DemandState.ANSWERED_OUTSIDE, DemandState.REFUSED, DemandState.WITHDRAWN}),
}
"""From where a demand may move to where. Nobody answers or refuses one before counsel saw it."""


@dataclass(frozen=True)
class Demanded:
    """What somebody demands, as it is written down."""

    kind: DemandKind
    asker: str
    scope: str
    received_on: date
    court: str = ""
    case_number: str = ""
    due_on: date | None = None


@dataclass(frozen=True)
class Given:
    """What was given by hand and outside, on which day; `to`: who got it, when that was not who asked."""

    what: str
    released_on: date
    to: str = ""


def open_demand(session: Session, actor: Actor, demanded: Demanded, *, at: datetime) -> LegalDemand:
    """Write down that somebody demands records. Raises NotAllowed; Invalid with every fault at once."""
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    faults = list(_faults(demanded, at=at))
    if faults:
        raise Invalid.all(faults)
    demand = LegalDemand(
        organization_id=actor.organization,
        kind=demanded.kind,
        received_on=demanded.received_on,
        due_on=demanded.due_on,
        opened_at=at,
        opened_by_id=actor.id,
    )
    demand.asker, demand.scope = demanded.asker.strip(), demanded.scope.strip()
    demand.court, demand.case_number = demanded.court.strip() or None, demanded.case_number.strip() or None
    write_down(session, actor, demand, Step.OPENED, at=at)
    return demand


def _faults(demanded: Demanded, *, at: datetime) -> Iterator[Invalid]:
    yield from wrong_words("Who asks", "asker", demanded.asker, most=LONGEST_NAME)
    yield from wrong_words("Court", "court", demanded.court, most=LONGEST_NAME, needed=False)
    yield from wrong_words("Case number", "case_number", demanded.case_number, most=LONGEST_NAME, needed=False)
    yield from wrong_words("What they ask for", "scope", demanded.scope)
    yield from wrong_day("Received on", "received_on", demanded.received_on, at=at)
    if demanded.due_on is not None and demanded.due_on < demanded.received_on:
        yield Invalid("Answer due on: choose a day that is not before it was received", "due_on")


def give_to_counsel(session: Session, actor: Actor, demand_id: UUID, *, counsel: str, at: datetime) -> LegalDemand:
    """A lawyer looks at it. Raises NotFound, NotAllowed, NotPossibleNow, Invalid."""
    demand = _to(session, actor, demand_id, DemandState.WITH_COUNSEL)
    faults = wrong_words("Name of the lawyer", "counsel", counsel, most=LONGEST_NAME)
    if faults:
        raise Invalid.all(faults)
    demand.state, demand.counsel = DemandState.WITH_COUNSEL, counsel.strip()
    write_down(session, actor, demand, Step.WITH_COUNSEL, at=at)
    return demand


def decide_demand(
    session: Session,
    actor: Actor,
    demand_id: UUID,
    to: DemandState,
    *,
    decision: str,
    given: Given | None = None,
    at: datetime,
) -> LegalDemand:
    """It was answered outside, refused or withdrawn, in words. Nothing is released by this.

    What was answered outside needs what was `given`: it stands in the accounting of the persons (45 CFR 164.528).
    Raises NotFound, NotAllowed, NotPossibleNow (counsel has not seen it, or it is closed), Invalid.
    """
    demand = _to(session, actor, demand_id, to)
    is_answered = to is DemandState.ANSWERED_OUTSIDE
    faults = wrong_words("What was decided", "decision", decision)
    faults += list(_wrong_gift(demand, given, at=at)) if is_answered else []
    if faults:
        raise Invalid.all(faults)
    demand.decision, demand.state, demand.closed_at = decision.strip(), to, at
    if is_answered and given is not None:
        demand.released_on, demand.given = given.released_on, given.what.strip()
        demand.given_to = given.to.strip() or None
    write_down(session, actor, demand, Step(to.value), words=demand.decision, on_day=demand.released_on, at=at)
    return demand


def _wrong_gift(demand: LegalDemand, given: Given | None, *, at: datetime) -> Iterator[Invalid]:
    yield from wrong_words("What was given", "given", given.what if given else "")
    if given is None:
        return
    yield from wrong_words("Who got it", "given_to", given.to, most=LONGEST_NAME, needed=False)
    yield from wrong_day("Given on", "released_on", given.released_on, at=at)
    if given.released_on < demand.received_on:
        yield Invalid("Given on: choose a day that is not before the demand was received", "released_on")


def _to(session: Session, actor: Actor, demand_id: UUID, to: DemandState) -> LegalDemand:
    demand = open_case(session, actor, LegalDemand, demand_id)
    if to in MOVES.get(demand.state, ()):
        return demand
    if demand.state == DemandState.RECEIVED:
        raise NotPossibleNow("A lawyer looks at it first")
    raise NotPossibleNow("It is with a lawyer already")
