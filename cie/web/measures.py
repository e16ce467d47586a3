"""What worked: the four facts of a month, broken down, as a page and as files; both read the same rows."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, current_app, g, render_template, request, url_for

from cie import calendar, directory, geography, measures
from cie.access import Permission, is_allowed
from cie.db import reading
from cie.errors import NotFound
from cie.http import requires
from cie.measures import Answering, Breakdown, Row, Summary, Whose
from cie.web.language import chosen_language, lazy_gettext
from cie.web.language import gettext as _
from cie.web.language_names import language_name
from cie.web.words import catalogue, closing_words

blueprint = Blueprint("measures", __name__)
MONTHS = 12
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
HEADS: dict[Breakdown, Any] = {
    Breakdown.NEED: lazy_gettext("Need"),
    Breakdown.COUNTY: lazy_gettext("County"),
    Breakdown.LANGUAGE: lazy_gettext("Language"),
    Breakdown.REASON: lazy_gettext("Reason"),
}
COLUMNS: dict[str, Any] = {
    "sent": lazy_gettext("Sent"),
    "answered": lazy_gettext("Answered"),
    "closed": lazy_gettext("Closed"),
    "received": lazy_gettext("Received"),
    "confirmed": lazy_gettext("Confirmed"),
}
TITLES: dict[Breakdown, Any] = {
    Breakdown.NEED: lazy_gettext("Help confirmed, by need"),
    Breakdown.COUNTY: lazy_gettext("Help confirmed, by county"),
    Breakdown.LANGUAGE: lazy_gettext("Help confirmed, by language"),
    Breakdown.REASON: lazy_gettext("Closed, by reason"),
}


@dataclass(frozen=True)
class Bar:
    """One bar of a chart: a part of its base."""

    label: str
    part: int
    base: int


@dataclass(frozen=True)
class TableRow:
    """One line of a table in words; `cells` is None when the line may not be shown."""

    label: str
    cells: list[str] | None


@dataclass(frozen=True)
class Table:
    """A table beside its chart, with the address of the same as a file."""

    title: str
    caption: str
    columns: list[str]
    rows: list[TableRow]
    bars: list[Bar]
    csv_url: str


def _months() -> list[date]:
    """This month and those before, newest first."""
    today = calendar.local_day(g.now)
    numbers = [today.year * 12 + today.month - 1 - back for back in range(MONTHS)]
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def _asked_for() -> tuple[Whose, date]:
    """Whose referrals, first sent in which month; an address that says neither means this month, of ours;
    who looks after the network sends nothing, and means everybody's.
    """
    usual = Whose.EVERYBODY if is_allowed(g.actor, Permission.NETWORK_MANAGE) else Whose.OURS
    whose = next((w for w in Whose if w.value == request.args.get("whose")), usual)
    months = {month.isoformat()[:7]: month for month in _months()}
    return whose, months.get(request.args.get("month", ""), next(iter(months.values())))


def _count(whose: Whose, month: date) -> tuple[Summary, Answering]:
    small = current_app.extensions["cie-settings"].small_cell_below
    with reading() as session:
        facts = measures.summary(session, g.actor, whose, month, small_below=small)
        return facts, measures.answering(session, g.actor, month)


@blueprint.get("/measures")
@requires(Permission.MEASURES_READ)
def index() -> str:
    """The four facts of a month, then the tables."""
    whose, month = _asked_for()
    facts, answering = _count(whose, month)
    return render_template(
        "measures/index.html",
        half=half_words,
        whose=whose,
        month=month,
        today=calendar.local_day(g.now),
        month_words=month_words(month),
        months=[(m.isoformat()[:7], month_words(m)) for m in _months()],
        facts=facts,
        answering=answering,
        tables=[_table(name, rows, whose, month) for name, rows in facts.tables.items() if rows],
    )


def month_words(month: date) -> str:
    """ "October 2026"; "octubre de 2026"."""
    name = catalogue(chosen_language())["calendar"]["months"][month.month - 1]
    return _("%(month)s %(year)s", month=name, year=month.year)


def half_words(hours: float) -> str:
    """How soon half were answered; what rounds to nothing is said in words."""
    if hours < 1:
        return _("Half within 1 business hour.")
    return _("Half within %(hours)s business hours.", hours=round(hours, 1))


def _table(name: Breakdown, rows: Sequence[Row], whose: Whose, month: date) -> Table:
    columns = list(rows[0].counts)
    shown = [row for row in rows if None not in row.counts.values()]
    return Table(
        title=str(TITLES[name]),
        caption=_("%(title)s: the same figures", title=TITLES[name]),
        columns=[str(HEADS[name]), *(str(COLUMNS[column]) for column in columns)],
        rows=[TableRow(label_of(name, row.code), _cells(row)) for row in rows],
        bars=[bar for row in shown for bar in _bar(name, row, shown)],
        csv_url=url_for("measures.download", table=name.value, whose=whose.value, month=month.isoformat()[:7]),
    )


def _cells(row: Row) -> list[str] | None:
    counts = list(row.counts.values())
    return None if None in counts else [str(count) for count in counts]


def _bar(name: Breakdown, row: Row, shown: Sequence[Row]) -> list[Bar]:
    if name is Breakdown.REASON:
        return [Bar(label_of(name, row.code), row.counts["closed"] or 0, sum(r.counts["closed"] or 0 for r in shown))]
    received = row.counts["received"] or 0
    return [Bar(label_of(name, row.code), row.counts["confirmed"] or 0, received)] if received else []


def label_of(name: Breakdown, code: str) -> str:
    """What a line of a table is about, in words."""
    return _LABELS[name](code)


def _need_label(code: str) -> str:
    return directory.need(code).label[chosen_language()]


_LABELS: dict[Breakdown, Callable[[str], str]] = {
    Breakdown.NEED: _need_label,
    Breakdown.COUNTY: lambda code: geography.counties().get(code) or _("Not known"),
    Breakdown.LANGUAGE: lambda code: language_name(code) if code else _("Not known"),
    Breakdown.REASON: lambda code: closing_words(code, chosen_language()),
}


@blueprint.get("/measures/<table>.csv")
@requires(Permission.MEASURES_READ)
def download(table: str) -> Response:
    """One table as a file, hidden where the page hides. Raises NotFound for a table that there is not."""
    if table not in [name.value for name in Breakdown]:
        raise NotFound("There is no such page")
    whose, month = _asked_for()
    facts, _answering = _count(whose, month)
    rows = facts.tables.get(Breakdown(table), ())
    content = "\ufeff" + _as_csv(_table(Breakdown(table), rows, whose, month)) if rows else "\ufeff"
    name = f"measures-{table}-{month.isoformat()[:7]}.csv"
    return Response(content, content_type="text/csv; charset=utf-8", headers=_as_file(name))


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _as_csv(table: Table) -> str:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(table.columns)
    for row in table.rows:
        hidden = [_("Not shown, to protect people")] * (len(table.columns) - 1)
        writer.writerow([harmless(row.label), *(row.cells or hidden)])
    return written.getvalue()


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
