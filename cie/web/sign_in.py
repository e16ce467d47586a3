"""Signing in: e-mail and password, then a code of the phone app; signing out."""

import secrets
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask import session as form_session
from marshmallow import fields
from werkzeug.wrappers import Response

from cie import identity
from cie.db import reading, transaction
from cie.errors import Invalid, TooMany
from cie.http import public
from cie.web.forms import FormSchema, Notice, again
from cie.web.language import gettext as _
from cie.web.session import cookie_name, session_cookie

blueprint = Blueprint("sign_in", __name__)
KNOWN_BROWSER_SECONDS = 90 * 24 * 3600
WRONG = "E-mail or password: these do not belong together. Check both"


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


def _page(errors: list[Invalid] = [], notice: Notice | None = None) -> str:  # noqa: B006 - never changed
    kept = request.args.get("kept") == "yes"
    if kept and notice is None:
        notice = Notice("info", _("You were signed out. Sign in, and what you typed comes back."))
    return render_template("sign_in/password.html", errors=errors, notice=notice, next=request.values.get("next", ""))


@blueprint.get("/sign-in")
@public
def show() -> "str | Response":
    """Ask for e-mail and password; who is signed in already goes on."""
    if getattr(g, "me", None) is not None:
        return redirect(url_for("worklist.index"))
    return _page()


@blueprint.post("/sign-in")
@public
@again(_page)
def password() -> Response:
    """Check the password; the account and the source of the request are counted before that."""
    form = PasswordSchema().read()
    source = _source()
    with transaction() as session:
        identity.count_password_try(session, form["email"], source, at=g.now)
    with reading() as session:
        user = identity.account_for(session, form["email"])
    if not identity.verify_password(user.password_hash if user else None, form["password"]) or user is None:
        raise Invalid(WRONG, "email")
    with transaction() as session:
        identity.password_was_right(session, user, source, at=g.now)
    form_session["half"] = [str(user.id), int(g.now.timestamp())]
    form_session["next"] = form["next"]
    return redirect(url_for("sign_in.code"), 303)


def _source() -> str:
    known = request.cookies.get(cookie_name("browser", current_app.extensions["cie-settings"]))
    return f"browser:{known}" if known else f"address:{request.remote_addr}"


HALF_SIGNED_IN_SECONDS = 600


def _half() -> UUID | None:
    half = form_session.get("half")
    if not half or g.now.timestamp() - half[1] > HALF_SIGNED_IN_SECONDS:
        return None
    return UUID(half[0])


def _code_page(errors: list[Invalid] = [], notice: Notice | None = None) -> str:  # noqa: B006 - never changed
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
    with transaction() as session:
        user = session.get_one(identity.UserAccount, user_id, with_for_update=True)
        try:
            identity.check_code(session, user, form["code"], at=g.now)
            fault = None
        except Invalid as error:
            # the try was counted and must stay counted
            fault = error
        else:
            _row, token = identity.start_session(session, user, browser=_browser(), at=g.now)
    if fault:
        raise fault
    wanted = form_session.get("next", "")
    form_session.clear()
    return _signed_in(token, wanted)


def _browser() -> str:
    agent = request.user_agent.string
    return next((name for name in ("Firefox", "Edg", "Chrome", "Safari") if name in agent), "")


def _signed_in(token: str, wanted: str) -> Response:
    settings = current_app.extensions["cie-settings"]
    response = redirect(_own_path(wanted) or url_for("worklist.index"), 303)
    secure = settings.is_secure
    response.set_cookie(session_cookie(), token, httponly=True, samesite="Lax", secure=secure, path="/")
    browser = cookie_name("browser", settings)
    if browser not in request.cookies:
        response.set_cookie(
            browser,
            secrets.token_urlsafe(16),
            KNOWN_BROWSER_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=secure,
            path="/",
        )
    return response


def _own_path(address: str) -> str | None:
    parts = urlsplit(address)
    own = address.startswith("/") and not address.startswith("//") and "\\" not in address and not parts.netloc
    return address if own else None


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    """End this session."""
    signed_in = getattr(g, "signed_in", None)
    if signed_in is not None:
        with transaction() as session:
            identity.end_session(session, identity.actor_for(signed_in.user), signed_in.session.id, at=g.now)
    form_session.clear()
    response = redirect(url_for("sign_in.show"), 303)
    response.delete_cookie(session_cookie(), path="/")
    return response


@blueprint.get("/sign-in/help")
@public
def help() -> str:
    """What to do when signing in does not work."""
    return render_template("sign_in/help.html")


blueprint.register_error_handler(TooMany, lambda error: (_page(notice=Notice("warn", _(error.message) + ".")), 429))
