"""The pages of the caller's own organization: staff, agreement, who is on call, own steps in danger, tries needed."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import calendar, identity, participants, webhooks
from cie.access import Permission, is_allowed
from cie.db import reading, transaction
from cie.errors import NotFound
from cie.http import requires
from cie.identity import UserAccount
from cie.participants import Participant
from cie.people.formats import format_phone
from cie.web.forms import FormSchema, Notice, again
from cie.web.language import chosen_language, lazy_gettext
from cie.web.language import gettext as _
from cie.web.proof import proven
from cie.web.staff_words import KINDS, role_words, state_words
from cie.web.standing_words import standing_facts

blueprint = Blueprint("organization", __name__, url_prefix="/organization")
DONE = {
    "on-call": lazy_gettext("Saved. This person is told at once when somebody may be in danger."),
    "steps": lazy_gettext("Saved. Everybody here sees these steps in danger."),
    "tries": lazy_gettext("Saved."),
    "withdrawn": lazy_gettext("The link no longer works."),
    "left": lazy_gettext("The account has ended and its sessions, too."),
}


class OnCallSchema(FormSchema):
    """Who is on call, and the phone."""

    user_id = fields.UUID(
        required=True,
        error_messages={
            "required": "Who is on call: choose somebody who works here",
            "invalid_uuid": "Who is on call: choose somebody who works here",
        },
    )
    phone = fields.Str(required=True, error_messages={"required": "Phone: enter the number to call"})


class StepsSchema(FormSchema):
    """The steps, one a line; none brings back those of the network."""

    steps = fields.Str(load_default="")


class TriesSchema(FormSchema):
    """How many tries make somebody unable to reach."""

    attempts = fields.Int(
        required=True,
        error_messages={"required": "Tries: enter a number", "invalid": "Tries: enter a number"},
    )


def done_notice(words: dict[str, Any]) -> Notice | None:
    """What was just done, as the address says."""
    done = words.get(request.args.get("done", ""))
    return Notice("good", str(done)) if done else None


def _on_call(session: Session, organization: Participant) -> UserAccount | None:
    if organization.on_call_user_id is None:
        return None
    try:
        return identity.get_staff(session, g.actor, organization.on_call_user_id)
    except NotFound:
        return None


@blueprint.get("")
@requires(Permission.ORGANIZATION_MANAGE)
def index() -> str:
    """Everything about the organization on one page."""
    with reading() as session:
        organization = participants.get_participant(session, g.actor.organization)
        today = calendar.local_day(g.now)
        agreement = participants.current_agreement(session, organization.id, on=today)
        agreements = participants.agreements_of(session, g.actor, organization.id)
        staff = [_row(user) for user in identity.staff_of(session, g.actor)]
        may_invite = is_allowed(g.actor, Permission.STAFF_MANAGE)
        invited = identity.open_invitations(session, g.actor, at=g.now) if may_invite else []
        on_call = _on_call(session, organization)
        has_stuck = is_allowed(g.actor, Permission.CLIENT_MANAGE) and _has_stuck_notices(session)
    return render_template(
        "organization/index.html", organization=organization, kind=KINDS[organization.kind], agreement=agreement,
        agreements=agreements, staff=staff, invited=[(i, role_words(i.role_codes)) for i in invited], on_call=on_call,
        on_call_phone=format_phone(organization.on_call_phone), standing=standing_facts(organization),
        notice=done_notice(DONE), has_stuck=has_stuck,
    )  # fmt: skip


def _has_stuck_notices(session: Session) -> bool:
    return bool(webhooks.stuck_by_program(session, g.actor.organization))


def _row(user: UserAccount) -> dict[str, Any]:
    return {"user": user, "roles": role_words(user.role_codes), "state": state_words(user, g.now)}


def on_call_page(errors: Any = (), notice: Any = None) -> str:
    """The page that names who is on call."""
    with reading() as session:
        organization = participants.get_participant(session, g.actor.organization)
        staff = [(user.id, user.name) for user in identity.staff_of(session, g.actor) if user.is_active]
    options = [("", _("Choose")), *staff]
    return render_template(
        "organization/on_call.html", organization=organization, options=options, errors=errors, notice=notice,
        phone=format_phone(organization.on_call_phone),
    )  # fmt: skip


@blueprint.get("/on-call")
@requires(Permission.ORGANIZATION_MANAGE)
def on_call() -> str:
    """Who is told at once when somebody may be in danger."""
    return on_call_page()


@blueprint.post("/on-call")
@requires(Permission.ORGANIZATION_MANAGE)
@again(on_call_page)
def set_on_call() -> Response:
    """Name the person on call."""
    form = OnCallSchema().read()
    with transaction() as session:
        identity.name_on_call(session, g.actor, form["user_id"], phone=form["phone"], at=g.now)
    return redirect(url_for("organization.index", done="on-call"), 303)


def steps_page(errors: Any = (), notice: Any = None) -> str:
    """The steps in danger, and for who may change them the form."""
    with reading() as session:
        organization = participants.get_participant(session, g.actor.organization)
        steps = participants.danger_steps(session, organization.id, chosen_language())
        on_call = _on_call(session, organization)
    return render_template(
        "organization/danger_steps.html", steps=steps, own=organization.danger_steps, on_call=on_call,
        phone=organization.on_call_phone, phone_text=format_phone(organization.on_call_phone), errors=errors,
        notice=notice or done_notice(DONE),
    )  # fmt: skip


@blueprint.get("/danger-steps")
@requires(Permission.OWN_ACCOUNT)
def danger_steps() -> str:
    """What to do when somebody is in danger; all staff may read it."""
    return steps_page()


@blueprint.post("/danger-steps")
@requires(Permission.ORGANIZATION_MANAGE)
@again(steps_page)
def set_danger_steps() -> Response:
    """Keep the organization's own steps."""
    steps = StepsSchema().read()["steps"].splitlines()
    with transaction() as session:
        participants.set_danger_steps(session, g.actor, g.actor.organization, steps, at=g.now)
    return redirect(url_for("organization.danger_steps", done="steps"), 303)


def tries_page(errors: Any = (), notice: Any = None) -> str:
    """The page of the tries needed."""
    with reading() as session:
        organization = participants.get_participant(session, g.actor.organization)
    return render_template("organization/tries.html", organization=organization, errors=errors, notice=notice)


@blueprint.get("/tries")
@requires(Permission.ORGANIZATION_MANAGE)
def tries() -> str:
    """How many tries must be on record before somebody counts as unable to reach."""
    return tries_page()


@blueprint.post("/tries")
@requires(Permission.ORGANIZATION_MANAGE)
@again(tries_page)
def set_tries() -> Response:
    """Set the tries needed."""
    attempts = TriesSchema().read()["attempts"]
    with transaction() as session:
        participants.set_attempts_before_unreachable(session, g.actor, g.actor.organization, attempts, at=g.now)
    return redirect(url_for("organization.index", done="tries"), 303)


@blueprint.post("/invitations/<uuid:invitation_id>/withdrawal")
@requires(Permission.STAFF_MANAGE)
@proven
def withdraw(invitation_id: UUID) -> Response:
    """The link of an invitation stops working."""
    with transaction() as session:
        identity.withdraw_invitation(session, g.actor, invitation_id, at=g.now)
    return redirect(url_for("organization.index", done="withdrawn"), 303)
