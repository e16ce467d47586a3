"""Pages that belong to everybody: help, privacy, keys, language, the quick exit, reports of a blocked script."""

import logging
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from cie.http import public
from cie.web.language import COOKIE, LANGUAGES
from cie.web.my.visit import forget_visit

blueprint = Blueprint("pages", __name__)
log = logging.getLogger("cie.web")
A_YEAR_SECONDS = 31_536_000


@blueprint.get("/")
@public
def home() -> AnyResponse:
    """The public start: the directory."""
    return redirect(url_for("directory.find_help"))


@blueprint.get("/help")
@public
def help() -> str:
    """Whom to call, and how the exchange works in short."""
    return render_template("pages/help.html")


@blueprint.get("/privacy")
@public
def privacy() -> str:
    """What is kept, who sees it, and how to take it back."""
    return render_template("pages/privacy.html")


@blueprint.get("/keys")
@public
def keys() -> str:
    """The keyboard keys."""
    return render_template("pages/keys.html")


@blueprint.post("/language")
@public
def set_language() -> AnyResponse:
    """Keep the chosen language in a cookie and go back to the page it was chosen on."""
    response = redirect(_own_path(request.form.get("next", "")))
    language = request.form.get("language")
    if language in LANGUAGES:
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        response.set_cookie(COOKIE, language, A_YEAR_SECONDS, samesite="Lax", secure=secure, httponly=True)
    return response


def _own_path(address: str) -> str:
    parts = urlsplit(address)
    own = address.startswith("/") and not address.startswith("//") and not parts.netloc and "\\" not in address
    return address if own else url_for("pages.home")


@blueprint.get("/exit")
@public
def exit() -> AnyResponse:
    """Leave now: forget this visit and go to a neutral site."""
    response = redirect(current_app.config["NEUTRAL_SITE"])
    forget_visit(response)
    response.headers["Clear-Site-Data"] = '"cookies", "storage"'
    return response


@blueprint.post("/csp-report")
@public
def csp_report() -> Response:
    """A browser refused something by our content security policy; tests fail on it."""
    log.warning("content security policy refused something")
    return Response(status=204)
