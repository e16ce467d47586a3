"""Where the next page of a search begins, as an address may carry it: sealed, so that it shows nothing of anybody.

It holds the whole search, since what was asked for may stand in no address either. It opens only for the organization
and the resource type that it was made for.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from cie.db import CannotOpen, current
from cie.fhir.refusals import Fault, NotUnderstood

NAME = "_page"


class Cursor(NamedTuple):
    """A search by its parameters, and the values of the last match that was read; none at the beginning."""

    pairs: Sequence[tuple[str, str]]
    last: Sequence[str] = ()


def sealed(cursor: Cursor, organization_id: UUID, resource_type: str) -> str:
    value = [[list(pair) for pair in cursor.pairs], list(cursor.last)]
    seal = current().keyring.seal(_place(organization_id, resource_type), value)
    return urlsafe_b64encode(seal).decode().rstrip("=")


def opened(text: str, organization_id: UUID, resource_type: str) -> Cursor:
    """Raises NotUnderstood for what was not made here for this organization and type."""
    try:
        seal = urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
        pairs, last = _read(current().keyring.open(_place(organization_id, resource_type), seal))
    except (ValueError, CannotOpen) as error:
        words = "This is no page of a search of yours. Search anew"
        raise NotUnderstood([Fault("invalid", words, NAME)]) from error
    return Cursor(pairs, last)


def _read(value: Any) -> tuple[list[tuple[str, str]], list[str]]:
    pairs, last = value
    return [(name, text) for name, text in pairs], list(last)


def _place(organization_id: UUID, resource_type: str) -> str:
    return f"fhir-search.{resource_type}/{organization_id}"
