"""A person is found again through short keys made from names, birth date and phones.

These are the plain values; what is stored is the HMAC of each, per organization. Every value begins with its kind,
so that a phone never meets a name: `sound:`, `start:`, `year:`, `day:`, `phone:`.
"""

import re
from collections.abc import Iterable

import jellyfish

from cie.people.birth import BirthDate
from cie.people.names import meanings, words

SHORTEST_START, LONGEST_START = 2, 6  # letters
# Fewer letters than this sound like half the people on file.
SHORTEST_SOUND = 2
# The start of a word says little about how the whole word sounds.
SHORTEST_SOUNDED_PART = 4

# Spelling differences that are not heard in Spanish, undone before Metaphone, which was made for English.
_HEARD_THE_SAME = tuple(
    (re.compile(pattern), heard)
    for pattern, heard in (
        ("ph", "f"),
        ("^x", "j"),
        ("gu(?=[ei])", "k"),
        ("g(?=[ei])", "j"),
        ("sc(?=[ei])|c(?=[ei])|z", "s"),
        ("qu(?=[ei])|q|c(?!h)", "k"),
        ("(?<![cs])h|j", ""),
        ("v", "b"),
        ("^y(?![aeiou])", "i"),
        ("([a-z])\\1+", "\\1"),
    )
)


def blocking_values(names: Iterable[str], birth: BirthDate | None, phones: Iterable[str]) -> set[str]:
    """The values under which a person is filed and looked for; the order of names never matters.

    Phones are E.164. January 1 is often written for "not known", so it files nobody.
    """
    spellings = {spelling for name in names for word in words(name) for spelling in _spellings(word)}
    values = {value for spelling in spellings for value in _name_values(spelling)}
    if birth and birth.year:
        values |= {f"year:{spelling}:{birth.year}" for spelling in spellings}
    if birth and birth.month and birth.day and not birth.is_placeholder:
        values |= {f"day:{birth.month:02}-{birth.day:02}", f"day:{birth.day:02}-{birth.month:02}"}
    return values | {f"phone:{phone}" for phone in phones}


def search_values(part_of_name: str) -> list[set[str]]:
    """What to look for when part of a name is typed: one set a word; a person must be filed under one of each.

    Words of one letter are left out; an empty list means that too little was typed.
    """
    sets = [_search_values_of(word) for word in words(part_of_name) if len(word) >= SHORTEST_START]
    return [values for values in sets if values]


def sounds(token: str) -> set[str]:
    """How a word sounds to Spanish and English ears. Two codes when ll may be heard as l or as y."""
    heard = {jellyfish.metaphone(_respell(spelling)) for spelling in (token, token.replace("ll", "y"))}
    return {code for code in heard if len(code) >= SHORTEST_SOUND}


def _search_values_of(word: str) -> set[str]:
    values = {f"start:{spelling[:LONGEST_START]}" for spelling in _spellings(word)}
    if len(word) >= SHORTEST_SOUNDED_PART:
        values |= {f"sound:{code}" for spelling in _spellings(word) for code in sounds(spelling)}
    return values


def _spellings(word: str) -> set[str]:
    # As written too, so that typing "Pep" finds the person entered as Pepe.
    return {word, *meanings(word)}


def _name_values(spelling: str) -> set[str]:
    longest = min(len(spelling), LONGEST_START)
    starts = {f"start:{spelling[:length]}" for length in range(SHORTEST_START, longest + 1)}
    return starts | {f"sound:{code}" for code in sounds(spelling)}


def _respell(token: str) -> str:
    for pattern, heard in _HEARD_THE_SAME:
        token = pattern.sub(heard, token)
    return token
