"""What people need, and their own wish for each need."""

from typing import Any
from uuid import UUID

from flask import g
from marshmallow import Schema, fields
from sqlmodel import Session

from cie import screening
from cie.access import Permission
from cie.api.asking import once
from cie.api.blueprint import Part
from cie.api.lists import items_of
from cie.api.opening import for_token
from cie.db import reading, transaction
from cie.screening import Need, NeedStatus, Wish

blueprint = Part("needs", "Needs of the people whom you serve, and what they want", path="")


class NewNeedSchema(Schema):
    """A need that the person and somebody who helps them spoke of. No screening is needed."""

    need_code = fields.Str(required=True)
    wish = fields.Enum(Wish, by_value=True, load_default=None, allow_none=True)


class WishSchema(Schema):
    """What the person wants: only "wants help" becomes a referral."""

    wish = fields.Enum(Wish, by_value=True, required=True)


class NeedSchema(Schema):
    """One need; its codes are those of the HL7 SDOH Clinical Care categories and value sets."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    screening_id = fields.UUID(required=True, allow_none=True)
    need_code = fields.Str(required=True)
    domain = fields.Str(required=True)
    icd10 = fields.Str(required=True, allow_none=True)
    snomed = fields.Str(required=True, allow_none=True)
    status = fields.Enum(NeedStatus, by_value=True, required=True)
    wish = fields.Enum(Wish, by_value=True, required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


@blueprint.route("/people/<uuid:person_id>/needs", methods=["GET"])
@for_token(Permission.SCREENING_READ, "needs", "s")
@blueprint.response(200, items_of(NeedSchema, "newest first"))
def index(person_id: UUID) -> dict[str, Any]:
    """List the needs of a person"""
    with reading() as session:
        return {"items": list(screening.needs_of(session, g.actor, person_id))}


@blueprint.route("/people/<uuid:person_id>/needs", methods=["POST"])
@for_token(Permission.NEED_WRITE, "needs", "c")
@blueprint.arguments(NewNeedSchema)
@blueprint.response(201, NeedSchema)
def create(said: dict[str, Any], person_id: UUID) -> Need:
    """Enter a need"""

    def verb(session: Session) -> UUID:
        return screening.add_need(session, g.actor, person_id, said["need_code"], said["wish"], at=g.now).id

    return _read(once(f"need.add:{person_id}", verb))


@blueprint.route("/needs/<uuid:need_id>/wish", methods=["PUT"])
@for_token(Permission.NEED_WRITE, "needs", "u")
@blueprint.arguments(WishSchema)
@blueprint.response(200, NeedSchema)
def set_wish(said: dict[str, Any], need_id: UUID) -> Need:
    """Say what the person wants"""
    with transaction() as session:
        screening.set_wish(session, g.actor, need_id, said["wish"], at=g.now)
    return _read(need_id)


@blueprint.route("/needs/<uuid:need_id>", methods=["GET"])
@for_token(Permission.SCREENING_READ, "needs", "r")
@blueprint.response(200, NeedSchema)
def show(need_id: UUID) -> Need:
    """Read one need"""
    return _read(need_id)


def _read(need_id: UUID) -> Need:
    with reading() as session:
        return screening.get_need(session, g.actor, need_id)
