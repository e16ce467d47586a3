"""How long each kind of record is kept, from seed_data/privacy/retention.toml. None is a constant.

Each has the day from which it holds, and where it comes from; the newest in effect counts.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache
from typing import Any

from cie import calendar
from cie.privacy import Basis
from cie.resources import resource


class RecordKind(StrEnum):
    """A kind of record that has a span of its own."""

    PERSON = "person"
    SCREENING = "screening"
    CONSENT = "consent"
    RELEASE = "release"
    REFERRAL = "referral"
    ENTRY = "entry"
    FILE = "file"
    TEXT = "text"
    REQUEST = "request"
    ACCESS = "access"
    AUDIT = "audit"


_FIELDS = {"kind", "years", "basis", "source", "effective_on", "waits", "note"}
_REQUIRED = {"kind", "years", "basis", "effective_on"}


@dataclass(frozen=True)
class Span:
    """How many years one kind is kept after what last happened; `waits`: the record of a person waits for it."""

    kind: RecordKind
    years: int
    basis: Basis
    effective_on: date
    source: str = ""
    waits: bool = True
    note: str = ""

    def over_before(self, at: datetime) -> datetime:
        """What last happened before this instant is past the span."""
        today = calendar.local_day(at)
        # the day after Feb 28, where a year has no Feb 29
        leap = (today.month, today.day) == (2, 29)
        start = date(today.year - self.years, 2, 28) if leap else today.replace(year=today.year - self.years)
        return calendar.instant(start, time())


def spans_on(day: date) -> Mapping[RecordKind, Span]:
    """The span of each kind that holds on a day; a kind without one is not there, and is never past its time."""
    held: dict[RecordKind, Span] = {}
    for each in sorted(spans(), key=lambda span: span.effective_on):
        if each.effective_on <= day:
            held[each.kind] = each
    return {kind: held[kind] for kind in RecordKind if kind in held}


@cache
def spans() -> Sequence[Span]:
    """All spans of the file. Raises ValueError, naming what is wrong."""
    return read_spans(tomllib.loads(resource("seed_data", "privacy", "retention.toml").read_text("utf-8")))


def read_spans(data: Mapping[str, Any]) -> Sequence[Span]:
    """The spans of a loaded file. Raises ValueError unless each is whole and every kind is there."""
    found = [_span(number, row) for number, row in enumerate(data.get("span", ()), 1)]
    missing = set(RecordKind) - {each.kind for each in found}
    if missing:
        raise ValueError(f"retention: no span for {', '.join(sorted(missing))}")
    if len({(each.kind, each.effective_on) for each in found}) < len(found):
        raise ValueError("retention: two spans of one kind take effect on the same day")
    return found


def _span(number: int, row: Mapping[str, Any]) -> Span:
    where = f"retention: entry {number}"
    if row.keys() - _FIELDS or _REQUIRED - row.keys():
        raise ValueError(f"{where} needs {sorted(_REQUIRED)} and may have source, waits and note")
    if row["kind"] not in set(RecordKind) or row["basis"] not in set(Basis):
        raise ValueError(f"{where} has a kind or a basis that is not known")
    if type(row["years"]) is not int or row["years"] < 1:
        raise ValueError(f"{where} needs a whole number of years, 1 or more")
    if type(row["effective_on"]) is not date or type(row.get("waits", True)) is not bool:
        raise ValueError(f"{where} needs a day from which it holds; waits is true or false")
    if row["basis"] == Basis.LAW and not str(row.get("source", "")).strip():
        raise ValueError(f"{where} is law and needs its source")
    return Span(**{**row, "kind": RecordKind(row["kind"]), "basis": Basis(row["basis"])})
