"""Whether two records are about one person: the one matching function, for duplicates and for search.

Evidence is added up: names, birth date, phone, ZIP, numbers. Missing facts add nothing. Contradictions subtract, and
they also set a ceiling, because a household shares surname, address and phone, and twins a birth date too. Weights are
set by hand and checked by tests/people/match_pairs.json; learned weights drift towards "same household".
"""

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from rapidfuzz.distance import OSA

from cie.people.birth import BirthDate, Precision
from cie.people.formats import identifier_namespaces
from cie.people.likeness import Conflict, NameEvidence, Word, compare_names, prepare, word_likeness
from cie.people.names import generation

K = TypeVar("K")

# Points of evidence. About 3.5 is one agreeing name or a shared phone, 7 a full name.
SAME_BIRTH, SWAPPED_BIRTH, NEAR_BIRTH, PLACEHOLDER_BIRTH = 6.5, 4.5, 2.5, 2.5
SAME_YEAR, SAME_MONTH_TOO, DIFFERENT_BIRTH, FAR_BIRTH = 2.0, 1.5, -3.0, -6.0
SAME_PHONE, DIFFERENT_PHONE, SAME_ZIP, DIFFERENT_ZIP = 3.5, -0.3, 1.0, -0.3
SAME_NUMBER, FAMILY_NUMBER, DIFFERENT_NUMBER = 8.0, 3.5, -3.0
CLOSE_YEARS, GUESSED_YEARS = 2, 5
FULL_NAME = 2  # words that agree


class Grade(StrEnum):
    """How sure we are (FHIR match-grade, with "none" for certainly-not)."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"
    NONE = "none"


# The least evidence for each grade.
_LEAST = {Grade.CERTAIN: 13.0, Grade.PROBABLE: 8.5, Grade.POSSIBLE: 4.0}
_JUST_BELOW = 0.01


@dataclass(frozen=True)
class Identity:
    """What is known of a person. Names are full, legal and chosen alike; phones E.164; numbers by namespace."""

    names: tuple[str, ...]
    birth: BirthDate | None = None
    phones: tuple[str, ...] = ()
    zip: str | None = None
    identifiers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Match:
    """How sure we are that two records are one person (score from 0 to 1), and why, in plain words."""

    grade: Grade
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Evidence:
    weight: float = 0.0
    reason: str | None = None
    # Says it is the same person, or says it is not; many facts say neither.
    supports: bool = False
    is_strong: bool = False
    contradicts: bool = False


@dataclass(frozen=True)
class _Prepared:
    identity: Identity
    names: tuple[tuple[Word, ...], ...]
    generations: frozenset[str]


def score(a: Identity, b: Identity) -> Match:
    """How likely it is that two records are one person; the same whichever is given first."""
    return _score(_prepare(a), _prepare(b))


def rank(query: Identity, candidates: Iterable[tuple[K, Identity]], limit: int = 10) -> list[tuple[K, Match]]:
    """The candidates that may be the person asked for, best first; those of grade none are left out."""
    asked = _prepare(query)
    scored = ((key, _score(asked, _prepare(candidate))) for key, candidate in candidates)
    likely = (pair for pair in scored if pair[1].grade is not Grade.NONE)
    return heapq.nlargest(limit, likely, key=lambda pair: pair[1].score)


def fits_part_of_name(part: str, names: Iterable[str]) -> float:
    """How well a typed part of a name fits a person's names, 0 (some word not found) to 1."""
    typed = prepare(part)
    return max((_fit(typed, prepare(name)) for name in names), default=0.0) if typed else 0.0


def _fit(typed: tuple[Word, ...], name: tuple[Word, ...]) -> float:
    return min(max((_word_fit(part, word) for word in name), default=0.0) for part in typed)


def _word_fit(part: Word, word: Word) -> float:
    if word.written.startswith(part.written):
        return 0.9 + 0.1 * len(part.written) / len(word.written)
    return word_likeness(part, word) / 4


def _prepare(identity: Identity) -> _Prepared:
    names = tuple(words for name in identity.names if (words := prepare(name)))
    said = frozenset(found for name in identity.names if (found := generation(name)))
    return _Prepared(identity, names, said)


def _score(a: _Prepared, b: _Prepared) -> Match:
    names = _compare_all_names(a, b)
    birth = _compare_birth(a.identity.birth, b.identity.birth)
    others = _compare_contacts_and_numbers(a.identity, b.identity)
    other_generation = bool(a.generations and b.generations and a.generations.isdisjoint(b.generations))

    weight = names.weight + birth.weight + sum(fact.weight for fact in others)
    ceiling = Grade.POSSIBLE if other_generation else _ceiling(names, birth, others)
    reasons = (*names.reasons, *(fact.reason for fact in (birth, *others) if fact.reason))
    return _graded(weight, ceiling, reasons)


def _graded(weight: float, ceiling: Grade, reasons: tuple[str, ...]) -> Match:
    grades = list(_LEAST)
    for grade in grades[: grades.index(ceiling)]:
        weight = min(weight, _LEAST[grade] - _JUST_BELOW)
    grade = next((grade for grade, least in _LEAST.items() if weight >= least), Grade.NONE)
    return Match(grade, 1 / (1 + math.exp((6.0 - weight) / 2)), reasons)


def _ceiling(names: NameEvidence, birth: _Evidence, others: tuple[_Evidence, ...]) -> Grade:
    """The best grade the facts allow, however much evidence there is. A ZIP alone supports nothing."""
    facts = (birth, *others)
    supports = [fact for fact in facts if fact.supports]
    own_number = any(fact.is_strong for fact in others)
    if not supports or any(fact.contradicts for fact in others):
        return Grade.POSSIBLE
    if names.conflict:
        return _ceiling_in_conflict(names.conflict, birth, len(supports), own_number)
    if names.agreeing < FULL_NAME:
        return Grade.POSSIBLE
    if birth.contradicts:
        return Grade.PROBABLE if own_number else Grade.POSSIBLE
    is_firm = names.whole >= FULL_NAME and not names.is_loose and (birth.is_strong or own_number)
    is_backed = sum(fact.weight > 0 for fact in facts) > 1
    return Grade.CERTAIN if is_firm and is_backed else Grade.PROBABLE


def _ceiling_in_conflict(conflict: Conflict, birth: _Evidence, supports: int, own_number: bool) -> Grade:
    # A changed surname: the birth date and a phone or number must say so.
    if conflict is Conflict.LAST and birth.is_strong and supports > 1:
        return Grade.PROBABLE
    if conflict is Conflict.EXTRA and (birth.is_strong or own_number):
        return Grade.PROBABLE
    return Grade.POSSIBLE


def _compare_all_names(a: _Prepared, b: _Prepared) -> NameEvidence:
    compared = [compare_names(left, right) for left in a.names for right in b.names]
    return max(compared, key=lambda evidence: (evidence.weight, evidence.reasons), default=NameEvidence(0.0))


def _compare_birth(a: BirthDate | None, b: BirthDate | None) -> _Evidence:
    if a is None or b is None or a.year is None or b.year is None:
        return _Evidence()
    if a.precision is Precision.EXACT and b.precision is Precision.EXACT:
        return _compare_full_dates(a, b)
    apart = abs(a.year - b.year)
    if apart == 0:
        same_month = a.month is not None and a.month == b.month
        return _Evidence(SAME_YEAR + SAME_MONTH_TOO * same_month, "same birth year", supports=True)
    if apart <= CLOSE_YEARS:
        return _Evidence(0.5, "birth year close")
    if apart <= GUESSED_YEARS:
        return _Evidence(-1.5, "birth year differs")
    return _Evidence(DIFFERENT_BIRTH - 2, "different birth year", contradicts=True)


def _compare_full_dates(a: BirthDate, b: BirthDate) -> _Evidence:
    left, right = a.to_text(), b.to_text()
    if a.is_placeholder or b.is_placeholder:
        return _compare_placeholders(a, b)
    if left == right:
        return _Evidence(SAME_BIRTH, "same birth date", supports=True, is_strong=True)
    if a.year == b.year and (a.month, a.day) == (b.day, b.month):
        return _Evidence(SWAPPED_BIRTH, "day and month swapped", supports=True)
    if OSA.distance(left, right) == 1:
        return _Evidence(NEAR_BIRTH, "birth date almost the same", supports=True)
    alike = (a.year == b.year) + (a.month == b.month) + (a.day == b.day)
    if alike == 2 and a.year == b.year:
        return _Evidence(0.0, "birth date partly the same")
    far = DIFFERENT_BIRTH if alike else FAR_BIRTH
    return _Evidence(far, "different birth date", contradicts=True)


def _compare_placeholders(a: BirthDate, b: BirthDate) -> _Evidence:
    if a.year == b.year:
        return _Evidence(PLACEHOLDER_BIRTH, "same birth year", supports=True)
    if abs((a.year or 0) - (b.year or 0)) <= CLOSE_YEARS:
        return _Evidence(-0.5, "birth year close")
    return _Evidence(DIFFERENT_BIRTH - 2, "different birth year", contradicts=True)


def _compare_contacts_and_numbers(a: Identity, b: Identity) -> tuple[_Evidence, ...]:
    return (_compare_phones(a, b), _compare_zip(a, b), *_compare_numbers(a, b))


def _compare_phones(a: Identity, b: Identity) -> _Evidence:
    if not a.phones or not b.phones:
        return _Evidence()
    if set(a.phones).isdisjoint(b.phones):
        return _Evidence(DIFFERENT_PHONE)
    return _Evidence(SAME_PHONE, "same phone", supports=True)


def _compare_zip(a: Identity, b: Identity) -> _Evidence:
    if not a.zip or not b.zip:
        return _Evidence()
    return _Evidence(SAME_ZIP, "same ZIP") if a.zip == b.zip else _Evidence(DIFFERENT_ZIP)


def _compare_numbers(a: Identity, b: Identity) -> tuple[_Evidence, ...]:
    shared = sorted(a.identifiers.keys() & b.identifiers.keys())
    return tuple(
        _compare_number(namespace, a.identifiers[namespace] == b.identifiers[namespace]) for namespace in shared
    )


def _compare_number(namespace: str, is_same: bool) -> _Evidence:
    rules = identifier_namespaces().get(namespace, {})
    label = rules.get("label", namespace)
    if rules.get("shared_by_family", True):
        return _Evidence(FAMILY_NUMBER, f"same {label}", supports=True) if is_same else _Evidence(-0.3)
    if is_same:
        return _Evidence(SAME_NUMBER, f"same {label}", supports=True, is_strong=True)
    # One person may have several record numbers in one clinic, but only one Medi-Cal number.
    is_only_one = rules.get("one_a_person", False)
    return _Evidence(DIFFERENT_NUMBER if is_only_one else -0.5, f"different {label}", contradicts=is_only_one)
