"""What the law makes of an organization: the page on which the network's administrator keeps it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from cie import participants
from cie.access import Permission
from cie.db import reading, transaction
from cie.http import requires
from cie.participants import HipaaRole, LegalStanding, Program
from cie.web.forms import FormSchema, again, typed, typed_list
from cie.web.proof import proven
from cie.web.staff_words import KINDS
from cie.web.standing_words import hipaa_choices, program_choices

blueprint = Blueprint("standing", __name__, url_prefix="/network")
CHOOSE_HIPAA: Any = {"unknown": "Under HIPAA: choose from the list"}
CHOOSE_PROGRAM: Any = {"unknown": "Programs: choose from the list"}
STATE = "State: enter its two letters, like CA"


class StandingSchema(FormSchema):
    """What the law makes of it; no part under HIPAA chosen leaves that to the kind."""

    hipaa_role = fields.Enum(HipaaRole, by_value=True, load_default=None, error_messages=CHOOSE_HIPAA)
    is_part2_program = fields.Bool(
        required=True,
        error_messages={"required": "Part 2 program: choose yes or no", "invalid": "Part 2 program: choose yes or no"},
    )
    programs = fields.List(fields.Enum(Program, by_value=True, error_messages=CHOOSE_PROGRAM), load_default=list)
    on_ab210_team = fields.Bool(
        required=True,
        error_messages={"required": "Homeless team: choose yes or no", "invalid": "Homeless team: choose yes or no"},
    )
    state = fields.Str(required=True, error_messages={"required": STATE})


def standing_page(organization_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The form, filled with what is kept or what was typed."""
    with reading() as session:
        participant = participants.get_participant(session, organization_id)
    kept = {
        "hipaa_role": participant.hipaa_role or "",
        "is_part2_program": "yes" if participant.is_part2_program else "no",
        "on_ab210_team": "yes" if participant.on_ab210_team else "no",
        "state": participant.state,
    }
    return render_template(
        "network/standing.html", participant=participant, kind=KINDS[participant.kind],
        filled={name: typed(name, value) for name, value in kept.items()},
        chosen=typed_list("programs", participant.programs, beside="state"), hipaa_choices=hipaa_choices(participant),
        program_choices=program_choices(), errors=errors, notice=notice,
    )  # fmt: skip


@blueprint.get("/<uuid:organization_id>/standing")
@requires(Permission.NETWORK_MANAGE)
@proven
def edit(organization_id: UUID) -> str:
    """What the law makes of it."""
    return standing_page(organization_id)


@blueprint.post("/<uuid:organization_id>/standing")
@requires(Permission.NETWORK_MANAGE)
@proven
@again(standing_page)
def update(organization_id: UUID) -> Response:
    """Keep it; what it was stays in the history."""
    form = StandingSchema().read()
    standing = LegalStanding(**{**form, "programs": tuple(form["programs"])})
    with transaction() as session:
        participants.set_standing(session, g.actor, organization_id, standing, at=g.now)
    return redirect(url_for("network.show", organization_id=organization_id, done="standing"), 303)
