"""When a service is open, on California's clock."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session, select

from cie.access import SYSTEM
from cie.calendar import instant
from cie.directory import Opening, Query, load_directory, opening, search
from cie.directory.models import Schedule
from tests.directory.rows import directory_of, service_row
from tests.factories import NOON

TUESDAY = date(2026, 11, 24)


def schedule(byday: str, opens: str = "09:00", closes: str = "17:00", **values: object) -> Schedule:
    times = {"opens_at": time.fromisoformat(opens), "closes_at": time.fromisoformat(closes)}
    return Schedule(service_id=uuid4(), byday=byday, **{**times, **values})


def at(clock: str, day: date = TUESDAY) -> datetime:
    return instant(day, time.fromisoformat(clock))


def test_within_its_hours_it_is_open_until_they_end():
    assert opening([schedule("TU")], at=NOON) == Opening(open_until=at("17:00"))


def test_the_minute_it_closes_it_is_closed():
    found = opening([schedule("TU")], at=at("17:00"))

    assert found == Opening(opens_at=at("09:00", date(2026, 12, 1)))


def test_before_its_hours_it_opens_today():
    assert opening([schedule("TU")], at=at("07:00")) == Opening(opens_at=at("09:00"))


def test_on_friday_night_it_opens_on_monday():
    friday = date(2026, 11, 27)

    found = opening([schedule("MO,TU,WE,TH,FR")], at=at("20:00", friday))

    assert found.opens_at == at("09:00", date(2026, 11, 30))


def test_closing_before_opening_means_the_next_day():
    night = schedule("MO", "20:00", "02:00")

    assert opening([night], at=at("01:00")) == Opening(open_until=at("02:00"))
    assert opening([night], at=at("02:00")).open_until is None


def test_a_whole_day_runs_into_the_next():
    always = schedule("MO,TU,WE,TH,FR,SA,SU", "00:00", "23:59")

    found = opening([always], at=at("23:59"))

    assert found.open_until is not None
    assert found.open_until > NOON + timedelta(days=1)


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("1SA", date(2026, 12, 5)),
        ("2SA", date(2026, 12, 12)),
        ("-1FR", date(2026, 11, 27)),
        ("4TU", date(2026, 12, 22)),
        ("5MO", date(2026, 11, 30)),
    ],
)
def test_a_day_of_the_month_is_counted_from_its_start_or_its_end(rule, day):
    found = opening([schedule(rule, freq="MONTHLY")], at=at("18:00"))

    assert found.opens_at == at("09:00", day)


def test_a_rule_holds_only_between_its_dates():
    winter = schedule("TU", valid_from=date(2026, 12, 1), valid_to=date(2026, 12, 5))

    assert opening([winter], at=NOON).opens_at == at("09:00", date(2026, 12, 1))
    assert opening([winter], at=at("12:00", date(2026, 12, 8))) == Opening()


def test_without_hours_nothing_is_known():
    assert opening([], at=NOON) == Opening()


def test_hours_follow_the_clock_of_california_through_daylight_saving():
    summer = datetime(2026, 7, 14, 16, 30, tzinfo=UTC)

    assert opening([schedule("TU")], at=summer).is_open


RULES = [
    {"byday": "TU", "opens_at": "09:00", "closes_at": "17:00"},
    {"byday": "MO", "opens_at": "20:00", "closes_at": "02:00"},
    {"byday": "MO,TU,WE,TH,FR,SA,SU", "opens_at": "00:00", "closes_at": "23:59"},
    {"byday": "4TU,-1SU", "opens_at": "10:00", "closes_at": "12:00", "freq": "MONTHLY"},
    {"byday": "-1TU", "opens_at": "10:00", "closes_at": "12:00", "freq": "MONTHLY"},
    {"byday": "TU", "opens_at": "09:00", "closes_at": "17:00", "valid_from": "2026-12-01"},
    {"byday": "TU", "opens_at": "09:00", "closes_at": "17:00", "valid_to": "2026-11-30"},
    {"byday": "SA,SU", "opens_at": "22:00", "closes_at": "22:00"},
]


@pytest.mark.parametrize("clock", ["00:30", "01:59", "02:00", "09:00", "11:00", "16:59", "17:00", "21:00", "23:59"])
@pytest.mark.parametrize("day", [TUESDAY, date(2026, 11, 29), date(2026, 12, 1)])
def test_the_filter_open_now_agrees_with_the_hours(session: Session, clock, day):
    services = [service_row(schedules=[rule]) for rule in RULES]
    load_directory(session, SYSTEM, directory_of(*services), {}, at=NOON)
    moment = at(clock, day)

    found = search(session, Query(open_now=True, limit=50), at=moment)

    schedules = session.exec(select(Schedule)).all()
    open_ids = {each.service_id for each in schedules if opening([each], at=moment).is_open}
    shown = {hit.service.id for hit in found.items} if "open_now" not in found.relaxed else set()
    assert shown == open_ids
