"""Files that somebody hands in: their type is told from their content, never from their name."""

import filetype

from cie.errors import Invalid

LARGEST_FILE_BYTES = 10 * 1024 * 1024
LONGEST_NAME = 120
PLAIN_TEXT = "text/plain"
ENDINGS = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    PLAIN_TEXT: ("txt", "text"),
}
"""The types that are taken, each with the endings of names that claim it."""

_NO_CLAIM = ("", "application/octet-stream")
_LINE_ENDS = {9, 10, 12, 13}


def require_content(content: bytes) -> None:
    """Refuse a file without content, and one that is too large. Raises Invalid."""
    if not content:
        raise Invalid("File: choose one that is not empty", "file")
    if len(content) > LARGEST_FILE_BYTES:
        raise Invalid("File: choose one of at most 10 MB", "file")


def told_type(content: bytes) -> str | None:
    """The type that the content itself tells; None when it tells none."""
    found: str | None = filetype.guess_mime(content)
    return found or (PLAIN_TEXT if _is_plain_text(content) else None)


def _is_plain_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(ord(c) in _LINE_ENDS or (ord(c) >= 32 and ord(c) != 127) for c in text)


def claims_are_true(found: str, name: str, claimed: str) -> bool:
    """Whether a file is of the type that its name and the type that came with it say."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    type_is_true = claimed.partition(";")[0].strip().lower() in (*_NO_CLAIM, found)
    return type_is_true and (not ending or ending in ENDINGS[found])


def clean_name(name: str) -> str:
    """The last part of a file's name, without what no name should hold, short enough to be shown."""
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(c for c in last if c.isprintable() and c not in '"<>:|?*').strip(" .") or "file"
    stem, dot, ending = printable.rpartition(".")
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}" if dot and stem else printable[:LONGEST_NAME]
