"""Break-glass for those who treat: saying why, what opens then for a few hours, and that it is over."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from cie import calendar, consent, referrals
from cie.access import Permission
from cie.consent import EmergencyKind, EmergencyLimit
from cie.db import reading, transaction
from cie.http import requires
from cie.referrals import Emergency, OpenEmergency
from cie.web import task_header
from cie.web.element_words import element_label, element_value
from cie.web.forms import FormSchema, again
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext, ngettext
from cie.web.proof import proven
from cie.web.words_of_time import clock, day

blueprint = Blueprint("emergency", __name__, url_prefix="/emergencies")

KINDS: dict[EmergencyKind, Any] = {
    EmergencyKind.MEDICAL: lazy_gettext("The person needs medical care now"),
    EmergencyKind.DANGER: lazy_gettext("Somebody's life is in danger"),
}
HINTS: dict[EmergencyKind, Any] = {
    EmergencyKind.MEDICAL: lazy_gettext("Only this can open records of alcohol and drug treatment."),
    EmergencyKind.DANGER: lazy_gettext("The person's life, or someone else's. Nobody needs medical care yet."),
}
CHOOSE_KIND: Any = {"unknown": "What kind of emergency is it: choose one"}


class EmergencySchema(FormSchema):
    """What kind of emergency, what happened, and that the person cannot be asked."""

    kind = fields.Enum(EmergencyKind, by_value=True, load_default=None, error_messages=CHOOSE_KIND)
    reason = fields.Str(load_default="")
    cannot_ask = fields.Bool(load_default=False)


def asking_page(task_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The form; it is the same whether there is more to open or not."""
    with reading() as session:
        header = task_header.load(session, task_id)
        referrals.require_treating(session, g.actor, header.task)
    limit = consent.emergency_limit(calendar.local_day(g.now))
    kinds = [{"value": kind.value, "label": str(words), "hint": str(HINTS[kind])} for kind, words in KINDS.items()]
    return render_template(
        "emergency/new.html", header=header, kinds=kinds, follows=_what_follows(header.sender, limit),
        errors=errors, notice=notice,
    )  # fmt: skip


def _what_follows(sender: str, limit: EmergencyLimit) -> list[str]:
    told = _("The privacy officers here and at %(sender)s are told at once. They look at each opening.", sender=sender)
    sees = ngettext(
        "You see more of this request for %(num)d hour, as far as the rules let it go.",
        "You see more of this request for %(num)d hours, as far as the rules let it go.",
        limit.open_hours,
    )
    often = ngettext("You can do this %(num)d time a day.", "You can do this %(num)d times a day.", limit.tries_a_day)
    return [sees, told, _("The person can see that you opened it."), often]


@blueprint.get("/tasks/<uuid:task_id>/new")
@requires(Permission.EMERGENCY_OPEN)
@proven
def new(task_id: UUID) -> "str | Response":
    """Say why more has to be opened; what is open already is shown."""
    with reading() as session:
        found = consent.emergency_open_now(session, g.actor.organization, task_id, at=g.now)
    return redirect(url_for("emergency.show", task_id=task_id)) if found else asking_page(task_id)


@blueprint.post("/tasks/<uuid:task_id>")
@requires(Permission.EMERGENCY_OPEN)
@proven
@again(asking_page)
def create(task_id: UUID) -> Response:
    """Open what the rules let go; that there was nothing is said in the same words as that nothing may go."""
    form = EmergencySchema().read()
    said = Emergency(form["kind"], form["reason"], form["cannot_ask"])
    with transaction() as session:
        opened = referrals.open_emergency(session, g.actor, task_id, said, at=g.now)
    return redirect(url_for("emergency.show", task_id=task_id, done="opened" if opened else "nothing"), 303)


@blueprint.get("/tasks/<uuid:task_id>")
@requires(Permission.EMERGENCY_OPEN)
def show(task_id: UUID) -> str:
    """What is open now, until when."""
    with reading() as session:
        header = task_header.load(session, task_id)
        found = referrals.emergency_now(session, g.actor, header.task, at=g.now)
    opened = _in_words(found) if found else None
    asked = request.args.get("done") == "nothing"
    return render_template("emergency/show.html", header=header, asked=asked, opened=opened)


def _in_words(found: OpenEmergency) -> dict[str, Any]:
    until, held = found.access.until_at, found.elements.items()
    return {
        "until": _("Open until %(day)s, %(clock)s", day=day(until), clock=clock(until)),
        "facts": [{"label": element_label(code), "value": element_value(code, value)} for code, value in held],
        "by": found.access.record["receiver"],
    }
