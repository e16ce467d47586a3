"""The pages: every view parses, opens the transaction, calls one verb of the domain, and renders."""

from pathlib import Path
from types import ModuleType

from flask import Flask, redirect, request, url_for
from flask_bootstrap import Bootstrap5
from flask_compress import Compress
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from cie.errors import CieError, Invalid, NotAllowed, NotFound
from cie.http import SignInNeeded
from cie.settings import Settings
from cie.web import (
    consents,
    deliveries,
    directory,
    health,
    language,
    measures,
    organization,
    page,
    pages,
    people,
    referrals,
    sandbox,
    screenings,
    sign_in,
    sms,
    tasks,
    worklist,
)
from cie.web import (
    settings as own_settings,
)
from cie.web.session import cookie_name, identify, keep_for_later

STATIC = Path(__file__).parent / "static"
LARGEST_REQUEST_BYTES = 12 * 1024 * 1024

__all__ = ["LARGEST_REQUEST_BYTES", "STATIC", "cookie_name", "identify", "register"]

csrf = CSRFProtect()


def register(app: Flask, settings: Settings) -> None:
    """Put the pages on the app."""
    language.install(app)
    page.install(app, settings)
    Bootstrap5(app)
    Compress(app)
    csrf.init_app(app)
    for module in (health, pages, *_modules(settings)):
        app.register_blueprint(module.blueprint)
    csrf.exempt(pages.csp_report)
    app.register_error_handler(CieError, _refused)
    app.register_error_handler(CSRFError, _no_token)
    app.register_error_handler(HTTPException, _http)


def _modules(settings: Settings) -> list[ModuleType]:
    """The areas of the pages; the demo phone is there in demo and test only."""
    areas = [
        worklist, referrals, tasks, people, screenings, consents, directory, measures,
        sign_in, own_settings, organization, deliveries, sms,
    ]  # fmt: skip
    return areas if settings.env == "production" else [*areas, sandbox]


def _refused(error: CieError) -> "tuple[str, int] | Response":
    if isinstance(error, SignInNeeded):
        keep_for_later()
        return redirect(url_for("sign_in.show", next=request.path if request.method == "GET" else None))
    return page.problem_page(error)


def _no_token(_error: CSRFError) -> tuple[str, int]:
    return page.problem_page(NotAllowed("This form was open for too long. Go back, look at it again, and send it"))


def _http(error: HTTPException) -> "tuple[str, int] | Response":
    if error.code == 404 or error.code == 405:
        return page.problem_page(NotFound("There is no such page"))
    if error.code == 413:
        return page.problem_page(Invalid("This is too large. Files may have 10 MB"))
    return page.problem_page(CieError(error.name))
