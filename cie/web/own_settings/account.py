"""Own settings: name and language, being away, sessions, apps."""

from typing import Any
from uuid import UUID

from flask import g, redirect, render_template, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from cie import identity, referrals
from cie.access import Permission, is_allowed
from cie.access.scopes import sights_of
from cie.db import reading, transaction
from cie.http import requires
from cie.web.day_boxes import with_days
from cie.web.forms import FormSchema, again
from cie.web.language import COOKIE as LANGUAGE_COOKIE
from cie.web.language import LANGUAGES, lazy_gettext
from cie.web.language import gettext as _
from cie.web.organization import done_notice
from cie.web.own_settings.blueprint import blueprint, this_session
from cie.web.staff import CHOOSE_TAKER, ID, NOBODY, away_until, caseload_words, takers

DONE = {
    "saved": lazy_gettext("Saved."),
    "away": lazy_gettext("Saved. Colleagues see it."),
    "back": lazy_gettext("Saved. You are back."),
    "password": lazy_gettext("Your password is new. You were signed out everywhere else."),
    "phone-app": lazy_gettext("Your new phone app works. You were signed out everywhere else."),
    "ended": lazy_gettext("Signed out there."),
    "stopped": lazy_gettext("Stopped. The app opens nothing in your name now."),
}
KEEP = "keep"
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


def index_page(errors: Any = (), notice: Any = None) -> str:
    """Everything about the own account."""
    with reading() as session:
        user = identity.own_account(session, g.actor)
        open_sessions = len(identity.sessions_of(session, user.id, at=g.now))
        codes_left = identity.recovery_codes_left(session, user.id)
        apps = [(app, sights_of(app.grant.scopes)) for app in identity.apps_of(session, g.actor, g.now)]
    away = user.away_until if user.away_until and user.away_until > g.now else None
    return render_template(
        "settings/index.html", user=user, away=away, open_sessions=open_sessions, codes_left=codes_left, apps=apps,
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
        "settings/sessions.html", sessions=rows, this_session=this_session(), notice=done_notice(DONE)
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
        identity.end_other_sessions(session, g.actor, this_session(), at=g.now)
    return redirect(url_for("settings.sessions", done="ended"), 303)


@blueprint.post("/apps/<uuid:grant_id>/end")
@requires(Permission.OWN_ACCOUNT)
def stop_app(grant_id: UUID) -> Response:
    """An app works in one's name no more."""
    with transaction() as session:
        identity.stop_app(session, g.actor, grant_id, g.now)
    return redirect(url_for("settings.index", done="stopped"), 303)
