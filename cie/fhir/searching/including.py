"""What comes along with the matches of a search: what they point at, and what points at them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import Session, col

from cie.fhir.searching.asked import Asked, Link
from cie.fhir.searching.parameters import PARAMETERS
from cie.fhir.searching.statement import pointing_at, readable, referred_to, rows_of
from cie.fhir.store import COLUMNS, Indexed, Readable, Stored, readable_by

MOST_ALONG = 1_000

_Name = tuple[str, str]


def included(
    session: Session,
    organization_id: UUID,
    asked: Asked,
    matches: Sequence[Readable],
    may_read: Callable[[str], bool],
) -> tuple[list[Readable], bool]:
    """What comes along, each once and no match again; and whether more would than an answer holds."""
    if not matches or not (asked.includes or asked.reverse_includes):
        return [], False
    along = _Along(session, organization_id, may_read, {_name(row): row for row in matches})
    along.add_referred(matches, [link for link in asked.includes if not link.is_next])
    along.add_pointing(matches, asked.reverse_includes)
    along.add_referred([*matches, *along.rows], [link for link in asked.includes if link.is_next])
    return along.rows[:MOST_ALONG], len(along.rows) > MOST_ALONG


def _name(row: Readable) -> _Name:
    return row.resource_type, row.resource_id


class _Along:
    """What comes along so far."""

    def __init__(
        self, session: Session, organization_id: UUID, may_read: Callable[[str], bool], known: dict[_Name, Readable]
    ) -> None:
        self.session, self.organization_id, self.may_read, self.known = session, organization_id, may_read, known
        self.rows: list[Readable] = []

    @property
    def left(self) -> int:
        """How many more are read: one over the bound tells that there are more."""
        return max(MOST_ALONG + 1 - len(self.rows), 0)

    def add_referred(self, rows: Sequence[Readable], links: Sequence[Link]) -> None:
        """What these rows point at."""
        names = {name for link in links for name in self._references(rows, link)}
        wanted = sorted(names - self.known.keys())[: self.left]
        if wanted:
            query = referred_to(readable_by(self.organization_id), wanted)
            self._add(query.order_by(col(Stored.id)))

    def _references(self, rows: Sequence[Readable], link: Link) -> Iterator[_Name]:
        aims = [link.target] if link.target else link.parameter.targets or PARAMETERS
        query = select(col(Indexed.system), col(Indexed.value)).where(
            col(Indexed.stored_id).in_([row.id for row in rows if row.resource_type == link.source]),
            col(Indexed.name) == link.parameter.key,
            col(Indexed.system).in_([each for each in aims if self.may_read(each)]),
        )
        yield from ((system, value) for system, value in self.session.execute(query))

    def add_pointing(self, rows: Sequence[Readable], links: Sequence[Link]) -> None:
        """What points at these rows, which are of one type."""
        for link in links:
            if self.may_read(link.source) and self.left:
                aims = pointing_at(self.organization_id, link, rows[0].resource_type, [row.resource_id for row in rows])
                query = readable(self.organization_id, link.source, aims).order_by(col(Stored.id))
                self._add(query.limit(self.left + len(self.known)))

    def _add(self, query: Select[Any]) -> None:
        rows = rows_of(self.session, self.organization_id, query.with_only_columns(*COLUMNS))
        fresh = {_name(row): row for row in rows if _name(row) not in self.known}
        self.known |= fresh
        self.rows += fresh.values()
