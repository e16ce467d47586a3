"""Coming in: the link leaves the address at once, and the PIN is asked."""

from typing import Any

from flask import g, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from cie import people
from cie.access import ANYONE
from cie.db import reading, transaction
from cie.errors import Invalid, NotFound
from cie.http import public
from cie.people import PersonLink
from cie.web.forms import FormSchema, Notice, again
from cie.web.my.blueprint import blueprint
from cie.web.my.visit import begin_visit, keep_link

PIN_MISSING = "PIN: enter the 6 digits"
WRONG = "PIN: this is not the right one. Try again"


class PinSchema(FormSchema):
    """What is typed to come in. The box is called a code, so that nothing keeps what was in it."""

    code = fields.Str(required=True, error_messages={"required": PIN_MISSING})


@blueprint.get("/<token>")
@public
def open_link(token: str) -> Response:
    """A link was opened: remember it in this browser and take it out of the address. Nothing else changes."""
    with reading() as session:
        people.link_for(session, token, at=g.now)
    response = make_response(redirect(url_for("my.show"), 303))
    keep_link(response, token)
    return response


def pin_page(errors: Any = (), notice: Notice | None = None) -> str:
    """Where the PIN is typed; it says nothing of whose page it is."""
    _opened()
    return render_template("my/pin.html", errors=errors, notice=notice)


@blueprint.get("/enter")
@public
def enter() -> "str | Response":
    """Ask for the PIN; whoever is inside already goes on."""
    return redirect(url_for("my.show"), 303) if g.actor is not ANYONE else pin_page()


@blueprint.post("/enter")
@public
@again(pin_page)
def create_visit() -> Response:
    """Look at the PIN, after the try was counted."""
    pin = PinSchema().read()["code"].replace(" ", "")
    link, source = _opened(), request.remote_addr or ""
    with transaction() as session:
        people.count_pin_try(session, link, source, at=g.now)
    if not people.is_pin_of(link, pin):
        raise Invalid(WRONG, "code")
    with transaction() as session:
        people.pin_was_right(session, link, source, at=g.now)
    begin_visit(link)
    return redirect(url_for("my.show"), 303)


def _opened() -> PersonLink:
    link: PersonLink | None = g.link
    if link is None:
        raise NotFound(people.NO_LONGER)
    return link
