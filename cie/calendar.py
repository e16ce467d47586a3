"""Clocks of the exchange: business days and hours of California, in America/Los_Angeles.

A business day is a weekday that is no public holiday of California; business hours are 8 am to 5 pm.
Instants are aware UTC; days are local dates.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import holidays

CALIFORNIA = ZoneInfo("America/Los_Angeles")
OPENS, CLOSES = time(8), time(17)


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("US", subdiv="CA", years=year))


def local(at: datetime) -> datetime:
    """The wall clock in California at an instant."""
    return at.astimezone(CALIFORNIA)


def local_day(at: datetime) -> date:
    """The date in California at an instant."""
    return local(at).date()


def instant(day: date, clock: time) -> datetime:
    """The instant at which California's wall clock shows `clock` on `day`."""
    return datetime.combine(day, clock, CALIFORNIA).astimezone(UTC)


def is_business_day(day: date) -> bool:
    """A weekday that is no public holiday of California."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def next_business_day(day: date, count: int = 1) -> date:
    """The `count`-th business day after `day`; with 0, `day` itself or the next business day."""
    while count > 0 or not is_business_day(day):
        day += timedelta(days=1)
        if is_business_day(day):
            count -= 1
    return day


def business_day_before(day: date, count: int) -> date:
    """The `count`-th business day before `day`; with 0, `day` itself."""
    while count > 0:
        day -= timedelta(days=1)
        count -= is_business_day(day)
    return day


def due_after_business_days(at: datetime, days: int) -> datetime:
    """The close of business of the `days`-th business day after `at`."""
    return instant(next_business_day(local_day(at), days), CLOSES)


def business_days_late(due: datetime, now: datetime) -> int:
    """How many business days have begun since `due` passed; 0 when it has not."""
    if now <= due:
        return 0
    return max(_business_days(local_day(due), local_day(now)), 1)


@lru_cache(maxsize=4096)
def _business_days(after: date, through: date) -> int:
    days = (after + timedelta(days=count) for count in range(1, (through - after).days + 1))
    return sum(map(is_business_day, days))


def business_hours_between(start: datetime, end: datetime) -> float:
    """The hours of business between two instants; 0 when `end` is not after `start`."""
    total, day = timedelta(), local_day(start)
    while day <= local_day(end):
        if is_business_day(day):
            begin, finish = max(start, instant(day, OPENS)), min(end, instant(day, CLOSES))
            total += max(finish - begin, timedelta())
        day += timedelta(days=1)
    return total.total_seconds() / 3600


def next_text_time(at: datetime, first_hour: int, last_hour: int) -> datetime:
    """`at` if a text may go then, else the next local `first_hour`."""
    here = local(at)
    if first_hour <= here.hour < last_hour:
        return at
    day = here.date() if here.hour < first_hour else here.date() + timedelta(days=1)
    return instant(day, time(first_hour))
