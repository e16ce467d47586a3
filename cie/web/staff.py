"""Colleagues: inviting them, what they may do, being away, handing a caseload over, leaving."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, g, redirect, render_template, url_for
from marshmallow import fields, validate
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import calendar, identity, referrals
from cie.access import Permission, Role, is_allowed
from cie.db import reading, transaction
from cie.http import requires
from cie.identity import Invitation, UserAccount
from cie.web.day_boxes import day_in, with_days
from cie.web.forms import FormSchema, again
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext, ngettext
from cie.web.organization import done_notice
from cie.web.proof import proven
from cie.web.staff_words import role_choices, role_words, state_words

blueprint = Blueprint("staff", __name__, url_prefix="/organization/staff")
NOBODY, ID = "nobody", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
CHOOSE_TAKER = "Who takes over: choose one"
DONE = {
    "roles": lazy_gettext("Saved. It holds from their next click."),
    "away": lazy_gettext("Saved. Colleagues see it."),
    "handed-over": lazy_gettext("Handed over."),
}
CHOOSE_ROLES: Any = {"required": "What they may do: choose at least one"}


class RolesSchema(FormSchema):
    """What a colleague may do."""

    roles = fields.List(
        fields.Enum(Role, by_value=True, error_messages={"unknown": "What they may do: choose from the list"}),
        required=True,
        error_messages=CHOOSE_ROLES,
    )


class InvitationSchema(RolesSchema):
    """Whom to invite."""

    name = fields.Str(required=True, error_messages={"required": "Name: enter the name that colleagues know"})
    email = fields.Str(
        required=True, error_messages={"required": "Work email: enter an address like name@organization.org"}
    )


AwaySchema = with_days(FormSchema, "until")


class CaseloadSchema(FormSchema):
    """Who takes over: a colleague's id, or `nobody`."""

    assignee = fields.Str(
        required=True,
        validate=validate.Regexp(rf"{NOBODY}$|{ID}$", error=CHOOSE_TAKER),
        error_messages={"required": CHOOSE_TAKER},
    )

    def taker(self) -> UUID | None:
        """The colleague, or None for nobody. Raises Invalid."""
        chosen = self.read()["assignee"]
        return None if chosen == NOBODY else UUID(chosen)


def takers(session: Session, leaving: UUID) -> list[dict[str, Any]]:
    """Who can take a caseload over: those who may be in charge and are here, and nobody."""
    able = [user for user in referrals.colleagues(session, g.actor) if user.id != leaving]
    here = [user for user in able if user.away_until is None or user.away_until <= g.now]
    options: list[dict[str, Any]] = [{"value": str(user.id), "label": user.name} for user in here]
    nobody = {"value": NOBODY, "label": _("Nobody yet"), "hint": _("It waits on the list that everybody here sees.")}
    return [*options, nobody]


def away_until(form: dict[str, Any]) -> datetime | None:
    """The end of the last day away; None when somebody is back. Raises Invalid."""
    last = day_in(form, "until", "Away until")
    return calendar.instant(last, time(23, 59)) if last else None


def link_of(invitation: Invitation) -> str:
    """The link that the invited person opens."""
    public_url = current_app.extensions["cie-settings"].public_url
    path = url_for("invitations.open_link", token=identity.invitation_token(invitation))
    return f"{public_url}{path}"


def invite_page(errors: Any = (), notice: Any = None) -> str:
    """The form of an invitation."""
    roles = role_choices(network=is_allowed(g.actor, Permission.NETWORK_MANAGE))
    return render_template("organization/invite.html", roles=roles, errors=errors, notice=notice)


@blueprint.get("/new")
@requires(Permission.STAFF_MANAGE)
@proven
def new() -> str:
    """Invite a colleague."""
    return invite_page()


@blueprint.post("")
@requires(Permission.STAFF_MANAGE)
@proven
@again(invite_page)
def create() -> str:
    """Make the link and show it, once; nobody sends it yet."""
    form = InvitationSchema().read()
    with transaction() as session:
        invitation = identity.invite(session, g.actor, g.actor.organization, at=g.now, **form)
    return render_template("organization/invited.html", invitation=invitation, link=link_of(invitation))


def _colleague(user_id: UUID) -> tuple[UserAccount, int | None]:
    """A colleague, and how much they are in charge of; None for who may not know."""
    with reading() as session:
        user = identity.get_staff(session, g.actor, user_id)
        may_hand_over = is_allowed(g.actor, Permission.CASELOAD_HAND_OVER, user)
        return user, referrals.caseload_of(session, g.actor, user_id) if may_hand_over else None


def caseload_words(count: int | None) -> str:
    """How much somebody is in charge of."""
    return ngettext("%(num)d open referral", "%(num)d open referrals", count) if count else _("Nothing open")


@blueprint.get("/<uuid:user_id>")
@requires(Permission.ORGANIZATION_MANAGE)
def show(user_id: UUID) -> str:
    """One colleague."""
    user, count = _colleague(user_id)
    return render_template(
        "organization/staff.html", user=user, roles=role_words(user.role_codes), state=state_words(user, g.now),
        count=count, caseload=caseload_words(count), notice=done_notice(DONE),
    )  # fmt: skip


def roles_page(user_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """What a colleague may do."""
    user, _count = _colleague(user_id)
    network = is_allowed(g.actor, Permission.NETWORK_MANAGE) or Role.NETWORK_ADMINISTRATOR in user.roles
    options = role_choices(network=network)
    return render_template("organization/roles.html", user=user, options=options, errors=errors, notice=notice)


@blueprint.get("/<uuid:user_id>/roles")
@requires(Permission.STAFF_MANAGE)
@proven
def roles(user_id: UUID) -> str:
    """Change what a colleague may do."""
    return roles_page(user_id)


@blueprint.post("/<uuid:user_id>/roles")
@requires(Permission.STAFF_MANAGE)
@proven
@again(roles_page)
def set_roles(user_id: UUID) -> Response:
    """Save what a colleague may do."""
    form = RolesSchema().read()
    with transaction() as session:
        identity.set_roles(session, g.actor, user_id, form["roles"], at=g.now)
    return redirect(url_for("staff.show", user_id=user_id, done="roles"), 303)


def away_page(user_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """Until when a colleague is away."""
    user, count = _colleague(user_id)
    return render_template(
        "organization/away.html", user=user, count=count, caseload=caseload_words(count), errors=errors, notice=notice
    )


@blueprint.get("/<uuid:user_id>/away")
@requires(Permission.STAFF_MANAGE)
def away(user_id: UUID) -> str:
    """Say that a colleague is away."""
    return away_page(user_id)


@blueprint.post("/<uuid:user_id>/away")
@requires(Permission.STAFF_MANAGE)
@again(away_page)
def set_away(user_id: UUID) -> Response:
    """Save until when a colleague is away."""
    until = away_until(AwaySchema().read())
    with transaction() as session:
        identity.set_away(session, g.actor, until, user_id=user_id, at=g.now)
    return redirect(url_for("staff.show", user_id=user_id, done="away"), 303)


def caseload_page(user_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """What a colleague is in charge of, in numbers, and who takes it over."""
    user, count = _colleague(user_id)
    with reading() as session:
        options = takers(session, user_id)
    return render_template(
        "organization/caseload.html", user=user, count=count, caseload=caseload_words(count), options=options,
        errors=errors, notice=notice,
    )  # fmt: skip


@blueprint.get("/<uuid:user_id>/caseload")
@requires(Permission.STAFF_MANAGE)
def caseload(user_id: UUID) -> str:
    """Hand a caseload over: to whom?"""
    return caseload_page(user_id)


@blueprint.post("/<uuid:user_id>/caseload")
@requires(Permission.STAFF_MANAGE)
@again(caseload_page)
def hand_over(user_id: UUID) -> Response:
    """Hand the caseload over."""
    to_id = CaseloadSchema().taker()
    with transaction() as session:
        referrals.hand_over(session, g.actor, user_id, to_id, at=g.now)
    return redirect(url_for("staff.show", user_id=user_id, done="handed-over"), 303)


def renewal_page(user_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """What follows when a colleague sets up their sign-in again."""
    user, _count = _colleague(user_id)
    return render_template("organization/renewal.html", user=user, errors=errors, notice=notice)


@blueprint.get("/<uuid:user_id>/renewal")
@requires(Permission.STAFF_MANAGE)
@proven
def renewal(user_id: UUID) -> str:
    """A colleague lost password or phone."""
    return renewal_page(user_id)


@blueprint.post("/<uuid:user_id>/renewal")
@requires(Permission.STAFF_MANAGE)
@proven
@again(renewal_page)
def renew(user_id: UUID) -> str:
    """Make the link and show it, once."""
    with transaction() as session:
        invitation = identity.invite_again(session, g.actor, user_id, at=g.now)
    back = url_for("staff.show", user_id=user_id)
    return render_template("organization/invited.html", invitation=invitation, link=link_of(invitation), back=back)


def leaving_page(user_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """What follows when a colleague leaves."""
    user, count = _colleague(user_id)
    return render_template(
        "organization/leaving.html",
        user=user,
        count=count,
        caseload=caseload_words(count),
        errors=errors,
        notice=notice,
    )


@blueprint.get("/<uuid:user_id>/leaving")
@requires(Permission.STAFF_MANAGE)
@proven
def leaving(user_id: UUID) -> str:
    """A colleague leaves."""
    return leaving_page(user_id)


@blueprint.post("/<uuid:user_id>/leaving")
@requires(Permission.STAFF_MANAGE)
@proven
@again(leaving_page)
def deactivate(user_id: UUID) -> Response:
    """End the account."""
    with transaction() as session:
        identity.deactivate(session, g.actor, user_id, at=g.now)
    return redirect(url_for("organization.index", done="left"), 303)
