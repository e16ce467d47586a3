"""Until when somebody may look in a person's place: the day that was chosen, or a birthday of the person before it.

A minor decides alone about some kinds of care from 12 on and about everything from 18 on: who stands for them because
of their age ends there. The birthdays and their sources are data, `seed_data/proxies.toml`, since the law changes.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from cie import calendar
from cie.people.birth import BirthDate, Precision
from cie.people.details import birth_of
from cie.people.models import Person, PersonProxy, Relationship, Standing
from cie.resources import resource

BEYOND_A_PARENT = frozenset({Standing.EMANCIPATED, Standing.FOSTER_YOUTH})
"""An emancipated minor is an adult (Fam. 7050); for a foster youth a court says who decides (WIC 361)."""


@dataclass(frozen=True)
class EndsAt:
    """On this birthday of the person, somebody with this relationship stands for them no more."""

    relationship: Relationship
    at_years: int
    citation: str


@cache
def endings() -> tuple[EndsAt, ...]:
    """Every birthday that ends a proxy, with its citation."""
    found = tomllib.loads(resource("seed_data", "proxies.toml").read_text("utf-8"))
    return tuple(EndsAt(**{**entry, "relationship": Relationship(entry["relationship"])}) for entry in found["ends"])


def stands(proxy: PersonProxy, person: Person, at: datetime) -> bool:
    """Whether the proxy may still look in the person's place; what is on record of the person today decides."""
    return calendar.local_day(at) <= last_day(proxy, person)


def last_day(proxy: PersonProxy, person: Person) -> date:
    """The last day on which the proxy may look; a day long past when they may not any more."""
    relationship, birth = Relationship(proxy.relationship), birth_of(person)
    if relationship == Relationship.PARENT_OR_GUARDIAN and not may_have_a_parent(person, birth):
        return date.min
    chosen = calendar.local_day(proxy.expires_at) - timedelta(days=1)
    made_on = calendar.local_day(proxy.made_at)
    return min([chosen, *(day - timedelta(days=1) for day in _ending_birthdays(relationship, birth) if day > made_on)])


def may_have_a_parent(person: Person, birth: BirthDate) -> bool:
    """Whether the age is known to the day, and no standing takes the person out of a parent's hands."""
    return birth.precision is Precision.EXACT and not BEYOND_A_PARENT & set(person.standing or ())


def _ending_birthdays(relationship: Relationship, birth: BirthDate) -> Iterator[date]:
    if birth.precision is Precision.EXACT and birth.year and birth.month and birth.day:
        for ending in endings():
            if ending.relationship == relationship:
                yield _birthday(birth.year + ending.at_years, birth.month, birth.day)


def _birthday(year: int, month: int, day: int) -> date:
    """Someone born on February 29 is a year older on March 1 of a common year."""
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, 3, 1)
