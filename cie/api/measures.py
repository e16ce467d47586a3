"""The four facts of a month, each with its own base; other organizations' small numbers are hidden as on the page."""

from typing import Any

from flask import current_app, g
from marshmallow import Schema, fields

from cie import measures
from cie.access import Permission
from cie.api.blueprint import Part
from cie.api.opening import for_token
from cie.api.times import Day
from cie.db import reading
from cie.measures import Breakdown, Whose

blueprint = Part("measures", "What became of the referrals that were sent in a month")


class AskedSchema(Schema):
    """Which month (any day of it), and whose referrals."""

    month = Day(required=True)
    whose = fields.Enum(Whose, by_value=True, load_default=Whose.OURS)


class RowSchema(Schema):
    """One line of a table; null where a count is hidden to protect people."""

    code = fields.Str(required=True)
    counts = fields.Dict(keys=fields.Str(), values=fields.Int(allow_none=True), required=True)


class SummarySchema(Schema):
    """Answered and closed of sent, received of closed, confirmed of received. Silent is not a yes."""

    month = fields.Date(required=True)
    whose = fields.Enum(Whose, by_value=True, required=True)
    total = fields.Dict(keys=fields.Str(), values=fields.Int(allow_none=True), required=True)
    asked = fields.Dict(keys=fields.Str(), values=fields.Int(), required=True, allow_none=True)
    median_hours_to_answer = fields.Float(required=True, allow_none=True)
    by_need = fields.List(fields.Nested(RowSchema), required=True)
    by_county = fields.List(fields.Nested(RowSchema), required=True)
    by_language = fields.List(fields.Nested(RowSchema), required=True)
    by_reason = fields.List(fields.Nested(RowSchema), required=True)


@blueprint.route("", methods=["GET"])
@for_token(Permission.MEASURES_READ, "measures", "r")
@blueprint.arguments(AskedSchema, location="query")
@blueprint.response(200, SummarySchema)
def show(asked: dict[str, Any]) -> dict[str, Any]:
    """Read the figures of one month"""
    month, small = asked["month"].replace(day=1), current_app.extensions["cie-settings"].small_cell_below
    with reading() as session:
        found = measures.summary(session, g.actor, asked["whose"], month, small_below=small)
    return {
        "month": month,
        "whose": asked["whose"],
        "total": found.total,
        "asked": found.asked,
        "median_hours_to_answer": found.median_hours,
        **{f"by_{breakdown.value}": found.tables[breakdown] for breakdown in Breakdown},
    }
