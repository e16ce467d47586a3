"""A name is written in many ways: this turns each way into the same plain words.

Letters of every script become ASCII (Muñoz and Munoz), short forms become the name they stand for (Pepe and José),
and the little words between surnames are left out (de la Cruz and Cruz).
"""

import json
import re
from functools import cache
from typing import Any

from anyascii import anyascii

from cie.resources import resource

# Spanish, Portuguese and German only. "Van", "Le", "Do" and "Al" are left alone: they are whole names in California.
PARTICLES = frozenset({"de", "del", "la", "las", "los", "y", "da", "das", "dos", "von", "der", "den"})
GENERATIONS = frozenset({"jr", "sr", "ii", "iii", "iv"})
# What is typed when the name is not known. "Doe" only counts beside John or Jane.
PLACEHOLDERS = frozenset(
    {"unknown", "unk", "anonymous", "anon", "baby", "boy", "girl", "infant", "newborn", "bebe"}
    | {"fnu", "lnu", "nfn", "desconocido", "desconocida"}
)

_APOSTROPHES = re.compile(r"['`]")
_WORD = re.compile(r"[a-z0-9]+")
# "Ma." is how María is shortened on Mexican papers; without the period Ma is a surname.
_SHORT_MARIA = re.compile(r"\bma\.")
_WRITTEN_TOGETHER = re.compile(r"^de(?:las|los|la)(?=[a-z]{4})")


def words(name: str) -> list[str]:
    """The words a name is made of, as written but in plain lower-case letters.

    Hyphens and spaces separate, apostrophes join (O'Brien: obrien). Particles and Jr, Sr, II are left out
    unless nothing else remains.
    """
    found = _plain_words(name)
    kept = [word for word in found if word not in PARTICLES and word not in GENERATIONS]
    return kept or found


def tokens(name: str) -> list[str]:
    """The words of a name with each short form replaced by the name it most likely stands for."""
    return [fold(word) for word in words(name)]


def fold(token: str) -> str:
    """The name that one plain word (see `words`) stands for: pepe is jose, delacruz is cruz."""
    return meanings(token)[0]


def meanings(token: str) -> tuple[str, ...]:
    """Every name that one plain word may stand for, likeliest first; itself when it is no short form."""
    return _short_forms().get(token) or (without_particle(token),)


def without_particle(token: str) -> str:
    """A surname written together with its particles, without them: delacruz and deleon are cruz and leon."""
    written_together: dict[str, str] = _names()["written_together"]
    return written_together.get(token) or _WRITTEN_TOGETHER.sub("", token)


def generation(name: str) -> str | None:
    """Which of two people of one name is meant, when the name says so: jr, sr, ii, iii, iv."""
    return next((word for word in _plain_words(name) if word in GENERATIONS), None)


def known_words(name: str) -> list[str]:
    """The words of a name without those that only say that the name is not known ("Baby Boy", "Jane Doe")."""
    found = words(name)
    if set(found) in ({"john", "doe"}, {"jane", "doe"}):
        return []
    return [word for word in found if word not in PLACEHOLDERS]


def is_established(token: str) -> bool:
    """Whether a word is a name in its own right, so that two of them are two names and not a slip of the pen."""
    return token in _established()


def in_spanish(token: str) -> str:
    """The Spanish form of an English given name (john: juan); the word itself when there is none."""
    spanish: str = _names()["same_name_in_spanish"].get(token, token)
    return spanish


def _plain_words(name: str) -> list[str]:
    plain = _SHORT_MARIA.sub("maria ", anyascii(name).lower())
    return _WORD.findall(_APOSTROPHES.sub("", plain))


@cache
def _names() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(resource("seed_data", "nicknames.json").read_text("utf-8"))
    return loaded


@cache
def _short_forms() -> dict[str, tuple[str, ...]]:
    english, spanish = _names()["english"], _names()["spanish"]
    return {
        short: tuple(dict.fromkeys(spanish.get(short, []) + english.get(short, [])))
        for short in english.keys() | spanish.keys()
    }


@cache
def _established() -> frozenset[str]:
    return frozenset(_names()["other_known_names"])
