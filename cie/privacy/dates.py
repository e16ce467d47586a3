"""By when the people affected and the attorney general must be told of an incident.

Residents are told within the days of Civ. Code 1798.82 from discovery; the attorney general within its days of that
notice, when more residents are affected than it names. The figures are data (`deadlines`).
"""

from dataclasses import dataclass
from datetime import date

from cie.privacy import deadlines
from cie.privacy.deadlines import Figure
from cie.privacy.models import Incident


@dataclass(frozen=True)
class Dates:
    """By when whom. None: no day is set, or nobody has to be told. `above`: from more than how many residents on."""

    residents: date | None
    residents_rule: Figure | None
    attorney_general: date | None
    attorney_general_rule: Figure | None
    above: int | None


def dates_of(incident: Incident, affected: int) -> Dates:
    """The days that the law sets for so many affected residents.

    The attorney general's clock runs from the day on which residents were told; before that, from their last day.
    """
    discovered = incident.discovered_on
    residents = deadlines.figure(deadlines.RESIDENTS_TOLD, discovered)
    last_day = residents.due_after(discovered) if residents else None
    limit = deadlines.figure(deadlines.ATTORNEY_GENERAL_MORE_THAN, discovered)
    rule = deadlines.figure(deadlines.ATTORNEY_GENERAL_TOLD, discovered)
    start = incident.residents_told_on or last_day
    is_owed = limit is not None and affected > limit.value
    due = rule.due_after(start) if rule and start and is_owed else None
    return Dates(last_day, residents, due, rule if is_owed else None, limit.value if limit else None)


def owe(incident: Incident, affected: int) -> None:
    """Set by which day the next one must be told."""
    dates = dates_of(incident, affected)
    if incident.closed_at is not None:
        incident.due_on = None
    elif incident.residents_told_on is None:
        incident.due_on = dates.residents
    else:
        incident.due_on = None if incident.attorney_general_told_on else dates.attorney_general
