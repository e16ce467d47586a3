"""The pages of the network's administrator: which organizations take part, and under which agreement. No people."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import calendar, geography, identity, messaging, participants
from cie.access import Permission
from cie.db import reading, transaction
from cie.errors import NotFound
from cie.http import paginate, requires
from cie.participants import Agreement, Participant, ParticipantKind
from cie.web.day_boxes import day_in, required_day_in, with_days
from cie.web.forms import FormSchema, again
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.organization import done_notice
from cie.web.paging import pages_of, wanted_page
from cie.web.proof import proven
from cie.web.staff import link_of
from cie.web.staff_words import KINDS
from cie.web.standing_words import standing_facts
from cie.web.words_of_time import day

blueprint = Blueprint("network", __name__, url_prefix="/network")
DONE = {
    "added": lazy_gettext("Added. Nothing goes to it or from it until its agreement is signed."),
    "signed": lazy_gettext("Saved. The agreement holds from its first day."),
    "standing": lazy_gettext("Saved. The rules of sharing look at it from now on."),
    "ended": lazy_gettext("Saved. After the last day nothing goes to it or from it."),
    "closed": lazy_gettext("It no longer takes part. Its staff are signed out."),
    "reopened": lazy_gettext("It takes part again."),
}
RECENT = timedelta(days=7)
CHOOSE_KIND: Any = {"required": "Kind: choose one", "unknown": "Kind: choose one"}


class OrganizationSchema(FormSchema):
    """A new organization."""

    name = fields.Str(required=True, error_messages={"required": "Name: enter the name of the organization"})
    kind = fields.Enum(ParticipantKind, by_value=True, required=True, error_messages=CHOOSE_KIND)
    county_fips = fields.Str(load_default="")
    email = fields.Str(load_default="")
    phone = fields.Str(load_default="")


class AgreementSchema(FormSchema):
    """A signed agreement; its dates come in boxes."""

    document_version = fields.Str(
        required=True, error_messages={"required": "Version: enter the version that stands on the agreement"}
    )
    signer = fields.Str(required=True, error_messages={"required": "Who signed: enter their name"})


SignedSchema = with_days(AgreementSchema, "signed_on", "effective_on", "ends_on")
LastDaySchema = with_days(FormSchema, "ends_on")


class AdministratorSchema(FormSchema):
    """Who will invite the others."""

    name = fields.Str(required=True, error_messages={"required": "Name: enter the name that colleagues know"})
    email = fields.Str(
        required=True, error_messages={"required": "Work email: enter an address like name@organization.org"}
    )


def agreement_words(agreement: Agreement | None) -> str:
    """Until when the agreement holds, or that there is none."""
    if agreement is None:
        return _("No current agreement")
    if agreement.ends_on is None:
        return _("%(version)s, no last day", version=agreement.document_version)
    return _("%(version)s, until %(day)s", version=agreement.document_version, day=day(agreement.ends_on, year=True))


def _row(session: Session, participant: Participant) -> dict[str, Any]:
    agreement = participants.current_agreement(session, participant.id, on=calendar.local_day(g.now))
    return {
        "participant": participant,
        "kind": KINDS[participant.kind],
        "agreement": agreement_words(agreement),
        "is_current": agreement is not None and participant.is_active,
    }


@blueprint.get("")
@requires(Permission.NETWORK_MANAGE)
def index() -> str:
    """The organizations, in the order in which they joined."""
    with reading() as session:
        query = participants.all_participants(g.actor)
        page = paginate(session, query, number=wanted_page(), total=None)
        rows = [_row(session, participant) for participant in page.items]
        warnings = messaging.warnings_from_unknown_numbers(session, since=g.now - RECENT)
    return render_template("network/index.html", rows=rows, warnings=warnings, pages=pages_of(page, "network.index"))


def new_page(errors: Any = (), notice: Any = None) -> str:
    """The form of a new organization."""
    counties = [("", _("Not said")), *sorted(geography.counties().items(), key=lambda county: county[1])]
    kinds = [{"value": kind.value, "label": words} for kind, words in KINDS.items()]
    return render_template("network/new.html", counties=counties, kinds=kinds, errors=errors, notice=notice)


@blueprint.get("/new")
@requires(Permission.NETWORK_MANAGE)
def new() -> str:
    """Let an organization join."""
    return new_page()


@blueprint.post("")
@requires(Permission.NETWORK_MANAGE)
@again(new_page)
def create() -> Response:
    """Add it."""
    form = OrganizationSchema().read()
    with transaction() as session:
        added = participants.add_participant(session, g.actor, at=g.now, **form)
    return redirect(url_for("network.show", organization_id=added.id, done="added"), 303)


@blueprint.get("/<uuid:organization_id>")
@requires(Permission.NETWORK_MANAGE)
def show(organization_id: UUID) -> str:
    """One organization: its agreements, what the law makes of it, and whether it takes part."""
    today = calendar.local_day(g.now)
    with reading() as session:
        participant = participants.get_participant(session, organization_id)
        agreements = participants.agreements_of(session, g.actor, organization_id)
        row = _row(session, participant)
        has_administrator = identity.has_administrator(session, organization_id)
    return render_template(
        "network/show.html", agreements=agreements, today=today, has_administrator=has_administrator,
        county=geography.counties().get(participant.county_fips), is_own=participant.id == g.actor.organization_id,
        standing=standing_facts(participant), notice=done_notice(DONE), **row,
    )  # fmt: skip


def agreement_page(organization_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The form of a signed agreement."""
    with reading() as session:
        participant = participants.get_participant(session, organization_id)
    return render_template("network/agreement.html", participant=participant, errors=errors, notice=notice)


@blueprint.get("/<uuid:organization_id>/agreements/new")
@requires(Permission.NETWORK_MANAGE)
def new_agreement(organization_id: UUID) -> str:
    """Keep a signed agreement."""
    return agreement_page(organization_id)


@blueprint.post("/<uuid:organization_id>/agreements")
@requires(Permission.NETWORK_MANAGE)
@again(agreement_page)
def sign(organization_id: UUID) -> Response:
    """Save the agreement."""
    form = SignedSchema().read()
    with transaction() as session:
        participants.sign_agreement(
            session,
            g.actor,
            organization_id,
            document_version=form["document_version"],
            signer=form["signer"],
            signed_on=required_day_in(form, "signed_on", "Signed on"),
            effective_on=required_day_in(form, "effective_on", "First day"),
            ends_on=day_in(form, "ends_on", "Last day"),
            at=g.now,
        )
    return redirect(url_for("network.show", organization_id=organization_id, done="signed"), 303)


def ending_page(organization_id: UUID, agreement_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The last day of an agreement."""
    with reading() as session:
        participant = participants.get_participant(session, organization_id)
        agreements = participants.agreements_of(session, g.actor, organization_id)
    agreement = next((each for each in agreements if each.id == agreement_id), None)
    if agreement is None:
        raise NotFound("There is no such record")
    return render_template(
        "network/ending.html", participant=participant, agreement=agreement, errors=errors, notice=notice
    )


@blueprint.get("/<uuid:organization_id>/agreements/<uuid:agreement_id>/end")
@requires(Permission.NETWORK_MANAGE)
@proven
def ending(organization_id: UUID, agreement_id: UUID) -> str:
    """End an agreement: when?"""
    return ending_page(organization_id, agreement_id)


@blueprint.post("/<uuid:organization_id>/agreements/<uuid:agreement_id>/end")
@requires(Permission.NETWORK_MANAGE)
@proven
@again(ending_page)
def end_agreement(organization_id: UUID, agreement_id: UUID) -> Response:
    """Save the last day."""
    last = required_day_in(LastDaySchema().read(), "ends_on", "Last day")
    with transaction() as session:
        participants.end_agreement(session, g.actor, agreement_id, ends_on=last, at=g.now)
    return redirect(url_for("network.show", organization_id=organization_id, done="ended"), 303)


def closing_page(organization_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """What follows when an organization leaves."""
    with reading() as session:
        participant = participants.get_participant(session, organization_id)
    return render_template("network/closing.html", participant=participant, errors=errors, notice=notice)


@blueprint.get("/<uuid:organization_id>/closing")
@requires(Permission.NETWORK_MANAGE)
@proven
def closing(organization_id: UUID) -> str:
    """An organization leaves."""
    return closing_page(organization_id)


@blueprint.post("/<uuid:organization_id>/closing")
@requires(Permission.NETWORK_MANAGE)
@proven
@again(closing_page)
def close(organization_id: UUID) -> Response:
    """End its part."""
    with transaction() as session:
        identity.close_organization(session, g.actor, organization_id, at=g.now)
    return redirect(url_for("network.show", organization_id=organization_id, done="closed"), 303)


@blueprint.post("/<uuid:organization_id>/reopening")
@requires(Permission.NETWORK_MANAGE)
@proven
@again(closing_page)
def reopen(organization_id: UUID) -> Response:
    """It takes part again; its staff may sign in, and send when there is an agreement."""
    with transaction() as session:
        participants.set_active(session, g.actor, organization_id, True, at=g.now)
    return redirect(url_for("network.show", organization_id=organization_id, done="reopened"), 303)


def administrator_page(organization_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The form that invites the first administrator."""
    with reading() as session:
        participant = participants.get_participant(session, organization_id)
    return render_template("network/administrator.html", participant=participant, errors=errors, notice=notice)


@blueprint.get("/<uuid:organization_id>/administrator")
@requires(Permission.NETWORK_MANAGE)
@proven
def administrator(organization_id: UUID) -> str:
    """Invite the first administrator."""
    return administrator_page(organization_id)


@blueprint.post("/<uuid:organization_id>/administrator")
@requires(Permission.NETWORK_MANAGE)
@proven
@again(administrator_page)
def invite_administrator(organization_id: UUID) -> str:
    """Make the link and show it, once."""
    form = AdministratorSchema().read()
    with transaction() as session:
        invitation = identity.invite_first_administrator(session, g.actor, organization_id, at=g.now, **form)
    return render_template(
        "organization/invited.html", invitation=invitation, link=link_of(invitation),
        back=url_for("network.show", organization_id=organization_id),
    )  # fmt: skip
