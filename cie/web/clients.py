"""The programs of the own organization: registering one, what it used, new keys, holding it back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, g, redirect, render_template, url_for
from marshmallow import fields, validate
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import calendar, identity, participants, webhooks
from cie.access import Permission, Purpose
from cie.access.scopes import AREAS, OFFLINE, sights_of
from cie.db import reading, transaction
from cie.errors import Invalid
from cie.http import requires
from cie.identity import Client, ClientAuthentication, ClientKind, Registration, ScopeUse
from cie.web import client_webhooks
from cie.web.client_words import KINDS, WAYS, options_of, purpose_options, purpose_words, state_words
from cie.web.forms import FormSchema, again
from cie.web.language import lazy_gettext
from cie.web.organization import done_notice
from cie.web.proof import proven

blueprint = Blueprint("clients", __name__, url_prefix="/organization/clients")
DONE = {
    "keys": lazy_gettext("Saved. The new keys count from now on."),
    "held": lazy_gettext("Held back. Nothing that it had opens anything now."),
    "let-in": lazy_gettext("It may ask for tokens again."),
    "told-no-more": lazy_gettext("Ended. Nothing goes to that address any more."),
}
AREA_SCOPES = [f"api/{area.name}.{word}" for area in AREAS for word in ("read", "write")]
LONGEST_LIST = 10_000
FROM_LIST = "Choose from the list"


class KeysSchema(FormSchema):
    """The public keys of a program: pasted, or where it publishes them."""

    jwks = fields.Str(load_default="")
    jwks_url = fields.Str(load_default=None)


class ClientSchema(KeysSchema):
    """What an organization says of a program; what is wrong in it, the domain says all at once."""

    name = fields.Str(load_default="")
    kind = fields.Enum(ClientKind, by_value=True, load_default=ClientKind.SYSTEM, error_messages={"unknown": FROM_LIST})
    authentication = fields.Enum(
        ClientAuthentication,
        by_value=True,
        load_default=ClientAuthentication.PRIVATE_KEY_JWT,
        error_messages={"unknown": FROM_LIST},
    )
    redirect_uris = fields.Str(
        load_default="", validate=validate.Length(max=LONGEST_LIST, error="Return addresses: this is too long")
    )
    areas = fields.List(fields.Str(validate=validate.OneOf(AREA_SCOPES, error=FROM_LIST)), load_default=list)
    scopes = fields.Str(load_default="", validate=validate.Length(max=LONGEST_LIST, error="Scopes: this is too long"))
    works_on = fields.Bool(load_default=False)
    purposes = fields.List(
        fields.Enum(Purpose, by_value=True, error_messages={"unknown": FROM_LIST}), load_default=list
    )

    def registration(self) -> Registration:
        """What was typed, for the domain. Raises Invalid."""
        form = self.read()
        asked = [*form["areas"], *form["scopes"].split(), *([OFFLINE] if form["works_on"] else [])]
        return Registration(
            name=form["name"],
            kind=form["kind"],
            scopes=asked,
            purposes=form["purposes"],
            authentication=form["authentication"],
            jwks=key_set(form["jwks"]),
            jwks_url=form["jwks_url"],
            redirect_uris=form["redirect_uris"].split(),
            may_be_local=_may_be_local(),
        )


def key_set(text: str) -> dict[str, Any] | None:
    """The pasted key set. One that is none is empty: the domain says so, together with what else is wrong."""
    if not text:
        return None
    try:
        return identity.read_key_set(text)
    except Invalid:
        return {}


def _may_be_local() -> bool:
    return bool(current_app.extensions["cie-settings"].may_reach_private)


def is_under_agreement_now(session: Session) -> bool:
    owner = participants.get_participant(session, g.actor.organization)
    agreement = participants.current_agreement(session, owner.id, on=calendar.local_day(g.now))
    return owner.is_active and agreement is not None


@blueprint.get("")
@requires(Permission.CLIENT_MANAGE)
def index() -> str:
    """The programs of the organization."""
    with reading() as session:
        found = identity.clients_of(session, g.actor, g.actor.organization)
        is_under_agreement = is_under_agreement_now(session)
        stuck = {row.client_id: row.count for row in webhooks.stuck_by_program(session, g.actor.organization)}
    return render_template("clients/index.html", rows=[_row(c, is_under_agreement, stuck.get(c.id, 0)) for c in found])


def _row(client: Client, is_under_agreement: bool, stuck: int) -> dict[str, Any]:
    state = state_words(client, is_under_agreement=is_under_agreement)
    return {"client": client, "kind": KINDS[client.kind][0], "state": state, "stuck": stuck}


def new_page(errors: Any = (), notice: Any = None) -> str:
    """The form of a new program."""
    return render_template(
        "clients/new.html", kinds=options_of(KINDS), ways=options_of(WAYS), areas=AREAS, purposes=purpose_options(),
        days=identity.GRANT_LIVES.days, errors=errors, notice=notice,
    )  # fmt: skip


@blueprint.get("/new")
@requires(Permission.CLIENT_MANAGE)
@proven
def new() -> str:
    """Register a program."""
    return new_page()


@blueprint.post("")
@requires(Permission.CLIENT_MANAGE)
@proven
@again(new_page)
def create() -> str:
    """Register it, and show once what those who run it need."""
    said = ClientSchema().registration()
    with transaction() as session:
        client, secret = identity.register_client(session, g.actor, g.actor.organization, said, at=g.now)
    return ready_page(client, secret, is_new=True)


def ready_page(client: Client, secret: str | None, *, is_new: bool) -> str:
    """What those who run a program need; its secret is shown here and never again."""
    public_url = current_app.extensions["cie-settings"].public_url
    return render_template("clients/ready.html", client=client, secret=secret, public_url=public_url, is_new=is_new)


def _client(client_id: UUID) -> tuple[Client, Sequence[ScopeUse], str]:
    """A program, what it used, and whether it works."""
    with reading() as session:
        client = identity.get_client(session, g.actor, client_id)
        uses = identity.scopes_used(session, client)
        return client, uses, state_words(client, is_under_agreement=is_under_agreement_now(session))


@blueprint.get("/<uuid:client_id>")
@requires(Permission.CLIENT_MANAGE)
def show(client_id: UUID) -> str:
    """One program."""
    client, uses, state = _client(client_id)
    with reading() as session:
        told = client_webhooks.table_of(session, client)
    return render_template(
        "clients/show.html", client=client, uses=uses, state=state, kind=KINDS[client.kind][0],
        way=WAYS[client.authentication][0], kids=[key["kid"] for key in (client.jwks or {}).get("keys", ())],
        sights=sights_of(client.scopes), purposes=purpose_words(client.purposes), works_on=OFFLINE in client.scopes,
        days=identity.GRANT_LIVES.days, told=told, notice=done_notice(DONE),
    )  # fmt: skip


def keys_page(client_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """New keys, or a new secret."""
    client, _uses, _state = _client(client_id)
    return render_template("clients/keys.html", client=client, errors=errors, notice=notice)


@blueprint.get("/<uuid:client_id>/keys")
@requires(Permission.CLIENT_MANAGE)
@proven
def keys(client_id: UUID) -> str:
    """Give a program new keys, or a new secret."""
    return keys_page(client_id)


@blueprint.post("/<uuid:client_id>/keys")
@requires(Permission.CLIENT_MANAGE)
@proven
@again(keys_page)
def rotate(client_id: UUID) -> str | Response:
    """The old ones end."""
    form = KeysSchema().read()
    pasted, address, is_local = key_set(form["jwks"]), form["jwks_url"], _may_be_local()
    with transaction() as session:
        secret = identity.rotate_keys(
            session, g.actor, client_id, jwks=pasted, jwks_url=address, may_be_local=is_local, at=g.now
        )
    if secret is None:
        return redirect(url_for("clients.show", client_id=client_id, done="keys"), 303)
    return ready_page(_client(client_id)[0], secret, is_new=False)


@blueprint.get("/<uuid:client_id>/hold")
@requires(Permission.CLIENT_MANAGE)
@proven
def hold(client_id: UUID) -> str:
    """What follows when a program is held back."""
    return render_template("clients/hold.html", client=_client(client_id)[0])


@blueprint.post("/<uuid:client_id>/hold")
@requires(Permission.CLIENT_MANAGE)
@proven
def suspend(client_id: UUID) -> Response:
    """Hold it back."""
    with transaction() as session:
        identity.suspend_client(session, g.actor, client_id, at=g.now)
    return redirect(url_for("clients.show", client_id=client_id, done="held"), 303)


@blueprint.get("/<uuid:client_id>/return")
@requires(Permission.CLIENT_MANAGE)
@proven
def let_in(client_id: UUID) -> str:
    """What follows when a program that was held back is let in again."""
    return render_template("clients/return.html", client=_client(client_id)[0])


@blueprint.post("/<uuid:client_id>/return")
@requires(Permission.CLIENT_MANAGE)
@proven
def resume(client_id: UUID) -> Response:
    """Let it in again."""
    with transaction() as session:
        identity.resume_client(session, g.actor, client_id, at=g.now)
    return redirect(url_for("clients.show", client_id=client_id, done="let-in"), 303)
