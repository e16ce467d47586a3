"""What we ask of a person, on staff pages: what was asked and what they answered, and taking it back."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from flask import Response as File
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import messaging, patient_tasks, people, screening
from cie.access import Actor, Permission
from cie.db import reading, transaction
from cie.errors import NotFound
from cie.http import requires
from cie.patient_tasks import Answer, DocumentPart, NewDocument, PatientTask, PatientTaskStatus
from cie.people.formats import format_phone
from cie.web.asked_words import CATEGORIES, STATES, kind_words, text_words
from cie.web.files import download, handed_in, is_handed_in
from cie.web.forms import FormSchema, Notice, again
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.organization import done_notice
from cie.web.person_words import dated, full_name

blueprint = Blueprint("asked", __name__, url_prefix="/people/<uuid:person_id>/asked")
DONE = {
    "asked": lazy_gettext("Asked. It is on their page now."),
    "answered": lazy_gettext("Written down."),
    "cancelled": lazy_gettext("It is not on their page any more."),
}


class AnswerSchema(FormSchema):
    """What the person said to staff; a file comes beside the form."""

    answer = fields.Str(load_default="")


@dataclass(frozen=True)
class AskedRow:
    """One thing that was asked, as staff read it."""

    task: PatientTask
    title: str
    state: str
    asked: str
    is_open: bool


def rows_on_person(session: Session, actor: Actor, person_id: UUID) -> list[AskedRow]:
    """All that was asked of a person, newest first. Raises NotFound, NotAllowed."""
    return [_row(task) for task in patient_tasks.tasks_of(session, actor, person_id)]


def _row(task: PatientTask) -> AskedRow:
    asked = _("Asked on %(day)s", day=dated(task.requested_at))
    return AskedRow(task, kind_words(task), _state(task), asked, task.status in patient_tasks.OPEN)


def _state(task: PatientTask) -> str:
    if task.reason is patient_tasks.DECLINES and task.status is PatientTaskStatus.CANCELLED:
        return _("They do not want to")
    return str(STATES[task.status])


@blueprint.get("")
@requires(Permission.PATIENT_TASK_ASK)
def index(person_id: UUID) -> str:
    """What was asked, and where each stands."""
    with reading() as session:
        person = people.get_person(session, g.actor, person_id)
        return render_template(
            "asked/index.html",
            person_id=person_id,
            name=full_name(person),
            rows=rows_on_person(session, g.actor, person_id),
            text=text_words(messaging.why_no_text(session, person, at=g.now)),
            notice=done_notice(DONE),
        )


def _task(session: Session, person_id: UUID, asked_id: UUID) -> PatientTask:
    """Something that was asked of this person. Raises NotFound, NotAllowed."""
    task = patient_tasks.get_task(session, g.actor, asked_id)
    if task.person_id != person_id:
        raise NotFound("There is no such record")
    return task


def _page(person_id: UUID, asked_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        task = _task(session, person_id, asked_id)
        person = people.get_person(session, g.actor, person_id)
        return render_template(
            "asked/show.html",
            person_id=person_id,
            name=full_name(person),
            row=_row(task),
            facts=_facts(session, task),
            document=patient_tasks.document_of(session, task),
            filled=patient_tasks.document_of(session, task, DocumentPart.FILLED),
            is_form=patient_tasks.is_form(task),
            errors=errors,
            notice=notice or done_notice(DONE),
        )


def _facts(session: Session, task: PatientTask) -> list[tuple[str, str]]:
    """What was asked, beside the words and the file."""
    row = screening.get_instrument(session, task.questionnaire_id) if task.questionnaire_id else None
    lines = [", ".join(filter(None, [c.name, format_phone(c.phone)])) for c in _lines(session, task)]
    facts = [
        (_("Questions"), row.title if row else ""),
        (_("What it is for"), str(CATEGORIES[task.category]) if task.category and not row else ""),
        (_("Whom they may contact"), "\n".join(lines)),
        (_("A page elsewhere"), task.link or ""),
    ]
    return [(label, words) for label, words in facts if words]


def _lines(session: Session, task: PatientTask) -> list[patient_tasks.ContactLine]:
    return patient_tasks.lines_of(session, task, at=g.now)


@blueprint.get("/<uuid:asked_id>")
@requires(Permission.PATIENT_TASK_ASK)
def show(person_id: UUID, asked_id: UUID) -> str:
    """One thing that was asked: its words, what they answered, what can be done."""
    return _page(person_id, asked_id)


@blueprint.get("/<uuid:asked_id>/file")
@requires(Permission.PATIENT_TASK_ASK)
def file(person_id: UUID, asked_id: UUID) -> File:
    """The file that goes with it."""
    return _file(person_id, asked_id, DocumentPart.ASKED)


@blueprint.get("/<uuid:asked_id>/filled")
@requires(Permission.PATIENT_TASK_ASK)
def filled(person_id: UUID, asked_id: UUID) -> File:
    """The form as it came back."""
    return _file(person_id, asked_id, DocumentPart.FILLED)


def _file(person_id: UUID, asked_id: UUID, part: DocumentPart) -> File:
    with reading() as session:
        _task(session, person_id, asked_id)
        row, content = patient_tasks.open_document(session, g.actor, asked_id, part)
    return download(row.name, row.media_type, content)


@blueprint.post("/<uuid:asked_id>/answer")
@requires(Permission.PATIENT_TASK_ANSWER)
@again(_page)
def create_answer(person_id: UUID, asked_id: UUID) -> Response:
    """What they said or gave to staff."""
    form = AnswerSchema().read()
    given = Answer(form["answer"], filled=NewDocument(**handed_in()) if is_handed_in() else None)
    with transaction() as session:
        _task(session, person_id, asked_id)
        patient_tasks.answer(session, g.actor, asked_id, given, at=g.now)
    return redirect(url_for("asked.show", person_id=person_id, asked_id=asked_id, done="answered"), 303)


@blueprint.post("/<uuid:asked_id>/cancellation")
@requires(Permission.PATIENT_TASK_ASK)
@again(_page)
def create_cancellation(person_id: UUID, asked_id: UUID) -> Response:
    """It is not asked any more."""
    with transaction() as session:
        _task(session, person_id, asked_id)
        patient_tasks.cancel(session, g.actor, asked_id, at=g.now)
    return redirect(url_for("asked.index", person_id=person_id, done="cancelled"), 303)
