"""One statement that finds and ranks services, the same on both databases.

What a service must be (open to all, covering the ZIP, meeting the need) filters; what it should be ranks. The rank is
1 for the best words, or 1 for everybody when no words were typed, less:

    no area said 0.10           a waiting list 0.10        not assured for half a year 0.01
    distance, up to 0.30 (half of it at 8 miles; not known counts as that half)
    room not known 0.46         full 0.52

so a service that is full or silent stands below every equal one that may have room, however far.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, radians
from typing import Any
from uuid import UUID

from sqlalchemy import Float, Select, and_, case, func, literal, or_, select, union_all
from sqlmodel import col

from cie import calendar
from cie.directory.capacity import DECAYS_AFTER
from cie.directory.hours import is_open
from cie.directory.models import (
    CapacityStatus,
    Language,
    Location,
    Organization,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceNeed,
    ServiceStatus,
    ServiceWord,
)
from cie.directory.understanding import Meaning
from cie.geography import counties_of_zip, point_of_zip, zips_of_county

NO_AREA, WAITLIST, NOT_ASSURED, FAR, ROOM_UNKNOWN, FULL = 0.10, 0.10, 0.01, 0.30, 0.46, 0.52
HALF_FAR_MILES = 8
NOT_SAID = "unknown"
MILES_PER_DEGREE = 69.1
ASSURED_FOR = timedelta(days=183)
TAKING = (CapacityStatus.CAPACITY, CapacityStatus.ADDITIONAL_ASSESSMENT)


@dataclass(frozen=True)
class Query:
    """What is looked for; every filter is optional. `zip` gives area and distance, `county` (FIPS) the area alone."""

    need: str = ""
    words: str = ""
    zip: str = ""
    county: str = ""
    language: str = ""
    open_now: bool = False
    has_room: bool = False
    same_day: bool = False
    accepts_referrals: bool = False
    page: int = 1
    limit: int = 10


def ranked(query: Query, meaning: Meaning, *, at: datetime) -> "Select[Any]":
    """Ids of one page of services, best first, each with how many there are in all."""
    statement: Any = select(col(Service.id), func.count().over().label("total")).select_from(Service)
    match: Any = literal(1.0)
    if not meaning.is_empty:
        points = _points(query, meaning).subquery()
        statement = statement.join(points, points.c.service_id == col(Service.id))
        match = points.c.points / func.max(points.c.points).over()
    else:
        statement = statement.where(*_in_area(query, col(Service.id)))
    rank = match - _lack_of_room(at) - _lack_of_facts(at) - _distance(query)
    if query.zip or query.county:
        rank = rank - case((col(Service.id).in_(_saying_no_area()), NO_AREA), else_=0.0)
    first = (max(query.page, 1) - 1) * query.limit
    found: Select[Any] = statement.where(*_filters(query, at)).order_by(rank.desc(), col(Service.id))
    return found.offset(first).limit(query.limit)


def _points(query: Query, meaning: Meaning) -> "Select[Any]":
    """The points of each service of the area for its words and its needs."""
    word = col(ServiceWord.word)
    worth = case(dict(meaning.words), value=word, else_=0.0) if meaning.words else literal(0.0)
    said = select(col(ServiceWord.service_id), (col(ServiceWord.weight) * worth).label("points")).where(
        word.in_(list(meaning.words)), *_in_area(query, col(ServiceWord.service_id))
    )
    met = select(col(ServiceNeed.service_id), literal(meaning.need_points, Float).label("points")).where(
        col(ServiceNeed.need_code).in_(sorted(meaning.needs)), *_in_area(query, col(ServiceNeed.service_id))
    )
    both = union_all(said, met).subquery()
    return select(both.c.service_id, func.sum(both.c.points).label("points")).group_by(both.c.service_id)


def _in_area(query: Query, service_id: Any) -> list[Any]:
    return [service_id.in_(_covering(query))] if query.zip or query.county else []


def _filters(query: Query, at: datetime) -> list[Any]:
    conditions: list[Any] = [col(Service.status) == ServiceStatus.ACTIVE]
    if query.need:
        meeting = select(col(ServiceNeed.service_id)).where(col(ServiceNeed.need_code) == query.need)
        conditions.append(col(Service.id).in_(meeting))
    if query.language:
        speaking = select(col(Language.service_id)).where(col(Language.code) == query.language)
        conditions.append(col(Service.id).in_(speaking))
    if query.open_now:
        conditions.append(is_open(col(Service.id), at))
    return conditions + _yes_or_no(query, at)


def _yes_or_no(query: Query, at: datetime) -> list[Any]:
    conditions: list[Any] = []
    if query.has_room:
        conditions += [col(Service.capacity_status).in_(TAKING), col(Service.capacity_updated_at) >= at - DECAYS_AFTER]
    if query.same_day:
        conditions.append(col(Service.same_day))
    if query.accepts_referrals:
        joined = select(col(Organization.id)).where(col(Organization.participant_id).is_not(None))
        conditions += [col(Service.accepts_referrals), col(Service.organization_id).in_(joined)]
    return conditions


def _covering(query: Query) -> "Select[Any]":
    """The services whose area has the ZIP, or a county that it lies in; with a county given, that one alone.

    Unknown is not no: a service that says no area may cover the place.
    """
    zips = {query.zip} if query.zip else zips_of_county(query.county)
    counties = {query.county} if query.county else {county.fips for county in counties_of_zip(query.zip)}
    kind, extent = col(ServiceArea.extent_type), col(ServiceArea.extent)
    by_zip, by_county = and_(kind == "zip", extent.in_(zips)), and_(kind == "county", extent.in_(counties))
    return select(col(ServiceArea.service_id)).where(or_(by_zip, by_county, kind == NOT_SAID))


def _saying_no_area() -> "Select[Any]":
    return select(col(ServiceArea.service_id)).where(col(ServiceArea.extent_type) == NOT_SAID)


def _lack_of_room(at: datetime) -> Any:
    status, word_at = col(Service.capacity_status), col(Service.capacity_updated_at)
    return case(
        (or_(word_at.is_(None), word_at < at - DECAYS_AFTER, status == CapacityStatus.UNKNOWN), ROOM_UNKNOWN),
        (status == CapacityStatus.NO_CAPACITY, FULL),
        (status == CapacityStatus.WAITLIST, WAITLIST),
        else_=0.0,
    )


def _lack_of_facts(at: datetime) -> Any:
    assured = col(Service.assured_date)
    return case((assured >= calendar.local_day(at) - ASSURED_FOR, 0.0), else_=NOT_ASSURED)


def _distance(query: Query) -> Any:
    """How much the nearest open place is held back; a confidential place is measured by nobody."""
    here = point_of_zip(query.zip) if query.zip else None
    if here is None:
        return literal(0.0)
    north = (col(Location.latitude) - here[0]) * MILES_PER_DEGREE
    east = (col(Location.longitude) - here[1]) * (MILES_PER_DEGREE * cos(radians(here[0])))
    square = north * north + east * east
    nearest = (
        select(func.min(FAR * square / (square + HALF_FAR_MILES**2)))
        .select_from(ServiceAtLocation)
        .join(Location, col(Location.id) == col(ServiceAtLocation.location_id))
        .where(col(ServiceAtLocation.service_id) == col(Service.id), col(Location.confidential).is_(False))
        .scalar_subquery()
    )
    return func.coalesce(nearest, FAR / 2)


def ids_of(rows: Any) -> tuple[list[UUID], int]:
    """The ids of the page, and how many there are in all."""
    found = list(rows)
    return [row[0] for row in found], found[0][1] if found else 0
