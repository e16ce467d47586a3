"""Where a program of the own organization is told of what happens: whether that works, and what did not arrive."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from marshmallow import fields, validate
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import identity, webhooks
from cie.access import Permission, is_allowed
from cie.db import reading, transaction
from cie.errors import NotFound
from cie.events import STUCK, Outbox
from cie.http import paginate, requires
from cie.identity import Client
from cie.web.forms import FormSchema, again
from cie.web.language import lazy_gettext
from cie.web.organization import done_notice
from cie.web.paging import pages_of, wanted_page
from cie.web.proof import proven
from cie.web.webhook_words import answer_words, event_words, standing_words
from cie.webhooks import Counts, Webhook

blueprint = Blueprint("client_webhooks", __name__, url_prefix="/organization/clients/<uuid:client_id>/webhooks")
DONE = {
    "ping": lazy_gettext("A notice that says nothing goes out within a minute. Look here again."),
    "again": lazy_gettext("It goes out again within a minute."),
    "paused": lazy_gettext("Paused. Nothing goes there until you say so."),
    "on": lazy_gettext("It goes on. What happened meanwhile can be sent again."),
}
DAYS = (1, 7, 30)


class SinceSchema(FormSchema):
    """How many days back."""

    days = fields.Int(
        required=True,
        validate=validate.OneOf(DAYS, error="Since when: choose one"),
        error_messages={"required": "Since when: choose one", "invalid": "Since when: choose one"},
    )


def table_of(session: Session, client: Client) -> list[dict[str, Any]]:
    """The webhooks of a program, each with how its notices stand."""
    hooks = webhooks.webhooks_of(session, g.actor, client.id)
    counts = webhooks.counts_of(session, hooks)
    return [{"hook": hook, "state": standing_words(hook), "counts": counts[hook.id]} for hook in hooks]


def _found(session: Session, client_id: UUID, webhook_id: UUID) -> tuple[Client, Webhook]:
    client = identity.get_client(session, g.actor, client_id)
    hook = webhooks.get_webhook(session, g.actor, webhook_id)
    if hook.client_id != client.id:
        raise NotFound("There is no such record")
    return client, hook


def _notice(row: Outbox) -> dict[str, Any]:
    about = row.subject_id if row.codes["event"] == webhooks.CHANGED else None
    return {"row": row, "event": event_words(row), "answer": answer_words(row), "referral_id": about}


def one_page(client_id: UUID, webhook_id: UUID, errors: Any = (), notice: Any = None, **_arguments: Any) -> str:
    """One webhook, and what got stuck on the way to it, newest first."""
    with reading() as session:
        client, hook = _found(session, client_id, webhook_id)
        counts: Counts = webhooks.counts_of(session, [hook])[hook.id]
        page = paginate(session, webhooks.notices_in(hook, STUCK), number=wanted_page(), total=None)
        rows = [_notice(row) for row in page.items]
    here = {"client_id": client_id, "webhook_id": webhook_id}
    return render_template(
        "clients/webhook.html", client=client, hook=hook, state=standing_words(hook), counts=counts, rows=rows,
        here=here, pages=pages_of(page, "client_webhooks.show", **here), days=DAYS, errors=errors,
        may_open=is_allowed(g.actor, Permission.REFERRAL_READ), notice=notice or done_notice(DONE),
    )  # fmt: skip


def _done(client_id: UUID, webhook_id: UUID, what: str) -> Response:
    return redirect(url_for("client_webhooks.show", client_id=client_id, webhook_id=webhook_id, done=what), 303)


@blueprint.get("/<uuid:webhook_id>")
@requires(Permission.CLIENT_MANAGE)
def show(client_id: UUID, webhook_id: UUID) -> str:
    """One webhook."""
    return one_page(client_id, webhook_id)


@blueprint.post("/<uuid:webhook_id>/ping")
@requires(Permission.CLIENT_MANAGE)
def ping(client_id: UUID, webhook_id: UUID) -> Response:
    """Try the address."""
    with transaction() as session:
        _client, hook = _found(session, client_id, webhook_id)
        webhooks.ping(session, g.actor, hook.id, at=g.now)
    return _done(client_id, webhook_id, "ping")


@blueprint.post("/<uuid:webhook_id>/pause")
@requires(Permission.CLIENT_MANAGE)
def pause(client_id: UUID, webhook_id: UUID) -> Response:
    """Send nothing for a while."""
    with transaction() as session:
        _client, hook = _found(session, client_id, webhook_id)
        webhooks.pause_webhook(session, g.actor, hook.id, at=g.now)
    return _done(client_id, webhook_id, "paused")


@blueprint.post("/<uuid:webhook_id>/resumption")
@requires(Permission.CLIENT_MANAGE)
def resume(client_id: UUID, webhook_id: UUID) -> Response:
    """Go on."""
    with transaction() as session:
        _client, hook = _found(session, client_id, webhook_id)
        webhooks.resume_webhook(session, g.actor, hook.id, at=g.now)
    return _done(client_id, webhook_id, "on")


@blueprint.post("/<uuid:webhook_id>/notices/<uuid:notice_id>/resending")
@requires(Permission.CLIENT_MANAGE)
@again(one_page)
def resend(client_id: UUID, webhook_id: UUID, notice_id: UUID) -> Response:
    """Send one that got stuck again."""
    with transaction() as session:
        _client, hook = _found(session, client_id, webhook_id)
        webhooks.resend_notice(session, g.actor, hook.id, notice_id, at=g.now)
    return _done(client_id, webhook_id, "again")


@blueprint.post("/<uuid:webhook_id>/resending")
@requires(Permission.CLIENT_MANAGE)
def resend_all(client_id: UUID, webhook_id: UUID) -> Response:
    """Send all that got stuck again."""
    with transaction() as session:
        _client, hook = _found(session, client_id, webhook_id)
        webhooks.resend_stuck(session, g.actor, hook.id, at=g.now)
    return _done(client_id, webhook_id, "again")


@blueprint.post("/<uuid:webhook_id>/replay")
@requires(Permission.CLIENT_MANAGE)
@again(one_page)
def replay(client_id: UUID, webhook_id: UUID) -> Response:
    """Send everything since some days again."""
    since = g.now - timedelta(days=SinceSchema().read()["days"])
    with transaction() as session:
        _client, hook = _found(session, client_id, webhook_id)
        webhooks.replay(session, g.actor, hook.id, since=since, at=g.now)
    return _done(client_id, webhook_id, "again")


def _confirming(template: str, client_id: UUID, webhook_id: UUID) -> str:
    with reading() as session:
        client, hook = _found(session, client_id, webhook_id)
        counts: Counts = webhooks.counts_of(session, [hook])[hook.id]
    return render_template(template, client=client, hook=hook, waiting=counts.on_the_way + counts.stuck)


@blueprint.get("/<uuid:webhook_id>/secret")
@requires(Permission.CLIENT_MANAGE)
@proven
def secret(client_id: UUID, webhook_id: UUID) -> str:
    """What follows when a new secret is drawn."""
    return _confirming("clients/webhook_secret.html", client_id, webhook_id)


@blueprint.post("/<uuid:webhook_id>/secret")
@requires(Permission.CLIENT_MANAGE)
@proven
def draw(client_id: UUID, webhook_id: UUID) -> str:
    """A new secret, which is shown here and never again."""
    with transaction() as session:
        client, hook = _found(session, client_id, webhook_id)
        fresh = webhooks.new_secret(session, g.actor, hook.id, at=g.now)
    return render_template("clients/webhook_ready.html", client=client, hook=hook, secret=fresh)


@blueprint.get("/<uuid:webhook_id>/end")
@requires(Permission.CLIENT_MANAGE)
@proven
def end(client_id: UUID, webhook_id: UUID) -> str:
    """What follows when nothing goes there any more."""
    return _confirming("clients/webhook_end.html", client_id, webhook_id)


@blueprint.post("/<uuid:webhook_id>/end")
@requires(Permission.CLIENT_MANAGE)
@proven
def remove(client_id: UUID, webhook_id: UUID) -> Response:
    """Nothing goes there any more."""
    with transaction() as session:
        _client, hook = _found(session, client_id, webhook_id)
        webhooks.remove_webhook(session, g.actor, hook.id, at=g.now)
    return redirect(url_for("clients.show", client_id=client_id, done="told-no-more"), 303)
