"""The pages of an invited person: name, password and phone app, then recovery codes shown once.

A link's token leaves the address at once: opening the link changes nothing, sets a short cookie and goes to a clean
address. Only the posted form uses the link up.
"""

from typing import Any

from flask import Blueprint, g, make_response, render_template
from marshmallow import fields
from werkzeug.wrappers import Response

from cie import identity, participants
from cie.db import reading, transaction
from cie.errors import Invalid, NotFound
from cie.http import STATUS, public
from cie.web.forms import FormSchema, again
from cie.web.link_cookie import LinkCookie
from cie.web.own_settings.proof import CODE_MISSING, PASSWORD_MISSING, phone_app_of

blueprint = Blueprint("invitations", __name__, url_prefix="/invitation")
LINK = LinkCookie("invitation", "invitations.show")
TYPE_AGAIN = "Password: type it again. We do not keep it while something is to be fixed"


class AccountSchema(FormSchema):
    """Everything that an account needs."""

    name = fields.Str(required=True, error_messages={"required": "Name: enter the name that colleagues know"})
    password = fields.Str(required=True, error_messages=PASSWORD_MISSING)
    code = fields.Str(required=True, error_messages=CODE_MISSING)


@blueprint.get("/<token>")
@public
def open_link(token: str) -> Response:
    """A link was opened: remember it for an hour in this browser, and take it out of the address."""
    with reading() as session:
        identity.invitation_for(session, token, at=g.now)
    return LINK.opened(token)


def account_page(errors: Any = (), notice: Any = None) -> str:
    """The form of a new account."""
    with reading() as session:
        invitation = identity.invitation_for(session, LINK.token, at=g.now)
        organization = participants.get_participant(session, invitation.organization_id)
    steps = phone_app_of(identity.invitation_secret(invitation), invitation.email)
    return render_template(
        "invitations/show.html", invitation=invitation, organization=organization,
        errors=_with_password(list(errors)), notice=notice, **steps,
    )  # fmt: skip


def _with_password(errors: list[Invalid]) -> list[Invalid]:
    """A password is never sent back to the page, so whoever has something else to fix types it again."""
    if not errors or any(error.field == "password" for error in errors):
        return errors
    return [*errors, Invalid(TYPE_AGAIN, "password")]


@blueprint.get("")
@public
def show() -> str:
    """Make your account."""
    return account_page()


@blueprint.post("")
@public
@again(account_page)
def create() -> Response:
    """Make the account; the link is used up, and the recovery codes are shown once."""
    form = AccountSchema().read()
    with reading() as session:
        invitation = identity.invitation_for(session, LINK.token, at=g.now)
        organization = participants.get_participant(session, invitation.organization_id)
    identity.check_password(form["password"], (invitation.email, form["name"], organization.name))
    hashed, secret = identity.hash_password(form["password"]), identity.invitation_secret(invitation)
    with transaction() as session:
        user = identity.accept_invitation(
            session,
            LINK.token,
            name=form["name"],
            password_hash=hashed,
            totp_secret=secret,
            code=form["code"],
            at=g.now,
        )
        codes = identity.new_recovery_codes(session, user, at=g.now)
    response = make_response(render_template("invitations/done.html", codes=codes))
    LINK.forget(response)
    return response


@blueprint.errorhandler(NotFound)
def gone(error: NotFound) -> tuple[str, int]:
    """The link was used, withdrawn, replaced, or is too old; all look the same."""
    return render_template("invitations/gone.html"), STATUS[error.code]
