"""Why a document cannot be read or written, and the bounds that every document has to keep."""

from collections.abc import Sequence
from typing import NamedTuple

from cie.errors import CieError

LARGEST_BYTES = 12 * 2**20
MOST_VALUES = 100_000
DEEPEST = 64
"""How many objects, lists or elements may be inside each other."""
MOST_FAULTS = 20
"""How many faults of one document are told at once."""


class Fault(NamedTuple):
    """One thing that is wrong.

    `code`: of IssueType. `place`: FHIRPath of the element, empty for the whole document. `words`: what to do; names
    from the document are not repeated, since a name may be a person's, so that lines and columns say where.
    """

    code: str
    place: str
    words: str


class Unreadable(CieError):
    """The document is not FHIR in this format; every fault that was found is in `faults`."""

    code = "structure"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.words for fault in faults), faults[0].place or None)


def unreadable(words: str, code: str = "structure") -> Unreadable:
    """The whole document is refused."""
    return Unreadable([Fault(code, "", words)])


def require_size(data: bytes) -> None:
    if len(data) > LARGEST_BYTES:
        raise unreadable(f"This is too large. Send at most {LARGEST_BYTES // 2**20} MB at a time", "too-long")


def too_many() -> Unreadable:
    return unreadable(f"This has more than {MOST_VALUES:,} values. Send it in parts", "too-long")


def too_deep() -> Unreadable:
    return unreadable(f"This is nested deeper than {DEEPEST} levels. Send it flatter")
