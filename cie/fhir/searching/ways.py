"""The way to the matches of a search: from a criterion that few hold, along the index of one value, or past all.

Which is taken depends on what is kept; what is found and its order do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel import Session

from cie.fhir.searching.asked import Asked, Criterion
from cie.fhir.searching.ordering import Key, beyond, is_in_order_of_index, ordered
from cie.fhir.searching.statement import (
    along_index,
    holds,
    is_answered_by_index,
    is_one_value,
    matching,
    readable,
    rows_of,
)
from cie.fhir.store import COLUMNS, Readable

Match = tuple[Readable, Sequence[Any]]
"""A resource and the values that order it."""
MANY = 500
"""So far it is counted which criterion has fewest; so few are looked at one by one, whatever else must hold."""
LONGEST_STEP = 2_000
_WIDTH = len(COLUMNS)


@dataclass(frozen=True)
class Way:
    """Past what can be read of a type. `ids`: of the few that are looked at, None for all."""

    organization_id: UUID
    resource_type: str
    criteria: Sequence[Criterion]
    ids: Select[Any] | None = None

    def query(self) -> Select[Any]:
        """All matches."""
        query = readable(self.organization_id, self.resource_type, self.ids)
        return query.where(*(holds(self.organization_id, self.resource_type, each) for each in self.criteria))

    def rows(self, session: Session, keys: Sequence[Key], most: int, last: Sequence[str] | None) -> Sequence[Match]:
        """So many matches after `last`, each with the values that order it."""
        query = self.query().with_only_columns(*COLUMNS, *(key.expression for key in keys))
        query = query.where(beyond(keys, last)) if last else query
        rows = session.execute(ordered(query, keys).limit(most))
        return [(Readable._make((*row[:_WIDTH], self.organization_id)), row[_WIDTH:]) for row in rows]


@dataclass(frozen=True)
class AlongIndex(Way):
    """Along the entries of the index with the value of `lead`, as far as a page needs."""

    lead: Criterion | None = None

    def query(self) -> Select[Any]:
        assert self.lead
        return super().query().where(holds(self.organization_id, self.resource_type, self.lead))

    def rows(self, session: Session, keys: Sequence[Key], most: int, last: Sequence[str] | None) -> Sequence[Match]:
        found: list[Readable] = []
        after, step = UUID(last[0]) if last else None, most
        while len(found) < most:
            entries = self._next(session, after, step)
            found += [entry for entry in entries if entry.body_sealed]
            if len(entries) < step:
                break
            after, step = entries[-1].id, min(4 * step, LONGEST_STEP)
        return [(row, (row.id,)) for row in found[:most]]

    def _next(self, session: Session, after: UUID | None, most: int) -> Sequence[Readable]:
        assert self.lead
        where = self.organization_id, self.resource_type, self.lead, tuple(self.criteria)
        query = along_index(*where, most=most, is_next=after is not None)
        return rows_of(session, self.organization_id, query, after=after)


def way_to(session: Session, organization_id: UUID, asked: Asked, criteria: Sequence[Criterion]) -> Way:
    """The shortest way to the matches, as far as it is known without reading much."""
    rest, where = list(criteria), (organization_id, asked.resource_type)
    if any(each.parameter.name == "_id" and each.wanted and not each.is_not for each in rest):
        return Way(*where, rest)
    leads = [each for each in rest if is_one_value(asked.resource_type, each)] if is_in_order_of_index(asked) else []
    if len(rest) == 1 and leads:
        return AlongIndex(*where, (), lead=leads[0])
    counts = _counts(session, *where, [each for each in rest if is_answered_by_index(each)])
    lead = next((each for _count, each in counts if each in leads), None)
    if counts and counts[0][0] < MANY and counts[0][1] is not lead:
        return Way(*where, _without(rest, counts[0][1]), matching(*where, counts[0][1]))
    if lead:
        return AlongIndex(*where, _without(rest, lead), lead=lead)
    return Way(*where, rest)


def _without(criteria: Sequence[Criterion], one: Criterion) -> list[Criterion]:
    return [each for each in criteria if each is not one]


def _counts(
    session: Session, organization_id: UUID, resource_type: str, criteria: Sequence[Criterion]
) -> list[tuple[int, Criterion]]:
    """How many entries each criterion has, as far as they are counted, and the criterion; fewest first."""
    if not criteria:
        return []
    counts = session.execute(_counting(organization_id, resource_type, tuple(criteria))).one()
    return sorted(zip(counts, criteria, strict=True), key=lambda pair: pair[0])


@lru_cache(maxsize=1_000)
def _counting(organization_id: UUID, resource_type: str, criteria: tuple[Criterion, ...]) -> Select[Any]:
    some = [matching(organization_id, resource_type, each).limit(MANY).subquery() for each in criteria]
    return select(*(select(func.count()).select_from(each).scalar_subquery() for each in some))
