"""What is asked of the person, on their own page: each thing on a page of its own, in words that name no need."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response as File
from flask import g, redirect, render_template, url_for
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import patient_tasks
from cie.access import Permission
from cie.db import reading, transaction
from cie.files import ENDINGS
from cie.http import requires
from cie.patient_tasks import Answer, NewDocument, PatientTask, PatientTaskPriority
from cie.people.formats import format_phone
from cie.web.asked_words import title_words
from cie.web.files import download, handed_in
from cie.web.forms import FormSchema, Notice, again
from cie.web.language import gettext as _
from cie.web.my.blueprint import blueprint
from cie.web.person_words import dated
from cie.web.service_views import opening_words

CHOOSE = "Whom you contacted: choose one, or write it down"
SOMEBODY_ELSE = 0


class AnswerSchema(FormSchema):
    """What the person wrote, and which contact they chose."""

    answer = fields.Str(load_default="")
    contact = fields.Int(load_default=None, error_messages={"invalid": CHOOSE})


@dataclass(frozen=True)
class AskedLine:
    """One thing that is asked, as the list names it."""

    id: UUID
    title: str
    asked: str
    is_urgent: bool


def asked_of_you(session: Session) -> list[AskedLine]:
    """What is asked of the reader and not done yet."""
    return [_line(task) for task in patient_tasks.own_tasks(session, g.actor)]


def _line(task: PatientTask) -> AskedLine:
    asked = _("Asked on %(day)s", day=dated(task.requested_at))
    return AskedLine(task.id, title_words(task), asked, task.priority is PatientTaskPriority.URGENT)


def task_page(asked_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        task = patient_tasks.get_task(session, g.actor, asked_id)
        if task.status not in patient_tasks.OPEN:
            return render_template("my/task_ended.html", task=task, asks_more=_asks_more(session, task))
        contacts = [_contact(line) for line in patient_tasks.lines_of(session, task, at=g.now)]
        document = patient_tasks.document_of(session, task)
        return render_template(
            f"my/task_{task.kind.value}.html",
            task=task,
            title=title_words(task),
            contacts=contacts,
            document=document,
            takes_form=patient_tasks.is_form(task) and bool(document or task.document_reference),
            errors=errors,
            notice=notice,
        )


def _asks_more(session: Session, task: PatientTask) -> bool:
    """Whether staff will ask some of the questions in a talk."""
    if task.questionnaire_id is None:
        return False
    return patient_tasks.asks_in_private(patient_tasks.instrument_of(session, task))


def _contact(line: patient_tasks.ContactLine) -> dict[str, Any]:
    return {
        "value": line.number,
        "label": line.name,
        "phone": line.phone,
        "phone_text": format_phone(line.phone),
        "hours": opening_words(line.opening) if line.opening else "",
    }


@blueprint.get("/tasks/<uuid:asked_id>")
@requires(Permission.OWN_PAGE)
def task(asked_id: UUID) -> str:
    """One thing that is asked; once it ended, nothing of what it said."""
    return task_page(asked_id)


@blueprint.post("/tasks/<uuid:asked_id>/answer")
@requires(Permission.OWN_PAGE)
@again(task_page)
def create_answer(asked_id: UUID) -> Response:
    """They did it, and say what came of it."""
    form = AnswerSchema().read()
    chosen = None if form["contact"] == SOMEBODY_ELSE else form["contact"]
    text = form["answer"] if chosen is None else ""
    with transaction() as session:
        patient_tasks.answer(session, g.actor, asked_id, Answer(text, contact=chosen), at=g.now)
    return redirect(url_for("my.task", asked_id=asked_id), 303)


@blueprint.post("/tasks/<uuid:asked_id>/form")
@requires(Permission.OWN_PAGE)
@again(task_page)
def create_filled_form(asked_id: UUID) -> Response:
    """They give back the form, filled in."""
    filled = NewDocument(**handed_in())
    with transaction() as session:
        patient_tasks.answer(session, g.actor, asked_id, Answer(filled=filled), at=g.now)
    return redirect(url_for("my.task", asked_id=asked_id), 303)


@blueprint.post("/tasks/<uuid:asked_id>/refusal")
@requires(Permission.OWN_PAGE)
@again(task_page)
def create_task_refusal(asked_id: UUID) -> Response:
    """They do not want to."""
    with transaction() as session:
        patient_tasks.cancel(session, g.actor, asked_id, reason=patient_tasks.DECLINES, at=g.now)
    return redirect(url_for("my.task", asked_id=asked_id), 303)


@blueprint.get("/tasks/<uuid:asked_id>/file")
@requires(Permission.OWN_PAGE)
def task_file(asked_id: UUID) -> File:
    """The file, always to be saved; its name tells nothing."""
    with reading() as session:
        is_form = patient_tasks.is_form(patient_tasks.get_task(session, g.actor, asked_id))
        row, content = patient_tasks.open_document(session, g.actor, asked_id)
    name = _("to-fill-in") if is_form else _("to-read")
    return download(f"{name}.{ENDINGS[row.media_type][0]}", row.media_type, content)
