"""The fixed normaliser: what may differ between two answers to the same request, and nothing else.

Only the token against forged forms, the id of a form not sent yet, the server's clock in the metrics, and the ids that
the reader sent themselves are replaced.
"""

import re
from collections.abc import Iterable, Mapping

FORM_FIELDS = ("csrf_token", "form_id")
_FIELD = re.compile(rb'(<input type="hidden" name="(?:%s)" value=")[^"]*(")' % "|".join(FORM_FIELDS).encode())
_COOKIE = re.compile(r"^(cie-form=)[^;]*")


def normal_body(body: bytes) -> bytes:
    """A body without the values that are drawn anew for each answer."""
    return _FIELD.sub(rb"\1*\2", body)


def normal_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Headers in order, without the value of the cookie that holds the token of forms."""
    return tuple(sorted((name, _COOKIE.sub(r"\1*", value)) for name, value in headers))


def without(asked: Mapping[str, object], text: bytes) -> bytes:
    """What is left when the reader's own words to us, the ids in the address, are taken out by name."""
    for name, value in asked.items():
        text = text.replace(str(value).encode(), f"*{name}*".encode())
    return text
