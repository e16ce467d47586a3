"""A victim service makes all that it keeps unreadable: what follows, then both factors and its name, for good."""

from typing import Any

from flask import g, redirect, render_template, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from cie import retention
from cie.access import Permission
from cie.db import reading, transaction
from cie.http import requires
from cie.web.forms import FormSchema, again
from cie.web.privacy.blueprint import blueprint
from cie.web.proof import proven


class EverythingSchema(FormSchema):
    """The name of the organization, typed so that it is meant."""

    name = fields.Str(load_default="")


def everything_page(errors: Any = (), notice: Any = None) -> str:
    """What goes, what stays, and whether something open stands in the way."""
    with reading() as session:
        place = retention.own_place(session, g.actor)
        is_open = retention.what_is_open(session, g.actor, at=g.now)
    return render_template("privacy/everything.html", place=place.name, is_open=is_open, errors=errors, notice=notice)


@blueprint.get("/everything")
@requires(Permission.PRIVACY_CASE_MANAGE)
def everything() -> str:
    """What will go, and what stays."""
    return everything_page()


@blueprint.post("/everything")
@requires(Permission.PRIVACY_CASE_MANAGE)
@proven
@again(everything_page)
def destroy_everything() -> Response:
    """Nothing of it opens again."""
    name = EverythingSchema().read()["name"]
    with transaction(alone=True) as session:
        retention.destroy_everything(session, g.actor, name=name, at=g.now)
    return redirect(url_for("privacy.index", done="destroyed"), 303)
