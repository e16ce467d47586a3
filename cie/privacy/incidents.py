"""Incidents: what happened, what was done, who was told and when, until nothing more is owed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from cie.access import Actor, Permission, check
from cie.errors import Invalid, NotPossibleNow
from cie.privacy.affected import count_affected
from cie.privacy.dates import dates_of, owe
from cie.privacy.history import LONGEST_NAME, open_case, require_words, write_down, wrong_day, wrong_words
from cie.privacy.models import Incident, IncidentState, Step

MOST_ELSEWHERE = 100_000_000


@dataclass(frozen=True)
class Happening:
    """What is known of an incident when it is written down."""

    what: str
    found_by: str
    discovered_on: date
    occurred_from: date | None = None
    occurred_until: date | None = None
    elsewhere: int = 0


def open_incident(session: Session, actor: Actor, happening: Happening, *, at: datetime) -> Incident:
    """Write down that something happened. Raises NotAllowed; Invalid with every fault at once."""
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    faults = list(_faults(happening, at=at))
    if faults:
        raise Invalid.all(faults)
    incident = Incident(
        organization_id=actor.organization,
        discovered_on=happening.discovered_on,
        occurred_from=happening.occurred_from,
        occurred_until=happening.occurred_until,
        elsewhere=happening.elsewhere,
        opened_at=at,
        opened_by_id=actor.id,
    )
    incident.what, incident.found_by = happening.what.strip(), happening.found_by.strip()
    owe(incident, happening.elsewhere)
    write_down(session, actor, incident, Step.OPENED, at=at)
    return incident


def _faults(happening: Happening, *, at: datetime) -> Iterator[Invalid]:
    yield from wrong_words("What happened", "what", happening.what)
    yield from wrong_words("Who found it", "found_by", happening.found_by, most=LONGEST_NAME)
    yield from wrong_day("Found on", "discovered_on", happening.discovered_on, at=at)
    first, last = happening.occurred_from, happening.occurred_until
    yield from wrong_day("It began on", "occurred_from", first, at=at)
    yield from wrong_day("It ended on", "occurred_until", last, at=at)
    if first and last and last < first:
        yield Invalid("It ended on: choose a day that is not before it began", "occurred_until")
    if first and first > happening.discovered_on:
        yield Invalid("It began on: choose a day that is not after it was found", "occurred_from")
    if not 0 <= happening.elsewhere <= MOST_ELSEWHERE:
        yield Invalid("People who are not in this exchange: enter a number, 0 or more", "elsewhere")


def tell_residents(session: Session, actor: Actor, incident_id: UUID, *, told_on: date, at: datetime) -> Incident:
    """The affected residents were told on a day; the attorney general's clock starts, when there is one.

    Raises NotFound, NotAllowed, NotPossibleNow (they were told already), Invalid.
    """
    incident = open_case(session, actor, Incident, incident_id)
    if incident.residents_told_on is not None:
        raise NotPossibleNow("The people affected were told already")
    _require_day_of_notice(incident.discovered_on, told_on, at=at)
    incident.residents_told_on, incident.state = told_on, IncidentState.RESIDENTS_TOLD
    affected = count_affected(session, incident)
    owe(incident, affected)
    write_down(session, actor, incident, Step.RESIDENTS_TOLD, on_day=told_on, count=affected, at=at)
    return incident


def tell_attorney_general(
    session: Session, actor: Actor, incident_id: UUID, *, told_on: date, at: datetime
) -> Incident:
    """The attorney general got the notice on a day. Raises as `tell_residents`."""
    incident = open_case(session, actor, Incident, incident_id)
    if incident.attorney_general_told_on is not None:
        raise NotPossibleNow("The attorney general was told already")
    _require_day_of_notice(incident.discovered_on, told_on, at=at)
    incident.attorney_general_told_on = told_on
    owe(incident, count_affected(session, incident))
    write_down(session, actor, incident, Step.ATTORNEY_GENERAL_TOLD, on_day=told_on, at=at)
    return incident


def _require_day_of_notice(discovered_on: date, told_on: date, *, at: datetime) -> None:
    faults = wrong_day("Told on", "told_on", told_on, at=at)
    if told_on < discovered_on:
        faults.append(Invalid("Told on: choose a day that is not before it was found", "told_on"))
    if faults:
        raise Invalid.all(faults)


def close_incident(session: Session, actor: Actor, incident_id: UUID, *, words: str, at: datetime) -> Incident:
    """Nothing more is owed, for a reason in words: also why nobody had to be told.

    Raises NotFound, NotAllowed, Invalid, NotPossibleNow (closed already, or the attorney general still has to be told).
    """
    incident = open_case(session, actor, Incident, incident_id)
    is_owed = incident.residents_told_on is not None and incident.attorney_general_told_on is None
    if is_owed and dates_of(incident, count_affected(session, incident)).attorney_general:
        raise NotPossibleNow("Tell the attorney general first, then close it")
    kept = require_words("Why it can be closed", "words", words)
    incident.state, incident.closed_at = IncidentState.CLOSED, at
    owe(incident, 0)
    write_down(session, actor, incident, Step.CLOSED, words=kept, at=at)
    return incident
