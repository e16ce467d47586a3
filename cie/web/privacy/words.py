"""The privacy officer's cases in words: kinds, states, what was done, and by when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import g
from markupsafe import Markup
from sqlmodel import Session

from cie import calendar, identity, privacy
from cie.privacy import (
    EXACT_TO,
    Case,
    CaseEntry,
    DemandKind,
    DemandState,
    Figure,
    IncidentState,
    RequestKind,
    RequestState,
    Standing,
    Step,
)
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext, ngettext
from cie.web.words_of_time import Due, clock, day

DEMANDS: Mapping[DemandKind, Any] = {
    DemandKind.SUBPOENA: lazy_gettext("Subpoena"),
    DemandKind.COURT_ORDER: lazy_gettext("Court order"),
    DemandKind.SEARCH_WARRANT: lazy_gettext("Search warrant"),
    DemandKind.IMMIGRATION_ENFORCEMENT: lazy_gettext("Immigration enforcement"),
    DemandKind.OTHER: lazy_gettext("Another demand"),
}
REQUESTS: Mapping[RequestKind, Any] = {
    RequestKind.ACCESS: lazy_gettext("See it or get a copy"),
    RequestKind.CORRECTION: lazy_gettext("Correct something"),
    RequestKind.AMENDMENT: lazy_gettext("Add to a health record (amendment)"),
    RequestKind.DELETION: lazy_gettext("Delete something"),
    RequestKind.ACCOUNTING: lazy_gettext("A list of who got it"),
    RequestKind.RESTRICTION: lazy_gettext("Share less of it"),
}
STATES: Mapping[str, tuple[Any, str]] = {
    IncidentState.OPEN: (lazy_gettext("Still open"), "ring"),
    IncidentState.RESIDENTS_TOLD: (lazy_gettext("People were told"), "half"),
    IncidentState.CLOSED: (lazy_gettext("This case is closed"), "disc"),
    DemandState.RECEIVED: (lazy_gettext("No lawyer has seen it yet"), "ring"),
    DemandState.WITH_COUNSEL: (lazy_gettext("A lawyer looks at it"), "half"),
    DemandState.ANSWERED_OUTSIDE: (lazy_gettext("Answered outside, by hand"), "disc"),
    DemandState.REFUSED: (lazy_gettext("Not answered: we said no"), "square"),
    DemandState.WITHDRAWN: (lazy_gettext("They no longer ask"), "disc"),
    RequestState.GRANTED: (lazy_gettext("We said yes"), "disc"),
    RequestState.PARTLY_GRANTED: (lazy_gettext("We said yes to a part"), "disc"),
    RequestState.DENIED: (lazy_gettext("We said no"), "square"),
}
"""By code, since a code means the same in each kind of case."""
STEPS: Mapping[Step, Any] = {
    Step.OPENED: lazy_gettext("The case was opened"),
    Step.NOTE: lazy_gettext("What was done"),
    Step.LIST_GREW: lazy_gettext("The list of people grew"),
    Step.LIST_TAKEN_BACK: lazy_gettext("People were taken off the list"),
    Step.LIST_DOWNLOADED: lazy_gettext("The list was downloaded"),
    Step.RESIDENTS_TOLD: lazy_gettext("The people affected were told"),
    Step.ATTORNEY_GENERAL_TOLD: lazy_gettext("The attorney general was told"),
    Step.WITH_COUNSEL: lazy_gettext("A lawyer looks at it"),
    Step.EXTENDED: lazy_gettext("The answer takes longer"),
    Step.ANSWERED_OUTSIDE: lazy_gettext("Answered outside, by hand"),
    Step.REFUSED: lazy_gettext("Not answered: we said no"),
    Step.GRANTED: lazy_gettext("We said yes"),
    Step.PARTLY_GRANTED: lazy_gettext("We said yes to a part"),
    Step.DENIED: lazy_gettext("We said no"),
    Step.WITHDRAWN: lazy_gettext("They no longer ask"),
    Step.CLOSED: lazy_gettext("The case was closed"),
    Step.KEPT_OUT: lazy_gettext("An agency wants it kept off the list of the person"),
    Step.KEPT_OUT_ENDED: lazy_gettext("It stands on the list of the person again"),
}
STANDINGS: Mapping[Standing, Any] = {
    Standing.OPEN: lazy_gettext("Open ones"),
    Standing.LATE: lazy_gettext("Late ones"),
    Standing.CLOSED: lazy_gettext("Closed ones"),
    Standing.ALL: lazy_gettext("All"),
}


@dataclass(frozen=True)
class When:
    """A moment as the history shows it."""

    day: str
    clock: str
    iso: str


@dataclass(frozen=True)
class Line:
    """One line of the history of a case; `body` is markup."""

    when: When
    title: str
    by: str
    body: Markup | None
    key: bool


def due_of(due_on: date | None, *, closed: bool = False) -> Due | None:
    """By which day something is owed, or how late it is; None when no clock runs."""
    if due_on is None or closed:
        return None
    late = (calendar.local_day(g.now) - due_on).days
    if late > 0:
        return Due(ngettext("%(num)d day late", "%(num)d days late", late), due_on.isoformat(), "late")
    words = _("By today") if late == 0 else _("By %(day)s", day=day(due_on, year=True))
    return Due(words, due_on.isoformat(), "plain")


def day_with_rule(due_on: date | None, rule: Figure | None) -> str:
    """A day with where it comes from, and the business day before it when its offices are closed."""
    if due_on is None or rule is None:
        return _("No day is set. Do not wait without a reason")
    words = _("%(day)s (%(source)s)", day=day(due_on, year=True), source=rule.source)
    if calendar.is_business_day(due_on):
        return words
    return _("%(words)s. Offices are closed then: do it before", words=words)


def standing_words(case: Case) -> dict[str, str]:
    """Where a case stands: its words and its mark."""
    words, mark = STATES[case.state.value]
    return {"words": str(words), "mark": mark}


def history_lines(session: Session, case: Case) -> list[Line]:
    """What was done in a case, newest first, and by whom."""
    entries = privacy.history_of(session, case)
    names = identity.colleagues_by_id(session, g.actor, [entry.by_id for entry in entries])
    return [_line(entry, names[entry.by_id].name if entry.by_id in names else _("A colleague")) for entry in entries]


def _line(entry: CaseEntry, by: str) -> Line:
    words = Markup('<p class="cie-text" dir="auto">{}</p>').format(entry.words) if entry.words else None
    return Line(_when(entry.at), _title(entry), by, words, entry.step is not Step.NOTE)


def _when(at: datetime) -> When:
    return When(day(at, year=True), clock(at), at.isoformat())


def _title(entry: CaseEntry) -> str:
    said = [str(STEPS[entry.step])]
    if entry.step in (Step.EXTENDED, Step.KEPT_OUT) and entry.on_day is not None:
        said.append(_("until %(day)s", day=day(entry.on_day, year=True)))
    elif entry.on_day is not None:
        said.append(_("on %(day)s", day=day(entry.on_day, year=True)))
    if entry.count is not None:
        said.append(ngettext("%(num)d person", "%(num)d people", entry.count))
    return ", ".join(said)


def count_words(count: int) -> str:
    """A count as lists show it: exact to 99."""
    return str(count) if count <= EXACT_TO else f"{EXACT_TO}+"


def options(words: Mapping[Any, Any], hints: Mapping[Any, Any] | None = None) -> Sequence[Mapping[str, Any]]:
    """Codes with their words, to choose from."""
    return [
        {"value": code.value, "label": str(text), "hint": str(hints[code]) if hints and code in hints else None}
        for code, text in words.items()
    ]
