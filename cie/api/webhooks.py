"""Webhooks of the calling client: where it wants to be told, of what, and what became of the notices."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, current_app, g
from marshmallow import Schema, fields, validate
from sqlmodel import Session

from cie import webhooks
from cie.access import Permission
from cie.api.asking import once
from cie.api.blueprint import Part
from cie.api.lists import Few, items_of
from cie.api.opening import for_token, require_scope
from cie.api.times import Instant
from cie.db import reading, transaction
from cie.errors import Invalid
from cie.events import DeliveryState, Outbox
from cie.webhooks import NewWebhook, Webhook

REFERRALS = "referrals"
"""The area of which notices tell."""
blueprint = Part("webhooks", "Being told when something changes")
MOST_NOTICES = 200


class NewWebhookSchema(Schema):
    """An address of yours, and which kinds of change to tell; all when none is named."""

    url = fields.Str(required=True)
    changes = Few(fields.Str(), most=len(webhooks.EVENTS), load_default=list)


class WebhookSchema(Schema):
    """A webhook. `secret` is in the answer that made it, and in that of a new secret."""

    id = fields.UUID(required=True)
    url = fields.Str(required=True)
    changes = fields.List(fields.Str(), required=True)
    secret = fields.Str(metadata={"description": "whsec_ and 32 bytes in base64, as in Standard Webhooks"})
    created_at = fields.AwareDateTime(required=True)
    paused_at = fields.AwareDateTime(required=True, allow_none=True)
    reached_at = fields.AwareDateTime(required=True, allow_none=True)
    failed_at = fields.AwareDateTime(required=True, allow_none=True)


class NoticeSchema(Schema):
    """One notice: what it was about, and how its delivery stands. `id` is its Webhook-Id."""

    id = fields.UUID(required=True)
    state = fields.Enum(DeliveryState, by_value=True, required=True)
    result = fields.Str(required=True, metadata={"description": "what came of the last try"})
    attempts = fields.Int(required=True)
    event = fields.Str(required=True)
    change = fields.Str(required=True)
    referral_id = fields.UUID(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True)
    settled_at = fields.AwareDateTime(required=True, allow_none=True)


class NoticesSchema(Schema):
    """One page of notices, newest first. `next`: the cursor of the next page."""

    items = fields.List(fields.Nested(NoticeSchema), required=True)
    next = fields.Str(required=True, allow_none=True)


class ListNoticesSchema(Schema):
    """Which notices: all, or those in one state, like `dead`."""

    state = fields.Enum(DeliveryState, by_value=True, load_default=None)
    cursor = fields.Str(load_default="")
    limit = fields.Int(load_default=100, validate=validate.Range(1, MOST_NOTICES))


class ReplaySchema(Schema):
    """From when on: a moment, or the newest notice before which nothing is missing."""

    since = Instant(load_default=None)
    after = fields.UUID(load_default=None)


class ReplayedSchema(Schema):
    """How many notices go once more."""

    count = fields.Int(required=True)


def _shown(hook: Webhook, secret: str | None = None) -> dict[str, Any]:
    names = ("id", "url", "changes", "created_at", "paused_at", "reached_at", "failed_at")
    return {**{name: getattr(hook, name) for name in names}, **({"secret": secret} if secret else {})}


@blueprint.route("", methods=["POST"])
@for_token(Permission.WEBHOOK_MANAGE, "webhooks", "c")
@blueprint.arguments(NewWebhookSchema)
@blueprint.response(201, WebhookSchema)
def create(said: dict[str, Any]) -> dict[str, Any]:
    """Add a webhook

    Its notices tell of referrals, so it needs `api/referrals.read`, too; without that none is sent any more.
    """
    require_scope(REFERRALS, "r")
    may_be_private = current_app.extensions["cie-settings"].may_reach_private
    new = NewWebhook(g.token.client.id, said["url"], said["changes"], may_be_private)

    def verb(session: Session) -> UUID:
        return webhooks.add_webhook(session, g.actor, new, at=g.now)[0].id

    return _with_secret(once("webhook.add", verb))


def _with_secret(webhook_id: UUID) -> dict[str, Any]:
    with reading() as session:
        hook = webhooks.get_webhook(session, g.actor, webhook_id)
        return _shown(hook, webhooks.secret_of(session, g.actor, webhook_id))


@blueprint.route("", methods=["GET"])
@for_token(Permission.WEBHOOK_MANAGE, "webhooks", "s")
@blueprint.response(200, items_of(WebhookSchema, "all of the client"))
def index() -> dict[str, Any]:
    """List your webhooks"""
    with reading() as session:
        return {"items": [_shown(hook) for hook in webhooks.webhooks_of(session, g.actor, g.token.client.id)]}


@blueprint.route("/<uuid:webhook_id>", methods=["GET"])
@for_token(Permission.WEBHOOK_MANAGE, "webhooks", "r")
@blueprint.response(200, WebhookSchema)
def show(webhook_id: UUID) -> dict[str, Any]:
    """Read one webhook"""
    return _read(webhook_id)


def _read(webhook_id: UUID) -> dict[str, Any]:
    with reading() as session:
        return _shown(webhooks.get_webhook(session, g.actor, webhook_id))


@blueprint.route("/<uuid:webhook_id>", methods=["DELETE"])
@for_token(Permission.WEBHOOK_MANAGE, "webhooks", "d")
@blueprint.response(204)
def remove(webhook_id: UUID) -> Response:
    """End a webhook"""
    with transaction() as session:
        webhooks.remove_webhook(session, g.actor, webhook_id, at=g.now)
    return Response(status=204)


@blueprint.route("/<uuid:webhook_id>/secret", methods=["POST"])
@for_token(Permission.WEBHOOK_MANAGE, "webhooks", "u")
@blueprint.response(200, WebhookSchema)
def rotate(webhook_id: UUID) -> dict[str, Any]:
    """Draw a new secret

    For a day the old one signs as well: each notice carries both signatures.
    """
    with transaction() as session:
        webhooks.new_secret(session, g.actor, webhook_id, at=g.now)
    return _with_secret(webhook_id)


def _after(verb: Callable[..., Any], webhook_id: UUID) -> dict[str, Any]:
    """The webhook as it stands after this was done to it."""
    with transaction() as session:
        verb(session, g.actor, webhook_id, at=g.now)
    return _read(webhook_id)


@blueprint.route("/<uuid:webhook_id>/ping", methods=["POST"])
@for_token(Permission.WEBHOOK_MANAGE, "webhooks", "u")
@blueprint.response(202, WebhookSchema)
def ping(webhook_id: UUID) -> dict[str, Any]:
    """Send a notice that says nothing, to try the address"""
    return _after(webhooks.ping, webhook_id)


@blueprint.route("/<uuid:webhook_id>/pause", methods=["POST"])
@for_token(Permission.WEBHOOK_MANAGE, "webhooks", "u")
@blueprint.response(200, WebhookSchema)
def pause(webhook_id: UUID) -> dict[str, Any]:
    """Send nothing for a while"""
    return _after(webhooks.pause_webhook, webhook_id)


@blueprint.route("/<uuid:webhook_id>/resumption", methods=["POST"])
@for_token(Permission.WEBHOOK_MANAGE, "webhooks", "u")
@blueprint.response(200, WebhookSchema)
def resume(webhook_id: UUID) -> dict[str, Any]:
    """Go on; replay what happened meanwhile"""
    return _after(webhooks.resume_webhook, webhook_id)


@blueprint.route("/<uuid:webhook_id>/notices", methods=["GET"])
@for_token(Permission.WEBHOOK_MANAGE, "webhooks", "r")
@blueprint.arguments(ListNoticesSchema, location="query")
@blueprint.response(200, NoticesSchema)
def notices(asked: dict[str, Any], webhook_id: UUID) -> dict[str, Any]:
    """See what became of notices, dead letters too

    A notice is tried 100 times within about a day: after 15 seconds, then twice as long each time up to a quarter of
    an hour. Then it is `dead`, and stays so until it is sent once more.
    """
    require_scope(REFERRALS, "r")
    states = [asked["state"]] if asked["state"] else []
    before = _place(asked["cursor"]) if asked["cursor"] else None
    with reading() as session:
        page = webhooks.notices_of(session, g.actor, webhook_id, states=states, before=before, limit=asked["limit"])
        return {"items": [_notice(row) for row in page.items], "next": page.next}


def _place(cursor: str) -> UUID:
    try:
        return UUID(cursor)
    except ValueError as error:
        raise Invalid("This cursor is none that we gave", "cursor") from error


def _notice(row: Outbox) -> dict[str, Any]:
    about = row.subject_id if row.codes["event"] == webhooks.CHANGED else None
    named = ("id", "state", "result", "attempts", "created_at", "due_at", "settled_at")
    codes = {"event": row.codes["event"], "change": row.codes.get("change", "")}
    return {**{name: getattr(row, name) for name in named}, **codes, "referral_id": about}


@blueprint.route("/<uuid:webhook_id>/notices/<uuid:notice_id>/resending", methods=["POST"])
@for_token(Permission.WEBHOOK_MANAGE, "webhooks", "u")
@blueprint.response(202, NoticeSchema)
def resend(webhook_id: UUID, notice_id: UUID) -> dict[str, Any]:
    """Send a dead letter once more

    It keeps its id, and has its day again.
    """
    with transaction() as session:
        return _notice(webhooks.resend_notice(session, g.actor, webhook_id, notice_id, at=g.now))


@blueprint.route("/<uuid:webhook_id>/resending", methods=["POST"])
@for_token(Permission.WEBHOOK_MANAGE, "webhooks", "u")
@blueprint.response(202, ReplayedSchema)
def resend_all(webhook_id: UUID) -> dict[str, int]:
    """Send all dead letters once more, oldest first"""
    with transaction() as session:
        return {"count": webhooks.resend_stuck(session, g.actor, webhook_id, at=g.now)}


@blueprint.route("/<uuid:webhook_id>/replay", methods=["POST"])
@for_token(Permission.WEBHOOK_MANAGE, "webhooks", "u")
@blueprint.arguments(ReplaySchema)
@blueprint.response(202, ReplayedSchema)
def replay(said: dict[str, Any], webhook_id: UUID) -> dict[str, int]:
    """Send every notice since a moment, or after one notice, once more

    Each has the id that it had, and comes in its place before later ones of the same referral; at most 10,000, oldest
    first. Of what happened since the moment before you had the webhook you get the newest change of each referral.
    """
    with transaction() as session:
        return {"count": webhooks.replay(session, g.actor, webhook_id, **said, at=g.now)}
