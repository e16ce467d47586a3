"""Own settings: name and language, being away, sessions, password, phone app, recovery codes, and proof again."""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from cie import identity, referrals
from cie.access import Permission, is_allowed
from cie.db import reading, transaction
from cie.errors import Invalid
from cie.http import requires
from cie.identity import UserAccount
from cie.web.day_boxes import with_days
from cie.web.forms import FormSchema, again, own_path
from cie.web.language import COOKIE as LANGUAGE_COOKIE
from cie.web.language import LANGUAGES, lazy_gettext
from cie.web.language import gettext as _
from cie.web.organization import done_notice
from cie.web.proof import account_with, proven, with_code
from cie.web.squares import square_of
from cie.web.staff import CHOOSE_TAKER, ID, NOBODY, away_until, caseload_words, takers

blueprint = Blueprint("settings", __name__, url_prefix="/settings")
DONE = {
    "saved": lazy_gettext("Saved."),
    "away": lazy_gettext("Saved. Colleagues see it."),
    "back": lazy_gettext("Saved. You are back."),
    "password": lazy_gettext("Your password is new. You were signed out everywhere else."),
    "phone-app": lazy_gettext("Your new phone app works. You were signed out everywhere else."),
    "ended": lazy_gettext("Signed out there."),
}
KEEP = "keep"
CODE_MISSING: Any = {"required": "Code: enter the 6 digits of your app"}
PASSWORD_MISSING: Any = {"required": "Password: enter it"}
CHOOSE_LANGUAGE: Any = {"required": "Language: choose one"}


class PreferencesSchema(FormSchema):
    """Name, language, keys."""

    name = fields.Str(required=True, error_messages={"required": "Name: enter the name that colleagues know"})
    language = fields.Str(
        required=True,
        validate=validate.OneOf(LANGUAGES, error=str(CHOOSE_LANGUAGE["required"])),
        error_messages=CHOOSE_LANGUAGE,
    )
    keys_on = fields.Bool(load_default=False)


class OwnCaseloadSchema(FormSchema):
    """Who takes over meanwhile; without a choice the caseload stays where it is."""

    assignee = fields.Str(load_default=KEEP, validate=validate.Regexp(rf"({KEEP}|{NOBODY}|{ID})$", error=CHOOSE_TAKER))


AwaySchema = with_days(OwnCaseloadSchema, "until")


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


def _this_session() -> UUID:
    found: UUID = g.signed_in.session.id
    return found


def index_page(errors: Any = (), notice: Any = None) -> str:
    """Everything about the own account."""
    with reading() as session:
        user = identity.own_account(session, g.actor)
        open_sessions = len(identity.sessions_of(session, user.id, at=g.now))
        codes_left = identity.recovery_codes_left(session, user.id)
    away = user.away_until if user.away_until and user.away_until > g.now else None
    return render_template(
        "settings/index.html", user=user, away=away, open_sessions=open_sessions, codes_left=codes_left,
        errors=errors, notice=notice or done_notice(DONE),
    )  # fmt: skip


@blueprint.get("")
@requires(Permission.OWN_ACCOUNT)
def index() -> str:
    """The own settings."""
    return index_page()


@blueprint.post("")
@requires(Permission.OWN_ACCOUNT)
@again(index_page)
def set_preferences() -> Response:
    """Save name, language and keys."""
    form = PreferencesSchema().read()
    with transaction() as session:
        identity.set_preferences(session, g.actor, at=g.now, **form)
    response = redirect(url_for("settings.index", done="saved"), 303)
    # a language chosen earlier on some page would hide the one chosen here
    response.delete_cookie(LANGUAGE_COOKIE)
    return response


def away_page(errors: Any = (), notice: Any = None) -> str:
    """Until when one is away, and who takes over."""
    with reading() as session:
        user = identity.own_account(session, g.actor)
        has_cases = is_allowed(g.actor, Permission.CASELOAD_HAND_OVER, user)
        count = referrals.caseload_of(session, g.actor, user.id) if has_cases else 0
        options = takers(session, user.id)
    options.insert(0, {"value": KEEP, "label": _("Nobody. I keep them")})
    return render_template(
        "settings/away.html", user=user, count=count, caseload=caseload_words(count), options=options,
        errors=errors, notice=notice,
    )  # fmt: skip


@blueprint.get("/away")
@requires(Permission.OWN_ACCOUNT)
def away() -> str:
    """Say that one is away."""
    return away_page()


@blueprint.post("/away")
@requires(Permission.OWN_ACCOUNT)
@again(away_page)
def set_away() -> Response:
    """Save it, and hand the caseload over when somebody was chosen."""
    form = AwaySchema().read()
    until, chosen = away_until(form), form["assignee"]
    with transaction() as session:
        user = identity.set_away(session, g.actor, until, at=g.now)
        if until and chosen != KEEP:
            to_id = None if chosen == NOBODY else UUID(chosen)
            referrals.hand_over(session, g.actor, user.id, to_id, at=g.now)
    return redirect(url_for("settings.index", done="away" if until else "back"), 303)


@blueprint.get("/sessions")
@requires(Permission.OWN_ACCOUNT)
def sessions() -> str:
    """Where one is signed in."""
    with reading() as session:
        rows = identity.sessions_of(session, g.me.id, at=g.now)
    return render_template(
        "settings/sessions.html", sessions=rows, this_session=_this_session(), notice=done_notice(DONE)
    )


@blueprint.post("/sessions/<uuid:session_id>/end")
@requires(Permission.OWN_ACCOUNT)
def end_session(session_id: UUID) -> Response:
    """End one session."""
    with transaction() as session:
        identity.end_session(session, g.actor, session_id, at=g.now)
    return redirect(url_for("settings.sessions", done="ended"), 303)


@blueprint.post("/sessions/others/end")
@requires(Permission.OWN_ACCOUNT)
def end_others() -> Response:
    """End all sessions but this one."""
    with transaction() as session:
        identity.end_other_sessions(session, g.actor, _this_session(), at=g.now)
    return redirect(url_for("settings.sessions", done="ended"), 303)


def confirm_page(errors: Any = (), notice: Any = None) -> str:
    """Password and code again."""
    wanted = own_path(request.values.get("next", "")) or url_for("settings.index")
    return render_template("settings/confirm.html", next=wanted, errors=errors, notice=notice)


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
        lambda session, _user: identity.reauthenticate(session, g.actor, _this_session(), at=g.now),
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
        identity.change_password(session, g.actor, hashed, keep=_this_session(), at=g.now)
    return redirect(url_for("settings.index", done="password"), 303)


def phone_app_of(secret: str, email: str) -> dict[str, str]:
    """What the steps of a phone app show: its secret, the address that opens an app, and the picture to scan."""
    otpauth = identity.totp_address(secret, email, current_app.extensions["cie-settings"].network_name)
    return {"secret": secret, "otpauth": otpauth, "picture": square_of(otpauth)}


def phone_app_page(errors: Any = (), notice: Any = None) -> str:
    """The picture to scan and the code that proves it."""
    user = _account()
    secret = identity.phone_app_secret(user, _this_session())
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
    secret = identity.phone_app_secret(_account(), _this_session())
    with transaction() as session:
        identity.set_up_totp(session, g.actor, secret=secret, code=code, keep=_this_session(), at=g.now)
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
        codes = identity.renew_recovery_codes(session, g.actor, keep=_this_session(), at=g.now)
    return render_template("settings/recovery_codes.html", codes=codes)
