"""Texts that got stuck: what it was, to whom, why, and sending it again."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import events, messaging, people
from cie.access import Permission, is_allowed
from cie.db import reading, transaction
from cie.events import DeliveryState, Outbox
from cie.http import paginate, requires
from cie.web.forms import again
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.organization import done_notice
from cie.web.paging import pages_of, wanted_page
from cie.web.person_words import short_name

blueprint = Blueprint("deliveries", __name__, url_prefix="/deliveries")
DONE = {"again": lazy_gettext("It goes out again within a minute, if it is still wanted.")}
TEXTS: dict[str, Any] = {
    "first-text": lazy_gettext("The first text, which says who writes"),
    "asked": lazy_gettext("That an organization was asked"),
    "someone-can-help": lazy_gettext("That somebody will contact them"),
    "help-started": lazy_gettext("That it has started"),
    "still-looking": lazy_gettext("That we are still looking"),
    "waiting-list": lazy_gettext("That there is a waiting list"),
    "paused": lazy_gettext("That it is paused"),
    "ask": lazy_gettext("The question whether help came"),
    "one-time-code": lazy_gettext("A code for one use"),
    "link": lazy_gettext("A link"),
    "waiting": lazy_gettext("That something waits on their page"),
}
REASONS: dict[str, Any] = {
    "uncertain": lazy_gettext("The gateway did not answer. It may have arrived."),
    "gateway away": lazy_gettext("The gateway was away for a day."),
    "refused bad-number": lazy_gettext("This number does not exist. Ask for another one."),
    "refused unreachable": lazy_gettext("The phone could not be reached."),
    "refused landline": lazy_gettext("This phone cannot get texts. Ask for a mobile number."),
}


def what_words(row: Outbox) -> str:
    """What kind of text it was, never what it said."""
    return str(TEXTS.get(row.codes.get("template", ""), _("An answer to a text")))


def why_words(row: Outbox) -> str:
    """Why it is stuck, and what that means."""
    if row.state is DeliveryState.UNCERTAIN:
        return str(REASONS["uncertain"])
    return str(REASONS.get(row.result, _("The gateway refused it.")))


def _row(session: Session, row: Outbox) -> dict[str, Any]:
    may_read = is_allowed(g.actor, Permission.PERSON_READ, row)
    person = people.person_or_erased(session, g.actor, row.person_id) if may_read and row.person_id else None
    return {"row": row, "name": short_name(person) if person else "", "what": what_words(row), "why": why_words(row)}


def list_page(errors: Any = (), notice: Any = None, **_arguments: Any) -> str:
    """The list, newest first."""
    with reading() as session:
        page = paginate(session, events.stuck(g.actor, messaging.KIND), number=wanted_page(), total=None)
        rows = [_row(session, row) for row in page.items]
    return render_template(
        "deliveries/index.html", rows=rows, pages=pages_of(page, "deliveries.index"), errors=errors,
        notice=notice or done_notice(DONE),
    )  # fmt: skip


@blueprint.get("")
@requires(Permission.DELIVERY_MANAGE)
def index() -> str:
    """What could not be delivered."""
    return list_page()


@blueprint.post("/<uuid:delivery_id>/resending")
@requires(Permission.DELIVERY_MANAGE)
@again(list_page)
def resend(delivery_id: UUID) -> Response:
    """Send it again; whether it is still wanted is asked when it goes."""
    with transaction() as session:
        events.resend(session, g.actor, delivery_id, at=g.now)
    return redirect(url_for("deliveries.index", done="again"), 303)
