"""Composition: the only module that imports everything and ties it together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Flask, Request, current_app, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from sqlmodel import Session
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from cie import api, fhir, mail, measures, messaging, oauth, patient_tasks, quarantine, referrals, schema, web, webhooks
from cie.access import Actor, Door
from cie.db import current
from cie.errors import CieError
from cie.events import Deliverer, Event, install
from cie.exports import Renderer
from cie.http import guard
from cie.resources import resource
from cie.settings import Settings

API, FHIR = "/api/", "/fhir/"
AnswerVerb = Callable[[Session, Actor, UUID, str, datetime], str]


@dataclass(frozen=True)
class Composition:
    """What a process of the exchange is made of, besides its database.

    `deliverers` by kind of outbox row; `answers` by the question that a text answers; `renderers` of exports by kind;
    `upkeep` of what is read over FHIR; `read_again`: how a message that FHIR refused is sent again.
    `subscriptions` over FHIR of the caller's organization, and `try_subscription`: whether the address of one answers.
    """

    deliverers: Mapping[str, Deliverer]
    answers: Mapping[str, AnswerVerb]
    renderers: Mapping[str, Renderer]
    upkeep: fhir.Upkeep
    read_again: quarantine.Reader
    subscriptions: Callable[[Session, Actor], Iterable[Any]]
    try_subscription: Callable[..., None]


def compose(settings: Settings) -> Composition:
    """Tie the domain together for this process: projectors to the database, verbs to questions and deliveries.

    Used by serve, worker, every command and the tests, after `db.configure`.
    """
    assert schema.MODULES
    install(current(), _keep_read_models)
    messaging.use_text_hours(*settings.text_hours_local)
    oauth.use_token_keys(settings.token_keys)
    mails = mail.MailDeliverer(mail_gateway(settings), settings.network_name, f"{settings.public_url}/mail/")
    deliverers: dict[str, Deliverer] = {
        messaging.KIND: text_deliverer(settings),
        webhooks.KIND: webhooks.WebhookDeliverer(settings.may_reach_private),
        mail.KIND: mails,
        fhir.KIND: fhir.deliverer_for(f"{settings.public_url}/fhir", mails, may_be_private=settings.may_reach_private),
    }
    return Composition(
        deliverers=deliverers,
        answers={referrals.QUESTION: _answer_help},
        renderers=api.RENDERERS,
        upkeep=fhir.UPKEEP,
        read_again=fhir.read_again,
        subscriptions=fhir.standings_of,
        try_subscription=fhir.try_subscription,
    )


def _keep_read_models(session: Session, events: Sequence[Event]) -> None:
    """All read models after these events; what they were about is loaded once."""
    touched = referrals.touched_by(session, events)
    referrals.project(session, events, touched.loops)
    referrals.project_activity(session, events, touched.loops)
    measures.project(session, touched.loops.values())
    webhooks.project(session, events, touched.loops)
    fhir.project(session, events, touched)


def _answer_help(session: Session, actor: Actor, subject_id: UUID, digit: str, at: datetime) -> str:
    return referrals.record_text_answer(session, actor, subject_id, digit, at=at)


def text_deliverer(settings: Settings) -> messaging.TextDeliverer:
    """The deliverer of texts, through the sandbox or the Twilio account."""
    gateway = messaging.gateway_from(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token.get_secret_value(),
        messaging_service_sid=settings.sms_messaging_service_sid,
        base_url=settings.sandbox_url if settings.sms_gateway == "sandbox" else None,
    )
    return messaging.TextDeliverer(
        gateway=gateway,
        label=settings.network_name,
        help_phone=settings.help_phone,
        status_callback=f"{settings.public_url}/sms/status",
        own_page=f"{settings.public_url}/my/",
        still_asked={referrals.QUESTION: referrals.is_still_asked},
        still_waits={messaging.LINK: messaging.signing_waits, messaging.WAITING: patient_tasks.still_waits},
    )


def mail_gateway(settings: Settings) -> mail.MailGateway:
    """By what e-mail goes: the operator's mail server, the sandbox, or nothing."""
    if settings.email_by == "sandbox":
        return mail.SandboxMail(settings.sandbox_url)
    if settings.email_by == "":
        return mail.NoMail()
    return mail.SmtpMail(
        sender=settings.email_from,
        host=settings.smtp_host,
        port=settings.smtp_port_or_usual,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value(),
    )


def create_app(settings: Settings, composition: Composition) -> Flask:
    """The web application: the edges on one Flask app, with errors rendered by the edge they belong to."""
    app = Flask("cie", template_folder=str(resource("templates")), static_folder=str(web.STATIC))
    app.config.update(
        SECRET_KEY=current().keyring.derived("cookies"),
        SESSION_COOKIE_NAME=web.cookie_name("form", settings),
        SESSION_COOKIE_SECURE=settings.is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=web.LARGEST_REQUEST_BYTES,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        BOOTSTRAP_SERVE_LOCAL=True,
        NEUTRAL_SITE=settings.neutral_site,
        COMPRESS_REGISTER=True,
        COMPRESS_BR_LEVEL=5,
    )
    app.extensions["cie"] = composition
    app.extensions["cie-settings"] = settings
    app.session_interface = FormSessions()
    guard(app, _identify)
    web.register(app, settings)
    _open_to_machines(app)
    _look_behind(app, settings.trusted_proxies)
    return app


class FormSessions(SecureCookieSessionInterface):
    """The cookies of forms; who brings none, as programs do, costs no key."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def _identify() -> Actor | None:
    """Who asks: a program by its token at the doors for programs, on all other addresses somebody in a browser."""
    if request.path.startswith(API):
        return oauth.bearer(Door.API)
    if f"{request.path}/".startswith(FHIR):
        # what everybody may read there is for programs whose token ended, too
        view = current_app.view_functions.get(request.endpoint or "")
        return None if getattr(view, "is_public", False) else oauth.bearer(Door.FHIR)
    return web.identify()


def _open_to_machines(app: Flask) -> None:
    """The doors for programs; their callers bring no form and read no page."""
    oauth.install(app)
    app.register_blueprint(oauth.blueprint)
    app.register_blueprint(oauth.organization_sign_in)
    app.register_blueprint(fhir.blueprint)
    api.install(app)
    for callers in (*oauth.FOR_MACHINES, *api.PARTS, fhir.blueprint):
        web.csrf.exempt(callers)

    @app.errorhandler(CieError)
    def refused(error: CieError) -> Any:
        """Each door says it in its own way."""
        say = _words_of_door() or web.refused
        return say(error)

    @app.errorhandler(HTTPException)
    def not_served(error: HTTPException) -> Any:
        say = _words_of_door() or web.not_served
        return say(error)


def _words_of_door() -> Callable[[Any], Any] | None:
    """How a door for programs refuses, also at an address that there is not; None where people read pages."""
    path = f"{request.path}/"
    if path.startswith((API, FHIR)):
        return api.refused if path.startswith(API) else fhir.refused
    view = current_app.view_functions.get(request.endpoint or "")
    return oauth.refused if view in oauth.FOR_MACHINES else None


def _look_behind(app: Flask, proxies: int) -> None:
    """Take client address, scheme and host from what the last so many proxies say; from nobody when there are none."""
    if proxies:
        fixed = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)
        app.wsgi_app = fixed  # type: ignore[method-assign]  # the way Flask documents
