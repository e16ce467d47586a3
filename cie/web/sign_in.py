"""Signing in: e-mail and password, then a code of the phone app or a recovery code; signing out."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask import session as form_session
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import identity
from cie.access import Actor, Permission, is_allowed
from cie.db import transaction
from cie.errors import CieError, NotAllowed, TooMany
from cie.http import (
    STATUS,
    browser_marks,
    browser_name,
    draw_forms_for,
    keep_signed_in,
    public,
    session_cookie,
)
from cie.identity import UserAccount
from cie.web.forms import FormSchema, Notice, again, own_path
from cie.web.language import gettext as _
from cie.web.proof import account_with, with_code

blueprint = Blueprint("sign_in", __name__)
HALF_SIGNED_IN_SECONDS = 600


class PasswordSchema(FormSchema):
    """The first step."""

    email = fields.Email(
        required=True,
        error_messages={
            "required": "Work email: enter it",
            "invalid": "Work email: enter an address like name@org.org",
        },
    )
    password = fields.Str(required=True, error_messages={"required": "Password: enter it"})
    next = fields.Str(load_default="")


class CodeSchema(FormSchema):
    """The second step."""

    code = fields.Str(required=True, error_messages={"required": "Code: enter the 6 digits of your app"})


def _page(errors: Any = (), notice: Notice | None = None) -> str:
    if request.args.get("kept") == "yes" and notice is None:
        notice = Notice("info", _("You were signed out. Sign in, and what you typed comes back."))
    return render_template("sign_in/password.html", errors=errors, notice=notice, next=request.values.get("next", ""))


def late_page() -> tuple[str, int]:
    """The first step again, after somebody signed in and out in another tab: it still leads where they wanted to."""
    text = _("Enter your password again.")
    return _page(notice=Notice("info", _("This page was open for too long."), text)), STATUS[NotAllowed.code]


@blueprint.get("/sign-in")
@public
def show() -> "str | Response":
    """Ask for e-mail and password; who is signed in already goes on."""
    if getattr(g, "me", None) is not None:
        return redirect(own_path(request.args.get("next", "")) or home_of(g.actor))
    return _page()


@blueprint.post("/sign-in")
@public
@again(_page)
def password() -> Response:
    """Check the password; nobody is signed in by it alone."""
    form = PasswordSchema().read()
    user = account_with(form["email"], form["password"])
    form_session["half"] = [str(user.id), int(g.now.timestamp())]
    form_session["next"] = form["next"]
    form_session.pop("through", None)
    return redirect(url_for("sign_in.code"), 303)


def _half() -> UUID | None:
    half = form_session.get("half")
    if not half or g.now.timestamp() - half[1] > HALF_SIGNED_IN_SECONDS:
        return None
    return UUID(half[0])


def _code_page(errors: Any = (), notice: Notice | None = None) -> str:
    return render_template("sign_in/code.html", errors=errors, notice=notice)


@blueprint.get("/sign-in/code")
@public
def code() -> "str | Response":
    """Ask for the code of the phone app."""
    return _code_page() if _half() else redirect(url_for("sign_in.show"))


@blueprint.post("/sign-in/code")
@public
@again(_code_page)
def check_code() -> Response:
    """Check the code, start the session, and go on where the person wanted to."""
    user_id = _half()
    if user_id is None:
        return redirect(url_for("sign_in.show"), 303)
    form = CodeSchema().read()
    response = with_code(user_id, form["code"], _start)
    # the token of the forms stays theirs, so that a form they left open in another tab can still be sent
    draw_forms_for(user_id)
    del form_session["half"]
    return response


def _start(session: Session, user: UserAccount) -> Response:
    row, token = identity.start_session(session, user, browser=browser_name(), at=g.now)
    through = form_session.pop("through", None)
    if through:
        identity.note_came_through(session, row, UUID(through["provider"]), through["sid"])
    response = redirect(own_path(form_session.pop("next", "")) or home_of(identity.actor_for(user)), 303)
    marks = identity.mark_browser(user.email, browser_marks(), at=g.now)
    keep_signed_in(response, token, marks, marks_live_seconds=int(identity.MARK_LIVES.total_seconds()))
    return response


def home_of(actor: Actor) -> str:
    """The first page of a member of staff: the first of these that they may see."""
    homes = {
        Permission.WORKLIST_READ: "worklist.index",
        Permission.NETWORK_MANAGE: "network.index",
        Permission.PRIVACY_CASE_MANAGE: "privacy.index",
        Permission.ORGANIZATION_MANAGE: "organization.index",
    }
    return url_for(next((page for may, page in homes.items() if is_allowed(actor, may)), "settings.index"))


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    """End this session; who came from their organization's own sign-in goes on to sign out there, too."""
    signed_in, provider = getattr(g, "signed_in", None), None
    if signed_in is not None:
        with transaction() as session:
            provider = identity.provider_of_session(session, signed_in.session.id)
            identity.end_session(session, identity.actor_for(signed_in.user), signed_in.session.id, at=g.now)
    form_session.clear()
    if provider is not None:
        form_session["left"] = str(provider.id)
    response = redirect(url_for("organization_sign_in.leaving" if provider else "sign_in.show"), 303)
    response.delete_cookie(session_cookie(), path="/")
    return response


@blueprint.get("/sign-in/help")
@public
def help() -> str:
    """What to do when signing in does not work."""
    return render_template("sign_in/help.html")


@blueprint.errorhandler(TooMany)
def too_many(error: CieError) -> tuple[str, int, dict[str, str]]:
    """The page again, with how long to wait."""
    seconds = error.retry_after_seconds if isinstance(error, TooMany) else 0
    minutes = seconds // 60 + 1
    text = _("Wait %(minutes)s minutes, then try again. Nobody is locked out.", minutes=minutes)
    page = _code_page if request.endpoint == "sign_in.check_code" else _page
    return page(notice=Notice("warn", _("Too many tries."), text)), STATUS[error.code], {"Retry-After": str(seconds)}
