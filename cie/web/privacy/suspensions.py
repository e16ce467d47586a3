"""An agency wants what it got kept off the list of the person for a time: what was said, one more, ending one early."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from flask import g, redirect, render_template, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from cie import privacy
from cie.access import Permission
from cie.db import reading, transaction
from cie.errors import Invalid
from cie.http import requires
from cie.people import Person
from cie.privacy import AccountingSuspension, AgencyStatement, LegalDemand, StatedHow
from cie.privacy.deadlines import ORAL_SUSPENSION
from cie.web.day_boxes import with_days
from cie.web.forms import FormSchema, again, typed
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.organization import done_notice
from cie.web.person_words import full_name
from cie.web.privacy.blueprint import blueprint, days_of, kept_once, today
from cie.web.privacy.demands import about
from cie.web.privacy.words import options
from cie.web.words_of_time import day

EVERYBODY = "everybody"
HOW: Mapping[StatedHow, Any] = {
    StatedHow.WRITTEN: lazy_gettext("In writing"),
    StatedHow.ORAL: lazy_gettext("By voice"),
}
DONE = {
    "kept-out": lazy_gettext("Saved. The person gets their list without it."),
    "ended": lazy_gettext("Saved. It stands on the list of the person again."),
}
CHOOSE_HOW: Any = {"required": "How they said it: choose one", "unknown": "How they said it: choose one"}


class AgencySchema(FormSchema):
    """What an agency says; its days come in boxes."""

    person_id = fields.Str(load_default=EVERYBODY)
    agency = fields.Str(load_default="")
    how = fields.Enum(StatedHow, by_value=True, required=True, error_messages=CHOOSE_HOW)
    said_by = fields.Str(load_default="")
    reason = fields.Str(load_default="")
    document = fields.Str(load_default="")


StatementSchema = with_days(AgencySchema, "stated_on", "until_on")


class SuspensionSchema(FormSchema):
    """Which one."""

    suspension_id = fields.UUID(required=True, error_messages={"invalid_uuid": "Choose one of the list"})


def suspensions_page(demand_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """What was said of this kind, and a form for one more."""
    with reading() as session:
        demand = privacy.get_case(session, g.actor, LegalDemand, demand_id)
        persons = about(session, demand)
        found = privacy.suspensions_of(session, g.actor, demand_id)
    form_id = uuid4().hex if notice else typed("form_id") or uuid4().hex
    return render_template(
        "privacy/suspensions.html", case=demand, lines=[_line(row, persons) for row in found],
        whom=_whom(persons), everybody=EVERYBODY, hows=options(HOW, _hints()), form_id=form_id, errors=errors,
        notice=notice or done_notice(DONE),
    )  # fmt: skip


def _whom(persons: Sequence[Person]) -> list[dict[str, Any]]:
    everybody = {"value": EVERYBODY, "label": _("Everybody whom this case is about"), "hint": None}
    return [everybody, *({"value": str(p.id), "label": full_name(p), "hint": None} for p in persons)]


def _hints() -> Mapping[StatedHow, str]:
    rule = privacy.figure(ORAL_SUSPENSION, today())
    by_voice = _("Write down who said it.")
    if rule is not None:
        by_voice = _(
            "It holds for %(days)s days at most, from the day of the first call. Write down who said it. (%(source)s)",
            days=rule.value,
            source=rule.source,
        )
    return {StatedHow.WRITTEN: _("The paper names a last day."), StatedHow.ORAL: by_voice}


def _line(row: AccountingSuspension, persons: Sequence[Person]) -> dict[str, Any]:
    names = {person.id: full_name(person) for person in persons}
    whom = names.get(row.person_id, _("A person")) if row.person_id else _("Everybody whom this case is about")
    said = _("%(how)s, %(day)s.", how=HOW[row.how], day=day(row.stated_on, year=True))
    by = _("Said by %(name)s.", name=row.said_by) if row.said_by else ""
    paper = _("Paper: %(where)s.", where=row.document) if row.document else ""
    return {
        "id": row.id,
        "agency": row.agency,
        "until": _until(row),
        "whom": whom,
        "meta": " ".join(filter(None, [said, by, paper])),
        "reason": row.reason,
        "lasts": row.lasts_on(today()),
    }


def _until(row: AccountingSuspension) -> str:
    last = day(row.until_on, year=True)
    if row.ended_at is not None:
        return _("Ended on %(day)s, before its last day", day=day(row.ended_at, year=True))
    return _("Kept out until %(day)s", day=last) if row.lasts_on(today()) else _("Ended on %(day)s", day=last)


@blueprint.get("/demands/<uuid:demand_id>/suspensions")
@requires(Permission.PRIVACY_CASE_MANAGE)
def suspensions(demand_id: UUID) -> str:
    """What agencies said of this kind."""
    return suspensions_page(demand_id)


@blueprint.post("/demands/<uuid:demand_id>/suspensions")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(suspensions_page)
def suspend(demand_id: UUID) -> Response:
    """Keep it off the list of the person for a time."""
    form = StatementSchema().read()
    days: dict[str, Any] = days_of(form, {"stated_on": "Said on"}, {"until_on": "Last day"})
    said = {name: form[name] for name in ("agency", "how", "said_by", "reason", "document")}
    statement = AgencyStatement(person_id=_person_in(form), **said, **days)
    kept_once(
        f"accounting-suspension:{demand_id}",
        form,
        lambda session: privacy.suspend(session, g.actor, demand_id, statement, at=g.now).id,
    )
    return redirect(url_for("privacy.suspensions", demand_id=demand_id, done="kept-out"), 303)


def _person_in(form: Mapping[str, Any]) -> UUID | None:
    if form["person_id"] == EVERYBODY:
        return None
    try:
        return UUID(form["person_id"])
    except ValueError as error:
        raise Invalid("Whom it is about: choose one", "person_id") from error


@blueprint.post("/demands/<uuid:demand_id>/suspensions/ended")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(suspensions_page)
def end_suspension(demand_id: UUID) -> Response:
    """It ends now."""
    suspension_id = SuspensionSchema().read()["suspension_id"]
    with transaction() as session:
        row = privacy.end_suspension(session, g.actor, suspension_id, at=g.now)
    return redirect(url_for("privacy.suspensions", demand_id=row.demand_id, done="ended"), 303)
