"""Running a search: a page of matches, what comes along, how many there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from cie.fhir.searching.asked import Asked
from cie.fhir.searching.chains import resolved
from cie.fhir.searching.including import included
from cie.fhir.searching.ordering import as_text, keys_of
from cie.fhir.searching.ways import way_to
from cie.fhir.store import Readable, Stored

MOST_COUNTED = 1_000


@dataclass(frozen=True)
class Found:
    """A page of a search. `last`: where the next one begins; None on the last page.

    `total`: how many match in all, None when nobody asked or there are too many to count.
    """

    matches: list[Readable] = field(default_factory=list)
    along: list[Readable] = field(default_factory=list)
    last: list[str] | None = None
    total: int | None = None
    is_cut: bool = False
    """Whether more would come along than an answer holds."""


def found(
    session: Session,
    organization_id: UUID,
    asked: Asked,
    *,
    last: Sequence[str] | None = None,
    may_read: Callable[[str], bool],
) -> Found:
    """The page after `last` of what the organization can read and asked for.

    `may_read`: whether resources of a type may come along.
    """
    criteria = resolved(session, organization_id, asked.criteria)
    if criteria is None:
        return Found(total=0 if asked.is_counted else None)
    way = way_to(session, organization_id, asked, criteria)
    total = _counted(session, way.query()) if asked.is_counted else None
    if asked.summary == "count":
        return Found(total=total)
    keys = keys_of(asked)
    rows = way.rows(session, keys, asked.count + 1, last)
    matches = [row for row, _values in rows[: asked.count]]
    more = as_text(rows[asked.count - 1][1]) if len(rows) > asked.count else None
    along, is_cut = included(session, organization_id, asked, matches, may_read)
    return Found(matches, along, more, total, is_cut)


def _counted(session: Session, query: Select[Any]) -> int | None:
    """How many there are; None when there are more than are counted."""
    some = query.with_only_columns(col(Stored.id)).limit(MOST_COUNTED + 1).subquery()
    count = session.execute(select(func.count()).select_from(some)).scalar_one()
    return count if count <= MOST_COUNTED else None
