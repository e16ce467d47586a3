"""Everything on record at one moment, row by row, and what one act made of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlmodel import Session, SQLModel

from cie.access import Actor
from cie.consent.models import Consent, Release, ReleaseElement
from cie.db import current
from cie.directory import Service
from cie.errors import CieError
from cie.events import AuditEntry, Outbox
from cie.events.models import Change
from cie.people import ContactPoint, DangerAlert, Person
from cie.referrals import (
    Attachment,
    ContactAttempt,
    Entry,
    Referral,
    ReferralTask,
    TaskHistory,
    WithheldAnswer,
    WordOfPerson,
)

WATCHED: tuple[type[SQLModel], ...] = (
    Referral, ReferralTask, TaskHistory, WithheldAnswer, WordOfPerson, Entry, ContactAttempt, Attachment, Consent,
    Release, ReleaseElement, Person, ContactPoint, Change, DangerAlert, Service, Outbox, AuditEntry,
)  # fmt: skip
Rows = dict[Any, Row[Any]]
Record = dict[type[SQLModel], Rows]


def on_record(last: Record | None = None) -> Record:
    """Every row of what is watched, as the database holds it; what is sealed stays sealed.

    The audit chains tell themselves whether an older row was changed; of them only what is newer than `last` is read.
    """
    with Session(current().reader) as session:
        return {table: _rows(session, table, last[table] if last and table is AuditEntry else {}) for table in WATCHED}


def _rows(session: Session, table: Any, known: Rows) -> Rows:
    query = select(table.__table__)
    if known:
        query = query.where(table.id > max(known))
    found = {**known, **{row.id: row for row in session.execute(query)}}
    count = session.execute(select(func.count()).select_from(table)).scalar_one() if known else len(found)
    return found if len(found) == count else _rows(session, table, {})


@dataclass
class Step:
    """One act: who did what, what was on record before and after, and the refusal if it was refused."""

    verb: str
    actor: Actor
    at: datetime
    before: Record
    says: dict[str, Any] = field(default_factory=dict)
    after: Record = field(default_factory=dict)
    refusal: CieError | None = None
    result: Any = None

    @property
    def done(self) -> bool:
        return self.refusal is None

    def new(self, table: type[SQLModel]) -> list[Any]:
        """The rows that were not there before, the oldest first."""
        before = self.before[table]
        return sorted((row for key, row in self.after[table].items() if key not in before), key=lambda row: row.id)

    def changed(self, table: type[SQLModel]) -> Iterator[tuple[Any, Any]]:
        """The rows that differ, as they were and as they are."""
        after = self.after[table]
        return ((row, after[key]) for key, row in self.before[table].items() if key in after and after[key] != row)

    def gone(self, table: type[SQLModel]) -> list[Any]:
        """The rows that are there no more."""
        return [row for key, row in self.before[table].items() if key not in self.after[table]]

    def differs(self, table: type[SQLModel]) -> bool:
        return self.before[table] != self.after[table]
