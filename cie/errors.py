"""What can go wrong in the domain, in words that may be shown to the caller.

Codes are those of the FHIR R4 IssueType value set, so that every edge can render them.
A message names records by id or by kind and never carries a person's data.
"""

from collections.abc import Sequence
from typing import ClassVar


class CieError(Exception):
    """The base of every refusal. `field` names the input that was wrong, when one was.

    `template` with `values` is the message before its names (`%(count)s`) were filled in, so that an edge can say it
    in the reader's language.
    """

    code: ClassVar[str] = "processing"

    def __init__(self, template: str, field: str | None = None, **values: object) -> None:
        self.template = template
        self.values = values
        self.message = template % values if values else template
        self.field = field
        super().__init__(self.message)


class NotFound(CieError):
    """There is no such record, or the caller may not know that there is."""

    code = "not-found"


class NotAllowed(CieError):
    """The caller may know of the record but may not do this to it."""

    code = "forbidden"


class ConsentRequired(NotAllowed):
    """Nothing may be disclosed. `rule` and `source` say why, `remedy` what can be done now."""

    code = "suppressed"

    def __init__(self, template: str, *, rule: str = "", source: str = "", remedy: str = "", **values: object) -> None:
        super().__init__(template, None, **values)
        self.rule = rule
        self.source = source
        self.remedy = remedy


class NotPossibleNow(CieError):
    """The record is not in a state that allows this: somebody else was first, or it has ended."""

    code = "business-rule"


class Ended(NotPossibleNow):
    """It is over, or somebody else was first; the reader may be told what happened."""


class Stale(NotPossibleNow):
    """The record changed since the caller last saw it; what was typed is kept."""

    code = "conflict"


class Busy(CieError):
    """The database could not take the change now; the same request may be sent again."""

    code = "transient"


class TooMany(CieError):
    """The caller asked too often; `retry_after_seconds` says when to come back."""

    code = "throttled"

    def __init__(self, template: str, *, retry_after_seconds: int) -> None:
        super().__init__(template)
        self.retry_after_seconds = retry_after_seconds


class Invalid(CieError):
    """What was given is wrong; one error each, all at once in `errors`."""

    code = "invalid"

    def __init__(
        self, template: str, field: str | None = None, errors: Sequence["Invalid"] | None = None, **values: object
    ) -> None:
        super().__init__(template, field, **values)
        self.errors: Sequence[Invalid] = errors or [self]

    @classmethod
    def all(cls, errors: Sequence["Invalid"]) -> "Invalid":
        """Several faults of one input, reported together."""
        return cls("; ".join(e.message for e in errors), errors[0].field, errors)
