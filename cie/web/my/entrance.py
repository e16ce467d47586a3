"""Coming in: the link leaves the address at once, and the PIN is asked, or a code that is texted for one use."""

from typing import Any

from flask import g, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from cie import messaging, people
from cie.access import ANYONE
from cie.db import reading, transaction
from cie.errors import Invalid, NotFound
from cie.http import public
from cie.people import AnyLink, PersonLink
from cie.web.forms import FormSchema, Notice, again
from cie.web.my.blueprint import blueprint, closed_page
from cie.web.my.visit import begin_visit, forget_visit, keep_link

PIN_MISSING = "PIN: enter the 6 digits"
WRONG = "PIN: this is not the right one. Try again"
CODE_MISSING = "Code: enter the 6 digits"
WRONG_CODE = "Code: this is not the right one, or it is too old"


class PinSchema(FormSchema):
    """What is typed to come in. The box is called a code, so that nothing keeps what was in it."""

    code = fields.Str(required=True, error_messages={"required": PIN_MISSING})


class CodeSchema(FormSchema):
    """The code of a text."""

    code = fields.Str(required=True, error_messages={"required": CODE_MISSING})


@blueprint.get("/<token>")
@public
def open_link(token: str) -> Response:
    """A link was opened: remember it in this browser and take it out of the address.

    A visit by another link ends, also when this one does not work: on a shared computer nobody comes into the page of
    who was there before.
    """
    try:
        with reading() as session:
            link = people.link_for(session, token, at=g.now)
    except NotFound as error:
        response = make_response(closed_page(error))
        forget_visit(response)
        return response
    response = make_response(redirect(url_for("my.show"), 303))
    if g.actor is not ANYONE and g.link.id != link.id:
        forget_visit(response)
    keep_link(response, token)
    return response


def pin_page(errors: Any = (), notice: Notice | None = None) -> str:
    """Where the PIN is typed; it says nothing of whose page it is. A code is offered where one can be texted."""
    link = _opened()
    with reading() as session:
        may_text = isinstance(link, PersonLink) and messaging.code_point(session, link, at=g.now) is not None
    return render_template("my/pin.html", errors=errors, notice=notice, may_text=may_text)


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
    _count_try(link, source)
    if not people.is_pin_of(link, pin):
        raise Invalid(WRONG, "code")
    with transaction() as session:
        people.came_in(session, link, source, by="pin", at=g.now)
    return _inside(link)


def _count_try(link: AnyLink, source: str) -> None:
    with transaction() as session:
        people.count_pin_try(session, link, source, at=g.now)


def _inside(link: AnyLink) -> Response:
    begin_visit(link)
    return redirect(url_for("my.show"), 303)


@blueprint.post("/code/text")
@public
@again(pin_page)
def create_code() -> Response:
    """Text a code; who holds no link learns nothing of any phone."""
    link = _links_own()
    with transaction() as session:
        messaging.send_code(session, link, at=g.now)
    return redirect(url_for("my.code"), 303)


def code_page(errors: Any = (), notice: Notice | None = None) -> str:
    """Where the code is typed."""
    _links_own()
    return render_template("my/code.html", errors=errors, notice=notice)


@blueprint.get("/code")
@public
def code() -> str:
    """Ask for the code that was texted."""
    return code_page()


@blueprint.post("/code")
@public
@again(code_page)
def create_visit_by_code() -> Response:
    """Look at the code, after the try was counted; it is good once."""
    given = CodeSchema().read()["code"].replace(" ", "")
    link, source = _links_own(), request.remote_addr or ""
    _count_try(link, source)
    with transaction() as session:
        own = session.get_one(PersonLink, link.id)
        is_right = messaging.use_code(session, own, given, at=g.now)
        if is_right:
            people.came_in(session, own, source, by="code", at=g.now)
    if not is_right:
        raise Invalid(WRONG_CODE, "code")
    return _inside(link)


def _opened() -> AnyLink:
    link: AnyLink | None = g.link
    if link is None:
        raise NotFound(people.NO_LONGER)
    return link


def _links_own() -> PersonLink:
    """The opened link when it is the person's own: nobody else gets a code."""
    link = _opened()
    if not isinstance(link, PersonLink):
        raise NotFound(people.NO_LONGER)
    return link
