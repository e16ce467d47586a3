"""How one shows who one is: both factors again, password, phone app, recovery codes."""

from typing import Any

from flask import current_app, g, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from cie import identity
from cie.access import Permission
from cie.db import reading, transaction
from cie.errors import Invalid
from cie.http import requires
from cie.identity import UserAccount
from cie.web.forms import FormSchema, again, own_path
from cie.web.own_settings.blueprint import blueprint, this_session
from cie.web.proof import account_with, proven, with_code
from cie.web.squares import square_of

CODE_MISSING: Any = {"required": "Code: enter the 6 digits of your app"}
PASSWORD_MISSING: Any = {"required": "Password: enter it"}


class ProofSchema(FormSchema):
    """Both factors again."""

    password = fields.Str(required=True, error_messages=PASSWORD_MISSING)
    code = fields.Str(required=True, error_messages=CODE_MISSING)
    next = fields.Str(load_default="")


class NewPasswordSchema(FormSchema):
    """A new password, typed once."""

    password = fields.Str(required=True, error_messages=PASSWORD_MISSING)


class CodeSchema(FormSchema):
    """A code of the new phone app."""

    code = fields.Str(required=True, error_messages=CODE_MISSING)


def _account() -> UserAccount:
    with reading() as session:
        return identity.own_account(session, g.actor)


def confirm_page(errors: Any = (), notice: Any = None) -> str:
    """Password and code again."""
    wanted = own_path(request.values.get("next", "")) or url_for("settings.index")
    with reading() as session:
        through = identity.provider_of_session(session, this_session())
    return render_template("settings/confirm.html", next=wanted, through=through, errors=errors, notice=notice)


@blueprint.get("/confirm")
@requires(Permission.OWN_ACCOUNT)
def confirm() -> str:
    """Ask for both factors before what is sensitive."""
    return confirm_page()


@blueprint.post("/confirm")
@requires(Permission.OWN_ACCOUNT)
@again(confirm_page)
def create_proof() -> Response:
    """Check both factors, and go back to what needed them."""
    form = ProofSchema().read()
    try:
        user = account_with(_account().email, form["password"])
    except Invalid as error:
        raise Invalid("Password: this is not your password", "password") from error
    with_code(
        user.id,
        form["code"],
        lambda session, _user: identity.reauthenticate(session, g.actor, this_session(), at=g.now),
    )
    return redirect(own_path(form["next"]) or url_for("settings.index"), 303)


def password_page(errors: Any = (), notice: Any = None) -> str:
    """The page of a new password."""
    return render_template("settings/password.html", email=_account().email, errors=errors, notice=notice)


@blueprint.get("/password")
@requires(Permission.OWN_ACCOUNT)
@proven
def password() -> str:
    """Choose a new password."""
    return password_page()


@blueprint.post("/password")
@requires(Permission.OWN_ACCOUNT)
@proven
@again(password_page)
def set_password() -> Response:
    """Keep the new password; every other session ends."""
    chosen = NewPasswordSchema().read()["password"]
    identity.check_password(chosen, (_account().email, g.me.name, g.me.organization_name))
    hashed = identity.hash_password(chosen)
    with transaction() as session:
        identity.change_password(session, g.actor, hashed, keep=this_session(), at=g.now)
    return redirect(url_for("settings.index", done="password"), 303)


def phone_app_of(secret: str, email: str) -> dict[str, str]:
    """What the steps of a phone app show: its secret, the address that opens an app, and the picture to scan."""
    otpauth = identity.totp_address(secret, email, current_app.extensions["cie-settings"].network_name)
    return {"secret": secret, "otpauth": otpauth, "picture": square_of(otpauth)}


def phone_app_page(errors: Any = (), notice: Any = None) -> str:
    """The picture to scan and the code that proves it."""
    user = _account()
    secret = identity.phone_app_secret(user, this_session())
    steps = phone_app_of(secret, user.email)
    return render_template("settings/phone_app.html", errors=errors, notice=notice, **steps)


@blueprint.get("/phone-app")
@requires(Permission.OWN_ACCOUNT)
@proven
def phone_app() -> str:
    """Set another phone app up."""
    return phone_app_page()


@blueprint.post("/phone-app")
@requires(Permission.OWN_ACCOUNT)
@proven
@again(phone_app_page)
def set_phone_app() -> Response:
    """Keep the new phone app, when its code shows that it works."""
    code = CodeSchema().read()["code"]
    secret = identity.phone_app_secret(_account(), this_session())
    with transaction() as session:
        identity.set_up_totp(session, g.actor, secret=secret, code=code, keep=this_session(), at=g.now)
    return redirect(url_for("settings.index", done="phone-app"), 303)


@blueprint.get("/recovery-codes")
@requires(Permission.OWN_ACCOUNT)
@proven
def recovery_codes() -> str:
    """What new codes mean."""
    return render_template("settings/recovery_codes.html", codes=None)


@blueprint.post("/recovery-codes")
@requires(Permission.OWN_ACCOUNT)
@proven
def create_recovery_codes() -> str:
    """Make new codes, shown once."""
    with transaction() as session:
        codes = identity.renew_recovery_codes(session, g.actor, keep=this_session(), at=g.now)
    return render_template("settings/recovery_codes.html", codes=codes)
