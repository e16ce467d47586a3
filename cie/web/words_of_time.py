"""Dates, clocks and due times as people say them, in both languages, with no-break spaces inside."""

from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_date, format_time
from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext

from cie import calendar
from cie.web.language import chosen_language

NO_BREAK = "\N{NO-BREAK SPACE}"


def day(value: date | datetime, *, year: bool = False) -> str:
    """ "Tue, Nov 24"; in Spanish "martes 24 de noviembre". An instant is shown as California's date."""
    value = calendar.local_day(value) if isinstance(value, datetime) else value
    if chosen_language() == "es":
        text = format_date(value, "EEEE d 'de' MMMM 'de' y" if year else "EEEE d 'de' MMMM", locale="es")
    else:
        text = format_date(value, "EEE, MMM d, y" if year else "EEE, MMM d", locale="en")
    return text.replace(" ", NO_BREAK)


def long_day(value: date | datetime) -> str:
    """ "Tuesday, November 24"; in Spanish "martes 24 de noviembre"."""
    value = calendar.local_day(value) if isinstance(value, datetime) else value
    pattern = "EEEE d 'de' MMMM" if chosen_language() == "es" else "EEEE, MMMM d"
    return format_date(value, pattern, locale=chosen_language())


def clock(value: datetime) -> str:
    """ "4:30 pm" in California."""
    pattern = "h:mm a" if calendar.local(value).minute else "h a"
    text = format_time(calendar.local(value).time(), pattern, locale="en").lower()
    return text.replace("\N{NARROW NO-BREAK SPACE}", NO_BREAK).replace(" ", NO_BREAK)


def ago(value: datetime) -> str:
    """ "12 minutes ago", then the clock today, then the day and clock."""
    minutes = int((g.now - value).total_seconds() // 60)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return ngettext("%(num)d minute ago", "%(num)d minutes ago", minutes)
    if calendar.local_day(value) == calendar.local_day(g.now):
        return _("today, %(clock)s", clock=clock(value))
    return f"{day(value)}, {clock(value)}"


@dataclass(frozen=True)
class Due:
    """A due time as the due_clock macro wants it."""

    text: str
    iso: str | None
    state: str


VERBS = {
    "answer": lambda by: _("Answer by %(by)s", by=by),
    "first-contact": lambda by: _("First contact by %(by)s", by=by),
    "update": lambda by: _("Close or update by %(by)s", by=by),
    "call": lambda by: _("Call by %(by)s", by=by),
    "review": lambda by: _("Look again %(by)s", by=by),
    "waiting-list": lambda by: _("Clock stopped: on our waiting list. Look again %(by)s", by=by),
}


def due_words(kind: str, due_at: datetime | None) -> Due | None:
    """By when something of a kind of `VERBS` is owed, or how late it is; None when no clock runs."""
    if due_at is None:
        return None
    if kind == "waiting-list":
        return Due(VERBS[kind](day(due_at)), due_at.isoformat(), "stopped")
    if due_at < g.now:
        late = calendar.business_days_late(due_at, g.now)
        words = ngettext("%(num)d business day late", "%(num)d business days late", late)
        return Due(words, due_at.isoformat(), "late")
    return Due(VERBS[kind](_by(due_at)), due_at.isoformat(), "plain")


def _by(due_at: datetime) -> str:
    if calendar.local_day(due_at) == calendar.local_day(g.now):
        return _("today, %(clock)s", clock=clock(due_at))
    return day(due_at)
