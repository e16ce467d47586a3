"""Somebody may be in danger: what was said, what this organization does then, and closing it with what was done."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from marshmallow import fields, validate
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import calendar, identity, messaging, participants, people
from cie.access import Permission
from cie.db import reading, transaction
from cie.http import requires
from cie.people import AlertSource, DangerAlert
from cie.web.forms import FormSchema, again
from cie.web.language import chosen_language, lazy_gettext
from cie.web.person_page import facts_of
from cie.web.person_words import contact_line, full_name
from cie.web.screening_pages import danger_of

blueprint = Blueprint("alerts", __name__, url_prefix="/alerts")

CHOOSE_TEXTS: Any = {"required": "Automatic texts: choose one"}
KINDS = {
    "self-harm": lazy_gettext("It may be about harming oneself."),
    "danger": lazy_gettext("It may be about danger from somebody, or for somebody."),
    "abuse": lazy_gettext("It may be about abuse."),
}


class ClosureSchema(FormSchema):
    """What was done, and whether automatic texts go on."""

    note = fields.Str(
        required=True,
        validate=validate.Length(max=4000, error="What was done: use at most 4000 characters"),
        error_messages={"required": "What was done: write it down"},
    )
    texts = fields.Str(
        required=True,
        validate=validate.OneOf(["on", "paused"], error=CHOOSE_TEXTS["required"]),
        error_messages=CHOOSE_TEXTS,
    )


def page(alert_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """One alert."""
    with reading() as session:
        alert = people.get_alert(session, g.actor, alert_id)
        person = people.get_person(session, g.actor, alert.person_id)
        closed_by = identity.colleagues_by_id(session, g.actor, [alert.closed_by_id])
        shown = {
            "name": full_name(person),
            "facts": facts_of(person, calendar.local_day(g.now)),
            "contacts": [contact_line(point) for point in people.contact_points(session, person)],
            "wrote": _what_they_wrote(session, alert),
            "steps": participants.danger_steps(session, alert.organization_id, chosen_language()),
            "danger": danger_of(session, g.actor),
            "closed_by": next((user.name for user in closed_by.values()), ""),
        }
    return render_template(
        "alerts/show.html",
        alert=alert,
        person=person,
        kind=str(KINDS.get(alert.kind, "")),
        errors=errors,
        notice=notice,
        **shown,
    )


def _what_they_wrote(session: Session, alert: DangerAlert) -> str:
    """The words of the text; those of other sources stand on their own pages."""
    if alert.source != AlertSource.TEXT or alert.source_id is None:
        return ""
    return messaging.get_text(session, g.actor, alert.source_id).body or ""


@blueprint.get("/<uuid:alert_id>")
@requires(Permission.DANGER_READ)
def show(alert_id: UUID) -> str:
    """Read it and act."""
    return page(alert_id)


@blueprint.post("/<uuid:alert_id>/closure")
@requires(Permission.DANGER_READ)
@again(page)
def close(alert_id: UUID) -> Response:
    """Close it with what was done."""
    form = ClosureSchema().read()
    with transaction() as session:
        people.close_alert(session, g.actor, alert_id, note=form["note"], resume_texts=form["texts"] == "on", at=g.now)
    return redirect(url_for("worklist.index", done="danger"), 303)
