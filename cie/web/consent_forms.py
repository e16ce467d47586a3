"""The pages on which staff write down a form that somebody signed: which forms there are, and a page for each."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import consent, people
from cie.access import Permission
from cie.consent import FormType
from cie.db import reading
from cie.errors import Invalid, NotFound
from cie.http import requires
from cie.web.consent_form_boxes import FormOnPaperSchema, by_box, in_order, offered_by, read_form
from cie.web.consent_form_words import form_lines, form_use, title_of
from cie.web.consent_papers import papers_for, read_paper
from cie.web.consent_saving import hidden_boxes, newest_of, saved, waiting_page, what_was_written
from cie.web.forms import Notice, again
from cie.web.person_words import full_name

MOST_DIGITS = 9
"""Of the number of a version; a longer one is none."""
blueprint = Blueprint("consent_forms", __name__, url_prefix="/people/<uuid:person_id>/consents/forms")


@blueprint.get("")
@requires(Permission.CONSENT_WRITE)
def index(person_id: UUID) -> str:
    """Every form, what it is for, and the law behind it."""
    with reading() as session:
        name = full_name(people.get_person(session, g.actor, person_id))
        lines = form_lines(consent.form_types(session).values())
    return render_template("consents/forms.html", forms=lines, name=name, person_id=person_id, back=waiting_page())


def _form(session: Session, code: str) -> FormType:
    """The form type, in the version that the page was drawn for or that the address asks for."""
    asked = request.form.get("own_version") or request.args.get("version", "")
    is_number = asked.isascii() and asked.isdigit()
    form = consent.form_type(session, code, int(asked[:MOST_DIGITS]) if is_number else 0)
    if form is None or form.id == consent.PLAIN:
        raise NotFound("There is no such form")
    return form


def _new_page(person_id: UUID, form_type: str, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        form = _form(session, form_type)
        person = people.get_person(session, g.actor, person_id)
        papers = papers_for(session, person, form)
        offered, newest = offered_by(session, person, form, at=g.now), newest_of(session, person)
    return render_template(
        "consents/form_new.html",
        errors=errors,
        at=by_box(errors),
        notice=notice,
        person=person,
        name=full_name(person),
        form=form,
        title=title_of(form),
        use=form_use(form),
        offered=offered,
        papers=papers,
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
    boxes, faults = FormOnPaperSchema().read_what_is_right()
    with reading() as session:
        form, loaded = _form(session, form_type), consent.official_forms(session, form_type)
    said = {**read_form(form, boxes, faults), **read_paper(loaded, boxes, faults)}
    if faults:
        with reading() as session:
            faults += consent.what_is_wrong(session, g.actor, person_id, **said, at=g.now)
        raise Invalid.all(in_order(faults, said["signer"]))
    try:
        next_page = saved(person_id, said, boxes["seen_newest"])
    except Invalid as error:
        raise Invalid.all(in_order(error.errors, said["signer"])) from error
    return redirect(next_page, 303)
