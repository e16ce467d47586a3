"""The directory of services, for programs that refer."""

from typing import Any
from uuid import UUID

from flask import g
from marshmallow import Schema, fields, validate

from cie import directory
from cie.access import Permission
from cie.api.blueprint import Part
from cie.api.opening import for_token
from cie.db import reading
from cie.directory import Query, ServiceDetails
from cie.directory.describing import Hit

blueprint = Part("services", "Services of the directory, mapped to HSDS 3.1")


class ServiceSchema(Schema):
    """A service as lists show it. A confidential place has no city and no distance."""

    id = fields.UUID(required=True)
    name = fields.Str(required=True)
    organization_name = fields.Str(required=True)
    participant_id = fields.UUID(required=True, allow_none=True)
    accepts_referrals = fields.Bool(required=True)
    capacity = fields.Str(required=True, metadata={"description": "unknown when the last word is too old"})
    capacity_age_days = fields.Int(required=True, allow_none=True)
    city = fields.Str(required=True)
    distance_miles = fields.Float(required=True, allow_none=True)
    is_confidential = fields.Bool(required=True)
    languages = fields.List(fields.Str(), required=True)
    phone = fields.Str(required=True)
    open_until = fields.AwareDateTime(required=True, allow_none=True)
    opens_at = fields.AwareDateTime(required=True, allow_none=True)


class ServicesSchema(Schema):
    """One page, best first. `relaxed`: filters that were taken away so that something was found."""

    items = fields.List(fields.Nested(ServiceSchema), required=True)
    total = fields.Int(required=True)
    page = fields.Int(required=True)
    has_next = fields.Bool(required=True)
    relaxed = fields.List(fields.Str(), required=True)


class SearchSchema(Schema):
    """What is looked for; every filter is optional."""

    need = fields.Str(load_default="")
    words = fields.Str(load_default="", validate=validate.Length(max=200))
    zip = fields.Str(load_default="", validate=validate.Length(max=10))
    county = fields.Str(load_default="", validate=validate.Length(max=5), metadata={"description": "FIPS code"})
    language = fields.Str(load_default="", validate=validate.Length(max=12))
    open_now = fields.Bool(load_default=False)
    has_room = fields.Bool(load_default=False)
    same_day = fields.Bool(load_default=False)
    accepts_referrals = fields.Bool(load_default=False)
    page = fields.Int(load_default=1, validate=validate.Range(1, 1000))
    limit = fields.Int(load_default=20, validate=validate.Range(1, 100))


def _shown(hit: Hit) -> dict[str, Any]:
    return {
        "id": hit.service.id,
        "name": hit.service.name,
        "organization_name": hit.organization.name,
        "participant_id": hit.organization.participant_id,
        "accepts_referrals": hit.service.accepts_referrals,
        "capacity": hit.room.status.value,
        "capacity_age_days": hit.room.age_days,
        "city": hit.city,
        "distance_miles": hit.distance_miles,
        "is_confidential": hit.confidential,
        "languages": hit.languages,
        "phone": hit.phone,
        "open_until": hit.opening.open_until,
        "opens_at": hit.opening.opens_at,
    }


@blueprint.route("", methods=["GET"])
@for_token(Permission.DIRECTORY_READ, "services", "s")
@blueprint.arguments(SearchSchema, location="query")
@blueprint.response(200, ServicesSchema)
def index(asked: dict[str, Any]) -> dict[str, Any]:
    """Search for services"""
    with reading() as session:
        found = directory.search(session, Query(**asked), at=g.now)
        items = [_shown(hit) for hit in found.items]
    return {
        "items": items,
        "total": found.total,
        "page": found.page,
        "has_next": found.has_next,
        "relaxed": list(found.relaxed),
    }


@blueprint.route("/<uuid:service_id>", methods=["GET"])
@for_token(Permission.DIRECTORY_READ, "services", "r")
@blueprint.response(200, ServiceSchema)
def show(service_id: UUID) -> dict[str, Any]:
    """Read one service"""
    with reading() as session:
        details: ServiceDetails = directory.get_service_details(session, service_id, at=g.now)
        return _shown(details.hit)
