"""The fixed normaliser: what may differ between two answers to the same request, and nothing else.

Only the token against forged forms, the id of a form not sent yet, the server's clock in `Date`, the ids that the
reader sent themselves, and the ids of what the reader made themselves are replaced.
"""

import re
from collections.abc import Iterable, Mapping
from uuid import UUID

FORM_FIELDS = ("csrf_token", "form_id")
_FIELD = re.compile(rb'(<input type="hidden" name="(?:%s)" value=")[^"]*(")' % "|".join(FORM_FIELDS).encode())
ID = re.compile(rb"[0-9a-f]{8}(-?)(?:[0-9a-f]{4}\1){3}[0-9a-f]{12}")
_HASH = re.compile(r"(-)[0-9a-f]{16}")
_COOKIE = re.compile(r"^(cie-form=)[^;]*")


def normal_body(body: bytes) -> bytes:
    """A body without the values that are drawn anew for each answer."""
    return _FIELD.sub(rb"\1*\2", body)


def normal_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Headers in order, without the server's clock and the value of the cookie that holds the token of forms."""
    return tuple(sorted((name, "*" if name == "Date" else _COOKIE.sub(r"\1*", value)) for name, value in headers))


def without(asked: Mapping[str, object], text: bytes) -> bytes:
    """What is left when the reader's own words to us, the ids in the address, are taken out by name."""
    for name, value in asked.items():
        text = text.replace(str(value).encode(), f"*{name}*".encode())
    return text


def without_new(text: bytes, since: UUID) -> bytes:
    """What is left when the ids of what the reader made themselves are taken out: those drawn later than one."""
    return ID.sub(lambda found: b"*new*" if UUID(found[0].decode()) > since else found[0], text)


def without_hash(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Headers of an answer whose body held such an id: the hash of that body, after the version in its tag, is out."""
    return tuple((name, _HASH.sub(r"\1*", value) if name == "ETag" else value) for name, value in headers)
