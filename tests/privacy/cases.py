"""Valid cases for tests; every field can be overridden."""

from datetime import date
from typing import Any

from sqlalchemy import select

from cie import privacy
from cie.events import AuditEntry
from cie.privacy import Asked, Demanded, DemandKind, Happening, RequestKind
from tests.factories import NOON

TODAY = date(2026, 11, 24)


def make_incident(session, actor, **fields: Any) -> privacy.Incident:
    values = {"what": "A letter went to the wrong door.", "found_by": "Wren Alder", "discovered_on": TODAY}
    return privacy.open_incident(session, actor, Happening(**{**values, **fields}), at=NOON)


def make_demand(session, actor, **fields: Any) -> privacy.LegalDemand:
    values = {
        "kind": DemandKind.SUBPOENA,
        "asker": "Law offices of Thrush and Thrush",
        "scope": "All notes of the year",
        "received_on": TODAY,
    }
    return privacy.open_demand(session, actor, Demanded(**{**values, **fields}), at=NOON)


def make_request(session, actor, person, **fields: Any) -> privacy.PersonRequest:
    values = {"kind": RequestKind.ACCESS, "asked": "A copy of all you have", "received_on": TODAY}
    return privacy.open_request(session, actor, person.id, Asked(**{**values, **fields}), at=NOON)


def done_in(session) -> list[str]:
    """The actions that will be in the audit chain when this transaction ends."""
    return [event.action for event in session.info.get("events", [])]


def audited(session, action: str) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.sequence)
    return list(session.execute(query).scalars())
