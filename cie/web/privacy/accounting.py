"""The list of who got something of one person: on the page, on paper, as a file; and the list of 42 CFR 2.24.

A file holds no more than the page; that one was taken is kept, with its days.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, render_template, request, url_for

from cie import participants, privacy
from cie.access import Permission
from cie.db import reading, transaction
from cie.http import Page, requires
from cie.privacy import Accounting, Disclosed, PersonRequest, Span
from cie.privacy.deadlines import ACCOUNTING_SPAN, PART2_LIST, PART2_LIST_SPAN
from cie.web import pdf
from cie.web.consent_copies import speak
from cie.web.day_boxes import PARTS
from cie.web.forms import again
from cie.web.language import gettext as _
from cie.web.language import ngettext
from cie.web.paging import pages_of, wanted_page
from cie.web.person_words import dated, full_name
from cie.web.privacy.accounting_papers import accounting_paper, days_words, part2_paper, why_unnamed
from cie.web.privacy.accounting_words import Line, as_file, lines_of
from cie.web.privacy.blueprint import days_of, for_operations, today
from cie.web.privacy.words import due_of

blueprint = Blueprint("accounting", __name__, url_prefix="/people/<uuid:person_id>/accounting")
blueprint.before_request(for_operations)
ROWS_A_PAGE = 20
DAYS = {"first_on": "First day", "last_on": "Last day"}
CSV_NAME, PDF_NAME = "list.csv", "list.pdf"
RULES: Mapping[str, Callable[[int], str]] = {
    ACCOUNTING_SPAN: lambda years: ngettext(
        "This list goes back %(num)d year at most", "This list goes back %(num)d years at most", years
    ),
    PART2_LIST_SPAN: lambda years: ngettext(
        "The list for treatment records goes back %(num)d year",
        "The list for treatment records goes back %(num)d years",
        years,
    ),
    PART2_LIST: lambda days: ngettext(
        "The person gets that list within %(num)d day of asking in writing",
        "The person gets that list within %(num)d days of asking in writing",
        days,
    ),
}
"""What each figure of the law means here."""


def _span() -> Span:
    """The days that the address or the form asks for. Raises Invalid."""
    typed = {f"{name}_{part}": request.values.get(f"{name}_{part}", "").strip() for name in DAYS for part in PARTS}
    days: dict[str, Any] = days_of(typed, {}, DAYS)
    return privacy.span_between(**days, at=g.now)


def _boxes_of(span: Span) -> dict[str, Any]:
    """The boxes of both days, as `_span` reads them."""
    return {**_boxes(span.first_on, "first_on"), **_boxes(span.last_on, "last_on")}


def _boxes(day: date, name: str) -> dict[str, str]:
    return {f"{name}_month": str(day.month), f"{name}_day": str(day.day), f"{name}_year": str(day.year)}


def _page_of(found: Accounting) -> Page[Any]:
    """The rows of one page of the list."""
    number = wanted_page()
    start = (number - 1) * ROWS_A_PAGE
    items = list(found.every[start : start + ROWS_A_PAGE])
    return Page(items, number, ROWS_A_PAGE, len(found.every) > start + ROWS_A_PAGE, len(found.every))


def _marked(found: Accounting, told: Sequence[Disclosed]) -> list[Line]:
    """The list in words for the officer, who sees until when an entry is kept off what the person gets."""
    return [_mark(found, each, line) for each, line in zip(told, lines_of(told), strict=True)]


def _mark(found: Accounting, each: Disclosed, line: Line) -> Line:
    if each.demand is None:
        return line
    until = found.kept_out.get(each.demand.id)
    url = url_for("privacy.suspensions", demand_id=each.demand.id)
    return replace(line, kept_out=dated(until) if until else "", url=url)


def accounting_page(person_id: UUID, span: Span | None = None, errors: Any = (), notice: Any = None) -> str:
    """The list of these days, a page of it; with wrong days their boxes, and no list."""
    shown = span or privacy.widest_span(today(), today())
    with reading() as session:
        found = privacy.accounting_of(session, g.actor, person_id, shown, at=g.now)
        page = _page_of(found)
        told = privacy.disclosed(session, found.person, page.items)
        asked = privacy.open_accounting_requests(session, g.actor, person_id, today=today())
    boxes = _boxes_of(shown)
    return render_template(
        "privacy/accounting.html", person_id=person_id, name=full_name(found.person), is_listed=span is not None,
        lines=_marked(found, told), count=len(found.every), kept_out=len(found.every) - len(found.rows),
        days=days_words(shown), boxes=boxes,
        typed_days={name: request.values.get(name, value) for name, value in boxes.items()},
        why_unnamed=_why_unnamed(told), step=_step(asked), rules=_rules(),
        pages=pages_of(page, "accounting.show", person_id=person_id, **boxes), errors=errors, notice=notice,
    )  # fmt: skip


def _why_unnamed(told: Sequence[Disclosed]) -> str:
    """Why some of these have no name; nothing when all have one."""
    return why_unnamed() if any(each.receiver is None for each in told) else ""


def _step(asked: Sequence[PersonRequest]) -> dict[str, Any] | None:
    """What the person asked and waits for; None when they asked for no list."""
    if not asked:
        return None
    case = asked[0]
    due = due_of(case.due_on)
    answer = {"label": _("Write down the answer"), "url": url_for("privacy.answering", request_id=case.id)}
    others = [{"label": _("See what they asked"), "url": url_for("privacy.request_case", request_id=case.id)}]
    title = _("Your next step: give the person this list, then write down the answer")
    return {"title": title, "due": f"{due.text}." if due else None, "primary": answer, "others": others}


def _rules() -> list[str]:
    """How far each list goes back, and by when the second is owed, with the source."""
    said = ((say, privacy.figure(code, today())) for code, say in RULES.items())
    return [f"{say(rule.value)} ({rule.source})." for say, rule in said if rule is not None]


def wrong_days_page(person_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The boxes again, with what is wrong."""
    return accounting_page(person_id, None, errors, notice)


@blueprint.get("")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(wrong_days_page)
def show(person_id: UUID) -> str:
    """Who got something of this person."""
    return accounting_page(person_id, _span())


@blueprint.get("/sheet")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(wrong_days_page)
def sheet(person_id: UUID) -> str:
    """The whole list, to print."""
    span = _span()
    with reading() as session:
        found = privacy.accounting_of(session, g.actor, person_id, span, at=g.now)
        told = privacy.disclosed(session, found.person, found.rows)
    return render_template(
        "privacy/accounting_sheet.html", name=full_name(found.person), lines=lines_of(told), days=days_words(span),
        why_unnamed=_why_unnamed(told), back=url_for("accounting.show", person_id=person_id, **_boxes_of(span)),
    )  # fmt: skip


@blueprint.post("/list.csv")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(wrong_days_page)
def as_table(person_id: UUID) -> Response:
    """The list as a file for a spreadsheet; that it was taken is kept first."""
    span = _span()
    with transaction() as session:
        found = privacy.take_accounting(session, g.actor, person_id, span, form="csv", at=g.now)
        told = privacy.disclosed(session, found.person, found.rows)
    headers = {"Content-Disposition": f'attachment; filename="{CSV_NAME}"'}
    return Response(as_file(lines_of(told)), content_type="text/csv; charset=utf-8", headers=headers)


@blueprint.post("/list.pdf")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(wrong_days_page)
def as_paper(person_id: UUID) -> Response:
    """The list as a paper for the person, in their language; that it was taken is kept first."""
    span = _span()
    with transaction() as session:
        found = privacy.take_accounting(session, g.actor, person_id, span, form="pdf", at=g.now)
        told = privacy.disclosed(session, found.person, found.rows)
        place = participants.get_participant(session, found.person.organization_id)
    speak(found.person.language)
    return pdf.answer(accounting_paper(place, found, told), PDF_NAME)


@blueprint.post("/part2.pdf")
@requires(Permission.PRIVACY_CASE_MANAGE)
def part2(person_id: UUID) -> Response:
    """The list of 42 CFR 2.24 as a paper for the person, in one action."""
    with transaction() as session:
        found, told = privacy.part2_list(session, g.actor, person_id, at=g.now)
        place = participants.get_participant(session, found.person.organization_id)
    speak(found.person.language)
    return pdf.answer(part2_paper(place, found, told), PDF_NAME)
