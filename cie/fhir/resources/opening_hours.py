"""When a service is open: weekly hours as FHIR has them; what FHIR has no form for, in words."""

from collections.abc import Iterator, Sequence
from datetime import time
from typing import Any

from cie.directory import Schedule
from cie.directory.hours import END_OF_DAY, WEEKDAYS

_DAYS = dict(zip(WEEKDAYS, ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), strict=True))
_NAMES = dict(
    zip(WEEKDAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True)
)
_WHICH = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last"}
LAST_SECOND = "23:59:59"


def available_times(schedules: Sequence[Schedule]) -> list[dict[str, Any]]:
    """The hours of every week; those that go over midnight are told for each of the two days."""
    return [part for schedule in schedules if _is_weekly(schedule) for part in _weekly(schedule)]


def _is_weekly(schedule: Schedule) -> bool:
    """Whether it holds on the same days of every week, without a first or last day."""
    return not (schedule.valid_from or schedule.valid_to) and set(_items(schedule)) <= set(_DAYS)


def _items(schedule: Schedule) -> list[str]:
    return [item.strip() for item in schedule.byday.split(",")]


def _weekly(schedule: Schedule) -> Iterator[dict[str, Any]]:
    days = [_DAYS[item] for item in _items(schedule)]
    opens, closes = schedule.opens_at, schedule.closes_at
    if opens == time(0) and closes >= END_OF_DAY:
        yield {"daysOfWeek": days, "allDay": True}
    elif closes > opens:
        end = LAST_SECOND if closes >= END_OF_DAY else _clock(closes)
        yield _hours(days, _clock(opens), end)
    else:
        yield _hours(days, _clock(opens), LAST_SECOND)
        if closes > time(0):
            yield _hours([_day_after(day) for day in days], _clock(time(0)), _clock(closes))


def _hours(days: list[str], start: str, end: str) -> dict[str, Any]:
    return {"daysOfWeek": days, "availableStartTime": start, "availableEndTime": end}


def _day_after(day: str) -> str:
    week = list(_DAYS.values())
    return week[(week.index(day) + 1) % len(week)]


def _clock(at: time) -> str:
    return at.isoformat(timespec="seconds")


def other_hours(schedules: Sequence[Schedule]) -> str:
    """Hours of some weeks or months only, in words; empty when there are none."""
    return "; ".join(_words(schedule) for schedule in schedules if not _is_weekly(schedule))


def _words(schedule: Schedule) -> str:
    days = ", ".join(_day_words(item) for item in _items(schedule))
    hours = f"{schedule.opens_at:%H:%M} to {schedule.closes_at:%H:%M}"
    first = f" from {schedule.valid_from}" if schedule.valid_from else ""
    last = f" until {schedule.valid_to}" if schedule.valid_to else ""
    return f"{days}: {hours}{first}{last}"


def _day_words(item: str) -> str:
    which = _WHICH.get(item[:-2])
    name = _NAMES.get(item[-2:], item)
    return f"{which} {name} of the month" if which else name
