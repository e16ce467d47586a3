"""What somebody means by the words they typed: which needs, which words of the directory, how much each tells.

Order of work (measured in the notes on search): fold, leave out stop words, mend the spelling against the words of the
directory, name the needs whose phrases were said, add the other words of those needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import log

from rapidfuzz.distance import DamerauLevenshtein
from sqlalchemy import func, select
from sqlmodel import Session, col

from cie.directory.models import Service, ServiceWord
from cie.directory.needs import needs
from cie.directory.search_text import MOST_WEIGHT, fold

# What another word of the same need tells, beside 1 for a word that was typed.
RELATED = 0.6
# What meeting a need that was said is worth, beside 1 for a perfect match of every word.
NEED_SHARE = 0.5
MOST_WORDS, MOST_RELATED = 20, 12
SHORTEST_MENDED, LONG_WORD = 4, 8


@dataclass(frozen=True)
class Meaning:
    """Needs that were said, with the points for meeting one; and points by word (for a weight of 1)."""

    needs: frozenset[str]
    need_points: float
    words: Mapping[str, float]

    @property
    def is_empty(self) -> bool:
        return not self.needs and not self.words


NOTHING = Meaning(frozenset(), 0.0, {})


def understand(session: Session, text: str) -> Meaning:
    """The meaning of typed words, in the words of this directory."""
    typed = list(dict.fromkeys(fold(text)))[:MOST_WORDS]
    if not typed:
        return NOTHING
    counts = _counts(session, typed)
    words = [word if word in counts or word in _need_words() else _mended(session, word) for word in typed]
    said = needs_said(words)
    importance = dict.fromkeys(words, 1.0) | _related(said, words)
    counts |= _counts(session, [word for word in importance if word not in counts])
    everything = session.execute(select(func.count()).select_from(Service)).scalar_one()
    points = {word: share * _rarity(counts[word], everything) for word, share in importance.items() if word in counts}
    best = MOST_WEIGHT * sum(points.get(word, 0.0) for word in words)
    related = sorted((word for word in points if word not in words), key=lambda word: (-points[word], word))
    telling = [word for word in words if word in points] + related[:MOST_RELATED]
    return Meaning(frozenset(said), NEED_SHARE * best or 1.0, {word: points[word] for word in telling})


def _counts(session: Session, words: Sequence[str]) -> dict[str, int]:
    if not words:
        return {}
    word = col(ServiceWord.word)
    query = select(word, func.count()).where(word.in_(words)).group_by(word)
    return {row[0]: row[1] for row in session.execute(query)}


def _rarity(count: int, everything: int) -> float:
    """BM25's inverse document frequency: a rare word tells more."""
    return log(1 + (everything - count + 0.5) / (count + 0.5))


def needs_said(words: Sequence[str]) -> set[str]:
    """The needs one of whose phrases stands in folded words; a longer phrase hides the shorter ones inside it."""
    said: set[str] = set()
    free = set(range(len(words)))
    for phrase, code in _phrases():
        for start in range(len(words) - len(phrase) + 1):
            places = set(range(start, start + len(phrase)))
            if tuple(words[start : start + len(phrase)]) == phrase and (len(phrase) > 1 or places <= free):
                said.add(code)
                free -= places if len(phrase) > 1 else set()
    return said


@cache
def _phrases() -> Sequence[tuple[tuple[str, ...], str]]:
    found = {
        (tuple(fold(phrase)), term.code)
        for term in needs().values()
        for words in term.words.values()
        for phrase in words
    }
    return sorted((pair for pair in found if pair[0]), key=lambda pair: (-len(pair[0]), pair))


@cache
def _need_words() -> frozenset[str]:
    return frozenset(word for phrase, _code in _phrases() for word in phrase)


def _related(said: set[str], words: Sequence[str]) -> dict[str, float]:
    shares: dict[str, float] = {}
    for phrase, code in _phrases():
        for word in phrase if code in said else ():
            shares[word] = max(shares.get(word, 0.0), RELATED / len(phrase))
    return {word: share for word, share in shares.items() if word not in words}


def _mended(session: Session, word: str) -> str:
    """The word of the directory that a misspelt one was most likely meant to be; the word itself when none is near."""
    if len(word) < SHORTEST_MENDED:
        return word
    most = 2 if len(word) >= LONG_WORD else 1
    known = {*_words_beginning(session, word[0]), *(w for w in _need_words() if w[0] == word[0])}
    near = ((DamerauLevenshtein.distance(word, other, score_cutoff=most), other) for other in known)
    found = sorted((distance, other not in _need_words(), other) for distance, other in near if distance <= most)
    return found[0][2] if found else word


def _words_beginning(session: Session, letter: str) -> Sequence[str]:
    """The distinct words of the directory under a letter, hopping from one to the next along the index."""
    word = col(ServiceWord.word)
    first = select(func.min(word).label("word")).where(word >= letter)
    hops = first.cte("hops", recursive=True)
    following = select(func.min(word)).where(word > hops.c.word).scalar_subquery()
    hops = hops.union_all(select(following).where(hops.c.word < chr(ord(letter) + 1)))
    query = select(hops.c.word).where(hops.c.word < chr(ord(letter) + 1))
    return [found for found in session.execute(query).scalars() if found]
