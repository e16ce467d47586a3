"""Incidents: the list, a new one, the case with its dates and history, telling people, closing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from flask import g, redirect, render_template, url_for
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import privacy
from cie.access import Permission
from cie.db import reading, transaction
from cie.http import requires
from cie.privacy import Dates, Happening, Incident
from cie.web.day_boxes import required_day_in, with_days
from cie.web.forms import FormSchema, again, typed
from cie.web.language import gettext as _
from cie.web.language import ngettext
from cie.web.organization import done_notice
from cie.web.privacy.blueprint import DONE, NoteSchema, blueprint, days_of, kept_once
from cie.web.privacy.lists import list_page
from cie.web.privacy.words import day_with_rule, due_of, history_lines, standing_words
from cie.web.words_of_time import day

SHORT = 80  # characters of what happened that a list shows


class IncidentSchema(FormSchema):
    """What happened, who found it, and how many are affected whom the exchange does not know."""

    what = fields.Str(load_default="")
    found_by = fields.Str(load_default="")
    elsewhere = fields.Int(
        load_default=0, error_messages={"invalid": "People who are not in this exchange: enter a number, 0 or more"}
    )


HappeningSchema = with_days(IncidentSchema, "discovered_on", "occurred_from", "occurred_until")
ToldSchema = with_days(FormSchema, "told_on")


def _described(_session: Session, incidents: Sequence[Incident]) -> list[tuple[str, str, str]]:
    return [
        (url_for("privacy.incident", incident_id=each.id), short(each.what), found_words(each)) for each in incidents
    ]


def short(words: str) -> str:
    """The beginning of long words."""
    return words if len(words) <= SHORT else f"{words[: SHORT - 1].rstrip()}…"


def found_words(incident: Incident) -> str:
    """When it was found."""
    return _("Found %(day)s.", day=day(incident.discovered_on, year=True))


@blueprint.get("/incidents")
@requires(Permission.PRIVACY_CASE_MANAGE)
def incidents() -> str:
    """The incidents of the organization."""
    return list_page(Incident, "privacy/incidents.html", "privacy.incidents", _described)


def new_incident_page(errors: Any = (), notice: Any = None) -> str:
    """The form of a new incident."""
    form_id = uuid4().hex if notice else typed("form_id") or uuid4().hex
    return render_template("privacy/incident_new.html", form_id=form_id, errors=errors, notice=notice)


@blueprint.get("/incidents/new")
@requires(Permission.PRIVACY_CASE_MANAGE)
def new_incident() -> str:
    """Write down an incident."""
    return new_incident_page()


@blueprint.post("/incidents")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(new_incident_page)
def create_incident() -> Response:
    """Keep it; the clock runs from the day on which it was found."""
    form = HappeningSchema().read()
    optional = {"occurred_from": "It began on", "occurred_until": "It ended on"}
    days: Any = days_of(form, {"discovered_on": "Found on"}, optional)
    happening = Happening(what=form["what"], found_by=form["found_by"], elsewhere=form["elsewhere"], **days)
    incident_id = kept_once(
        "incident", form, lambda session: privacy.open_incident(session, g.actor, happening, at=g.now).id
    )
    return redirect(url_for("privacy.incident", incident_id=incident_id, done="opened"), 303)


def facts_of(session: Session, incident: Incident) -> list[dict[str, Any]]:
    """What is known of an incident, in words."""
    listed = privacy.count_listed(session, incident)
    rows = [
        (_("What happened"), incident.what),
        (_("Found on"), day(incident.discovered_on, year=True)),
        (_("Who found it"), incident.found_by),
        (_("When it happened"), _happened(incident)),
        (_("People on the list"), ngettext("%(num)d person", "%(num)d people", listed)),
        (_("People who are not in this exchange"), str(incident.elsewhere)),
        *_dates_in_words(incident, privacy.dates_of(incident, listed + incident.elsewhere)),
    ]
    return [{"label": label, "value": value} for label, value in rows]


def _happened(incident: Incident) -> str:
    first, last = incident.occurred_from, incident.occurred_until
    if first is None and last is None:
        return _("Not known")
    if first is None or last is None or first == last:
        return day(first or last or incident.discovered_on, year=True)
    return _("From %(first)s to %(last)s", first=day(first, year=True), last=day(last, year=True))


def _dates_in_words(incident: Incident, dates: Dates) -> list[tuple[str, str]]:
    residents = day_with_rule(dates.residents, dates.residents_rule)
    if incident.residents_told_on:
        residents = _("Told on %(day)s", day=day(incident.residents_told_on, year=True))
    if incident.attorney_general_told_on:
        state = _("Told on %(day)s", day=day(incident.attorney_general_told_on, year=True))
    elif dates.attorney_general_rule is None:
        state = _("Nothing is owed: not more than %(most)s residents", most=dates.above)
    else:
        state = day_with_rule(dates.attorney_general, dates.attorney_general_rule)
    return [(_("Tell the people affected by"), residents), (_("Tell the attorney general by"), state)]


def _step(incident: Incident) -> dict[str, Any]:
    """The next step: whom to tell by when, else closing."""
    if incident.closed_at is not None:
        return {"title": _("No next step: this case is closed"), "due": None, "primary": None, "others": []}
    closing = {"label": _("Close this case"), "url": url_for("privacy.closing", incident_id=incident.id)}
    due = due_of(incident.due_on)
    if incident.residents_told_on is None:
        title, primary = _("Your next step: tell the people affected"), ("privacy.residents", _("They were told"))
    elif due is not None:
        title = _("Your next step: tell the attorney general")
        primary = ("privacy.attorney_general", _("The attorney general was told"))
    else:
        return {"title": _("Your next step: close this case"), "due": None, "primary": closing, "others": []}
    action = {"label": primary[1], "url": url_for(primary[0], incident_id=incident.id)}
    return {"title": title, "due": f"{due.text}." if due else None, "primary": action, "others": [closing]}


def incident_page(incident_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """One incident."""
    with reading() as session:
        incident = privacy.get_case(session, g.actor, Incident, incident_id)
        facts, lines = facts_of(session, incident), history_lines(session, incident)
    return render_template(
        "privacy/incident.html", case=incident, facts=facts, lines=lines, standing=standing_words(incident),
        found=found_words(incident), step=_step(incident), errors=errors, notice=notice or done_notice(DONE),
    )  # fmt: skip


@blueprint.get("/incidents/<uuid:incident_id>")
@requires(Permission.PRIVACY_CASE_MANAGE)
def incident(incident_id: UUID) -> str:
    """The case."""
    return incident_page(incident_id)


@blueprint.get("/incidents/<uuid:incident_id>/sheet")
@requires(Permission.PRIVACY_CASE_MANAGE)
def incident_sheet(incident_id: UUID) -> str:
    """The case on paper."""
    with reading() as session:
        found = privacy.get_case(session, g.actor, Incident, incident_id)
        facts, lines = facts_of(session, found), history_lines(session, found)
    back = url_for("privacy.incident", incident_id=incident_id)
    return render_template(
        "privacy/sheet.html", heading=_("Incident"), facts=facts, lines=lines, standing=standing_words(found), back=back
    )


@blueprint.post("/incidents/<uuid:incident_id>/notes")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(incident_page)
def note_incident(incident_id: UUID) -> Response:
    """Write down what was done."""
    words = NoteSchema().read()["words"]
    with transaction() as session:
        privacy.note(session, g.actor, Incident, incident_id, words, at=g.now)
    return _back(incident_id, "noted")


def _back(incident_id: UUID, done: str) -> Response:
    return redirect(url_for("privacy.incident", incident_id=incident_id, done=done), 303)


def _told_page(incident_id: UUID, template: str, errors: Any, notice: Any) -> str:
    with reading() as session:
        found = privacy.get_case(session, g.actor, Incident, incident_id)
        affected = privacy.count_affected(session, found)
    return render_template(template, case=found, affected=affected, errors=errors, notice=notice)


def residents_page(incident_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """When the people affected were told."""
    return _told_page(incident_id, "privacy/residents.html", errors, notice)


@blueprint.get("/incidents/<uuid:incident_id>/residents")
@requires(Permission.PRIVACY_CASE_MANAGE)
def residents(incident_id: UUID) -> str:
    """The people affected were told: when?"""
    return residents_page(incident_id)


@blueprint.post("/incidents/<uuid:incident_id>/residents")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(residents_page)
def tell_residents(incident_id: UUID) -> Response:
    """Keep the day."""
    told_on = required_day_in(ToldSchema().read(), "told_on", "Told on")
    with transaction() as session:
        privacy.tell_residents(session, g.actor, incident_id, told_on=told_on, at=g.now)
    return _back(incident_id, "told")


def attorney_general_page(incident_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """When the attorney general was told."""
    return _told_page(incident_id, "privacy/attorney_general.html", errors, notice)


@blueprint.get("/incidents/<uuid:incident_id>/attorney-general")
@requires(Permission.PRIVACY_CASE_MANAGE)
def attorney_general(incident_id: UUID) -> str:
    """The attorney general was told: when?"""
    return attorney_general_page(incident_id)


@blueprint.post("/incidents/<uuid:incident_id>/attorney-general")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(attorney_general_page)
def tell_attorney_general(incident_id: UUID) -> Response:
    """Keep the day."""
    told_on = required_day_in(ToldSchema().read(), "told_on", "Told on")
    with transaction() as session:
        privacy.tell_attorney_general(session, g.actor, incident_id, told_on=told_on, at=g.now)
    return _back(incident_id, "told")


def closing_page(incident_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """Why it can be closed."""
    return _told_page(incident_id, "privacy/incident_closing.html", errors, notice)


@blueprint.get("/incidents/<uuid:incident_id>/closing")
@requires(Permission.PRIVACY_CASE_MANAGE)
def closing(incident_id: UUID) -> str:
    """Close it: why?"""
    return closing_page(incident_id)


@blueprint.post("/incidents/<uuid:incident_id>/closing")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(closing_page)
def close_incident(incident_id: UUID) -> Response:
    """Close it."""
    words = NoteSchema().read()["words"]
    with transaction() as session:
        privacy.close_incident(session, g.actor, incident_id, words=words, at=g.now)
    return _back(incident_id, "closed")
