"""Legal demands: the list, a new one, the case, giving it to a lawyer, what was decided. Nothing is released here."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from flask import g, redirect, render_template, url_for
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import people, privacy
from cie.access import Permission
from cie.db import reading, transaction
from cie.http import requires
from cie.people import Person
from cie.privacy import MOVES, Demanded, DemandKind, DemandState, Given, LegalDemand
from cie.web.day_boxes import required_day_in, with_days
from cie.web.forms import FormSchema, again, typed
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.organization import done_notice
from cie.web.person_words import full_name
from cie.web.privacy.blueprint import DONE, NoteSchema, blueprint, days_of, kept_once
from cie.web.privacy.lists import list_page
from cie.web.privacy.words import DEMANDS, STATES, due_of, history_lines, options, standing_words
from cie.web.words_of_time import day

CHOOSE_KIND: Any = {"required": "Kind: choose one", "unknown": "Kind: choose one"}
CHOOSE_DECISION: Any = {"required": "What became of it: choose one", "unknown": "What became of it: choose one"}
NOTHING_LEAVES = lazy_gettext(
    "Nothing leaves this exchange because of a demand. No rule allows it for law or immigration enforcement."
)
BY_HAND = lazy_gettext("If your lawyer says that something must be given, you give it by hand, outside this exchange.")


class DemandSchema(FormSchema):
    """What is demanded, and by whom; its dates come in boxes."""

    kind = fields.Enum(DemandKind, by_value=True, required=True, error_messages=CHOOSE_KIND)
    asker = fields.Str(load_default="")
    court = fields.Str(load_default="")
    case_number = fields.Str(load_default="")
    scope = fields.Str(load_default="")


DemandedSchema = with_days(DemandSchema, "received_on", "due_on")


class CounselSchema(FormSchema):
    """Who looks at it."""

    counsel = fields.Str(load_default="")


class DecisionSchema(FormSchema):
    """What became of it, in words; what was given by hand, with its day in boxes."""

    to = fields.Enum(DemandState, by_value=True, required=True, error_messages=CHOOSE_DECISION)
    decision = fields.Str(load_default="")
    given = fields.Str(load_default="")
    given_to = fields.Str(load_default="")


DecidedSchema = with_days(DecisionSchema, "released_on")


def _described(_session: Session, demands: Sequence[LegalDemand]) -> list[tuple[str, str, str]]:
    return [
        (
            url_for("privacy.demand", demand_id=each.id),
            _("%(kind)s, %(name)s", kind=DEMANDS[each.kind], name=each.asker),
            _("Received %(day)s.", day=day(each.received_on, year=True)),
        )
        for each in demands
    ]


@blueprint.get("/demands")
@requires(Permission.PRIVACY_CASE_MANAGE)
def demands() -> str:
    """The legal demands that the organization got."""
    return list_page(LegalDemand, "privacy/demands.html", "privacy.demands", _described, DEMANDS)


def new_demand_page(errors: Any = (), notice: Any = None) -> str:
    """The form of a new demand."""
    form_id = uuid4().hex if notice else typed("form_id") or uuid4().hex
    return render_template(
        "privacy/demand_new.html", kinds=options(DEMANDS), form_id=form_id, nothing_leaves=NOTHING_LEAVES,
        by_hand=BY_HAND, errors=errors, notice=notice,
    )  # fmt: skip


@blueprint.get("/demands/new")
@requires(Permission.PRIVACY_CASE_MANAGE)
def new_demand() -> str:
    """Write down a demand."""
    return new_demand_page()


@blueprint.post("/demands")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(new_demand_page)
def create_demand() -> Response:
    """Keep it."""
    form = DemandedSchema().read()
    days: dict[str, Any] = days_of(form, {"received_on": "Received on"}, {"due_on": "Answer due on"})
    said = {name: form[name] for name in ("kind", "asker", "court", "case_number", "scope")}
    demanded = Demanded(**said, **days)
    demand_id = kept_once(
        "legal-demand", form, lambda session: privacy.open_demand(session, g.actor, demanded, at=g.now).id
    )
    return redirect(url_for("privacy.demand", demand_id=demand_id, done="opened"), 303)


def _facts(demand: LegalDemand, about: Sequence[Person]) -> list[dict[str, Any]]:
    not_said = _("Not said")
    rows = [
        (_("Kind"), str(DEMANDS[demand.kind])),
        (_("Who asks"), demand.asker),
        (_("Court"), demand.court or not_said),
        (_("Case number"), demand.case_number or not_said),
        (_("What they ask for"), demand.scope),
        (_("Whom it is about"), ", ".join(full_name(person) for person in about) or _("Nobody is named yet")),
        (_("Received on"), day(demand.received_on, year=True)),
        (_("Answer due on"), day(demand.due_on, year=True) if demand.due_on else not_said),
        (_("Name of the lawyer"), demand.counsel or _("Nobody yet")),
    ]
    rows += [(_("What was decided"), demand.decision)] if demand.decision else []
    return [{"label": label, "value": value} for label, value in [*rows, *_given(demand)]]


def _given(demand: LegalDemand) -> list[tuple[str, str]]:
    if demand.released_on is None:
        return []
    return [
        (_("What was given"), demand.given or ""),
        (_("Who got it"), demand.given_to or demand.asker),
        (_("Given on"), day(demand.released_on, year=True)),
    ]


def about(session: Session, demand: LegalDemand) -> list[Person]:
    """Whom a demand is about, in a fixed order."""
    ids = privacy.persons_of_demand(session, demand)
    found = people.get_persons(session, g.actor, ids)
    return [found[id_] for id_ in ids]


def _step(demand: LegalDemand) -> dict[str, Any]:
    """The next step: a lawyer first, then what became of it."""
    if demand.closed_at is not None:
        return {"title": _("No next step: this case is closed"), "due": None, "primary": None, "others": []}
    due = due_of(demand.due_on)
    decide = {"label": _("Write down what became of it"), "url": url_for("privacy.deciding", demand_id=demand.id)}
    title, primary, others = _("Your next step: write down what became of it"), decide, []
    if demand.state is DemandState.RECEIVED:
        counsel = url_for("privacy.counsel", demand_id=demand.id)
        title = _("Your next step: give it to a lawyer")
        primary, others = {"label": _("A lawyer has it"), "url": counsel}, [{**decide, "label": _("They took it back")}]
    return {"title": title, "due": f"{due.text}." if due else None, "primary": primary, "others": others}


def demand_page(demand_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """One demand."""
    with reading() as session:
        demand = privacy.get_case(session, g.actor, LegalDemand, demand_id)
        lines = history_lines(session, demand)
        persons = about(session, demand)
    return render_template(
        "privacy/demand.html", case=demand, facts=_facts(demand, persons), lines=lines, standing=standing_words(demand),
        step=_step(demand), nothing_leaves=NOTHING_LEAVES, by_hand=BY_HAND, errors=errors,
        notice=notice or done_notice(DONE),
    )  # fmt: skip


@blueprint.get("/demands/<uuid:demand_id>")
@requires(Permission.PRIVACY_CASE_MANAGE)
def demand(demand_id: UUID) -> str:
    """The case."""
    return demand_page(demand_id)


@blueprint.get("/demands/<uuid:demand_id>/sheet")
@requires(Permission.PRIVACY_CASE_MANAGE)
def demand_sheet(demand_id: UUID) -> str:
    """The case on paper."""
    with reading() as session:
        found = privacy.get_case(session, g.actor, LegalDemand, demand_id)
        lines = history_lines(session, found)
        facts = _facts(found, about(session, found))
    return render_template(
        "privacy/sheet.html", heading=_("Legal demand"), warning=NOTHING_LEAVES, facts=facts, lines=lines,
        standing=standing_words(found), back=url_for("privacy.demand", demand_id=demand_id),
    )  # fmt: skip


@blueprint.post("/demands/<uuid:demand_id>/notes")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(demand_page)
def note_demand(demand_id: UUID) -> Response:
    """Write down what was done."""
    words = NoteSchema().read()["words"]
    with transaction() as session:
        privacy.note(session, g.actor, LegalDemand, demand_id, words, at=g.now)
    return _back(demand_id, "noted")


def _back(demand_id: UUID, done: str) -> Response:
    return redirect(url_for("privacy.demand", demand_id=demand_id, done=done), 303)


def counsel_page(demand_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """Which lawyer looks at it."""
    with reading() as session:
        found = privacy.get_case(session, g.actor, LegalDemand, demand_id)
    return render_template("privacy/counsel.html", case=found, errors=errors, notice=notice)


@blueprint.get("/demands/<uuid:demand_id>/counsel")
@requires(Permission.PRIVACY_CASE_MANAGE)
def counsel(demand_id: UUID) -> str:
    """A lawyer has it: who?"""
    return counsel_page(demand_id)


@blueprint.post("/demands/<uuid:demand_id>/counsel")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(counsel_page)
def give_to_counsel(demand_id: UUID) -> Response:
    """Keep who."""
    name = CounselSchema().read()["counsel"]
    with transaction() as session:
        privacy.give_to_counsel(session, g.actor, demand_id, counsel=name, at=g.now)
    return _back(demand_id, "counsel")


def deciding_page(demand_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """What became of it: what may become of it now."""
    with reading() as session:
        found = privacy.get_case(session, g.actor, LegalDemand, demand_id)
        count = len(privacy.persons_of_demand(session, found))
    after = MOVES.get(found.state, frozenset()) - {DemandState.WITH_COUNSEL}
    choices = options({state: STATES[state.value][0] for state in DemandState if state in after})
    return render_template(
        "privacy/deciding.html", case=found, choices_of=choices, count=count, nothing_leaves=NOTHING_LEAVES,
        by_hand=BY_HAND, errors=errors, notice=notice,
    )  # fmt: skip


@blueprint.get("/demands/<uuid:demand_id>/decision")
@requires(Permission.PRIVACY_CASE_MANAGE)
def deciding(demand_id: UUID) -> str:
    """What became of it?"""
    return deciding_page(demand_id)


@blueprint.post("/demands/<uuid:demand_id>/decision")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(deciding_page)
def decide_demand(demand_id: UUID) -> Response:
    """Keep what became of it; this gives nothing to anybody."""
    form = DecidedSchema().read()
    with transaction() as session:
        privacy.decide_demand(
            session, g.actor, demand_id, form["to"], decision=form["decision"], given=_given_in(form), at=g.now
        )
    return _back(demand_id, "closed")


def _given_in(form: Mapping[str, Any]) -> Given | None:
    """What was given by hand, where that is what became of it. Raises Invalid."""
    if form["to"] is not DemandState.ANSWERED_OUTSIDE:
        return None
    return Given(form["given"], required_day_in(form, "released_on", "Given on"), form["given_to"])
