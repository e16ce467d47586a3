"""Passwords: argon2id, and the rules of NIST SP 800-63B-4, section 3.1.1.2.

That section asks for 15 characters where a password is the only factor and allows 8 where it is one of two. Ours is
always one of two, so 8. It asks that at least 64 be possible; we take 200. No rules of composition, no expiry. All of
the password, not a part, is compared with a blocklist: the local list of common passwords, repetitions and runs, and
what everybody knows of its owner. Hashing takes some 30 ms, so it is done with no transaction open.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cie.errors import Invalid
from cie.resources import resource

MINIMUM_CHARACTERS = 8
MAXIMUM_CHARACTERS = 200
OUR_WORDS = frozenset({"cie", "community", "exchange", "information", "password", "referral", "welcome"})
GUESSABLE = "Password: this one is easy to guess. Try four words that do not belong together"
_LEAST_CONTEXT_LETTERS = 4
_LEAST_OWN_LETTERS = 3
_LEAST_DIFFERENT = 4
_EDGES = "0123456789!?.,-_*#$@ "
_LOOKALIKES = str.maketrans("@4301$57", "aaeoisst")

# memory in KiB: 19 MiB, two passes, one lane (stack.md: 31 ms a sign-in)
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# A hash of random bytes that nobody kept, made with the parameters above, so that an unknown account costs the same.
NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$77vf89FeCkU7c+l7SMasNQ$dbAENMzheX31jvE7qZs41E3EWuclDH1AZMubKRURgPM"


@cache
def common_passwords() -> frozenset[str]:
    """The local list of passwords that many people use, casefolded."""
    return frozenset(resource("seed_data", "common_passwords.txt").read_text("utf-8").split())


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, context: Iterable[str] = ()) -> None:
    """Refuse a password that is too short, too long, common, or made of what everybody knows of its owner.

    `context` holds such texts: e-mail, the person's name, the organization's name. Raises Invalid.
    """
    given = _normal(password[: MAXIMUM_CHARACTERS + 1])
    if len(given) < MINIMUM_CHARACTERS:
        raise Invalid("Password: use at least %(least)s characters", "password", least=MINIMUM_CHARACTERS)
    if len(password) > MAXIMUM_CHARACTERS or len(given) > MAXIMUM_CHARACTERS:
        raise Invalid("Password: use at most %(most)s characters", "password", most=MAXIMUM_CHARACTERS)
    folded = given.casefold()
    if _is_common(folded) or _is_pattern(folded) or _is_context(folded, context):
        raise Invalid(GUESSABLE, "password")


def _is_common(folded: str) -> bool:
    """On the list as it stands, without the digits and marks around it, or with letters for their look-alikes."""
    bare = folded.strip(_EDGES)
    return not common_passwords().isdisjoint({folded, bare, folded.translate(_LOOKALIKES), bare.translate(_LOOKALIKES)})


def _is_pattern(folded: str) -> bool:
    """A short piece again and again, very few different characters, or a run like abcdefgh or 87654321."""
    steps = {ord(after) - ord(before) for before, after in zip(folded, folded[1:], strict=False)}
    repeats = re.fullmatch(r"(.{1,4}?)\1+.{0,3}", folded, re.DOTALL) is not None
    return repeats or len(set(folded)) < _LEAST_DIFFERENT or steps in ({1}, {-1})


def _is_context(folded: str, context: Iterable[str]) -> bool:
    """Nothing but words that everybody knows of the owner, with digits and marks."""
    said = re.findall(r"[^\W\d_]+", " ".join(context).casefold())
    words = {word for word in said if len(word) >= _LEAST_CONTEXT_LETTERS} | OUR_WORDS
    letters = own = "".join(re.findall(r"[^\W\d_]+", folded))
    for word in sorted(words, key=len, reverse=True):
        own = own.replace(word, "")
    return own != letters and len(own) < _LEAST_OWN_LETTERS


def hash_password(password: str) -> str:
    """The argon2id hash of a password."""
    return _hasher.hash(_normal(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; without an account the same work is done, so that nobody learns of it."""
    possible = password_hash is not None and len(password) <= MAXIMUM_CHARACTERS
    wanted = password_hash if possible and password_hash else NOBODYS_HASH
    try:
        _hasher.verify(wanted, _normal(password[:MAXIMUM_CHARACTERS]))
    except (VerificationError, InvalidHashError):
        return False
    return possible


def needs_rehash(password_hash: str) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return _hasher.check_needs_rehash(password_hash)
