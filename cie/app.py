"""Composition: the only module that imports everything and ties it together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Flask
from sqlmodel import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from cie import measures, messaging, referrals, schema, web
from cie.access import Actor
from cie.db import current
from cie.events import Deliverer, install
from cie.http import guard
from cie.resources import resource
from cie.settings import Settings

AnswerVerb = Callable[[Session, Actor, UUID, str, datetime], str]


@dataclass(frozen=True)
class Composition:
    """What a process of the exchange is made of, besides its database.

    `deliverers` by kind of outbox row; `answers` by the question that a text answers.
    """

    deliverers: Mapping[str, Deliverer]
    answers: Mapping[str, AnswerVerb]


def compose(settings: Settings) -> Composition:
    """Tie the domain together for this process: projectors to the database, verbs to questions and deliveries.

    Used by serve, worker, every command and the tests, after `db.configure`.
    """
    assert schema.MODULES
    install(current(), projectors=(referrals.project, measures.project))
    messaging.use_text_hours(*settings.text_hours_local)
    return Composition({messaging.KIND: text_deliverer(settings)}, {referrals.QUESTION: _answer_help})


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
        still_asked={referrals.QUESTION: referrals.is_still_asked},
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
    )
    app.extensions["cie"] = composition
    app.extensions["cie-settings"] = settings
    guard(app, web.identify)
    web.register(app, settings)
    _look_behind(app, settings.trusted_proxies)
    return app


def _look_behind(app: Flask, proxies: int) -> None:
    """Take client address, scheme and host from what the last so many proxies say; from nobody when there are none."""
    if proxies:
        fixed = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)
        app.wsgi_app = fixed  # type: ignore[method-assign]  # the way Flask documents
