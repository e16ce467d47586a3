"""Asking something of a person: one form, one check that shows exactly what they will see, then one button."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import events, messaging, patient_tasks, people, screening
from cie.access import Permission
from cie.db import reading, transaction
from cie.http import requires
from cie.patient_tasks import Asked, NewDocument, PatientTaskKind, PatientTaskPriority
from cie.people import Person
from cie.people.formats import format_phone
from cie.web.ask_form import asked_in_form, at_boxes, hidden
from cie.web.asked_words import CATEGORIES, text_words, title_words
from cie.web.files import handed_in
from cie.web.forms import Notice, again
from cie.web.language import gettext as _
from cie.web.person_words import full_name
from cie.web.signing_text import speaking

blueprint = Blueprint("asking", __name__, url_prefix="/people/<uuid:person_id>/asked")
Row = tuple[str, str]


def _form_page(person_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        person = people.get_person(session, g.actor, person_id)
        return render_template(
            "asked/new.html",
            person_id=person_id,
            name=full_name(person),
            instruments=_instruments(session),
            categories=[{"value": code, "label": words} for code, words in CATEGORIES.items()],
            text=text_words(messaging.why_no_text(session, person, at=g.now)),
            errors=at_boxes(errors),
            notice=notice,
        )


def _instruments(session: Session) -> Sequence[tuple[Any, str]]:
    """Those of which something may be asked by a link."""
    rows = [row for row in screening.instruments(session) if patient_tasks.open_sections(row)]
    return [("", _("Choose one")), *((row.id, row.title) for row in rows)]


def _check_page(person_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    asked, file_follows = asked_in_form()
    with reading() as session:
        person = patient_tasks.require_askable(session, g.actor, person_id, asked, file_follows=file_follows)
        reason = messaging.why_no_text(session, person, at=g.now)
        return render_template(
            "asked/check.html",
            person_id=person_id,
            name=full_name(person),
            form_id=_form_id(),
            hidden=hidden(),
            wants_file=file_follows,
            rows=_rows(session, person, asked, file_follows),
            text="" if reason else _text(person),
            follows=_follows(asked, text_words(reason)),
            errors=errors,
            notice=notice,
        )


def _form_id() -> str:
    return request.form.get("form_id", "")[:64] or uuid4().hex


def _rows(session: Session, person: Person, asked: Asked, file_follows: bool) -> list[Row]:
    """What they will see, each part with what it is."""
    with speaking(person.language):
        title = title_words(asked)
    rows = [
        (_("In the list on their page"), title),
        (_("After they open it"), asked.description.strip()),
        (_("Whom they may contact"), "\n".join(_contact(each) for each in asked.contacts)),
        (_("A page elsewhere"), asked.link),
        (_("Questions"), _title_of(session, asked)),
        (_("A file"), _("The one that you choose here. Its name is not shown.") if file_follows else ""),
    ]
    return [(label, words) for label, words in rows if words]


def _contact(contact: patient_tasks.Contact) -> str:
    return ", ".join(filter(None, [contact.name, format_phone(contact.phone)]))


def _title_of(session: Session, asked: Asked) -> str:
    return screening.get_instrument(session, asked.questionnaire_id).title if asked.questionnaire_id else ""


def _text(person: Person) -> str:
    """The text that goes to them, word for word but for the address of their page."""
    with speaking(person.language):
        address = _("(their link)")
    label = current_app.extensions["cie-settings"].network_name
    return messaging.render(messaging.WAITING, person.language, label=label, url=address)


def _follows(asked: Asked, text: str) -> list[str]:
    """What will follow when this is asked."""
    soon = _("It stands first on their page.") if asked.priority is PatientTaskPriority.URGENT else ""
    questions = _("Those on safety are left out: ask them in a talk.") if asked.questionnaire_id else ""
    is_material = asked.kind is PatientTaskKind.MATERIAL
    read = _("You see here when they have read it.") if is_material else _("You read here what they answer.")
    every = [_("It stands on their own page until they answer, or you stop asking."), soon, questions, text, read]
    return [*filter(None, every), _("If they say no, they get the same help from us.")]


@blueprint.get("/new")
@requires(Permission.PATIENT_TASK_ASK)
def new(person_id: UUID) -> str:
    """What do you ask?"""
    return _form_page(person_id)


@blueprint.post("/new")
@requires(Permission.PATIENT_TASK_ASK)
@again(_form_page)
def check(person_id: UUID) -> str:
    """Exactly what they will see, and what will follow; or back to the form, as it was filled in."""
    if request.form.get("action") == "change":
        return _form_page(person_id)
    return _check_page(person_id)


def _after_refusal(person_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    """The check again when only the file was wrong, else the form."""
    if errors and all(each.field == "file" for each in errors):
        return _check_page(person_id, errors)
    return _form_page(person_id, errors, notice)


@blueprint.post("")
@requires(Permission.PATIENT_TASK_ASK)
@again(_after_refusal)
def create(person_id: UUID) -> Response:
    """Ask it, once for each check that was shown."""
    asked, file_follows = asked_in_form()
    if file_follows:
        asked = replace(asked, document=NewDocument(**handed_in()))
    with transaction() as session:
        key = events.claim_key(session, g.actor.id, f"patient-task.ask:{_form_id()}", b"", at=g.now)
        if key.resource_id is None:
            key.resource_id = patient_tasks.ask(session, g.actor, person_id, asked, at=g.now).id
    return redirect(url_for("asked.index", person_id=person_id, done="asked"), 303)
