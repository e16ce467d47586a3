"""A date in three boxes (month, day, year), as `date_field` posts it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import fields

from cie.errors import Invalid
from cie.web.forms import FormSchema

PARTS = ("month", "day", "year")


def with_days(base: type[FormSchema], *names: str) -> type[FormSchema]:
    """The form with the boxes of these dates added to it."""
    boxes = {f"{name}_{part}": fields.Str(load_default="") for name in names for part in PARTS}
    return type(f"{base.__name__}WithDays", (base,), boxes)


def day_in(form: Mapping[str, Any], name: str, label: str) -> date | None:
    """The date that was typed, None when all three boxes are empty. Raises Invalid naming the field."""
    typed = [str(form[f"{name}_{part}"] or "") for part in PARTS]
    if not any(typed):
        return None
    try:
        month, day, year = (int(part) for part in typed)
        return date(year, month, day)
    except ValueError as error:
        raise Invalid(
            "%(label)s: enter a month, a day and a year that exist, like 11 24 2026", name, label=label
        ) from error


def required_day_in(form: Mapping[str, Any], name: str, label: str) -> date:
    """The date that was typed. Raises Invalid naming the field, also when there is none."""
    found = day_in(form, name, label)
    if found is None:
        raise Invalid("%(label)s: enter month, day and year", name, label=label)
    return found


class DayToComeSchema(FormSchema):
    """A day to look again, in two boxes: month and day, this year or the next."""

    until_month = fields.Int(load_default=None, error_messages={"invalid": "Look again: enter the month as a number"})
    until_day = fields.Int(load_default=None, error_messages={"invalid": "Look again: enter the day as a number"})


def day_to_come(form: Mapping[str, Any], *, today: date) -> date:
    """The next day with the month and day that were typed. Raises Invalid naming the field."""
    month, day = form["until_month"], form["until_day"]
    if month is None or day is None:
        raise Invalid("Look again: enter month and day", "until")
    try:
        found = today.replace(month=month, day=day)
        return found if found > today else found.replace(year=today.year + 1)
    except ValueError as error:
        raise Invalid("Look again: this month does not have that day", "until") from error
