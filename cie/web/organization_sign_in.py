"""The page on which an administrator says at which provider of their own their staff sign in."""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, g, redirect, render_template, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from cie import identity
from cie.access import Permission, Role
from cie.db import reading, transaction
from cie.http import requires
from cie.identity import IdentityProvider, ProviderTerms
from cie.openid import discover
from cie.web.forms import FormSchema, again, typed, typed_list
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.organization import done_notice
from cie.web.proof import proven
from cie.web.staff_words import ROLES, role_choices

blueprint = Blueprint("organization_sign_in_terms", __name__, url_prefix="/organization/sign-in")
GIVEN = [role for role in ROLES if role is not Role.NETWORK_ADMINISTRATOR]
DONE = {
    "saved": lazy_gettext("Saved. The provider answered."),
    "held-back": lazy_gettext("Nobody signs in this way now. Who came this way is signed out."),
    "let-in": lazy_gettext("Staff may sign in this way again."),
    "unlinked": lazy_gettext("The link is gone, and the colleague is signed out."),
}


class ProviderSchema(FormSchema):
    """The provider, the domains, and what its words mean here; lists stand one value a line."""

    issuer = fields.Str(
        required=True, error_messages={"required": "Address of the provider: enter the one that it calls its issuer"}
    )
    client_id = fields.Str(
        required=True, error_messages={"required": "Client ID: enter the one that your provider gave you"}
    )
    client_secret = fields.Str(load_default=None)
    without_secret = fields.Str(load_default="")
    domains = fields.Str(
        required=True, error_messages={"required": "Email domains: enter at least one, like organization.org"}
    )
    email_claim = fields.Str(load_default="email")
    name_claim = fields.Str(load_default="name")
    roles_claim = fields.Str(load_default="")
    makes_accounts = fields.Str(load_default="")
    default_role = fields.Enum(
        Role,
        by_value=True,
        load_default=None,
        error_messages={"unknown": "Role of new accounts: choose from the list"},
    )
    second_factor_acrs = fields.Str(load_default="")
    always_two_factors = fields.Str(load_default="")


TermsSchema: Any = ProviderSchema.from_dict({f"role_{role.value}": fields.Str(load_default="") for role in GIVEN})


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def terms_page(errors: Any = (), notice: Any = None) -> str:
    """The form, with what is on record; below it who came this way."""
    with reading() as session:
        provider = identity.own_provider(session, g.actor)
        domains = identity.domains_of(session, provider) if provider else []
        linked = [(link, user.name) for link, user in identity.linked_staff(session, g.actor)]
    address = f"{current_app.extensions['cie-settings'].public_url}/sign-in/organization"
    return render_template(
        "organization/sign_in.html", provider=provider, boxes=_boxes(provider, "\n".join(domains)), linked=linked,
        roles=_role_boxes(provider), role_options=_role_options(), return_address=f"{address}/return",
        logout_address=f"{address}/logout", errors=errors, notice=notice or done_notice(DONE),
    )  # fmt: skip


def _boxes(provider: IdentityProvider | None, domains: str) -> dict[str, Any]:
    """What stands in each box: as typed, else as on record."""
    kept = provider or IdentityProvider(organization_id=g.actor.organization, issuer="", client_id="", created_at=g.now)
    said = {
        "issuer": kept.issuer,
        "client_id": kept.client_id,
        "domains": domains,
        "email_claim": kept.email_claim,
        "name_claim": kept.name_claim,
        "roles_claim": kept.roles_claim,
        "default_role": kept.default_role or "",
        "second_factor_acrs": "\n".join(kept.second_factor_acrs),
    }
    marks = {"makes_accounts": kept.makes_accounts, "always_two_factors": kept.always_two_since is not None}
    boxes: dict[str, Any] = {name: typed(name, value) for name, value in said.items()}
    for name, is_on in marks.items():
        boxes[name] = "yes" in typed_list(name, ["yes"] if is_on else [], beside="issuer")
    boxes["without_secret"] = "yes" in typed_list("without_secret", [], beside="issuer")
    return boxes


def _role_boxes(provider: IdentityProvider | None) -> list[dict[str, Any]]:
    kept = provider.role_values if provider else {}
    return [
        {
            "name": f"role_{role.value}",
            "label": ROLES[role][0],
            "value": typed(f"role_{role.value}", "\n".join(kept.get(role.value, []))),
        }
        for role in GIVEN
    ]


def _role_options() -> list[tuple[str, Any]]:
    named = [(choice["value"], choice["label"]) for choice in role_choices(network=False)]
    return [("", _("None: only who has a value below gets an account")), *named]


@blueprint.get("")
@requires(Permission.STAFF_MANAGE)
@proven
def show() -> str:
    """At which provider staff sign in."""
    return terms_page()


@blueprint.post("")
@requires(Permission.STAFF_MANAGE)
@proven
@again(terms_page)
def save() -> Response:
    """Ask the provider what it is, and keep what was said of it."""
    terms = _terms(TermsSchema().read())
    discover(terms.issuer, may_be_private=terms.may_be_local)
    with transaction() as session:
        identity.set_provider(session, g.actor, terms, at=g.now)
    return redirect(url_for("organization_sign_in_terms.show", done="saved"), 303)


def _terms(form: dict[str, Any]) -> ProviderTerms:
    secret = "" if form["without_secret"] else form["client_secret"]
    return ProviderTerms(
        issuer=form["issuer"],
        client_id=form["client_id"],
        client_secret=secret,
        domains=_lines(form["domains"]),
        email_claim=form["email_claim"],
        name_claim=form["name_claim"],
        roles_claim=form["roles_claim"],
        role_values={role: _lines(form[f"role_{role.value}"]) for role in GIVEN},
        makes_accounts=bool(form["makes_accounts"]),
        default_role=form["default_role"],
        second_factor_acrs=_lines(form["second_factor_acrs"]),
        always_two_factors=bool(form["always_two_factors"]),
        may_be_local=current_app.extensions["cie-settings"].may_reach_private,
    )


@blueprint.post("/holding-back")
@requires(Permission.STAFF_MANAGE)
@proven
def hold_back() -> Response:
    """Nobody signs in this way for now."""
    with transaction() as session:
        identity.hold_back_provider(session, g.actor, at=g.now)
    return redirect(url_for("organization_sign_in_terms.show", done="held-back"), 303)


@blueprint.post("/letting-in")
@requires(Permission.STAFF_MANAGE)
@proven
def let_in() -> Response:
    """Staff sign in this way again."""
    with transaction() as session:
        identity.let_in_again(session, g.actor, at=g.now)
    return redirect(url_for("organization_sign_in_terms.show", done="let-in"), 303)


@blueprint.post("/links/<uuid:link_id>/removal")
@requires(Permission.STAFF_MANAGE)
@proven
def remove_link(link_id: UUID) -> Response:
    """An account of the provider is nobody's here any more."""
    with transaction() as session:
        identity.unlink(session, g.actor, link_id, at=g.now)
    return redirect(url_for("organization_sign_in_terms.show", done="unlinked"), 303)
