"""Who may sign for which kinds of data: adults for themselves, minors as the law lets them, and those for others."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from cie.consent.law.question import Subject
from cie.consent.law.record import ConsentRecord
from cie.consent.models import Capacity, SignerKind
from cie.directory.models import Category
from cie.people.birth import is_under
from cie.resources import resource

ADULT_YEARS = 18
FOR_ADULTS = frozenset({Capacity.CONSERVATOR, Capacity.HEALTH_CARE_AGENT, Capacity.COURT_ORDER})
FOR_MINORS = frozenset({Capacity.COURT_ORDER, Capacity.FOSTER_CARE_WORKER})


@dataclass(frozen=True)
class MinorsRight:
    """A minor of this age may sign for these kinds of data. `alone`: then nobody else's signature counts for them."""

    categories: frozenset[Category]
    from_years: int
    citation: str
    when: str = ""
    alone: bool = True


@cache
def minors_rights() -> tuple[MinorsRight, ...]:
    """Every right of a minor to sign, with its citation: loadable data, since the law changes."""
    found = tomllib.loads(resource("seed_data", "consent", "minors.toml").read_text("utf-8"))
    return tuple(_right(entry) for entry in found["right"])


def _right(entry: Mapping[str, Any]) -> MinorsRight:
    return MinorsRight(**{**entry, "categories": frozenset(Category(c) for c in entry["categories"])})


def may_sign(record: ConsentRecord, person: Subject, kinds: frozenset[Category], today: date) -> bool:
    """Whether the signature under this record counts today for all these kinds of data.

    A minor's own is judged by the age when it was given, everybody else's by the age of today: a parent's yes ends
    where the right of the minor begins, and at 18. Whoever may sign for a kind of care may let it know their name.
    """
    match record.signer:
        case SignerKind.PERSON:
            return is_adult(person, record.given_on)
        case SignerKind.MINOR:
            return all(any(_rights(person, kind, record.given_on)) for kind in kinds - {Category.GENERAL} or kinds)
        case SignerKind.PARENT_OR_GUARDIAN:
            is_limited = person.is_foster_youth or bool(kinds & record.custody_limits)
            return not is_limited and _others_may(person, kinds, today)
        case SignerKind.LEGAL_REPRESENTATIVE:
            return _represents(record.capacity, person, kinds, today)


def is_adult(person: Subject, day: date) -> bool:
    """18 or older for sure, or emancipated (Fam. Code 7050)."""
    return person.is_emancipated or is_under(person.birth, ADULT_YEARS, day) is False


def only_the_minor_may(person: Subject, kinds: frozenset[Category], today: date) -> bool:
    """Whether a minor alone signs for any of these kinds, so that nobody else's yes, no or revocation counts."""
    is_minor = is_under(person.birth, ADULT_YEARS, today) is True and not person.is_emancipated
    return is_minor and any(right.alone for kind in kinds for right in _rights(person, kind, today))


def _others_may(person: Subject, kinds: frozenset[Category], today: date) -> bool:
    may_be_theirs = is_under(person.birth, ADULT_YEARS, today) is None and bool(kinds & _minors_own())
    return not is_adult(person, today) and not may_be_theirs and not only_the_minor_may(person, kinds, today)


def _minors_own() -> frozenset[Category]:
    """Kinds for which a minor of some age signs alone: where the age is unknown, nobody signs in their place."""
    return frozenset(kind for right in minors_rights() if right.alone for kind in right.categories)


def _represents(capacity: Capacity | None, person: Subject, kinds: frozenset[Category], today: date) -> bool:
    if is_adult(person, today):
        return capacity in FOR_ADULTS
    is_placed = person.is_foster_youth or capacity != Capacity.FOSTER_CARE_WORKER
    return capacity in FOR_MINORS and is_placed and _others_may(person, kinds, today)


def _rights(person: Subject, kind: Category, day: date) -> Iterator[MinorsRight]:
    standing = {"lives-apart": person.lives_apart, "foster": person.is_foster_youth, "": True}
    for right in minors_rights():
        is_old_enough = is_under(person.birth, right.from_years, day) is False
        if kind in right.categories and is_old_enough and standing[right.when]:
            yield right
