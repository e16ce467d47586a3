"""Since when each key is in use, and how much it seals."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from cie.db.encryption import NETWORK_LAYOUT, version_of
from cie.db.engine import current, reading, transaction
from cie.db.models import DataKey
from cie.db.rotation import sealed_columns, stale_in


def note_data_key(*, at: datetime) -> None:
    """Remember since when the current data key is in use: the first start with it. Raises Busy."""
    row = {"version": current().keyring.current, "first_used_at": at}
    with reading() as session:
        if session.get(DataKey, row["version"]) is not None:
            return
    dialect = sqlite if current().is_sqlite else postgresql
    with transaction() as session:
        session.execute(dialect.insert(DataKey).values(row).on_conflict_do_nothing())


def data_keys_since(session: Session) -> dict[int, datetime]:
    """When each version of the data key was first used here."""
    return {row.version: row.first_used_at for row in session.execute(select(DataKey)).scalars()}


def values_by_key(session: Session) -> Counter[tuple[UUID | None, int]]:
    """How many values each version of a key seals: of the network (None) and of each organization with its own.

    It reads every row.
    """
    found: Counter[tuple[UUID | None, int]] = Counter()
    for table, columns in sealed_columns():
        for column in columns:
            start, owner = func.substr(column, 1, 3), table.c.organization_id
            query = select(owner, start, func.count()).where(column.is_not(None)).group_by(owner, start)
            for organization_id, header, count in session.execute(query):
                by = None if header[:1] == NETWORK_LAYOUT else organization_id
                found[by, version_of(header)] += count
    return found


def has_stale_values(session: Session) -> bool:
    """Whether anything is sealed with another key than the current one for it. It may read every row."""
    own = current().own_keys.every()
    for table, columns in sealed_columns():
        stale = or_(*(stale_in(table, column, own) for column in columns))
        if session.execute(select(table.c.id).where(stale).limit(1)).first():
            return True
    return False
