"""Searching the directory for a need, in words, near a ZIP.

The unit is the service. When nothing fits, filters are taken away one by one, the least important first, and the
answer says which. The need, the place, and being on the exchange are never taken away: a wrong yes costs a journey.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from cie.directory.describing import Hit, described
from cie.directory.matching import Query, ids_of, ranked
from cie.directory.models import Service
from cie.directory.needs import need
from cie.directory.search_text import fold
from cie.directory.understanding import understand
from cie.errors import Invalid
from cie.geography import counties, point_of_zip

PAGE_SIZE = 10
RELAXED_IN_TURN = ("open_now", "has_room", "same_day", "language", "words")


@dataclass(frozen=True)
class Results:
    """One page of what was found; `relaxed` names the filters that were taken away so that something was."""

    items: tuple[Hit, ...]
    total: int
    page: int
    limit: int
    relaxed: tuple[str, ...] = ()

    @property
    def first(self) -> int:
        return (self.page - 1) * self.limit + 1

    @property
    def last(self) -> int:
        return self.first + len(self.items) - 1

    @property
    def has_next(self) -> bool:
        return self.last < self.total


def search(session: Session, query: Query, *, at: datetime) -> Results:
    """The services that fit, best first. Raises Invalid naming "zip", "county" or "need"."""
    require_sense(query)
    query = replace(query, page=max(query.page, 1))
    services, total = _find(session, query, at)
    relaxed: tuple[str, ...] = ()
    for names in _relaxations(query):
        if total:
            break
        relaxed = names
        services, total = _find(session, _without(query, names), at)
    return Results(tuple(described(session, services, query.zip, at=at)), total, query.page, query.limit, relaxed)


def require_sense(query: Query) -> None:
    """Refuse a ZIP, county or need that there is not."""
    if query.zip and point_of_zip(query.zip) is None:
        raise Invalid("ZIP: enter a California ZIP, like 93702", "zip")
    if query.county and query.county not in counties():
        raise Invalid("County: choose a county of California", "county")
    if query.need:
        need(query.need)


def _relaxations(query: Query) -> Iterator[tuple[str, ...]]:
    """What may be taken away, least first: each filter alone, then more and more. Words alone stay: they are all."""
    placed = bool(query.need or query.zip or query.county)
    names = [name for name in RELAXED_IN_TURN if getattr(query, name) and (name != "words" or placed)]
    yield from ((name,) for name in names)
    yield from (tuple(names[:count]) for count in range(2, len(names) + 1))


def _without(query: Query, names: Sequence[str]) -> Query:
    nothing: dict[str, Any] = {name: "" if isinstance(getattr(query, name), str) else False for name in names}
    return replace(query, **nothing)


def _find(session: Session, query: Query, at: datetime) -> tuple[Sequence[Service], int]:
    meaning = understand(session, query.words)
    if meaning.is_empty and fold(query.words):
        return [], 0
    ids, total = ids_of(session.execute(ranked(query, meaning, at=at)))
    if not ids and query.page > 1:
        _ids, total = ids_of(session.execute(ranked(replace(query, page=1), meaning, at=at)))
    found = {s.id: s for s in session.execute(select(Service).where(col(Service.id).in_(ids))).scalars()}
    return [found[id] for id in ids], total
