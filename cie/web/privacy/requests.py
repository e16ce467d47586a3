"""What people ask of their own record: the list, writing it down, the case, more days, the answer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from flask import g, redirect, render_template, request, url_for
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import people, privacy
from cie.access import Permission
from cie.db import reading, transaction
from cie.http import requires
from cie.people import Person
from cie.privacy import DECISIONS, Asked, PersonRequest, RequestKind, RequestState
from cie.web.day_boxes import required_day_in, with_days
from cie.web.forms import FormSchema, again, typed
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext, ngettext
from cie.web.organization import done_notice
from cie.web.people import FindSchema
from cie.web.person_words import PersonRow, full_name, row_of, short_name
from cie.web.privacy.blueprint import DONE, NoteSchema, blueprint, kept_once, today
from cie.web.privacy.lists import list_page
from cie.web.privacy.words import REQUESTS, STATES, due_of, history_lines, options, standing_words
from cie.web.words_of_time import day

CHOOSE_KIND: Any = {"required": "Kind: choose one", "unknown": "Kind: choose one"}
CHOOSE_ANSWER: Any = {"required": "Answer: choose one", "unknown": "Answer: choose one"}
HINTS = {
    RequestKind.CORRECTION: lazy_gettext("Something is wrong in what we keep."),
    RequestKind.AMENDMENT: lazy_gettext("For records of health care."),
    RequestKind.ACCOUNTING: lazy_gettext("Which organizations got something, when and why."),
    RequestKind.RESTRICTION: lazy_gettext("Also stop the sharing itself, on the page of the person."),
}
ANSWER_HINTS = {
    RequestState.GRANTED: lazy_gettext("Do it where the record is. This page changes no record."),
    RequestState.DENIED: lazy_gettext("Tell the person how they can complain."),
    RequestState.WITHDRAWN: lazy_gettext("The person no longer asks."),
}


class AskedSchema(FormSchema):
    """What is asked; its date comes in boxes."""

    kind = fields.Enum(RequestKind, by_value=True, required=True, error_messages=CHOOSE_KIND)
    asked = fields.Str(load_default="")
    asker = fields.Str(load_default="")


RequestSchema = with_days(AskedSchema, "received_on")


class AnswerSchema(FormSchema):
    """Yes, a part, no, or taken back; and why."""

    decision = fields.Enum(RequestState, by_value=True, required=True, error_messages=CHOOSE_ANSWER)
    reason = fields.Str(load_default="")


class ReasonSchema(FormSchema):
    """Why it takes longer."""

    reason = fields.Str(load_default="")


def _described(session: Session, found: Sequence[PersonRequest]) -> list[tuple[str, str, str]]:
    persons = people.get_persons(session, g.actor, {each.person_id for each in found})
    return [
        (
            url_for("privacy.request_case", request_id=each.id),
            _("%(kind)s, for %(name)s", kind=REQUESTS[each.kind], name=short_name(persons[each.person_id])),
            _("Received %(day)s.", day=day(each.received_on, year=True)),
        )
        for each in found
    ]


@blueprint.get("/requests")
@requires(Permission.PRIVACY_CASE_MANAGE)
def requests() -> str:
    """What people asked; with `person` in the address, what one of them did."""
    person_id = request.args.get("person", type=UUID)
    return list_page(PersonRequest, "privacy/requests.html", "privacy.requests", _described, REQUESTS, person_id)


def who_asks_page(errors: Any = (), notice: Any = None, found: list[PersonRow] | None = None, ids: Any = ()) -> str:
    """Whose record it is about."""
    rows = None if found is None else list(zip(ids, found, strict=True))
    return render_template("privacy/who_asks.html", found=rows, errors=errors, notice=notice)


@blueprint.get("/requests/new")
@requires(Permission.PRIVACY_CASE_MANAGE)
def who_asks() -> str:
    """Find whose record it is about."""
    return who_asks_page()


@blueprint.post("/requests/new")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(who_asks_page)
def find_who_asks() -> str:
    """Who matches what was typed; names never travel in addresses."""
    name = FindSchema().read()["name"]
    with reading() as session:
        found = people.find_people(session, g.actor, name)
    return who_asks_page(found=[row_of(person) for person in found], ids=[person.id for person in found])


def new_request_page(person_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The form of what one person asks."""
    with reading() as session:
        person = people.get_person(session, g.actor, person_id)
    form_id = uuid4().hex if notice else typed("form_id") or uuid4().hex
    return render_template(
        "privacy/request_new.html", person=person, name=full_name(person), kinds=options(REQUESTS, HINTS),
        form_id=form_id, errors=errors, notice=notice,
    )  # fmt: skip


@blueprint.get("/people/<uuid:person_id>/requests/new")
@requires(Permission.PRIVACY_CASE_MANAGE)
def new_request(person_id: UUID) -> str:
    """Write down what a person asks."""
    return new_request_page(person_id)


@blueprint.post("/people/<uuid:person_id>/requests/new")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(new_request_page)
def create_request(person_id: UUID) -> Response:
    """Keep it; the clock runs from the day on which it was received."""
    form = RequestSchema().read()
    received_on = required_day_in(form, "received_on", "Received on")
    asked = Asked(form["kind"], form["asked"], received_on, form["asker"])
    request_id = kept_once(
        "person-request",
        {**form, "person": person_id},
        lambda session: privacy.open_request(session, g.actor, person_id, asked, at=g.now).id,
    )
    return redirect(url_for("privacy.request_case", request_id=request_id, done="opened"), 303)


def _facts(case: PersonRequest, person: Person) -> list[dict[str, Any]]:
    rows = [
        (_("Whose record it is"), full_name(person)),
        (_("Who asks for them"), _asker(case, person)),
        (_("Kind"), str(REQUESTS[case.kind])),
        (_("What they ask for"), case.asked or _("Erased")),
        (_("Received on"), day(case.received_on, year=True)),
        (_("Answer by"), _answer_by(case)),
    ]
    rows += [(_("Why it takes longer"), case.extension_reason)] if case.extension_reason else []
    rows += [(_("Why, in plain words"), case.decision)] if case.decision else []
    return [{"label": label, "value": value} for label, value in rows]


def _asker(case: PersonRequest, person: Person) -> str:
    return case.asker or (_("Erased") if person.erased_at else _("They ask themselves"))


def _answer_by(case: PersonRequest) -> str:
    if case.due_on is None:
        return _("No day is set. Do not wait without a reason")
    return _("%(day)s (%(source)s)", day=day(case.due_on, year=True), source=case.law)


def _step(case: PersonRequest) -> dict[str, Any]:
    """The next step: the answer; more days while there are some to have."""
    if case.closed_at is not None:
        return {"title": _("No next step: this case is closed"), "due": None, "primary": None, "others": []}
    due, days = due_of(case.due_on), privacy.extension_days(case)
    answer = {"label": _("Write down the answer"), "url": url_for("privacy.answering", request_id=case.id)}
    others = []
    if days and case.due_on is not None and today() <= case.due_on:
        words = ngettext("Take %(num)d more day", "Take %(num)d more days", days)
        others.append({"label": words, "url": url_for("privacy.extending", request_id=case.id)})
    if case.kind is RequestKind.ACCOUNTING:
        others.append({"label": _("Make the list"), "url": url_for("accounting.show", person_id=case.person_id)})
    title = _("Your next step: answer the person")
    return {"title": title, "due": f"{due.text}." if due else None, "primary": answer, "others": others}


def request_page(request_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """One request."""
    with reading() as session:
        case = privacy.get_case(session, g.actor, PersonRequest, request_id)
        person = people.person_or_erased(session, g.actor, case.person_id)
        lines = history_lines(session, case)
    return render_template(
        "privacy/request.html", case=case, facts=_facts(case, person), lines=lines, standing=standing_words(case),
        step=_step(case), kind=REQUESTS[case.kind], errors=errors, notice=notice or done_notice(DONE),
    )  # fmt: skip


@blueprint.get("/requests/<uuid:request_id>")
@requires(Permission.PRIVACY_CASE_MANAGE)
def request_case(request_id: UUID) -> str:
    """The case."""
    return request_page(request_id)


@blueprint.get("/requests/<uuid:request_id>/sheet")
@requires(Permission.PRIVACY_CASE_MANAGE)
def request_sheet(request_id: UUID) -> str:
    """The case on paper."""
    with reading() as session:
        case = privacy.get_case(session, g.actor, PersonRequest, request_id)
        person = people.person_or_erased(session, g.actor, case.person_id)
        lines = history_lines(session, case)
    return render_template(
        "privacy/sheet.html", heading=_("What somebody asked"), facts=_facts(case, person), lines=lines,
        standing=standing_words(case), back=url_for("privacy.request_case", request_id=request_id),
    )  # fmt: skip


@blueprint.post("/requests/<uuid:request_id>/notes")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(request_page)
def note_request(request_id: UUID) -> Response:
    """Write down what was done."""
    words = NoteSchema().read()["words"]
    with transaction() as session:
        privacy.note(session, g.actor, PersonRequest, request_id, words, at=g.now)
    return _back(request_id, "noted")


def _back(request_id: UUID, done: str) -> Response:
    return redirect(url_for("privacy.request_case", request_id=request_id, done=done), 303)


def extending_page(request_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """Why it takes longer."""
    with reading() as session:
        case = privacy.get_case(session, g.actor, PersonRequest, request_id)
    return render_template(
        "privacy/extending.html", case=case, days=privacy.extension_days(case), errors=errors, notice=notice
    )


@blueprint.get("/requests/<uuid:request_id>/extension")
@requires(Permission.PRIVACY_CASE_MANAGE)
def extending(request_id: UUID) -> str:
    """It takes longer: why?"""
    return extending_page(request_id)


@blueprint.post("/requests/<uuid:request_id>/extension")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(extending_page)
def extend(request_id: UUID) -> Response:
    """Add the days."""
    reason = ReasonSchema().read()["reason"]
    with transaction() as session:
        privacy.extend(session, g.actor, request_id, reason=reason, at=g.now)
    return _back(request_id, "extended")


def answering_page(request_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """What the person is told, and why."""
    with reading() as session:
        case = privacy.get_case(session, g.actor, PersonRequest, request_id)
    answers = {state: STATES[state.value][0] for state in RequestState if state in DECISIONS}
    return render_template(
        "privacy/answering.html", case=case, answers=options(answers, ANSWER_HINTS), errors=errors, notice=notice
    )


@blueprint.get("/requests/<uuid:request_id>/answer")
@requires(Permission.PRIVACY_CASE_MANAGE)
def answering(request_id: UUID) -> str:
    """The answer?"""
    return answering_page(request_id)


@blueprint.post("/requests/<uuid:request_id>/answer")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(answering_page)
def answer(request_id: UUID) -> Response:
    """Keep the answer; whoever grants a change makes it where the record is."""
    form = AnswerSchema().read()
    with transaction() as session:
        privacy.decide_request(session, g.actor, request_id, form["decision"], reason=form["reason"], at=g.now)
    return _back(request_id, "closed")
