"""Days and instants that programs send: those with which our calendar can reckon, a few days before and after too."""

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields

FIRST_YEAR, LAST_YEAR = 1900, 2199


def _require_reckonable(when: date) -> None:
    if not FIRST_YEAR <= when.year <= LAST_YEAR:
        raise ValidationError(f"Give a year from {FIRST_YEAR} to {LAST_YEAR}")


class Day(fields.Date):
    """A day in a body or an address."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> date:
        day = super()._deserialize(value, attr, data, **more)
        _require_reckonable(day)
        return day


class Instant(fields.AwareDateTime):
    """An instant in a body or an address, with its offset."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        instant = super()._deserialize(value, attr, data, **more)
        _require_reckonable(instant)
        return instant
