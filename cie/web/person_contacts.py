"""How a person can be reached, and the numbers by which other systems know them."""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, g, redirect, render_template, url_for
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import people
from cie.access import Permission
from cie.db import reading, transaction
from cie.errors import Invalid, NotFound
from cie.http import requires
from cie.people import ContactKind, ContactPoint, ContactState, Person
from cie.people.formats import identifier_namespaces
from cie.web.forms import FormSchema, Notice, again, typed
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.person_form import ReachSchema, at_boxes, hour_choices, permission, read_reach, refuse
from cie.web.person_words import STATES, contact_line, full_name, shown_value

blueprint = Blueprint("contacts", __name__)
KIND_CHOICE = lazy_gettext("Kind: choose one")


class NewContactSchema(ReachSchema):
    """A way to reach the person."""

    kind = fields.Enum(
        ContactKind, by_value=True, required=True, error_messages={"required": KIND_CHOICE, "unknown": KIND_CHOICE}
    )
    value = fields.Str(required=True, error_messages={"required": lazy_gettext("Number or address: enter it")})


class ContactSchema(ReachSchema):
    """What is known of a number, mended; a changed number is a new one."""

    value = fields.Str(required=True, error_messages={"required": lazy_gettext("Number or address: enter it")})
    state = fields.Enum(ContactState, by_value=True, load_default=ContactState.ACTIVE)


class IdentifierSchema(FormSchema):
    """A number by which another system knows the person."""

    namespace = fields.Str(required=True, error_messages={"required": lazy_gettext("Kind of number: choose one")})
    identifier = fields.Str(required=True, error_messages={"required": lazy_gettext("Number: enter it")})


def _reach(person: Person) -> dict[str, Any]:
    """What every form about a number shows: the person, the hours, the words of the permission in both languages."""
    settings = current_app.extensions["cie-settings"]
    said = {"label": settings.network_name, "number": settings.help_phone}
    spoken = person.language.partition("-")[0]
    languages = ["en", "es"] if spoken == "es" else ["en"]
    return {
        "name": full_name(person),
        "person_id": person.id,
        "aloud": [{"lang": code, "words": people.permission_words(code, **said)} for code in languages],
        "wording_version": people.TEXT_PERMISSION_WORDING["version"],
        "from_hours": hour_choices(0, 23),
        "until_hours": hour_choices(1, 24),
    }


def _new_page(person_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        reach = _reach(people.get_person(session, g.actor, person_id))
    return render_template("people/contact_new.html", errors=at_boxes(errors), notice=notice, **reach)


@blueprint.get("/people/<uuid:person_id>/contacts/new")
@requires(Permission.PERSON_WRITE)
def new(person_id: UUID) -> str:
    """The form for one more way to reach the person."""
    return _new_page(person_id)


@blueprint.post("/people/<uuid:person_id>/contacts/new")
@requires(Permission.PERSON_WRITE)
@again(_new_page)
def create(person_id: UUID) -> Response:
    """Keep one more way to reach the person."""
    form = NewContactSchema().read()
    faults: list[Invalid] = []
    reach = read_reach(form, faults, texts=form["kind"] is ContactKind.SMS)
    refuse(faults)
    given = {"kind": form["kind"], "value": form["value"], **reach, **permission(form)}
    with transaction() as session:
        people.add_contact(session, g.actor, person_id, **given, at=g.now)
    return redirect(url_for("people.show", person_id=person_id, done="number-added"), 303)


def _point(session: Session, person_id: UUID, contact_id: UUID) -> tuple[Person, ContactPoint]:
    person = people.get_person(session, g.actor, person_id)
    point = next((p for p in people.contact_points(session, person) if p.id == contact_id), None)
    if point is None:
        raise NotFound("There is no such record")
    return person, point


def _edit_page(person_id: UUID, contact_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        person, point = _point(session, person_id, contact_id)
        kept = {
            "value": shown_value(point),
            "owner": point.owner.value,
            "safety": point.safety.value,
            "safe_from_hour": point.safe_from_hour,
            "safe_until_hour": point.safe_until_hour,
            "no_voicemail": "yes" if point.no_voicemail else "",
            "may_text": "yes" if point.may_text else "no",
            "state": point.state.value,
        }
        reach, line, is_mobile = _reach(person), contact_line(point), point.kind is ContactKind.SMS
    shown = {name: typed(name, value) for name, value in kept.items()}
    return render_template(
        "people/contact_edit.html",
        errors=at_boxes(errors),
        notice=notice,
        contact=line,
        kept=shown,
        is_mobile=is_mobile,
        states=[(code, str(words)) for code, words in STATES.items()],
        **reach,
    )


@blueprint.get("/people/<uuid:person_id>/contacts/<uuid:contact_id>")
@requires(Permission.PERSON_WRITE)
def edit(person_id: UUID, contact_id: UUID) -> str:
    """The form that mends a number, stops texts to it, or removes it."""
    return _edit_page(person_id, contact_id)


@blueprint.post("/people/<uuid:person_id>/contacts/<uuid:contact_id>")
@requires(Permission.PERSON_WRITE)
@again(_edit_page)
def update(person_id: UUID, contact_id: UUID) -> Response:
    """Mend a number; permission to text is given and ended here too."""
    form = ContactSchema().read()
    with reading() as session:
        _person, point = _point(session, person_id, contact_id)
    faults: list[Invalid] = []
    changes = {"state": form["state"], **read_reach(form, faults, texts=False)}
    refuse(faults)
    changes |= _value(form, point) | _permission(form, point)
    with transaction() as session:
        people.correct_contact(session, g.actor, contact_id, changes, at=g.now)
    return redirect(url_for("people.show", person_id=person_id, done="number-saved"), 303)


def _value(form: dict[str, Any], point: ContactPoint) -> dict[str, Any]:
    """The number only when it was typed anew: it is shown with spaces and marks."""
    return {} if form["value"] == shown_value(point) else {"value": form["value"]}


def _permission(form: dict[str, Any], point: ContactPoint) -> dict[str, Any]:
    """What was said to texts, when that is new. A permission on file keeps the words it was given to."""
    said = form["may_text"]
    if not said or (said == "yes") == point.may_text:
        return {}
    return permission(form)


@blueprint.post("/people/<uuid:person_id>/contacts/<uuid:contact_id>/text-withdrawal")
@requires(Permission.PERSON_WRITE)
@again(_edit_page)
def stop_texts(person_id: UUID, contact_id: UUID) -> Response:
    """The person wants no texts at this number any more."""
    with transaction() as session:
        people.withdraw_text_permission(session, g.actor, contact_id, at=g.now)
    return redirect(url_for("people.show", person_id=person_id, done="texts-stopped"), 303)


@blueprint.post("/people/<uuid:person_id>/contacts/<uuid:contact_id>/removal")
@requires(Permission.PERSON_WRITE)
@again(_edit_page)
def remove(person_id: UUID, contact_id: UUID) -> Response:
    """The person cannot be reached this way any more."""
    with transaction() as session:
        people.remove_contact(session, g.actor, contact_id, at=g.now)
    return redirect(url_for("people.show", person_id=person_id, done="removed"), 303)


def _number_page(person_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        person = people.get_person(session, g.actor, person_id)
        name = full_name(person)
    kinds = [
        {"value": code, "label": _(rules["label"]), "hint": _("Looks like %(example)s", example=rules["example"])}
        for code, rules in identifier_namespaces().items()
    ]
    return render_template(
        "people/number_new.html", errors=errors, notice=notice, name=name, person_id=person_id, kinds=kinds
    )


@blueprint.get("/people/<uuid:person_id>/numbers/new")
@requires(Permission.PERSON_WRITE)
def new_number(person_id: UUID) -> str:
    """The form for a number of another system."""
    return _number_page(person_id)


@blueprint.post("/people/<uuid:person_id>/numbers/new")
@requires(Permission.PERSON_WRITE)
@again(_number_page)
def create_number(person_id: UUID) -> Response:
    """Keep a number of another system."""
    form = IdentifierSchema().read()
    with transaction() as session:
        people.add_identifier(session, g.actor, person_id, form["namespace"], form["identifier"], at=g.now)
    return redirect(url_for("people.show", person_id=person_id, done="number-added"), 303)


@blueprint.post("/people/<uuid:person_id>/numbers/<uuid:number_id>/removal")
@requires(Permission.PERSON_WRITE)
def remove_number(person_id: UUID, number_id: UUID) -> Response:
    """Take away a number that was entered by mistake."""
    with transaction() as session:
        people.remove_identifier(session, g.actor, number_id, at=g.now)
    return redirect(url_for("people.show", person_id=person_id, done="removed"), 303)
