"""Who asks: the first thing that somebody tries who writes a program for us."""

from typing import Any

from flask import g
from marshmallow import Schema, fields

from cie import participants
from cie.access import Permission
from cie.api.blueprint import Part
from cie.db import reading
from cie.http import requires

blueprint = Part("me", "Who asks", path="")


class CallerSchema(Schema):
    """The caller, and what its token is good for."""

    client_id = fields.UUID(required=True)
    client_name = fields.Str(required=True)
    organization_id = fields.UUID(required=True)
    organization_name = fields.Str(required=True)
    user_id = fields.UUID(allow_none=True, required=True)
    scopes = fields.List(fields.Str(), required=True)
    purpose = fields.Str(required=True, metadata={"description": "HL7 v3 PurposeOfUse"})
    expires_at = fields.AwareDateTime(required=True)


@blueprint.route("/me", methods=["GET"])
@requires(Permission.DIRECTORY_READ)
@blueprint.response(200, CallerSchema)
def show() -> dict[str, Any]:
    """Who asks

    Needs no scope: it tells what the token can do.
    """
    token = g.token
    with reading() as session:
        organization = participants.get_participant(session, token.client.organization_id).name
    return {
        "client_id": token.client.id,
        "client_name": token.client.name,
        "organization_id": token.client.organization_id,
        "organization_name": organization,
        "user_id": token.row.user_id,
        "scopes": token.row.scopes,
        "purpose": token.row.purpose,
        "expires_at": token.row.expires_at,
    }
