"""The statement of a search: over what the asker's organization can read now, by what the index knows of it.

Every part is led by the organization: no copy of another is looked at, neither for a match nor on the way to one.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, or_, select
from sqlmodel import Session

from cie.db import table_of
from cie.fhir.searching.asked import Criterion, Link, Wanted
from cie.fhir.searching.parameters import COMMON, OF_THE_DIRECTORY, Kind
from cie.fhir.searching.periods import Span
from cie.fhir.store import COLUMNS, EVERYONE, Indexed, Readable, Stored, is_prepared, may_read_record, readable_by

Condition = ColumnElement[bool]
_INDEX, _STORED = table_of(Indexed), table_of(Stored)
"""The tables themselves: a statement of their columns is built in half the time of one of their classes.

Programs ask the same again and again, so that the parts of a statement are kept by what they ask.
"""


def readable(organization_id: UUID, resource_type: str, ids: Select[Any] | None = None) -> Select[Stored]:
    """All of one type that the organization can read now, or those of these records; nothing before all is there."""
    query = readable_by(organization_id, ids=ids).where(
        _STORED.c.resource_type == resource_type, is_prepared(organization_id)
    )
    if resource_type not in OF_THE_DIRECTORY and ids is None:
        # one audience alone, so that an index is read in its own order
        query = query.where(_STORED.c.organization_id == organization_id)
    return query


@lru_cache(maxsize=1_000)
def holds(organization_id: UUID, resource_type: str, criterion: Criterion) -> Condition:
    """That a criterion holds of the stored resource at hand; asked of each by itself."""
    if _is_beside(criterion):
        return _beside(criterion)
    return _has_entry(organization_id, resource_type, criterion, _STORED.c.id)


def _has_entry(organization_id: UUID, resource_type: str, criterion: Criterion, record_id: Any) -> Condition:
    entry = _INDEX.alias().c
    own = entry.stored_id == record_id
    # by one value the index is read down to the record; else by the record, which has few entries
    is_one = len(criterion.wanted) == 1 and _is_by_value(criterion)
    among = _of(entry, organization_id, resource_type, criterion.name) if is_one else ()
    entries = select(entry.stored_id).where(
        own, entry.name == criterion.name, *among, *_says(entry, organization_id, criterion)
    )
    # an offset keeps PostgreSQL from reading the whole index first, where the first matches are enough
    is_there = entries.limit(1).offset(0).exists()
    return ~is_there if criterion.is_not or criterion.missing else is_there


@lru_cache(maxsize=1_000)
def matching(organization_id: UUID, resource_type: str, criterion: Criterion) -> Select[Any]:
    """The ids of the stored resources of which a criterion holds that the index answers by itself."""
    return select(_INDEX.c.stored_id).where(
        *_of(_INDEX.c, organization_id, resource_type, criterion.name), *_says(_INDEX.c, organization_id, criterion)
    )


@lru_cache(maxsize=1_000)
def along_index(
    organization_id: UUID,
    resource_type: str,
    lead: Criterion,
    others: tuple[Criterion, ...],
    *,
    most: int,
    is_next: bool,
) -> Select[Any]:
    """So many entries of the index that have the value of `lead`, in its order, each with what can be read there.

    Beside the id all is empty where nothing can, or what stands beside the body is not what was asked for. `is_next`:
    only those after the parameter `after`.
    """
    entry = _INDEX.alias().c
    query = select(entry.stored_id).where(
        *_of(entry, organization_id, resource_type, lead.name),
        *_says(entry, organization_id, lead),
        *(_has_entry(organization_id, resource_type, each, entry.stored_id) for each in others if not _is_beside(each)),
    )
    query = query.where(entry.stored_id > bindparam("after")) if is_next else query
    few = query.order_by(entry.stored_id).limit(most).subquery()
    known = and_(
        _STORED.c.id == few.c.stored_id,
        _STORED.c.resource_type == resource_type,
        may_read_record(organization_id),
        is_prepared(organization_id),
        *(_beside(each) for each in others if _is_beside(each)),
    )
    query = select(few.c.stored_id, *COLUMNS[1:]).join_from(few, _STORED, known, isouter=True)
    return query.order_by(few.c.stored_id)


def _is_beside(criterion: Criterion) -> bool:
    """Whether it is about what stands beside the body, not in the index."""
    return criterion.parameter.name in COMMON


def rows_of(session: Session, organization_id: UUID, query: Select[Any], **values: Any) -> list[Readable]:
    """The resources that a query with their columns finds for an organization. `values` of its parameters."""
    return [Readable._make((*row, organization_id)) for row in session.execute(query, values)]


def is_answered_by_index(criterion: Criterion) -> bool:
    """Whether the index finds what the criterion asks for, without reading what else it holds by this name."""
    if criterion.is_not or not criterion.wanted or _is_beside(criterion):
        return False
    return _is_by_value(criterion) or all(_begins_within(each) for each in criterion.wanted)


def _is_by_value(criterion: Criterion) -> bool:
    is_equality = criterion.parameter.kind not in (Kind.DATE, Kind.STRING) or criterion.is_exact
    return is_equality and bool(criterion.wanted) and all(each.value is not None for each in criterion.wanted)


def _begins_within(wanted: Wanted) -> bool:
    """Whether the index of dates, which is by their beginning, finds them."""
    return wanted.span is not None and wanted.prefix in ("eq", "sa")


def is_one_value(resource_type: str, criterion: Criterion) -> bool:
    """Whether the index has those that match in order and no resource twice: one value, of one audience."""
    wanted = criterion.wanted[0] if len(criterion.wanted) == 1 else None
    is_sure = wanted is not None and wanted.value is not None and wanted.system is not None
    is_of_one = resource_type not in OF_THE_DIRECTORY and not criterion.is_exact
    return is_sure and is_of_one and is_answered_by_index(criterion)


def _of(entry: Any, organization_id: UUID, resource_type: str, name: str) -> tuple[Condition, ...]:
    own = entry.organization_id == organization_id
    if resource_type in OF_THE_DIRECTORY:
        own = entry.organization_id.in_([organization_id, EVERYONE])
    return own, entry.resource_type == resource_type, entry.name == name


def _says(entry: Any, organization_id: UUID, criterion: Criterion) -> tuple[Condition, ...]:
    """What an entry of the index must hold; that there is one is enough to know whether it is missing."""
    if criterion.missing is not None:
        aims = criterion.parameter.targets
        return (entry.system.in_(aims),) if criterion.parameter.kept_as and aims else ()
    if criterion.targets:
        return (or_(*(_points_at(entry, organization_id, *target) for target in criterion.targets)),)
    return (or_(*(_is(entry, criterion, wanted) for wanted in criterion.wanted)),)


def _points_at(entry: Any, organization_id: UUID, resource_type: str, inner: Criterion) -> Condition:
    aims = readable(organization_id, resource_type).where(holds_apart(organization_id, resource_type, inner))
    return and_(entry.system == resource_type, entry.value.in_(aims.with_only_columns(_STORED.c.resource_id)))


def holds_apart(organization_id: UUID, resource_type: str, criterion: Criterion) -> Condition:
    """That a criterion holds, asked of the index first: for what only few are expected to be."""
    if is_answered_by_index(criterion):
        return _STORED.c.id.in_(matching(organization_id, resource_type, criterion))
    return holds(organization_id, resource_type, criterion)


def _is(entry: Any, criterion: Criterion, wanted: Wanted) -> Condition:
    if wanted.span:
        return _in_time(entry.from_at, entry.until_at, wanted.prefix, wanted.span)
    if criterion.parameter.kind is Kind.STRING:
        return _reads(entry, criterion, wanted)
    parts = [entry.value == wanted.value] if wanted.value is not None else []
    parts += [entry.system == wanted.system] if wanted.system is not None else []
    parts += _systems(entry, *wanted.systems) if wanted.systems else []
    return and_(*parts)


def _reads(entry: Any, criterion: Criterion, wanted: Wanted) -> Condition:
    if criterion.is_exact:
        return and_(entry.value == wanted.value, entry.system == wanted.system)
    return and_(entry.value != "", entry.value.startswith(wanted.value, autoescape=True))


def _systems(entry: Any, first: str | None, second: str | None) -> list[Condition]:
    """Systems hold no blank, so that one stands between those of a pair."""
    if first is not None and second is not None:
        return [entry.system == f"{first} {second}"]
    found = [entry.system.startswith(f"{first} ", autoescape=True)] if first is not None else []
    return found + ([entry.system.endswith(f" {second}", autoescape=True)] if second is not None else [])


def _in_time(from_at: Any, until_at: Any, prefix: str, span: Span) -> Condition:
    """How the time of a resource lies to the one asked for: FHIR R4, 3.1.1.4.5."""
    # that it begins before the end follows, though the index knows it only when told
    within = and_(from_at >= span.from_at, from_at <= span.until_at, until_at <= span.until_at)
    conditions: dict[str, Condition] = {
        "eq": within,
        "ne": or_(from_at < span.from_at, until_at > span.until_at),
        "gt": until_at > span.until_at,
        "lt": from_at < span.from_at,
        "ge": or_(until_at > span.until_at, within),
        "le": or_(from_at < span.from_at, within),
        "sa": from_at > span.until_at,
        "eb": until_at < span.from_at,
    }
    return conditions[prefix]


def _beside(criterion: Criterion) -> Condition:
    """By what stands beside the body: the id, and when it changed last."""
    if criterion.missing is not None:
        return false() if criterion.missing else ~false()
    if criterion.parameter.kind is Kind.DATE:
        moment = _STORED.c.updated_at
        return or_(*(_at(moment, each) for each in criterion.wanted))
    ids = [each.value for each in criterion.wanted if each.value is not None and not each.system]
    condition = _STORED.c.resource_id.in_(ids)
    return ~condition if criterion.is_not else condition


def _at(moment: Any, wanted: Wanted) -> Condition:
    assert wanted.span
    return _in_time(moment, moment, wanted.prefix, wanted.span)


def referred_to(query: Select[Stored], references: Sequence[tuple[str, str]]) -> Select[Stored]:
    """Those of a query at which references point, each a type and an id."""
    by_type: dict[str, set[str]] = {}
    for resource_type, resource_id in references:
        by_type.setdefault(resource_type, set()).add(resource_id)
    pointed = [
        and_(_STORED.c.resource_type == name, _STORED.c.resource_id.in_(sorted(ids))) for name, ids in by_type.items()
    ]
    return query.where(or_(false(), *pointed))


def pointing_at(organization_id: UUID, link: Link, target: str, ids: Sequence[str]) -> Select[Any]:
    """The ids of the stored resources that point at these by a parameter."""
    return select(_INDEX.c.stored_id).where(
        *_of(_INDEX.c, organization_id, link.source, link.parameter.key),
        _INDEX.c.system == target,
        _INDEX.c.value.in_(ids),
    )
