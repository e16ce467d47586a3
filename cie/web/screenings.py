"""Asking a person the questions of an instrument, section by section, and what came of it: needs and wishes."""

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, g, redirect, render_template, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from cie import events, people, screening
from cie.access import Permission
from cie.db import reading, transaction
from cie.errors import NotFound
from cie.http import requires
from cie.screening import SafetyGate, Wish
from cie.web.forms import FormSchema, Notice, again, typed
from cie.web.language import lazy_gettext
from cie.web.screening_form import WISH, at_questions, questions_of, read_answers, read_decisions
from cie.web.screening_pages import Asking, asking_of, danger_of, need_choices, need_row, safety_result, wish_choices

blueprint = Blueprint("screenings", __name__)

DONE = {
    "saved": lazy_gettext("Saved."),
    "added": lazy_gettext("Added."),
    "corrected": lazy_gettext("Saved. These answers count from now on."),
    "mistake": lazy_gettext("Marked as a mistake."),
}
GATE = {"yes": SafetyGate.SAFE, "not-sure": SafetyGate.NOT_SAFE, "declines": SafetyGate.DECLINED}
SAID = "What they said: choose one"
WHICH = "Questions: choose one"
NEED = "Need: choose one"


def _done() -> Notice | None:
    words = DONE.get(request.args.get("done", ""))
    return Notice("good", str(words)) if words else None


class StartSchema(FormSchema):
    """Which instrument to ask."""

    questionnaire = fields.UUID(required=True, error_messages={"required": WHICH, "invalid_uuid": WHICH})


def _new_page(person_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        person = people.get_person(session, g.actor, person_id)
        earlier = screening.screenings_of(session, g.actor, person_id)
        rows = [(found, screening.questionnaire_of(session, found)) for found in earlier]
        instruments = screening.instruments(session)
    return render_template(
        "screenings/new.html",
        errors=errors,
        notice=notice,
        person=person,
        instruments=instruments,
        unfinished=[row for row in rows if row[0].status == "in-progress"],
        finished=[row for row in rows if row[0].status != "in-progress"],
    )


@blueprint.get("/people/<uuid:person_id>/screenings/new")
@requires(Permission.SCREENING_WRITE)
def new(person_id: UUID) -> str:
    """Which questions to ask, and those asked before."""
    return _new_page(person_id)


@blueprint.post("/people/<uuid:person_id>/screenings/new")
@requires(Permission.SCREENING_WRITE)
@again(_new_page)
def start(person_id: UUID) -> Response:
    """Begin, or go on where the last time stopped."""
    form = StartSchema().read()
    with transaction() as session:
        begun = screening.start_screening(session, g.actor, person_id, form["questionnaire"], at=g.now)
        following = asking_of(session, g.actor, begun.id).first_open_url()
    return redirect(following, 303)


@blueprint.get("/screenings/<uuid:screening_id>")
@requires(Permission.SCREENING_READ)
def show(screening_id: UUID) -> str:
    """What was answered, as paper may show it."""
    with reading() as session:
        summary = screening.summary(session, g.actor, screening_id)
        person = people.get_person(session, g.actor, summary.screening.person_id)
    needs = [need_row(need) for need in summary.needs]
    return render_template("screenings/show.html", notice=_done(), summary=summary, person=person, needs=needs)


def _number_of(part: str, asking: Asking) -> int:
    """The number of a section in an address, from 1. Raises NotFound."""
    if not part.isascii() or not part.isdigit() or not 1 <= int(part) <= len(asking.instrument.sections):
        raise NotFound("There is no such page")
    return int(part)


def _asked(screening_id: UUID, part: str) -> tuple[Asking, int]:
    """A screening with the section that is open in it."""
    with reading() as session:
        asking = asking_of(session, g.actor, screening_id)
        number = _number_of(part, asking)
        here = asking.instrument.sections[number - 1].link_id
        return asking_of(session, g.actor, screening_id, here), number


def _section_page(screening_id: UUID, part: str, errors: Any = (), notice: Notice | None = None) -> "str | Response":
    asking, number = _asked(screening_id, part)
    section = asking.instrument.sections[number - 1]
    if asking.is_finished and notice:
        return _review_page(screening_id, notice=notice)
    if asking.is_finished:
        return redirect(url_for("screenings.review", screening_id=screening_id), 303)
    if not screening.may_open(asking.screening, section):
        return redirect(url_for("screenings.gate", screening_id=screening_id), 303)
    with reading() as session:
        answers = screening.section_answers(session, g.actor, screening_id, section.link_id)
        danger = danger_of(session, g.actor) if section.safety else None
    return render_template(
        "screenings/section.html",
        errors=at_questions(errors, section),
        notice=notice,
        asking=asking,
        section=section,
        number=number,
        questions=questions_of(section, answers, asking.language),
        danger=danger,
    )


@blueprint.get("/screenings/<uuid:screening_id>/sections/<part>")
@requires(Permission.SCREENING_WRITE)
def section(screening_id: UUID, part: str) -> "str | Response":
    """The questions of one section; those on safety only after their own question."""
    return _section_page(screening_id, part)


@blueprint.post("/screenings/<uuid:screening_id>/sections/<part>")
@requires(Permission.SCREENING_WRITE)
@again(_section_page)
def save(screening_id: UUID, part: str) -> Response:
    """Keep the answers and go on, or stop here."""
    asking, number = _asked(screening_id, part)
    asked = asking.instrument.sections[number - 1]
    answers, stop = read_answers(asked)
    with transaction() as session:
        screening.save_section(session, g.actor, screening_id, asked.link_id, answers, at=g.now)
    stopped = url_for("screenings.show", screening_id=screening_id, done="saved")
    return redirect(stopped if stop else asking.url_after(number), 303)


class GateSchema(FormSchema):
    """What the person said when asked whether they are alone and it is safe to talk."""

    safe = fields.Str(required=True, validate=validate.OneOf(GATE, error=SAID), error_messages={"required": SAID})


def _gate_page(screening_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        asking = asking_of(session, g.actor, screening_id)
        section = asking.instrument.sections[asking.first_safety() - 1]
        asking = asking_of(session, g.actor, screening_id, section.link_id)
        danger = danger_of(session, g.actor)
    return render_template(
        "screenings/gate.html", errors=errors, notice=notice, asking=asking, section=section, danger=danger
    )


@blueprint.get("/screenings/<uuid:screening_id>/private")
@requires(Permission.SCREENING_WRITE)
def gate(screening_id: UUID) -> str:
    """What to ask before the safety questions; none of them is in this page."""
    return _gate_page(screening_id)


@blueprint.post("/screenings/<uuid:screening_id>/private")
@requires(Permission.SCREENING_WRITE)
@again(_gate_page)
def pass_gate(screening_id: UUID) -> Response:
    """Open the safety questions, or skip them."""
    form = GateSchema().read()
    with transaction() as session:
        screening.answer_safety_gate(session, g.actor, screening_id, GATE[form["safe"]], at=g.now)
        asking = asking_of(session, g.actor, screening_id)
    number = asking.first_safety()
    return redirect(asking.url_of(number) if form["safe"] == "yes" else asking.url_after(number), 303)


def _review_page(screening_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        asking = asking_of(session, g.actor, screening_id)
        found = screening.findings_in(session, g.actor, screening_id)
        needs = [need_row(need) for need in screening.needs_from(session, g.actor, screening_id)]
        danger = danger_of(session, g.actor)
    return render_template(
        "screenings/review.html",
        errors=errors,
        notice=notice or (None if errors else _done()),
        asking=asking,
        needs=needs,
        wishes=wish_choices(),
        safety=safety_result(asking, found),
        danger=danger,
    )


@blueprint.get("/screenings/<uuid:screening_id>/review")
@requires(Permission.SCREENING_WRITE)
def review(screening_id: UUID) -> "str | Response":
    """Before the end: what is still open. After it: the needs that the answers point to."""
    with reading() as session:
        is_mistake = screening.get_screening(session, g.actor, screening_id).is_mistake
    if is_mistake:
        return redirect(url_for("screenings.show", screening_id=screening_id), 303)
    return _review_page(screening_id)


@blueprint.post("/screenings/<uuid:screening_id>/completion")
@requires(Permission.SCREENING_WRITE)
@again(_review_page)
def finish(screening_id: UUID) -> Response:
    """No more questions; the needs are proposed."""
    with transaction() as session:
        screening.finish(session, g.actor, screening_id, at=g.now)
    return redirect(url_for("screenings.review", screening_id=screening_id), 303)


def _settle(person_id: UUID) -> None:
    with reading() as session:
        known = [need.id for need in screening.needs_of(session, g.actor, person_id)]
    decisions = read_decisions(known)
    with transaction() as session:
        screening.settle_needs(session, g.actor, person_id, decisions, at=g.now)


@blueprint.post("/screenings/<uuid:screening_id>/review")
@requires(Permission.NEED_WRITE)
@again(_review_page)
def decide(screening_id: UUID) -> Response:
    """Confirm or dismiss what the answers point to, and keep what the person wishes."""
    with reading() as session:
        person_id = screening.get_screening(session, g.actor, screening_id).person_id
    _settle(person_id)
    return redirect(url_for("screenings.needs", person_id=person_id, done="saved"), 303)


class NeedSchema(FormSchema):
    """A need that a worker enters, and what the person wishes."""

    need = fields.Str(required=True, error_messages={"required": NEED})
    wish = fields.Enum(Wish, by_value=True, required=True, error_messages={"required": WISH, "unknown": WISH})


def _needs_page(person_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        person = people.get_person(session, g.actor, person_id)
        rows = [need_row(need) for need in screening.needs_of(session, g.actor, person_id)]
    return render_template(
        "screenings/needs.html",
        errors=errors,
        notice=notice or (None if errors else _done()),
        person=person,
        needs=[row for row in rows if row.is_open],
        past=[row for row in rows if not row.is_open],
        need_choices=need_choices(),
        wishes=wish_choices(),
        form_id=typed("form_id") or uuid4().hex,
    )


@blueprint.get("/people/<uuid:person_id>/needs")
@requires(Permission.SCREENING_READ)
def needs(person_id: UUID) -> str:
    """The needs of a person, and a form for one more."""
    return _needs_page(person_id)


@blueprint.post("/people/<uuid:person_id>/needs")
@requires(Permission.NEED_WRITE)
@again(_needs_page)
def add(person_id: UUID) -> Response:
    """Enter a need without any screening; a second click adds nothing."""
    form = NeedSchema().read()
    key = f"need.add:{request.form.get('form_id', '')[:32]}:{form['need'][:40]}:{form['wish']}"
    with transaction() as session:
        claimed = events.claim_key(session, g.actor.id, key, person_id.bytes, at=g.now)
        if claimed.resource_id is None:
            need = screening.add_need(session, g.actor, person_id, form["need"], form["wish"], at=g.now)
            claimed.resource_id = need.id
            session.add(claimed)
    return redirect(url_for("screenings.needs", person_id=person_id, done="added"), 303)


@blueprint.post("/people/<uuid:person_id>/needs/decisions")
@requires(Permission.NEED_WRITE)
@again(_needs_page)
def settle(person_id: UUID) -> Response:
    """Confirm or dismiss needs, and keep what the person wishes."""
    _settle(person_id)
    return redirect(url_for("screenings.needs", person_id=person_id, done="saved"), 303)
