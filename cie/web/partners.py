"""How it goes with each program: what works, what was refused, what it is told and where, and trying an address."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, g, redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import identity, quarantine, webhooks
from cie.access import Permission
from cie.db import reading, transaction
from cie.http import requires
from cie.identity import Client, Way
from cie.web.client_words import KINDS, state_words
from cie.web.clients import is_under_agreement_now
from cie.web.forms import again
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.organization import done_notice
from cie.web.partner_words import SUBSCRIPTIONS, doings, failure_words, success_words, trial_words
from cie.web.webhook_words import standing_words

blueprint = Blueprint("partners", __name__, url_prefix="/organization/partners")
DONE = {"tried": lazy_gettext("A notice that says nothing goes out within a minute. Look here again.")}


def list_page(errors: Any = (), notice: Any = None, **_arguments: Any) -> str:
    """Every program, newest first."""
    with reading() as session:
        clients = identity.clients_of(session, g.actor, g.actor.organization)
        uses = identity.uses_by_client(session, g.actor)
        waiting = quarantine.waiting_by_program(session, g.actor)
        subscriptions = list(current_app.extensions["cie"].subscriptions(session, g.actor))
        is_under_agreement = is_under_agreement_now(session)
        partners = []
        for client in clients:
            told = [*_webhooks(session, client), *_subscriptions(subscriptions, client)]
            facts = _facts(client, uses.get(client.id, {}), is_told=bool(told), works=is_under_agreement)
            partners.append({"client": client, "facts": facts, "told": told, "waiting": waiting.get(client.id, 0)})
    return render_template("partners/index.html", partners=partners, errors=errors, notice=notice or done_notice(DONE))


def _facts(client: Client, uses: Any, *, is_told: bool, works: bool) -> list[dict[str, Any]]:
    sends, reads = uses.get(Way.SEND), uses.get(Way.READ)
    return [
        {"label": _("Now"), "value": state_words(client, is_under_agreement=works)},
        {"label": _("Kind"), "value": KINDS[client.kind][0]},
        {"label": _("What it does"), "value": doings(client, is_told=is_told)},
        {"label": _("Last sent something that we took"), "value": success_words(sends)},
        {"label": _("Last read something"), "value": success_words(reads)},
        {"label": _("Last refused when it sent"), "value": failure_words(sends)},
        {"label": _("Last refused when it read"), "value": failure_words(reads)},
    ]


def _webhooks(session: Session, client: Client) -> Iterator[dict[str, Any]]:
    for hook in webhooks.webhooks_of(session, g.actor, client.id):
        yield {
            "what": _("Notices"),
            "address": hook.url,
            "state": standing_words(hook),
            "told_at": hook.reached_at,
            "tried": trial_words(hook.reached_at, hook.failed_at),
            "try_at": url_for("partners.try_webhook", webhook_id=hook.id),
        }


def _subscriptions(standings: list[Any], client: Client) -> Iterator[dict[str, Any]]:
    for each in standings:
        if each.client_id == client.id:
            yield {
                "what": _("Subscription: %(topic)s", topic=each.topic),
                "address": each.endpoint,
                "state": SUBSCRIPTIONS[each.status],
                "told_at": each.told_at,
                "tried": trial_words(each.reached_at, each.failed_at, is_on_its_way=each.is_tried_now),
                "try_at": url_for("partners.try_subscription", subscription_id=each.id),
            }


@blueprint.get("")
@requires(Permission.CLIENT_MANAGE)
def index() -> str:
    """The programs of the organization, and how it goes with each."""
    return list_page()


@blueprint.post("/webhooks/<uuid:webhook_id>/trial")
@requires(Permission.CLIENT_MANAGE)
@again(list_page)
def try_webhook(webhook_id: UUID) -> Response:
    """Send a notice that says nothing."""
    with transaction() as session:
        webhooks.ping(session, g.actor, webhook_id, at=g.now)
    return _tried()


@blueprint.post("/subscriptions/<uuid:subscription_id>/trial")
@requires(Permission.CLIENT_MANAGE)
@again(list_page)
def try_subscription(subscription_id: UUID) -> Response:
    """Send a heartbeat, or ask by a handshake once more."""
    with transaction() as session:
        current_app.extensions["cie"].try_subscription(session, g.actor, subscription_id, at=g.now)
    return _tried()


def _tried() -> Response:
    return redirect(url_for("partners.index", done="tried"), 303)
