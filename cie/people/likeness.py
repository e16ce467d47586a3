"""How alike two names are, word by word, whatever their order.

A word agrees when it is the same, a short form, the English or Spanish form, or a slip of the pen. Two names that
are both established (Marta and María, Fernando and Fernanda) are never a slip: sisters and twins bear them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.distance import OSA, JaroWinkler

from cie.people.names import in_spanish, is_established, known_words, meanings, without_particle

# What one agreeing word adds to the evidence, on the scale of cie.people.matching.
SAME, SHORT_FORM, MISSPELLED, TRANSLATED, INITIAL = 3.5, 3.2, 2.8, 2.0, 1.0
MOST_FROM_A_NAME = 9.5
WORDS_IN_OTHER_ORDER = -0.3
WORDS_MISSING = -0.5

# Slips allowed by length of the shorter word, and the least Jaro-Winkler likeness of a slip.
_SHORTEST_WITH_A_SLIP, _SHORTEST_WITH_TWO = 4, 8
_LEAST_LIKENESS = 0.82
_SMALLEST_AGREEMENT = 2  # words


class Conflict(Enum):
    """Where two names contradict each other, and what that adds to the evidence."""

    NOTHING_ALIKE = ("different name", -9.0)
    FIRST = ("different first name", -6.0)
    MIDDLE = ("different middle name", 0.5)
    LAST = ("different last name", 0.5)
    EXTRA = ("other names differ", 4.0)


class Word(NamedTuple):
    """One word of a name with what it may stand for."""

    written: str
    meant: frozenset[str]


@dataclass(frozen=True)
class NameEvidence:
    """What two names say about being one person's.

    `agreeing` counts the words that agree, `whole` those of them that are more than an initial; `is_loose` when one
    agrees only as a slip of the pen or in another language, or a first name is missing: so may the names of twins.
    """

    weight: float
    agreeing: int = 0
    whole: int = 0
    is_loose: bool = False
    conflict: Conflict | None = None
    reasons: tuple[str, ...] = ()


class _Pair(NamedTuple):
    left: int
    right: int
    weight: float


def prepare(name: str) -> tuple[Word, ...]:
    """A name ready to be compared many times; empty when nothing in it is known."""
    return tuple(Word(without_particle(word), frozenset(meanings(word))) for word in known_words(name))


def compare_names(a: Sequence[Word], b: Sequence[Word]) -> NameEvidence:
    """What two prepared names say; the same whichever is given first."""
    a, b = _written_together(a, b), _written_together(b, a)
    pairs = _pair_up(a, b)
    left, right = {pair.left for pair in pairs}, {pair.right for pair in pairs}
    missing_left = [index for index in range(len(a)) if index not in left]
    missing_right = [index for index in range(len(b)) if index not in right]
    if missing_left and missing_right:
        conflict = _conflict_of(missing_left, missing_right, len(a), len(b), pairs)
        return _evidence(pairs, conflict.value[1], [conflict.value[0]], conflict)
    return _agreement(pairs, len(a), len(b), lacks_first=0 in missing_left + missing_right)


def word_likeness(a: Word, b: Word) -> float:
    """What the two words add to the evidence when set side by side; 0 when they are different words."""
    if a.written == b.written:
        return SAME
    if not a.meant.isdisjoint(b.meant):
        return SHORT_FORM
    if len(a.written) == 1 or len(b.written) == 1:
        return INITIAL if a.written[0] == b.written[0] else 0
    if is_misspelling(a.written, b.written):
        return MISSPELLED
    return 0 if {in_spanish(m) for m in a.meant}.isdisjoint(in_spanish(m) for m in b.meant) else TRANSLATED


def is_misspelling(a: str, b: str) -> bool:
    """Whether one word may be the other with a slip: a letter more, less, other or swapped; two in long words."""
    shorter = min(len(a), len(b))
    if shorter < _SHORTEST_WITH_A_SLIP or JaroWinkler.similarity(a, b) < _LEAST_LIKENESS:
        return False
    slips = 2 if shorter >= _SHORTEST_WITH_TWO else 1
    if OSA.distance(a, b, score_cutoff=slips) > slips:
        return False
    return not (is_established(a) and is_established(b)) and not _differ_by_gender(a, b)


def _differ_by_gender(a: str, b: str) -> bool:
    shorter, longer = sorted((a, b), key=len)
    # Equal length: Mario, Maria. One letter more: Gabriel, Gabriela; Paul, Paule.
    if len(a) == len(b):
        return a[:-1] == b[:-1] and {a[-1], b[-1]} == {"a", "o"}
    return longer.startswith(shorter) and longer[len(shorter) :] in ("a", "la", "ina", "le")


def _pair_up(a: Sequence[Word], b: Sequence[Word]) -> list[_Pair]:
    alike = [
        _Pair(i, j, weight)
        for i, left in enumerate(a)
        for j, right in enumerate(b)
        if (weight := word_likeness(left, right))
    ]
    # Best first, then nearest in place; ties are mirror images that do not exclude each other.
    alike.sort(key=lambda pair: (-pair.weight, abs(pair.left - pair.right), pair.left + pair.right))
    chosen: list[_Pair] = []
    for pair in alike:
        if all(pair.left != other.left and pair.right != other.right for other in chosen):
            chosen.append(pair)
    return chosen


def _written_together(names: Sequence[Word], other: Sequence[Word]) -> Sequence[Word]:
    """Maria Luz becomes Marialuz where the other name writes it so."""
    whole = {word.written for word in other}
    for index, (first, second) in enumerate(pairwise(names)):
        joined = first.written + second.written
        if joined in whole:
            return (*names[:index], Word(joined, frozenset(meanings(joined))), *names[index + 2 :])
    return names


def _conflict_of(
    missing_left: list[int], missing_right: list[int], left_length: int, right_length: int, pairs: list[_Pair]
) -> Conflict:
    if not pairs:
        return Conflict.NOTHING_ALIKE
    if 0 in missing_left or 0 in missing_right:
        return Conflict.FIRST
    lasts = (left_length - 1 in missing_left, right_length - 1 in missing_right)
    if all(lasts):
        return Conflict.LAST
    return Conflict.EXTRA if any(lasts) else Conflict.MIDDLE


def _agreement(pairs: list[_Pair], left_length: int, right_length: int, *, lacks_first: bool) -> NameEvidence:
    weight = min(sum(pair.weight for pair in pairs), MOST_FROM_A_NAME)
    reasons = _agreement_reasons(pairs)
    if left_length != right_length:
        weight += WORDS_MISSING
        reasons.append("one name missing")
    if order := _order_reason(pairs):
        weight += WORDS_IN_OTHER_ORDER
        reasons.append(order)
    return _evidence(pairs, weight, reasons, None, lacks_first=lacks_first)


def _agreement_reasons(pairs: list[_Pair]) -> list[str]:
    kinds = {pair.weight for pair in pairs}
    if kinds == {SAME}:
        return ["same name"] if len(pairs) >= _SMALLEST_AGREEMENT else ["one name the same"]
    words = {
        SHORT_FORM: "nickname",
        TRANSLATED: "same name in another language",
        MISSPELLED: "name spelled almost the same",
        INITIAL: "same initial",
    }
    return [said for kind, said in words.items() if kind in kinds]


def _order_reason(pairs: list[_Pair]) -> str | None:
    rights = [pair.right for pair in sorted(pairs)]
    if rights == sorted(rights):
        return None
    firsts_agree = (0, 0) in {(pair.left, pair.right) for pair in pairs}
    return "last names in another order" if firsts_agree else "first and last name swapped"


def _evidence(
    pairs: list[_Pair],
    weight: float,
    reasons: list[str],
    conflict: Conflict | None,
    *,
    lacks_first: bool = False,
) -> NameEvidence:
    whole = sum(pair.weight > INITIAL for pair in pairs)
    is_loose = lacks_first or any(pair.weight in (MISSPELLED, TRANSLATED) for pair in pairs)
    return NameEvidence(weight, len(pairs), whole, is_loose, conflict, tuple(reasons))
