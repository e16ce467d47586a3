"""The cases that the privacy officer of the demo looks after: one of each kind, with a clock that runs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import calendar, privacy
from cie.access import Actor, ActorKind
from cie.identity.models import UserAccount
from cie.privacy import Asked, Demanded, DemandKind, Happening, RequestKind


def seed_cases(
    session: Session, cases: Mapping[str, Any], officer: UserAccount, persons: Mapping[str, UUID], now: datetime
) -> int:
    """Make them as the officer would; how many there are."""
    actor = Actor(ActorKind.STAFF, officer.id, officer.organization_id, officer.roles)
    for row in cases["incidents"]:
        _seed_incident(session, actor, row, persons, now)
    for row in cases["demands"]:
        _seed_demand(session, actor, row, persons, now)
    for row in cases["requests"]:
        day = calendar.local_day(now) - timedelta(days=row["days_ago"])
        asked = Asked(RequestKind(row["kind"]), row["asked"], day)
        privacy.open_request(session, actor, persons[row["person"]], asked, at=now)
    return sum(len(rows) for rows in cases.values() if isinstance(rows, list))


def _seed_incident(
    session: Session, actor: Actor, row: Mapping[str, Any], persons: Mapping[str, UUID], now: datetime
) -> None:
    found_on = calendar.local_day(now) - timedelta(days=row["days_ago"])
    happening = Happening(row["what"], row["found_by"], found_on, occurred_from=found_on, elsewhere=row["elsewhere"])
    incident = privacy.open_incident(session, actor, happening, at=now)
    for key in row["persons"]:
        privacy.add_person(session, actor, incident.id, persons[key], at=now)
    privacy.note(session, actor, privacy.Incident, incident.id, row["done"], at=now)


def _seed_demand(
    session: Session, actor: Actor, row: Mapping[str, Any], persons: Mapping[str, UUID], now: datetime
) -> None:
    received_on = calendar.local_day(now) - timedelta(days=row["days_ago"])
    demanded = Demanded(
        DemandKind(row["kind"]),
        row["asker"],
        row["scope"],
        received_on,
        court=row["court"],
        case_number=row["case_number"],
        due_on=received_on + timedelta(days=row["due_after_days"]),
    )
    demand = privacy.open_demand(session, actor, demanded, at=now)
    for key in row["persons"]:
        privacy.add_to_demand(session, actor, demand.id, persons[key], at=now)
