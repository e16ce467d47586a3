"""The pages: every view parses, opens the transaction, calls one verb of the domain, and renders."""

from contextlib import suppress
from pathlib import Path
from types import ModuleType

from flask import Flask, g, redirect, request, url_for
from flask_bootstrap import Bootstrap5
from flask_compress import Compress
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from cie.access import ANYONE, Actor
from cie.errors import Busy, CieError, Invalid, NotFound, TooMany
from cie.http import SignInNeeded, cookie_name
from cie.settings import Settings
from cie.web import (
    alerts,
    asked,
    asking,
    attachments,
    client_webhooks,
    clients,
    consent_copies,
    consent_documents,
    consent_endings,
    consent_forms,
    consent_papers,
    consents,
    deliveries,
    directory,
    emergency,
    handing_over,
    health,
    invitations,
    language,
    mail_addresses,
    measures,
    my,
    network,
    network_policy,
    network_standing,
    open_requests,
    organization,
    organization_sign_in,
    own_settings,
    page,
    pages,
    partners,
    people,
    permission_queries,
    privacy,
    referrals,
    referring,
    refused_messages,
    sandbox,
    screening_corrections,
    screening_mistakes,
    screenings,
    sign_in,
    signing,
    sms,
    staff,
    stewardship,
    tasks,
    texts,
    worklist,
)
from cie.web.form_owner import owner_of_form
from cie.web.forms import own_page, own_path
from cie.web.session import identify as staff_member
from cie.web.session import is_handed_over, keep_for_later

STATIC = Path(__file__).parent / "static"
LARGEST_REQUEST_BYTES = 12 * 1024 * 1024

__all__ = ["LARGEST_REQUEST_BYTES", "STATIC", "cookie_name", "csrf", "identify", "not_served", "refused", "register"]

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
    csrf.exempt(sms.blueprint)
    app.register_error_handler(CSRFError, _no_token)


def _modules(settings: Settings) -> list[ModuleType]:
    """The areas of the pages; the demo phone is there in demo and test only."""
    areas = [
        worklist, open_requests, texts, alerts, referrals, referring, attachments, tasks, emergency, people, screenings,
        screening_corrections, screening_mistakes, consents, consent_forms, consent_papers, consent_copies,
        handing_over,
        consent_documents, consent_endings, permission_queries, signing, directory, stewardship, measures, privacy,
        privacy.accounting, my, my.staff, my.staff_proxies, asked, asking,
        sign_in, own_settings, organization,
        organization_sign_in, staff, clients, client_webhooks, partners, refused_messages, network, network_policy,
        network_standing, invitations, deliveries, sms, mail_addresses,
    ]  # fmt: skip
    return areas if settings.env == "production" else [*areas, sandbox]


def identify() -> Actor | None:
    """Who asks: on a person's own page that person, on all others a member of staff."""
    return my.visitor() if request.blueprint == my.blueprint.name else staff_member()


def refused(error: CieError) -> "tuple[str, int] | tuple[str, int, dict[str, str]] | Response":
    """The page of a refusal, or the way to sign in; the composition gives it every error of the pages."""
    if isinstance(error, SignInNeeded):
        try:
            return _to_sign_in()
        except Busy as busy:
            return page.problem_page(busy)
    words, status = page.problem_page(error)
    if isinstance(error, TooMany):
        return words, status, {"Retry-After": str(error.retry_after_seconds)}
    return words, status


def _to_sign_in() -> Response:
    kept = keep_for_later()
    wanted = own_page() if request.method == "GET" or "page_path" in request.form else None
    if is_handed_over():
        return redirect(url_for("handing_over.take_back", next=wanted), 303)
    return redirect(url_for("sign_in.show", next=wanted, kept="yes" if kept else None))


def _no_token(_error: CSRFError) -> "tuple[str, int] | Response":
    """A form that was open for too long: what was typed comes back to its page, for whom it was drawn alone."""
    if request.endpoint == "sign_in.password":
        return sign_in.late_page()
    try:
        kept = keep_for_later()
    except Busy as busy:
        return page.problem_page(busy)
    me, owner = getattr(g, "me", None), owner_of_form()
    if me is not None and owner not in (None, me.id):
        return page.somebody_elses_form_page(kept=kept)
    back = own_path(own_page()) if kept and "page_path" in request.form else None
    return redirect(back, 303) if back else page.late_form_page()


def _look_who_asks() -> None:
    """An address that is no page of ours was not asked who comes; staff keep their own skeleton and way back."""
    with suppress(CieError):
        g.actor = identify() or ANYONE


def not_served(error: HTTPException) -> "tuple[str, int] | Response":
    """The page of what could not be served; the composition gives it every such error of the pages."""
    if error.code == 404 or error.code == 405:
        _look_who_asks()
        return page.problem_page(NotFound("There is no such page"))
    if error.code == 413:
        return page.problem_page(Invalid("This is too large. Files may have 10 MB"))
    if error.code is not None and error.code >= 500:
        words, _status = page.problem_page(Busy("We cannot save right now. Try again in a minute."))
        return words, error.code
    words, status = page.problem_page(CieError(error.name))
    return words, error.code or status
