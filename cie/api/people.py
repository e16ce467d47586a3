"""People of the caller's organization: looking whether somebody is on file, adding, reading, correcting."""

from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import Schema, ValidationError, fields
from sqlmodel import Session

from cie import people
from cie.access import Permission
from cie.api.asking import FieldsSchema, answer, once, seen_version
from cie.api.blueprint import Part
from cie.api.lists import Few
from cie.api.opening import for_token
from cie.db import reading, transaction
from cie.errors import Invalid, NotPossibleNow
from cie.people import BirthDate, ContactKind, ContactOwner, NewPerson, Person, Safety, Standing

blueprint = Part("people", "The people whom your organization serves")
MOST_CONTACTS, MOST_IDENTIFIERS = 10, 10


class BirthField(fields.Field[BirthDate]):
    """A birth date as far as it is known: 1993-02-28, 1993-02, 1993; with `~` at its end when it is a guess."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return (value.to_text() or None) if isinstance(value, BirthDate) else None

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> BirthDate:
        if not isinstance(value, str):
            raise ValidationError("Write it like 1993-02-28, 1993-02 or 1993")
        try:
            return BirthDate.from_text(value)
        except Invalid as error:
            raise ValidationError(error.message) from error


class DetailsSchema(Schema):
    """What is kept of a person. Nothing of it is required alone; one name is."""

    given_name = fields.Str()
    family_name = fields.Str()
    chosen_name = fields.Str()
    pronouns = fields.Str()
    birth_date = BirthField(
        attribute="birth", metadata={"type": "string", "description": "FHIR date: year, month or day"}
    )
    street = fields.Str()
    no_fixed_address = fields.Bool()
    zip = fields.Str()
    county_fips = fields.Str()
    language = fields.Str(metadata={"description": "BCP 47"})
    interpreter = fields.Bool()
    household_size = fields.Int(strict=True)
    standing = Few(fields.Enum(Standing, by_value=True), most=len(Standing))


class ContactSchema(Schema):
    """A way to reach the person. Nobody is texted who did not allow it, or where safety is not known."""

    kind = fields.Enum(ContactKind, by_value=True, required=True)
    value = fields.Str(required=True)
    owner = fields.Enum(ContactOwner, by_value=True, load_default=ContactOwner.SELF)
    safety = fields.Enum(Safety, by_value=True, load_default=Safety.UNKNOWN)


class IdentifierSchema(Schema):
    """A number by which another system knows the person; unique within the organization."""

    namespace = fields.Str(required=True)
    value = fields.Str(required=True)


class NewPersonSchema(DetailsSchema):
    """Somebody to add. `is_new`: the caller looked at who is alike and says that this is nobody of them."""

    contacts = Few(fields.Nested(ContactSchema), most=MOST_CONTACTS, load_default=list)
    identifiers = Few(fields.Nested(IdentifierSchema), most=MOST_IDENTIFIERS, load_default=list)
    is_new = fields.Bool(load_default=False)


class MatchSchema(DetailsSchema):
    """Whom to look for."""

    phones = Few(fields.Str(), most=MOST_CONTACTS, load_default=list)


class PersonSchema(DetailsSchema):
    """A person on file."""

    id = fields.UUID(required=True)
    birth_date = BirthField(
        attribute="birth", metadata={"type": ["string", "null"], "description": "FHIR date: year, month or day"}
    )
    household_size = fields.Int(allow_none=True)
    contacts = fields.List(fields.Nested(ContactSchema))
    identifiers = fields.List(fields.Nested(IdentifierSchema))
    created_at = fields.AwareDateTime()
    version = fields.Int()


class LikenessSchema(Schema):
    """Somebody on file who may be the same, how sure that is, and why."""

    person_id = fields.UUID(required=True)
    score = fields.Float(required=True)
    grade = fields.Str(required=True)
    reasons = fields.List(fields.Str(), required=True)


class MatchesSchema(Schema):
    """Those who may be the same, likeliest first."""

    matches = fields.List(fields.Nested(LikenessSchema), required=True)


def person_record(session: Session, person: Person) -> dict[str, Any]:
    """What is on file of a person, as `PersonSchema` writes it."""
    details = people.details_of(person)
    return {
        **vars(details),
        "id": person.id,
        "contacts": people.contact_points(session, person),
        "identifiers": people.identifiers_of(session, person),
        "created_at": person.created_at,
        "version": person.version,
    }


def _rendered(person_id: UUID, status: int = 200) -> Response:
    """The person as they are on file at this moment; that the caller saw them is recorded."""
    with reading() as session:
        person = people.get_person(session, g.actor, person_id)
        return answer(PersonSchema(), person_record(session, person), version=person.version, status=status)


@blueprint.route("/match", methods=["POST"])
@for_token(Permission.PERSON_READ, "people", "s")
@blueprint.arguments(MatchSchema)
@blueprint.response(200, MatchesSchema)
def match(asked: dict[str, Any]) -> dict[str, Any]:
    """Look whether somebody is on file

    Only people whom your own organization serves. Sent as a body, since a name must not stand in an address.
    """
    phones = asked.pop("phones")
    with reading() as session:
        found = people.likely_duplicates(session, g.actor, NewPerson(**asked), phones)
        return {"matches": [_likeness(each) for each in found]}


def _likeness(found: people.Likeness) -> dict[str, Any]:
    how = found.match
    return {"person_id": found.person.id, "score": how.score, "grade": how.grade.value, "reasons": list(how.reasons)}


@blueprint.route("", methods=["POST"])
@for_token(Permission.PERSON_WRITE, "people", "c")
@blueprint.arguments(NewPersonSchema)
@blueprint.response(201, PersonSchema)
def create(new: dict[str, Any]) -> Response:
    """Add somebody whom you begin to serve

    When people on file are alike, nothing is added and they are named: use one of them, or send `is_new` as well.
    """
    is_new = new.pop("is_new")
    person_id = once("person.add", lambda session: _add(session, new, is_new=is_new))
    return _rendered(person_id, 201)


def _add(session: Session, new: dict[str, Any], *, is_new: bool) -> UUID:
    contacts, numbers = new["contacts"], new["identifiers"]
    details = NewPerson(**{name: value for name, value in new.items() if name not in ("contacts", "identifiers")})
    if not is_new:
        _refuse_a_second(session, details, [each["value"] for each in contacts if each["kind"] != ContactKind.EMAIL])
    person = people.add_person(session, g.actor, details, at=g.now)
    for each in contacts:
        people.add_contact(session, g.actor, person.id, **each, at=g.now)
    for each in numbers:
        people.add_identifier(session, g.actor, person.id, each["namespace"], each["value"], at=g.now)
    return person.id


def _refuse_a_second(session: Session, new: NewPerson, phones: list[str]) -> None:
    alike = people.likely_duplicates(session, g.actor, new, phones)
    if alike:
        ids = ", ".join(str(each.person.id) for each in alike)
        raise NotPossibleNow("Somebody on file may be the same: %(ids)s. Use one, or send is_new", ids=ids)


@blueprint.route("/<uuid:person_id>", methods=["GET"])
@for_token(Permission.PERSON_READ, "people", "r")
@blueprint.arguments(FieldsSchema, location="query")
@blueprint.response(200, PersonSchema)
def show(_fields: dict[str, Any], person_id: UUID) -> Response:
    """Read one person"""
    return _rendered(person_id)


@blueprint.route("/<uuid:person_id>", methods=["PATCH"])
@for_token(Permission.PERSON_WRITE, "people", "u")
@blueprint.arguments(DetailsSchema)
@blueprint.response(200, PersonSchema)
def correct(changes: dict[str, Any], person_id: UUID) -> Response:
    """Correct what is kept of a person

    Needs the ETag that you saw as `If-Match`. What was kept before stays in the record's history.
    """
    seen = seen_version()
    if "standing" in changes:
        changes["standing"] = tuple(changes["standing"])
    with transaction() as session:
        people.correct_person(session, g.actor, person_id, changes, seen_version=seen, at=g.now)
    return _rendered(person_id)


@blueprint.route("/<uuid:person_id>/contacts", methods=["POST"])
@for_token(Permission.PERSON_WRITE, "people", "u")
@blueprint.arguments(ContactSchema)
@blueprint.response(201, PersonSchema)
def add_contact(new: dict[str, Any], person_id: UUID) -> Response:
    """Add a way to reach a person"""
    once(
        f"contact.add:{person_id}", lambda session: people.add_contact(session, g.actor, person_id, **new, at=g.now).id
    )
    return _rendered(person_id, 201)


@blueprint.route("/<uuid:person_id>/identifiers", methods=["POST"])
@for_token(Permission.PERSON_WRITE, "people", "u")
@blueprint.arguments(IdentifierSchema)
@blueprint.response(201, PersonSchema)
def add_identifier(new: dict[str, Any], person_id: UUID) -> Response:
    """Add a number by which another system knows a person"""
    with transaction() as session:
        people.add_identifier(session, g.actor, person_id, new["namespace"], new["value"], at=g.now)
    return _rendered(person_id, 201)
