"""Text in the letters that every PDF reader has: those of Windows-1252, which write English, Spanish and their like.

Other letters are written as they sound, since none may vanish and no font comes with what is installed.
"""

import unicodedata

from anyascii import anyascii

ENCODING = "cp1252"


def in_known_letters(text: str) -> str:
    """The text for paper: "Nguyen" for "Nguyễn", "Wang" for "王", and "?" for what nobody can spell."""
    return "".join(_written(letter) for letter in unicodedata.normalize("NFC", text))


def is_rewritten(text: str) -> bool:
    """Whether some letter of the text is another one on paper."""
    return any(not (_is_known(letter) or _is_unseen(letter)) for letter in unicodedata.normalize("NFC", text))


def _written(letter: str) -> str:
    if letter != "\N{NO-BREAK SPACE}" and letter.isspace():
        return " "
    if _is_unseen(letter):
        return ""
    return letter if _is_known(letter) else anyascii(letter) or "?"


def _is_unseen(letter: str) -> bool:
    """Controls, marks of direction and the like, which print nothing."""
    return not letter.isspace() and unicodedata.category(letter) in ("Cc", "Cf")


def _is_known(letter: str) -> bool:
    if letter.isspace():
        return True
    try:
        letter.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True
