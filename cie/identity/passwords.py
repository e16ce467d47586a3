"""Passwords: argon2id, and the rules of NIST SP 800-63B-4 (3.1.1.2).

At least 8 characters, since a second factor is always asked; at most 200; no rules of composition; nothing from the
local list of common passwords, nor the name of the person, organization or service. Hashing takes some 30 ms, so it is
done with no transaction open.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cie.errors import Invalid
from cie.resources import resource

MINIMUM_CHARACTERS = 8
MAXIMUM_CHARACTERS = 200
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _common() -> frozenset[str]:
    return frozenset(resource("seed_data", "common_passwords.txt").read_text("utf-8").split())


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, context: Iterable[str] = ()) -> None:
    """Refuse a password that is too short, too long, common, or made of what everybody knows of its owner.

    `context` holds such words: e-mail, names. Raises Invalid.
    """
    given = _normal(password)
    if len(given) < MINIMUM_CHARACTERS:
        raise Invalid(f"Password: use at least {MINIMUM_CHARACTERS} characters", "password")
    if len(given) > MAXIMUM_CHARACTERS:
        raise Invalid(f"Password: use at most {MAXIMUM_CHARACTERS} characters", "password")
    folded = given.casefold()
    words = {w for text in context for w in text.casefold().replace("@", " ").replace(".", " ").split() if len(w) > 3}
    bare = folded.strip("0123456789!?.-_ ")
    if folded in _common() or bare in _common() or bare in words | {"cie", "referral", "exchange"}:
        raise Invalid("Password: this one is easy to guess. Try four words that do not belong together", "password")
    if len(set(folded)) < 4:
        raise Invalid("Password: use more different characters", "password")


def hash_password(password: str) -> str:
    """The argon2id hash of a password."""
    return _hasher.hash(_normal(password))


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; without an account the same work is done, so that nobody learns of it."""
    try:
        _hasher.verify(password_hash or _nobodys_hash(), _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None
