"""Dates, clocks and due times of a page, in the reader's language; the words themselves are in `words.py`."""

from dataclasses import dataclass
from datetime import date, datetime

from flask import g

from cie import calendar
from cie.web import words
from cie.web.language import chosen_language, ngettext
from cie.web.language import gettext as _


def day(value: date | datetime, *, year: bool = False) -> str:
    """ "Tue, Nov 24"; with `year` "Nov 24, 2026". An instant is shown as California's date."""
    return words.day_words(_date(value), chosen_language(), "dated" if year else "short")


def long_day(value: date | datetime) -> str:
    """ "Tuesday, November 24"; in Spanish "martes 24 de noviembre"."""
    return words.day_words(_date(value), chosen_language(), "long")


def _date(value: date | datetime) -> date:
    return calendar.local_day(value) if isinstance(value, datetime) else value


def clock(value: datetime) -> str:
    """ "4:30 pm" in California."""
    return words.clock_words(calendar.local(value))


def ago(value: datetime) -> str:
    """ "12 minutes ago", then the clock today, then the day and clock."""
    minutes = int((g.now - value).total_seconds() // 60)
    if minutes < 1:
        return str(_("just now"))
    if minutes < 60:
        return str(ngettext("%(num)d minute ago", "%(num)d minutes ago", minutes))
    if calendar.local_day(value) == calendar.local_day(g.now):
        return str(_("today, %(clock)s", clock=clock(value)))
    return f"{day(value)}, {clock(value)}"


@dataclass(frozen=True)
class Due:
    """A due time as the due_clock macro wants it."""

    text: str
    iso: str | None
    state: str


VERBS = {
    "answer": "answer",
    "first-contact": "contact",
    "update": "update",
    "call": "call",
    "review": "look",
    "step": "step",
    "read": "read",
}


def due_words(kind: str, due_at: datetime | None) -> Due | None:
    """By when something of a kind of `VERBS` is owed, or how late it is; None when no clock runs."""
    if due_at is None:
        return None
    if kind == "waiting-list":
        stopped = _("Clock stopped: on our waiting list. Look again %(day)s", day=day(due_at))
        return Due(str(stopped), due_at.isoformat(), "stopped")
    text = words.due_words(VERBS[kind], due_at, g.now, chosen_language())
    return Due(text, due_at.isoformat(), "late" if g.now > due_at else "plain")
