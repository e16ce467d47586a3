"""In which order matches come, and where the next page begins: after the last one, whatever comes between.

Without an order asked for, it is by ids, which no change moves; for those that changed since a moment it is that of
their changes, so that one which changes meanwhile comes again rather than never.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from cie.fhir.searching.asked import Asked, SortKey
from cie.fhir.searching.parameters import COMMON, OF_THE_DIRECTORY, Kind
from cie.fhir.searching.periods import BEGINNING, END
from cie.fhir.searching.statement import is_one_value
from cie.fhir.store import Indexed, Stored


class Key(NamedTuple):
    """One value by which matches are ordered. `read`: the value from its text."""

    expression: Any
    is_descending: bool = False
    read: Callable[[str], Any] = str


def keys_of(asked: Asked) -> list[Key]:
    """The values that order the matches, the last of which no two have in common."""
    if is_in_order_of_index(asked):
        return [_OWN_ID]
    sort = asked.sort or _usual(asked)
    keys = [Key(_expression(key), key.is_descending, _reader(key)) for key in sort]
    named = [] if any(key.parameter.name == "_id" for key in sort) else [Key(col(Stored.resource_id))]
    # something of the directory may have an id that an organization uses itself
    return [*keys, *named, *([_OWN_ID] if asked.resource_type in OF_THE_DIRECTORY else [])]


def is_in_order_of_index(asked: Asked) -> bool:
    """Whether a criterion of one value leads, in whose order matches are found without sorting."""
    is_led = any(is_one_value(asked.resource_type, criterion) for criterion in asked.criteria)
    return is_led and not asked.sort and not _usual(asked)


_OWN_ID = Key(col(Stored.id), read=UUID)


def _reader(key: SortKey) -> Callable[[str], Any]:
    return datetime.fromisoformat if key.parameter.kind is Kind.DATE else str


def _usual(asked: Asked) -> tuple[SortKey, ...]:
    changed = COMMON["_lastUpdated"]
    is_since = any(each.parameter is changed and each.missing is None for each in asked.criteria)
    return (SortKey(changed),) if is_since else ()


def _expression(key: SortKey) -> Any:
    """The value of a resource; what has none comes first."""
    if key.parameter.name == "_id":
        return col(Stored.resource_id)
    if key.parameter.name == "_lastUpdated":
        return col(Stored.updated_at)
    entry: Any = aliased(Indexed)
    is_date = key.parameter.kind is Kind.DATE
    if is_date:
        value = func.max(entry.until_at) if key.is_descending else func.min(entry.from_at)
    else:
        value = func.max(entry.value) if key.is_descending else func.min(entry.value)
    of_it = select(value).where(entry.stored_id == col(Stored.id), entry.name == key.parameter.key)
    nothing = (END if key.is_descending else BEGINNING) if is_date else ""
    return func.coalesce(of_it.scalar_subquery(), nothing)


def ordered(query: Select[Any], keys: Sequence[Key]) -> Select[Any]:
    return query.order_by(*(key.expression.desc() if key.is_descending else key.expression for key in keys))


def beyond(keys: Sequence[Key], last: Sequence[str]) -> ColumnElement[bool]:
    """That a match comes after one with these values."""
    values = [key.read(text) for key, text in zip(keys, last, strict=True)]
    steps = []
    for index, (key, value) in enumerate(zip(keys, values, strict=True)):
        same = [each.expression == known for each, known in zip(keys[:index], values[:index], strict=True)]
        steps.append(and_(*same, key.expression < value if key.is_descending else key.expression > value))
    first, value = keys[0], values[0]
    # it follows from the steps, though an index is read from there only when told
    return and_(first.expression <= value if first.is_descending else first.expression >= value, or_(*steps))


def as_text(values: Sequence[Any]) -> list[str]:
    """The values of a match, as a cursor keeps them."""
    return [value.isoformat() if isinstance(value, datetime) else str(value) for value in values]
