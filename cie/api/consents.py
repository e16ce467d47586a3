"""What people allowed or refused: that it exists and its scope, recording it, taking it back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import g
from marshmallow import Schema, fields, validate
from sqlmodel import Session

from cie import consent, people
from cie.access import Actor, Permission, Purpose
from cie.api.asking import once
from cie.api.blueprint import Part
from cie.api.lists import Few, items_of
from cie.api.opening import for_token
from cie.api.times import Day
from cie.calendar import local_day
from cie.consent import Capacity, Consent, Decision, Expiry, Method, Reach, SignerKind, Stated
from cie.db import reading, transaction
from cie.directory import Category
from cie.participants import Program

blueprint = Part("consents", "What people allowed or refused", path="")
MOST_RECIPIENTS = 200
LONGEST_CODE, LONGEST_LANGUAGE = 40, 12
WRITTEN_DOWN = (Method.IN_PERSON, Method.SIGNED_PAPER, Method.BY_VOICE)
"""How a program can say that it was given; a signature on a screen is made here, before the person."""


def _codes(kind: Any, **more: Any) -> Any:
    return Few(fields.Enum(kind, by_value=True), most=len(kind), **{"load_default": list, **more})


class NewConsentSchema(Schema):
    """What a person said or signed. A no is a record, too, and answers as one."""

    decision = fields.Enum(Decision, by_value=True, required=True)
    categories = _codes(Category)
    recipient_ids = Few(fields.UUID(), most=MOST_RECIPIENTS, load_default=list)
    recipient_class = fields.Enum(Reach, by_value=True, load_default=None, allow_none=True)
    purposes = _codes(Purpose, load_default=None, allow_none=True)
    form = fields.Str(load_default=consent.PLAIN, validate=validate.Length(max=LONGEST_CODE))
    method = fields.Enum(Method, by_value=True, required=True, validate=validate.OneOf(WRITTEN_DOWN))
    signer = fields.Enum(SignerKind, by_value=True, load_default=SignerKind.PERSON)
    signer_name = fields.Str(load_default=None, allow_none=True)
    capacity = fields.Enum(Capacity, by_value=True, load_default=None, allow_none=True)
    witness_name = fields.Str(load_default=None, allow_none=True)
    language = fields.Str(load_default=None, allow_none=True, validate=validate.Length(max=LONGEST_LANGUAGE))
    wording_version = fields.Str(
        load_default="",
        validate=validate.Length(max=LONGEST_CODE),
        metadata={"description": "of the words that were read to the person, before a yes on the plain form"},
    )
    programs = _codes(Program)
    custody_limits = _codes(Category)
    entitled_categories = _codes(Category)
    stated = _codes(Stated)
    names_network = fields.Bool(load_default=False)
    expiry = fields.Enum(Expiry, by_value=True, load_default=None, allow_none=True)
    expires_on = Day(load_default=None, allow_none=True)
    signed_on = Day(load_default=None, allow_none=True)


class ConsentSchema(Schema):
    """That it exists, and its scope."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    decision = fields.Enum(Decision, by_value=True, required=True)
    form = fields.Str(required=True)
    categories = fields.List(fields.Str(), required=True)
    programs = fields.List(fields.Str(), required=True)
    recipient_ids = fields.List(fields.Str(), required=True)
    recipient_class = fields.Enum(Reach, by_value=True, required=True, allow_none=True)
    purposes = fields.List(fields.Str(), required=True)
    method = fields.Enum(Method, by_value=True, required=True)
    signer = fields.Enum(SignerKind, by_value=True, required=True)
    given_at = fields.AwareDateTime(required=True)
    expires_on = fields.Date(required=True, allow_none=True)
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)
    supersedes_id = fields.UUID(required=True, allow_none=True)
    in_force = fields.Bool(required=True)


class RevocationSchema(Schema):
    """How it was taken back, and by whom."""

    method = fields.Enum(Method, by_value=True, required=True, validate=validate.OneOf(WRITTEN_DOWN))
    revoked_by = fields.Enum(SignerKind, by_value=True, load_default=SignerKind.PERSON)


class WordingSchema(Schema):
    """The words to read to a person before they say yes, by language, and their version."""

    version = fields.Str(required=True)
    words = fields.Dict(keys=fields.Str(), values=fields.Str(), required=True)


@blueprint.route("/consents/wording", methods=["GET"])
@for_token(Permission.CONSENT_READ, "consents", "r")
@blueprint.response(200, WordingSchema)
def wording() -> Mapping[str, Any]:
    """Read the words that a person hears before a yes

    Send their version along, so that it stays on record which words were read.
    """
    return {"version": consent.FORM_VERSION, "words": consent.WORDING}


def _listed(session: Session, actor: Actor, person_id: UUID, at: datetime) -> list[dict[str, Any]]:
    person = people.get_person(session, actor, person_id)
    records = consent.consents_of(session, person.organization_id, person.id)
    holds = {record.id for record in consent.in_force(records, local_day(at))}
    return [_shown(record, holds=record.id in holds) for record in records]


def _shown(record: Consent, *, holds: bool) -> dict[str, Any]:
    names = ConsentSchema().fields.keys() - {"purposes", "in_force"}
    known = {name: getattr(record, name) for name in names}
    return {**known, "purposes": [record.purpose, *record.more_purposes], "in_force": holds}


@blueprint.route("/people/<uuid:person_id>/consents", methods=["GET"])
@for_token(Permission.CONSENT_READ, "consents", "s")
@blueprint.response(200, items_of(ConsentSchema, "all that the person said, newest first"))
def index(person_id: UUID) -> Mapping[str, Any]:
    """List what a person allowed or refused"""
    with reading() as session:
        return {"items": _listed(session, g.actor, person_id, g.now)}


@blueprint.route("/people/<uuid:person_id>/consents", methods=["POST"])
@for_token(Permission.CONSENT_WRITE, "consents", "c")
@blueprint.arguments(NewConsentSchema)
@blueprint.response(201, ConsentSchema)
def create(said: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    """Record what a person said or signed

    Only when the person gave it: the same rules look at signer, method and form as on the page of staff.
    """

    def verb(session: Session) -> UUID:
        return consent.record_consent(session, g.actor, person_id, at=g.now, **said).id

    return _one(once(f"consent.record:{person_id}", verb))


@blueprint.route("/consents/<uuid:consent_id>", methods=["GET"])
@for_token(Permission.CONSENT_READ, "consents", "r")
@blueprint.response(200, ConsentSchema)
def show(consent_id: UUID) -> dict[str, Any]:
    """Read one"""
    return _one(consent_id)


@blueprint.route("/consents/<uuid:consent_id>/revocation", methods=["POST"])
@for_token(Permission.CONSENT_WRITE, "consents", "u")
@blueprint.arguments(RevocationSchema)
@blueprint.response(200, ConsentSchema)
def revoke(said: dict[str, Any], consent_id: UUID) -> dict[str, Any]:
    """The person takes it back

    What rests on it ends at once: no read after this answer shows it.
    """
    with transaction() as session:
        consent.revoke(session, g.actor, consent_id, **said, at=g.now)
    return _one(consent_id)


def _one(consent_id: UUID) -> dict[str, Any]:
    with reading() as session:
        return consent_record(session, g.actor, consent_id, at=g.now)


def consent_record(session: Session, actor: Actor, consent_id: UUID, *, at: datetime) -> dict[str, Any]:
    """That it exists, its scope, whether it holds, as `ConsentSchema` writes it. Raises NotFound, NotPossibleNow."""
    record = consent.get_consent(session, actor, consent_id)
    (found,) = [each for each in _listed(session, actor, record.person_id, at) if each["id"] == record.id]
    return found
