"""What every page gets: who is signed in, the network, the language, and the headers that keep it to itself."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask, Response, g, render_template, request, url_for
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError

from cie.access import Permission, Role, is_allowed
from cie.errors import Busy, CieError
from cie.http import STATUS
from cie.settings import Settings
from cie.web import words_of_time
from cie.web.element_words import element_label, element_value
from cie.web.forms import error_of, notice_of, own_page, typed, typed_list
from cie.web.language import chosen_language
from cie.web.language import gettext as _

RETRY_AFTER_SECONDS = 60
REDRAWN = frozenset({"csrf_token", "page_path"})
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; connect-src 'self'; report-uri /csp-report"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}


@dataclass(frozen=True)
class Me:
    """The signed-in member of staff, as pages show them."""

    id: UUID
    name: str
    organization_id: UUID
    organization_name: str
    roles: frozenset[Role]
    language: str
    keys_on: bool


@dataclass(frozen=True)
class Network:
    """The exchange as pages name it."""

    name: str
    help_phone: str
    help_hours: str


def install(app: Flask, settings: Settings) -> None:
    """Give every template its shared values and every answer its headers."""
    app.jinja_env.globals.update(
        typed=typed,
        typed_list=typed_list,
        error_of=error_of,
        own_page=own_page,
        ago=words_of_time.ago,
        Permission=Permission,
        element_label=element_label,
        element_value=element_value,
    )
    app.jinja_env.filters.update(day=words_of_time.day, long_day=words_of_time.long_day, clock=words_of_time.clock)

    @app.context_processor
    def shared() -> dict[str, Any]:
        language = chosen_language()
        return {
            "me": getattr(g, "me", None),
            "may": lambda permission: is_allowed(g.actor, permission),
            "network": Network(settings.network_name, settings.help_phone, _("weekdays 8 am to 5 pm")),
            "lang": language,
            "dir": "ltr",
            "demo": settings.is_demo,
            "other_language_url": request.path if request.method == "GET" else url_for("pages.home"),
            "errors": [],
            "notice": None,
            "was_kept": bool(getattr(g, "kept_form", None)),
        }

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if request.endpoint not in ("static", "bootstrap.static"):
            response.headers.setdefault("Cache-Control", "no-store")
        if response.status_code == STATUS[Busy.code]:
            response.headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
        if settings.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        return response


WORDS = {
    "not-found": ("We cannot find this page", "It may have moved, or you may not be able to see it."),
    "forbidden": ("You cannot do this here", "Your role does not include it. Ask your administrator."),
    "transient": ("We cannot do this right now", "Try again in a minute."),
    "throttled": ("Too many tries", "Wait a few minutes, then try again."),
}


def problem_page(error: CieError) -> tuple[str, int]:
    """The page of an error that no form could show; what was posted in vain goes along, to be sent once more."""
    title, text = WORDS.get(error.code, ("This did not work", error.message))
    signed_in = getattr(g, "me", None) is not None
    kept = _posted() if isinstance(error, Busy) else []
    page = render_template(
        "problem.html",
        title=_(title),
        text="" if kept else _(text),
        notice=notice_of(error) if kept else None,
        kept=kept,
        layout="base.html" if signed_in else "plain.html",
    )
    return page, STATUS.get(error.code, 400)


def _posted() -> list[tuple[str, str]]:
    """What was posted, when all of it can be sent again: no password, no code, no file, and no form of a stranger."""
    if request.method != "POST" or any(_is_secret(name) for name in request.form) or any(request.files.values()):
        return []
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        # this may come before the check of all forms, and another site's form must not become one of ours
        return []
    return [(name, value) for name, value in request.form.items(multi=True) if name not in REDRAWN]


def _is_secret(name: str) -> bool:
    return "password" in name or name == "code"
