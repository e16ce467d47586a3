"""Carrying out the rules of the tables: one person's words leave the tables of one organization.

Statements by table, since most rows are never looked at: what is sealed is not opened to be erased.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, delete, select, update
from sqlmodel import Session, col

from cie.db import metadata
from cie.events import ON_THE_WAY, DeliveryState, Outbox
from cie.retention.tables import RULES, Act

ERASED = "erased"
"""The result of a delivery that was dropped because its person's record was erased."""


def remove(session: Session, organization_id: UUID, person_id: UUID, *, at: datetime) -> None:
    """Drop what waits to be sent, clear what must stay, then delete the rest, what points before what is pointed to."""
    session.flush()
    _drop_what_waits(session, organization_id, person_id, at)
    tables = [*metadata.sorted_tables]
    for table in tables:
        if RULES[table.name].act is Act.CLEAR:
            _clear(session, table, organization_id, person_id)
    for table in reversed(tables):
        rule = RULES[table.name]
        if rule.act is Act.DELETE:
            session.execute(delete(table).where(rule.rows(table, organization_id, person_id)))
    session.expire_all()


def _drop_what_waits(session: Session, organization_id: UUID, person_id: UUID, at: datetime) -> None:
    """A row that a worker has in hand leaves its hands: it is not sent, unless it is going out at this moment."""
    dropped = {"state": DeliveryState.DROPPED, "result": ERASED, "settled_at": at, "lease_until": None}
    query = update(Outbox).where(
        col(Outbox.organization_id) == organization_id,
        col(Outbox.person_id) == person_id,
        col(Outbox.state).in_(ON_THE_WAY),
    )
    session.execute(query.values(dropped).execution_options(synchronize_session=False))


def sealed_in(table: Table) -> list[str]:
    """The columns of a table that hold what is told to nobody."""
    return [column.name for column in table.columns if column.name.endswith("_sealed")]


def _clear(session: Session, table: Table, organization_id: UUID, person_id: UUID) -> None:
    rule = RULES[table.name]
    values = {**dict.fromkeys(sealed_in(table)), **rule.sets}
    session.execute(update(table).where(rule.rows(table, organization_id, person_id)).values(values))


def keeps_anything(session: Session, organization_id: UUID, person_id: UUID) -> bool:
    """Whether an organization has written anything of its own about a person: a row that erasing would take."""
    for table in metadata.sorted_tables:
        rule = RULES[table.name]
        if rule.act is Act.DELETE and not rule.is_copy:
            rows = select(1).select_from(table).where(rule.rows(table, organization_id, person_id)).limit(1)
            if session.execute(rows).first():
                return True
    return False
