"""The persons whom the organization serves: finding, adding, looking at, correcting, and what was corrected."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import orjson
from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import events, identity, people
from cie.access import Permission, is_allowed
from cie.calendar import local_day
from cie.db import reading, transaction
from cie.errors import NotPossibleNow
from cie.events import Change
from cie.http import requires
from cie.people import NewPerson
from cie.web import person_contacts
from cie.web.asked import rows_on_person
from cie.web.forms import BUTTONS, FormSchema, Notice, again, typed
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.person_form import (
    CorrectionSchema,
    NewPersonSchema,
    at_boxes,
    boxes,
    hour_choices,
    read_correction,
    read_new_person,
)
from cie.web.person_page import page_of
from cie.web.person_words import PersonRow, change_lines, full_name, reasons_words, row_of
from cie.web.screening_pages import on_person

blueprint = Blueprint("people", __name__)
blueprint.register_blueprint(person_contacts.blueprint)

DONE = {
    "added": lazy_gettext("Added."),
    "saved": lazy_gettext("Saved."),
    "number-added": lazy_gettext("Number added."),
    "number-saved": lazy_gettext("Number saved."),
    "texts-stopped": lazy_gettext("No more texts go to this number."),
    "removed": lazy_gettext("Removed. It stays in the history."),
    "resumed": lazy_gettext("Saved. Automatic texts go on."),
}


class FindSchema(FormSchema):
    """What was typed to find a person."""

    name = fields.Str(load_default="")


def _index_page(
    errors: Any = (), notice: Notice | None = None, recent: Any = None, found: list[PersonRow] | None = None
) -> str:
    return render_template("people/index.html", errors=errors, notice=notice, recent=recent, found=found)


@blueprint.get("/people")
@requires(Permission.PERSON_READ)
def index() -> str:
    """A box to find somebody, and whom we added last."""
    with reading() as session:
        recent = [row_of(person) for person in people.recent_people(session, g.actor)]
    return _index_page(recent=recent)


@blueprint.post("/people")
@requires(Permission.PERSON_READ)
@again(_index_page)
def find() -> str:
    """Who matches what was typed; names never travel in addresses."""
    form = FindSchema().read()
    with reading() as session:
        found = [row_of(person) for person in people.find_people(session, g.actor, form["name"])]
    return _index_page(found=found)


def _new_page(errors: Any = (), notice: Notice | None = None) -> str:
    # After a refusal of the form's own id the next try is a new form.
    form_id = uuid4().hex if notice else typed("form_id") or uuid4().hex
    return render_template(
        "people/new.html",
        errors=at_boxes(errors),
        notice=notice,
        form_id=form_id,
        boxes=boxes(errors, today=local_day(g.now)),
        aloud=aloud("en", "es"),
        **hours(),
    )


def aloud(*languages: str) -> list[dict[str, str]]:
    """The words to read to the person before a number may be texted."""
    settings = current_app.extensions["cie-settings"]
    said = {"label": settings.network_name, "number": settings.help_phone}
    return [{"lang": language, "words": people.permission_words(language, **said)} for language in languages]


def hours() -> dict[str, Any]:
    """What the boxes for safe hours offer, and the version of the words of the permission."""
    version = people.TEXT_PERMISSION_WORDING["version"]
    return {"from_hours": hour_choices(0, 23), "until_hours": hour_choices(1, 24), "wording_version": version}


@blueprint.get("/people/new")
@requires(Permission.PERSON_WRITE)
def new() -> str:
    """The form for a new person."""
    return _new_page()


@blueprint.post("/people/new")
@requires(Permission.PERSON_WRITE)
@again(_new_page)
def create() -> "Response | str":
    """Add the person, unless somebody here may be the same one; then ask first."""
    form = NewPersonSchema().read()
    if form.pop("change"):
        return _new_page()
    new_person, number = read_new_person(form, at=g.now)
    asked = form.pop("not_these")
    form_id, content = _form_id(), orjson.dumps(form, option=orjson.OPT_SORT_KEYS)
    with reading() as session:
        person_id = _added_before(session, form_id, content)
        alike = [] if asked or person_id else _alike(session, new_person, number)
    if alike:
        return _duplicates_page(alike)
    if person_id is None:
        person_id = _add_once(form_id, content, new_person, number)
    return redirect(url_for("people.show", person_id=person_id, done="added"), 303)


def _form_id() -> str:
    return f"person.add:{request.form.get('form_id', '')[:64]}"


def _added_before(session: Session, form_id: str, content: bytes) -> UUID | None:
    """The person whom this same form made before: a second click adds nobody."""
    row = session.get(events.IdempotencyKey, (g.actor.id, form_id))
    if row is None:
        return None
    if row.request_hash != events.request_hash(content):
        raise NotPossibleNow("This form has already added somebody. Save again to add one more person")
    return row.resource_id


def _add_once(form_id: str, content: bytes, new_person: NewPerson, number: dict[str, Any] | None) -> UUID:
    with transaction() as session:
        key = events.claim_key(session, g.actor.id, form_id, content, at=g.now)
        if key.resource_id is None:
            person = people.add_person(session, g.actor, new_person, at=g.now)
            if number:
                people.add_contact(session, g.actor, person.id, **number, at=g.now)
            key.resource_id = person.id
            session.add(key)
        return key.resource_id


def _alike(session: Session, new_person: NewPerson, number: dict[str, Any] | None) -> list[PersonRow]:
    phones = [number["value"]] if number else []
    found = people.likely_duplicates(session, g.actor, new_person, phones)
    return [row_of(likeness.person, reasons_words(likeness.match.reasons)) for likeness in found]


def _duplicates_page(alike: list[PersonRow]) -> str:
    dropped = {*BUTTONS, "not_these", "change"}
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in dropped]
    form_id = request.form.get("form_id", "")
    return render_template("people/duplicates.html", people=alike, kept=kept, form_id=form_id)


@blueprint.get("/people/<uuid:person_id>")
@requires(Permission.PERSON_READ)
def show(person_id: UUID) -> str:
    """Everything about one person, and what can be done next."""
    words = DONE.get(request.args.get("done", ""))
    return _person_page(person_id, notice=Notice("good", str(words)) if words else None)


def _person_page(person_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        person = people.person_or_erased(session, g.actor, person_id)
        if person.erased_at is not None:
            return render_template("people/erased.html", name=full_name(person), person_id=person_id)
        page = page_of(session, g.actor, person_id, at=g.now)
        may_screen = is_allowed(g.actor, Permission.SCREENING_READ)
        screenings = on_person(session, g.actor, person_id) if may_screen else None
        may_ask = is_allowed(g.actor, Permission.PATIENT_TASK_ASK)
        asked = rows_on_person(session, g.actor, person_id) if may_ask else None
    return render_template(
        "people/show.html", page=page, screenings=screenings, asked=asked, errors=errors, notice=notice
    )


@blueprint.post("/people/<uuid:person_id>/text-resumption")
@requires(Permission.PERSON_WRITE)
@again(_person_page)
def resume_texts(person_id: UUID) -> Response:
    """Let automatic texts to this person go on, once nobody is in danger any more."""
    with transaction() as session:
        people.resume_texts(session, g.actor, person_id, at=g.now)
    return redirect(url_for("people.show", person_id=person_id, done="resumed"), 303)


@dataclass(frozen=True)
class Correction:
    """One entry of the history: when, who, and the fields."""

    at: Any
    who: str
    lines: list[Any]


def _corrections(session: Session, changes: Any) -> list[Correction]:
    names = {user.id: user.name for user in identity.staff_of(session, g.actor)}
    return [Correction(change.at, _who(change, names), change_lines(change)) for change in changes]


def _who(change: Change, names: dict[UUID, str]) -> str:
    if change.actor_kind == "staff":
        return names.get(change.actor_id or UUID(int=0)) or _("A colleague")
    if change.actor_kind == "proxy":
        return _("Somebody in the person's place")
    return _("The person") if change.actor_kind in ("person", "link") else _("The exchange, by itself")


def _edit_page(person_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        person = people.get_person(session, g.actor, person_id)
        filled = boxes(errors, person, today=local_day(g.now))
        ask_medi_cal = people.suggests_medi_cal(session, person)
        changed = _corrections(session, people.history_of(session, g.actor, person_id)[:1]) if notice else []
        version = person.version if notice else typed("seen_version", person.version)
    return render_template(
        "people/edit.html",
        errors=at_boxes(errors),
        notice=None,
        stale=notice,
        changed=changed,
        person_id=person_id,
        version=version,
        boxes=filled,
        ask_medi_cal=ask_medi_cal,
    )


@blueprint.get("/people/<uuid:person_id>/edit")
@requires(Permission.PERSON_WRITE)
def edit(person_id: UUID) -> str:
    """The form that mends what is kept."""
    return _edit_page(person_id)


@blueprint.post("/people/<uuid:person_id>/edit")
@requires(Permission.PERSON_WRITE)
@again(_edit_page)
def update(person_id: UUID) -> Response:
    """Mend what is kept; what it was stays in the history."""
    form = CorrectionSchema().read()
    changes = read_correction(form, at=g.now)
    with transaction() as session:
        people.correct_person(session, g.actor, person_id, changes, seen_version=form["seen_version"], at=g.now)
    return redirect(url_for("people.show", person_id=person_id, done="saved"), 303)


@blueprint.get("/people/<uuid:person_id>/history")
@requires(Permission.PERSON_READ)
def history(person_id: UUID) -> str:
    """Who corrected what, and when."""
    with reading() as session:
        name = full_name(people.get_person(session, g.actor, person_id))
        corrections = _corrections(session, people.history_of(session, g.actor, person_id))
    return render_template("people/history.html", name=name, person_id=person_id, corrections=corrections)
