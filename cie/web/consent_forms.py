"""The pages on which staff write down a form that somebody signed: which forms there are, and a page for each."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from cie import consent, people
from cie.access import Permission
from cie.calendar import local_day
from cie.consent import FormType
from cie.db import reading
from cie.errors import Invalid, NotFound
from cie.http import requires
from cie.web.consent_form_boxes import FormOnPaperSchema, by_box, in_order, offered_by, read_form
from cie.web.consent_form_words import form_lines, form_title, form_use
from cie.web.consent_saving import hidden_boxes, kept_once, newest_of, waiting_page, what_was_written
from cie.web.forms import Notice, again
from cie.web.person_words import full_name

blueprint = Blueprint("consent_forms", __name__, url_prefix="/people/<uuid:person_id>/consents/forms")


@blueprint.get("")
@requires(Permission.CONSENT_WRITE)
def index(person_id: UUID) -> str:
    """Every form, what it is for, and the law behind it."""
    with reading() as session:
        name = full_name(people.get_person(session, g.actor, person_id))
    return render_template(
        "consents/forms.html", forms=form_lines(), name=name, person_id=person_id, back=waiting_page()
    )


def _form(code: str) -> FormType:
    form = consent.forms().get(code)
    if form is None or form.id == consent.PLAIN:
        raise NotFound("There is no such form")
    return form


def _new_page(person_id: UUID, form_type: str, errors: Any = (), notice: Notice | None = None) -> str:
    form, today = _form(form_type), local_day(g.now)
    with reading() as session:
        person = people.get_person(session, g.actor, person_id)
        offered, newest = offered_by(session, person, form, today=today), newest_of(session, person)
    return render_template(
        "consents/form_new.html",
        errors=errors,
        at=by_box(errors),
        notice=notice,
        person=person,
        name=full_name(person),
        form=form,
        title=form_title(form.id),
        use=form_use(form),
        offered=offered,
        **hidden_boxes(newest, is_told=notice is not None),
        back=waiting_page(),
    )


@blueprint.get("/<form_type>/new")
@requires(Permission.CONSENT_WRITE)
def new(person_id: UUID, form_type: str) -> str:
    """What a signed form says is written down here; only what this form needs is asked."""
    return _new_page(person_id, form_type)


@blueprint.post("/<form_type>/new")
@requires(Permission.CONSENT_WRITE)
@again(_new_page, what_was_written)
def create(person_id: UUID, form_type: str) -> Response:
    """Keep what the form says; a second click keeps it once."""
    form = _form(form_type)
    boxes, faults = FormOnPaperSchema().read_what_is_right()
    said = read_form(form, boxes, faults)
    if faults:
        with reading() as session:
            faults += consent.what_is_wrong(session, g.actor, person_id, **said, at=g.now)
        raise Invalid.all(in_order(faults, said["signer"]))
    try:
        consent_id = kept_once(person_id, said, boxes["seen_newest"])
    except Invalid as error:
        raise Invalid.all(in_order(error.errors, said["signer"])) from error
    return redirect(waiting_page() or url_for("consents.show", consent_id=consent_id, done="recorded"), 303)
