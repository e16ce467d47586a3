"""Which e-mail addresses may be written to, as far as they tell by how they are written."""

import re

from cie.errors import Invalid
from cie.outbound.addresses import is_public_name

LONGEST_MAILBOX = 254
_LOCAL = re.compile(r"(?=.{1,64}$)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
"""Of all that RFC 5321, 4.1.2, allows, what every mail program reads alike: no quotes, comments, routes or lists."""


def read_mailbox(text: str) -> str:
    """One plain address, its domain in small letters. Raises Invalid at `address`."""
    local, _, domain = text.rpartition("@")
    is_plain = len(text) <= LONGEST_MAILBOX and text.isascii() and _LOCAL.fullmatch(local)
    if not is_plain or not is_public_name(domain.lower()):
        raise Invalid("Enter one e-mail address, like intake@example.org", "address")
    return f"{local}@{domain.lower()}"
