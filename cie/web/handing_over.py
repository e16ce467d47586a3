"""Taking back a screen that was handed to a person: until then the browser opens nothing but what they sign."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from cie import identity
from cie.access import Permission
from cie.db import reading, transaction
from cie.errors import Invalid
from cie.http import requires
from cie.identity import UserAccount
from cie.web.forms import FormSchema, again, own_path
from cie.web.language import lazy_gettext
from cie.web.proof import account_with

blueprint = Blueprint("handing_over", __name__, url_prefix="/consents/taking-back")


class PasswordSchema(FormSchema):
    """The password of who handed the screen over."""

    password = fields.Str(required=True, error_messages={"required": lazy_gettext("Password: enter it")})
    next = fields.Str(load_default="")


def _account() -> UserAccount:
    account: UserAccount = g.signed_in.user
    return account


def _page(errors: Any = (), notice: Any = None) -> str:
    with reading() as session:
        through = identity.provider_of_session(session, g.signed_in.session.id)
    return render_template(
        "signing/take_back.html",
        worker=g.me.name,
        has_password=_account().password_hash is not None,
        through=through,
        next=_wanted(),
        errors=errors,
        notice=notice,
    )


def _wanted() -> str:
    return own_path(request.values.get("next", "")) or url_for("worklist.index")


@blueprint.get("")
@requires(Permission.OWN_ACCOUNT)
def take_back() -> "str | Response":
    """Ask for the password of who handed the screen over."""
    if g.signed_in.session.handed_over_for is None:
        return redirect(_wanted(), 303)
    return _page()


@blueprint.post("")
@requires(Permission.OWN_ACCOUNT)
@again(_page)
def create_taking_back() -> Response:
    """The worker has the screen again."""
    form = PasswordSchema().read()
    try:
        account_with(_account().email, form["password"])
    except Invalid as error:
        raise Invalid("Password: this is not your password", "password") from error
    with transaction() as session:
        identity.take_back(session, g.actor, g.signed_in.session.id, at=g.now)
    return redirect(_wanted(), 303)
