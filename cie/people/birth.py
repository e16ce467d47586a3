"""Not everyone knows the day they were born: a birth date may be exact, approximate or unknown."""

import calendar
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

from cie.errors import Invalid

OLDEST_YEARS = 120
_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_TEXT = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(~)?)?)?", re.ASCII)


class Precision(StrEnum):
    """How far a birth date can be relied on."""

    EXACT = "exact"
    APPROXIMATE = "approximate"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class BirthDate:
    """When a person was born, as far as it is known: day, month or all of it may be missing.

    Exact means all three parts; anything less is approximate; without a year it is unknown.
    Raises ValueError for a date that cannot be.
    """

    year: int | None
    month: int | None
    day: int | None
    precision: Precision

    def __post_init__(self) -> None:
        if (self.year is None) != (self.precision is Precision.UNKNOWN):
            raise ValueError("a birth date is unknown exactly when its year is")
        if (self.day and not self.month) or (self.month and not self.year):
            raise ValueError("a day needs a month and a month needs a year")
        if self.precision is Precision.EXACT and not self.day:
            raise ValueError("an exact birth date has a day")
        if self.year is not None:
            date(self.year, 1 if self.month is None else self.month, 1 if self.day is None else self.day)

    @classmethod
    def unknown(cls) -> Self:
        """Nobody could say when."""
        return cls(None, None, None, Precision.UNKNOWN)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Reads what `to_text` wrote. Raises Invalid naming "birth_date"."""
        if not text:
            return cls.unknown()
        found = _TEXT.fullmatch(text)
        if not found:
            raise Invalid("Birth date: write it like 1993-02-28, 1993-02 or 1993", "birth_date")
        year, month, day = (int(part) if part else None for part in found.groups()[:3])
        exact = day is not None and not found[4]
        try:
            return cls(year, month, day, Precision.EXACT if exact else Precision.APPROXIMATE)
        except ValueError as error:
            raise Invalid("Birth date: there is no such day", "birth_date") from error

    def to_text(self) -> str:
        """1993, 1993-02 or 1993-02-28 as in FHIR date; 1993-02-28~ when the day is a guess; nothing if unknown."""
        formats = ((self.year, "{:04}"), (self.month, "-{:02}"), (self.day, "-{:02}"))
        text = "".join(form.format(part) for part, form in formats if part)
        return text + "~" if self.day and self.precision is Precision.APPROXIMATE else text

    @property
    def is_placeholder(self) -> bool:
        """January 1 is what many forms and papers say when only the year is known."""
        return (self.month, self.day) == (1, 1)


def parse_birth(month: str, day: str, year: str, *, today: date, approximate: bool = False) -> BirthDate:
    """The birth date that somebody typed in three boxes; `today` is the local date.

    Nothing typed is unknown; a year, or a month and a year, is approximate. `approximate` marks a full date as a
    guess. Raises Invalid naming "birth_month", "birth_day" or "birth_year", all faults at once.
    """
    month, day, year = month.strip(), day.strip(), year.strip()
    if not (month or day or year):
        return BirthDate.unknown()
    _check_boxes(month, day, year)
    parts = int(year), int(month) if month else None, int(day) if day else None
    _check_calendar(*parts)
    _check_age(*parts, today=today)
    exact = bool(day) and not approximate
    return BirthDate(*parts, Precision.EXACT if exact else Precision.APPROXIMATE)


def age_on(birth: BirthDate, day: date) -> int | None:
    """Full years lived on `day`; the fewest it can be when the date is not exact; None when it is unknown.

    Someone born on February 29 is a year older on March 1 of a common year.
    """
    if birth.year is None:
        return None
    month, born_day = birth.month or 12, birth.day or 31
    if birth.day and birth.precision is Precision.APPROXIMATE:
        month, born_day = 12, 31
    had_birthday = (day.month, day.day) >= (month, born_day) or _ends_month(birth, day, month)
    return max(0, day.year - birth.year - (not had_birthday))


def is_under(birth: BirthDate, years: int, day: date) -> bool | None:
    """Whether the person is, or may be, younger than `years` on `day`; None when nobody knows."""
    age = age_on(birth, day)
    return None if age is None else age < years


def _ends_month(birth: BirthDate, day: date, month: int) -> bool:
    # With only a month known, the last possible birthday is the month's own last day.
    last = calendar.monthrange(day.year, day.month)[1]
    return birth.day is None and day.month == month and day.day == last


def _check_boxes(month: str, day: str, year: str) -> None:
    faults = []
    if month and not (_is_number(month, 2) and 1 <= int(month) <= 12):
        faults.append(Invalid("Birth date: months go from 1 to 12", "birth_month"))
    if day and not (_is_number(day, 2) and 1 <= int(day) <= 31):
        faults.append(Invalid("Birth date: days go from 1 to 31", "birth_day"))
    if day and not month:
        faults.append(Invalid("Birth date: enter the month too, or leave the day empty", "birth_month"))
    if not year:
        faults.append(Invalid("Birth date: enter the year, or leave all three empty", "birth_year"))
    elif not (_is_number(year, 4) and len(year) == 4):
        faults.append(Invalid("Birth date: enter the year with 4 digits, like 1993", "birth_year"))
    if faults:
        raise Invalid.all(faults)


def _is_number(text: str, longest: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= longest


def _check_calendar(year: int, month: int | None, day: int | None) -> None:
    if year < 1 or month is None or day is None:
        return
    days = calendar.monthrange(year, month)[1]
    if day > days:
        raise Invalid(
            "Birth date: %(month)s %(year)s has only %(days)s days",
            "birth_day",
            month=_MONTH_NAMES[month - 1],
            year=year,
            days=days,
        )


def _check_age(year: int, month: int | None, day: int | None, *, today: date) -> None:
    given = (year, month, day)
    now = (today.year, today.month, today.day)
    for field, part, current in zip(("birth_year", "birth_month", "birth_day"), given, now, strict=True):
        if part is None or part < current:
            break
        if part > current:
            raise Invalid("Birth date: this day has not come yet", field)
    if (year, month or 12, day or 31) < (today.year - OLDEST_YEARS, today.month, today.day):
        raise Invalid("Birth date: this is more than %(years)s years ago", "birth_year", years=OLDEST_YEARS)
