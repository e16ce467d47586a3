"""What every page gets: who is signed in, the network, the language, and the headers that keep it to itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask, Response, g, render_template, request, url_for

from cie.access import Permission, Role, is_allowed
from cie.errors import Busy, CieError, NotAllowed
from cie.http import OPEN_ENDPOINTS, STATUS
from cie.settings import Settings
from cie.web import words_of_time
from cie.web.element_words import element_label, element_value
from cie.web.form_owner import is_form_of, passes
from cie.web.forms import Notice, error_of, notice_of, own_page, typed, typed_list, words_of
from cie.web.language import chosen_language, lazy_gettext
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
KEPT_TO_ITSELF = {**SECURITY_HEADERS, "Cache-Control": "no-store"}


@dataclass(frozen=True)
class Me:
    """The signed-in member of staff, as pages show them; `alerts` are for the person on call, above everything.

    `emergencies`: how many openings wait for the review of this privacy officer.
    """

    id: UUID
    name: str
    organization_id: UUID
    organization_name: str
    roles: frozenset[Role]
    language: str
    keys_on: bool
    alerts: tuple[UUID, ...] = ()
    emergencies: int = 0


@dataclass(frozen=True)
class Network:
    """The exchange as pages name it."""

    name: str
    help_phone: str
    help_hours: str


def install(app: Flask, settings: Settings) -> None:
    """Give every template its shared values and every answer its headers."""
    app.extensions["cie-page-policy"] = SECURITY_HEADERS["Content-Security-Policy"]
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
        usual = SECURITY_HEADERS if request.endpoint in OPEN_ENDPOINTS else KEPT_TO_ITSELF
        said = {name.casefold() for name, _value in response.headers}
        for name, value in usual.items():
            if name.casefold() not in said:
                response.headers.add(name, value)
        if response.status_code == STATUS[Busy.code]:
            response.headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
        if settings.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        return response


Kept = Sequence[tuple[str, str]]

WORDS = {
    "not-found": (
        lazy_gettext("We cannot find this page"),
        lazy_gettext("It may have moved, or you may not be able to see it."),
    ),
    "forbidden": (
        lazy_gettext("You cannot do this here"),
        lazy_gettext("Your role does not include it. Ask your administrator."),
    ),
    "transient": (lazy_gettext("We cannot do this right now"), lazy_gettext("Try again in a minute.")),
    "throttled": (lazy_gettext("Too many tries"), lazy_gettext("Wait a few minutes, then try again.")),
}


def problem_page(error: CieError) -> tuple[str, int]:
    """The page of an error that no form could show; what was posted in vain goes along, to be sent once more."""
    title, text = WORDS.get(error.code, (_("This did not work"), words_of(error)))
    kept = _posted() if isinstance(error, Busy) else []
    notice = notice_of(error) if kept else None
    return _problem(str(title), "" if kept else str(text), kept, notice), STATUS.get(error.code, 400)


def _problem(title: str, text: str, kept: Kept = (), notice: Notice | None = None) -> str:
    signed_in = getattr(g, "me", None) is not None
    layout = "base.html" if signed_in else "plain.html"
    return render_template("problem.html", title=title, text=text, notice=notice, kept=kept, layout=layout)


def late_form_page() -> tuple[str, int]:
    """The page of a form whose token does not count, and of which nothing could be kept."""
    text = _("Nothing was saved. Go back, look at it again, and send it.")
    return _problem(_("This form was open for too long"), text), STATUS[NotAllowed.code]


def somebody_elses_form_page(*, kept: bool) -> tuple[str, int]:
    """The page of a form that was drawn for somebody else at this computer: its words are theirs, and not shown."""
    text = _("Nothing was saved under your name.")
    if kept:
        text += " " + _("What was typed comes back when they sign in.")
    return _problem(_("This form belongs to somebody else"), text), STATUS[NotAllowed.code]


def _posted() -> Kept:
    """What was posted, when all of it can be sent again: no password, no code, no file, and no form of a stranger."""
    if request.method != "POST" or any(_is_secret(name) for name in request.form) or any(request.files.values()):
        return []
    me: Me | None = getattr(g, "me", None)
    # this may come before the check of all forms, and another site's form must not become one of ours
    if not (is_form_of(me.id) if me else passes()):
        return []
    return [(name, value) for name, value in request.form.items(multi=True) if name not in REDRAWN]


def _is_secret(name: str) -> bool:
    return "password" in name or name == "code"
