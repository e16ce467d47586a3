"""The instants that a date of FHIR covers: a year, a month, a day, a minute, a second or a part of one.

What says no time zone is meant by the clocks of California.
"""

import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any, NamedTuple

from cie.calendar import CALIFORNIA

BEGINNING = datetime(1, 1, 3, tzinfo=UTC)
END = datetime(9999, 12, 29, tzinfo=UTC)
"""In place of an end that is open; far enough from the limits to be told in any time zone."""
_LEAST = timedelta(microseconds=1)
_FORM = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)


class Span(NamedTuple):
    """The first and the last instant of a time."""

    from_at: datetime
    until_at: datetime


def span_of(text: str) -> Span | None:
    """What a date, dateTime or instant covers; None when it is none."""
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    try:
        return _within(*_of_parts(form))
    except OverflowError:
        # the last days that can be written stand for never
        return Span(END, END) if form[1] == "9999" else Span(BEGINNING, BEGINNING)
    except ValueError:
        return None


def _of_parts(form: re.Match[str]) -> tuple[datetime, datetime]:
    year, month, day, hour, minute, second, fraction, zone = form.groups()
    if hour is None:
        return _of_days(int(year), month and int(month), day and int(day))
    if second and int(second) > 60:
        raise ValueError("no such second")
    minutes = datetime(int(year), int(month), int(day), int(hour), int(minute), tzinfo=_zone(zone))
    digits = (fraction or "")[:6]
    # a leap second is told as the second before
    more = timedelta(seconds=min(int(second or 0), 59), microseconds=int(digits.ljust(6, "0")))
    start = minutes.astimezone(UTC) + more
    length = timedelta(microseconds=10 ** (6 - len(digits))) if second else timedelta(minutes=1)
    return start, start + length - _LEAST


def _zone(text: str | None) -> tzinfo:
    """The time zone of an offset. Raises ValueError."""
    if text is None:
        return CALIFORNIA
    return datetime.strptime(text, "%z").tzinfo or UTC


def _of_days(year: int, month: Any, day: Any) -> tuple[datetime, datetime]:
    start = datetime(year, month or 1, day or 1, tzinfo=CALIFORNIA)
    if day:
        last = start
    elif month:
        last = (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    else:
        last = start.replace(month=12, day=31)
    after = datetime.combine(last.date() + timedelta(days=1), time(), CALIFORNIA)
    return start.astimezone(UTC), after.astimezone(UTC) - _LEAST


def _within(start: datetime, end: datetime) -> Span:
    return Span(min(max(start, BEGINNING), END), min(max(end, BEGINNING), END))


def span_of_value(value: Any) -> Span | None:
    """What a dateTime, a Period or a Timing covers, from its first to its last instant."""
    if isinstance(value, str):
        return span_of(value)
    if not isinstance(value, dict):
        return None
    if "start" in value or "end" in value:
        start, end = span_of(str(value.get("start"))), span_of(str(value.get("end")))
        return Span(start.from_at if start else BEGINNING, end.until_at if end else END)
    return _span_of_timing(value)


def _span_of_timing(value: dict[str, Any]) -> Span | None:
    repeat = value.get("repeat")
    times = [repeat.get("boundsPeriod")] if isinstance(repeat, dict) else []
    events = value.get("event")
    times += events if isinstance(events, list) else []
    spans = [span for time in times if time and (span := span_of_value(time))]
    if not spans:
        return None
    return Span(min(span.from_at for span in spans), max(span.until_at for span in spans))
