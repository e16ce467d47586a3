"""An inbound text that speaks of danger, self-harm or abuse must reach a person now, not a queue.

The words live in `seed_data/danger/<language>.json`, so that people who know a language can review them without
reading code. A phrase is words with a few marks: `a/b` either word, `stem*` any ending, `<he>` a word of that named
set, `~` up to three words between. Nothing here decides what an ordinary answer is: a text that is neither danger nor
a known word or digit is for a person to read the same day.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from rapidfuzz.distance import OSA

from cie.resources import resource

Kind = Literal["self-harm", "danger", "abuse"]

# The order in which kinds win: a life at risk by one's own hand first, then by another's, then harm that goes on.
KINDS: tuple[Kind, ...] = ("self-harm", "danger", "abuse")
LANGUAGES = ("en", "es")
# A text is at most 1,600 letters; what is longer came by another way and is read from its beginning.
MAX_LETTERS = 2000
# Shorter words are one slip away from too many innocent ones.
MISSPELT_FROM_LETTERS = 7
LEET = str.maketrans("013457$@", "oieastsa")


@dataclass(frozen=True)
class Danger:
    """What the phrase list hears in a text.

    `kind` None means that no warning was heard, never that the writer is safe. `certain` is true when the phrase can
    hardly mean anything else; an uncertain kind alarms all the same. `phrase` is the words that matched, as read after
    normalising; with `kind` None it may hold a warning that the writer denied ("no me pega"), for the person who reads.
    """

    kind: Kind | None
    certain: bool = False
    phrase: str | None = None


@dataclass(frozen=True)
class _Phrase:
    kind: Kind
    certain: bool
    regex: re.Pattern[str]


@dataclass(frozen=True)
class _Language:
    """One reviewed list, made ready for reading: every word in the plain form of `_Spelling.plain`."""

    spelling: "_Spelling"
    phrases: tuple[_Phrase, ...]
    harmless: tuple[re.Pattern[str], ...]
    negators: frozenset[str]
    carriers: frozenset[str]
    subjects: frozenset[str]


class _Spelling:
    """How people text: without accents, with letters repeated, swapped by sound, shortened or slightly wrong."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._sounds = [(re.compile(old), new) for old, new in data["sounds"]]
        self._short = {self.plain(old): self.plain(new) for old, new in data["spelling"].items()}
        longest_first = sorted(self._short, key=len, reverse=True)
        self._shortened = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")
        self._known = frozenset(self.plain(word) for word in _words(data))
        self._targets = [word for word in self._known if len(word) >= MISSPELT_FROM_LETTERS]

    def plain(self, text: str) -> str:
        """Lower case, no accents or apostrophes, words by sound where the language asks, no letter twice in a row."""
        bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
        bare = re.sub(r"['\u2018\u2019`\u00b4]", "", bare)
        for old, new in self._sounds:
            bare = old.sub(new, bare)
        return re.sub(r"([a-z])\1+", r"\1", bare)

    def clauses(self, text: str) -> Iterator[str]:
        """The clauses of a text, each as known words parted by single spaces."""
        for clause in re.split(r"[.,;:!?¡¿()\n\r]+", text[:MAX_LETTERS]):
            letters = re.sub(r"\S*[^\W\d_]\S*", lambda word: word.group().translate(LEET), clause)
            words = " ".join(re.findall(r"[a-z0-9]+", self.plain(letters)))
            long = self._shortened.sub(lambda short: self._short[short.group()], words)
            yield " ".join(self._mended(word) for word in long.split())

    def _mended(self, word: str) -> str:
        """The listed word that a long unknown word is one slip away from, or the word itself."""
        if len(word) < MISSPELT_FROM_LETTERS - 1 or word in self._known:
            return word
        near = (t for t in self._targets if t[0] == word[0] and OSA.distance(word, t, score_cutoff=1) <= 1)
        return min(near, default=word)


def _words(data: dict[str, Any]) -> Iterator[str]:
    """Every whole word that a list mentions: what must not be mended, and what may be mended to."""
    levels = [phrase for kind in data["phrases"].values() for level in kind.values() for phrase in level]
    lists = [*levels, *data["harmless"], *data["sets"].values(), *data["spelling"].values()]
    lists += [*data["negators"], *data["carriers"], *data["subjects"], *data["leave"]]
    for entry in lists:
        yield from re.findall(r"[^\s/~<>*]+(?![\w]*[*>])", entry)


def _compiled(phrase: str, data: dict[str, Any], spelling: _Spelling) -> re.Pattern[str]:
    """A phrase as a pattern over plain words; a gap never steps over a word that denies."""
    denies = "|".join(re.escape(spelling.plain(word)) for word in data["negators"])
    gap = rf"(?:(?!(?:{denies})\b)\w+ ){{0,3}}"
    pattern = "".join(gap if slot == "~" else _words_of(slot, data, spelling) + " " for slot in phrase.split())
    return re.compile(rf"\b{pattern.removesuffix(' ')}\b")


def _words_of(slot: str, data: dict[str, Any], spelling: _Spelling) -> str:
    """The words that may stand in one place of a phrase, as a pattern."""
    named = re.sub(r"<(\w+)>", lambda name: data["sets"][name.group(1)], slot)
    endings = {True: r"\w*", False: ""}
    choices = (spelling.plain(word.removesuffix("*")) + endings[word.endswith("*")] for word in named.split("/"))
    return f"(?:{'|'.join(choices)})"


@cache
def _data(code: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(resource("seed_data", "danger", f"{code}.json").read_text(encoding="utf-8"))
    return data


@cache
def _language(code: str) -> _Language:
    data = _data(code)
    spelling = _Spelling(data)
    phrases = [
        _Phrase(kind, level == "certain", _compiled(phrase, data, spelling))
        for level in ("certain", "unsure")
        for kind in KINDS
        for phrase in data["phrases"][kind][level]
    ]
    harmless = tuple(_compiled(phrase, data, spelling) for phrase in data["harmless"])
    # A text of one language is also read by the other lists, so each knows how all of them deny.
    negators, carriers, subjects = (
        frozenset(spelling.plain(word) for other in LANGUAGES for word in _data(other)[name])
        for name in ("negators", "carriers", "subjects")
    )
    return _Language(spelling, tuple(phrases), harmless, negators, carriers, subjects)


def _denied(before: list[str], first: str, language: _Language) -> bool:
    """Whether the words before a match deny it: "I am not in danger", "nunca me ha pegado".

    A bare "no" before a subject is an answer to something else: "no he hits me".
    """
    following = first
    for word in reversed(before):
        if word in language.negators:
            return not (word == "no" and following in language.subjects)
        if word not in language.carriers:
            return False
        following = word
    return False


def _heard(clauses: Iterable[str], language: _Language) -> Iterator[tuple[Danger, bool]]:
    """Each warning in the clauses, surest first, with whether the writer denied it."""
    held = list(clauses)
    for phrase in language.phrases:
        for clause in held:
            for match in phrase.regex.finditer(clause):
                words = match.group()
                denied = _denied(clause[: match.start()].split(), words.split()[0], language)
                yield Danger(phrase.kind, phrase.certain, words), denied


def _read(text: str, code: str) -> tuple[Danger | None, str | None]:
    """The surest warning of one language's list, and a denied one if there was any."""
    language, denied_words = _language(code), None
    clauses = []
    for clause in language.spelling.clauses(text):
        for pattern in language.harmless:
            clause = pattern.sub("|", clause)
        clauses.append(clause)
    for danger, denied in _heard(clauses, language):
        if not denied:
            return danger, denied_words
        denied_words = denied_words or danger.phrase
    return None, denied_words


def classify(text: str, language: str) -> Danger:
    """What a text warns of. People mix languages, so every list is read, the person's own first.

    `language` is a BCP 47 tag ("es-MX"); one without a list of its own is read by all lists.
    """
    own = language.split("-")[0].lower()
    readings = [_read(text, code) for code in sorted(LANGUAGES, key=lambda code: code != own)]
    warnings = [danger for danger, _ in readings if danger]
    if warnings:
        return max(warnings, key=lambda danger: danger.certain)
    return Danger(None, phrase=next((words for _, words in readings if words), None))
