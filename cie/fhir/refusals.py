"""A request that FHIR refuses as a whole, with all that is wrong with it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cie.errors import CieError, Invalid


class Fault(NamedTuple):
    """One fault: a code of IssueType, what is wrong and what to do, the parameter or element that was wrong."""

    code: str
    words: str
    place: str | None = None


class NotUnderstood(CieError):
    """The request cannot be understood; every fault is told at once."""

    code = "structure"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.words for fault in self.faults))


class NotTaken(CieError):
    """A resource says what cannot be, or what cannot be done with it here; every fault is told at once."""

    code = "invalid"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.words for fault in self.faults))


class Ambiguous(CieError):
    """The condition of a create or an update fits more than one resource: FHIR R4, 3.1.0.8.1."""

    code = "precondition"


class Changed(CieError):
    """The resource is not any more as the caller saw it: RFC 9110, 412."""

    code = "precondition"


class Duplicate(CieError):
    """There is one already."""

    code = "duplicate"


def not_taken(field: str, words: str, code: str = "invalid") -> NotTaken:
    """One fault alone."""
    return NotTaken([Fault(code, words, field)])


def at_place(error: Invalid, places: Mapping[str, str], whole: str) -> NotTaken:
    """Faults of the domain, which name its fields, at the elements from which the values came."""
    return NotTaken(Fault(each.code, each.message, places.get(each.field or "", whole)) for each in error.errors)
