"""When a service is open: from its schedules, on California's clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, exists, literal, or_
from sqlmodel import col

from cie import calendar
from cie.directory.models import Schedule

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# Most services open within a week; what is left may open once a month.
LOOK_AHEAD_DAYS = (8, 35)
# HSDS writes the end of a day as 23:59.
END_OF_DAY = time(23, 59)


@dataclass(frozen=True)
class Opening:
    """Open until an instant, or opening at one; both None when nothing is known of the next weeks."""

    open_until: datetime | None = None
    opens_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.open_until is not None


def opening(schedules: Sequence[Schedule], *, at: datetime) -> Opening:
    """Whether a service is open at an instant, and until when, or when it opens next."""
    soon = _opening(schedules, LOOK_AHEAD_DAYS[0], at)
    return soon if soon != Opening() else _opening(schedules, LOOK_AHEAD_DAYS[1], at)


def _opening(schedules: Sequence[Schedule], days: int, at: datetime) -> Opening:
    today = calendar.local_day(at)
    spans = sorted(span for schedule in schedules for span in _spans(schedule, today, days))
    until: datetime | None = None
    for start, end in spans:
        if start <= (until or at) < end:
            until = end
        elif until is None and start > at:
            return Opening(opens_at=start)
    return Opening(open_until=until)


def _spans(schedule: Schedule, today: date, days: int) -> Iterator[tuple[datetime, datetime]]:
    for ahead in range(-1, days):
        day = today + timedelta(days=ahead)
        if not _runs_on(schedule, day):
            continue
        next_day = schedule.closes_at <= schedule.opens_at
        last, closes = (day + timedelta(days=1), schedule.closes_at) if next_day else (day, schedule.closes_at)
        if closes >= END_OF_DAY:
            last, closes = last + timedelta(days=1), time(0)
        yield calendar.instant(day, schedule.opens_at), calendar.instant(last, closes)


def _runs_on(schedule: Schedule, day: date) -> bool:
    if (schedule.valid_from and day < schedule.valid_from) or (schedule.valid_to and day > schedule.valid_to):
        return False
    return not set(days_named(day)).isdisjoint(item.strip() for item in schedule.byday.split(","))


def days_named(day: date) -> tuple[str, str, str]:
    """The names a rule may give a day: "TU", and as the fourth or the last one of its month "4TU", "-1TU"."""
    weekday = WEEKDAYS[day.weekday()]
    next_month = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    from_start, from_end = (day.day - 1) // 7 + 1, (next_month - timedelta(days=1) - day).days // 7 + 1
    return weekday, f"{from_start}{weekday}", f"-{from_end}{weekday}"


def is_open(service_id: Any, at: datetime) -> Any:
    """Whether a service is open at an instant, as a condition of a statement."""
    clock = calendar.local(at).time().replace(tzinfo=None)
    today = calendar.local_day(at)
    opens, closes = col(Schedule.opens_at), col(Schedule.closes_at)
    until_later = or_(closes > clock, closes >= END_OF_DAY, closes <= opens)
    since_today = and_(opens <= clock, until_later, _runs(today))
    since_yesterday = and_(closes <= opens, closes > clock, _runs(today - timedelta(days=1)))
    return exists().where(col(Schedule.service_id) == service_id, or_(since_today, since_yesterday))


def _runs(day: date) -> Any:
    listed = literal(",") + col(Schedule.byday) + ","
    named = or_(*(listed.contains(f",{name},") for name in days_named(day)))
    first, last = col(Schedule.valid_from), col(Schedule.valid_to)
    return and_(named, or_(first.is_(None), first <= day), or_(last.is_(None), last >= day))
