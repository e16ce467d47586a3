"""The questions of an instrument on the person's own page: the same words and boxes, and nothing asked in private."""

from typing import Any
from uuid import UUID

from flask import g, redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import patient_tasks
from cie.access import Permission
from cie.db import reading, transaction
from cie.errors import NotFound
from cie.http import requires
from cie.patient_tasks import PatientTaskStatus
from cie.screening import QuestionnaireRow, Section
from cie.web.asked_words import TITLES
from cie.web.forms import Notice, again
from cie.web.language import chosen_language
from cie.web.language import gettext as _
from cie.web.my.blueprint import blueprint
from cie.web.my.tasks import task_page
from cie.web.screening_form import at_questions, questions_of, read_answers


@blueprint.post("/tasks/<uuid:asked_id>/questions")
@requires(Permission.OWN_PAGE)
@again(task_page)
def create_questions(asked_id: UUID) -> Response:
    """Begin, or go on where the last time stopped."""
    with transaction() as session:
        patient_tasks.begin_questions(session, g.actor, asked_id, at=g.now)
    return redirect(url_for("my.questions", asked_id=asked_id, part=1), 303)


def _asked(session: Session, asked_id: UUID, part: str) -> tuple[QuestionnaireRow, Section, int]:
    """The section of an address, counted from 1 among those that are open. Raises NotFound."""
    task = patient_tasks.get_task(session, g.actor, asked_id)
    row = patient_tasks.instrument_of(session, task)
    sections = patient_tasks.open_sections(row)
    is_number = part.isascii() and part.isdigit() and 1 <= int(part) <= len(sections)
    if not is_number or task.status is not PatientTaskStatus.IN_PROGRESS:
        raise NotFound("There is no such page")
    return row, sections[int(part) - 1], len(sections)


def _page(asked_id: UUID, part: str, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        row, section, count = _asked(session, asked_id, part)
        kept = patient_tasks.own_answers(session, g.actor, asked_id, section)
    language, declines = str(row.resource.get("language", "en")), _("I do not want to answer")
    return render_template(
        "my/questions.html",
        asked_id=asked_id,
        title=TITLES[patient_tasks.PatientTaskKind.QUESTIONNAIRE],
        section=section,
        language=language,
        is_foreign=language.split("-")[0] != chosen_language(),
        number=int(part),
        count=count,
        questions=questions_of(section, kept, language, declines),
        declines=declines,
        errors=at_questions(errors, section),
        notice=notice,
    )


@blueprint.get("/tasks/<uuid:asked_id>/questions/<part>")
@requires(Permission.OWN_PAGE)
def questions(asked_id: UUID, part: str) -> str:
    """The questions of one section."""
    return _page(asked_id, part)


@blueprint.post("/tasks/<uuid:asked_id>/questions/<part>")
@requires(Permission.OWN_PAGE)
@again(_page)
def create_answers(asked_id: UUID, part: str) -> Response:
    """Keep the answers and go on, or stop here for today."""
    with reading() as session:
        _row, section, count = _asked(session, asked_id, part)
    answers, stop = read_answers(section)
    with transaction() as session:
        patient_tasks.save_answers(session, g.actor, asked_id, section, answers, at=g.now)
    if stop:
        return redirect(url_for("my.show"), 303)
    if int(part) < count:
        return redirect(url_for("my.questions", asked_id=asked_id, part=int(part) + 1), 303)
    return redirect(url_for("my.task", asked_id=asked_id), 303)


@blueprint.post("/tasks/<uuid:asked_id>/completion")
@requires(Permission.OWN_PAGE)
@again(task_page)
def create_completion(asked_id: UUID) -> Response:
    """All is answered that will be."""
    with transaction() as session:
        patient_tasks.finish_questions(session, g.actor, asked_id, at=g.now)
    return redirect(url_for("my.task", asked_id=asked_id), 303)
