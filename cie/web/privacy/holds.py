"""Legal holds: those that last, those on one person with a form for one more, and lifting one."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import g, redirect, render_template, request, url_for
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import identity, people, privacy, retention
from cie.access import Permission
from cie.db import reading, transaction
from cie.http import paginate, requires
from cie.privacy import LegalDemand
from cie.retention import LegalHold
from cie.web.day_boxes import with_days
from cie.web.forms import FormSchema, again, typed
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.organization import done_notice
from cie.web.paging import pages_of, wanted_page
from cie.web.person_words import full_name
from cie.web.privacy.blueprint import blueprint, days_of
from cie.web.privacy.words import DEMANDS
from cie.web.words_of_time import day

DONE = {
    "set": lazy_gettext("Saved. Nobody can erase this record now."),
    "lifted": lazy_gettext("Saved. The hold has ended."),
}
NO_DEMAND: Any = {"invalid_uuid": "Legal demand: open it again and start there"}


class ReasonSchema(FormSchema):
    """Why the record must stay; its last day comes in boxes."""

    reason = fields.Str(load_default="")
    demand = fields.UUID(load_default=None, error_messages=NO_DEMAND)


HoldSchema = with_days(ReasonSchema, "until_on")


@blueprint.get("/holds")
@requires(Permission.PRIVACY_CASE_MANAGE)
def holds() -> str:
    """Every hold that lasts, newest first."""
    with reading() as session:
        page = paginate(session, retention.holds(g.actor, at=g.now), number=wanted_page(), total=None)
        persons = people.get_persons(session, g.actor, {each.person_id for each in page.items})
        lines = [
            {**line, "name": full_name(persons[hold.person_id])}
            for hold, line in zip(page.items, _lines(session, page.items), strict=True)
        ]
    return render_template(
        "privacy/holds.html", lines=lines, pages=pages_of(page, "privacy.holds"), notice=done_notice(DONE)
    )


def _lines(session: Session, found: Sequence[LegalHold]) -> list[dict[str, Any]]:
    """Each hold in words: why, for which demand, since when, until when, by whom."""
    names = identity.colleagues_by_id(session, g.actor, [hold.set_by_id for hold in found])
    by_id = {id_: user.name for id_, user in names.items()}
    return [_line(hold, by_id) for hold in found]


def _line(hold: LegalHold, names: Mapping[UUID, str]) -> dict[str, Any]:
    by = names.get(hold.set_by_id, _("A colleague")) if hold.set_by_id else _("A colleague")
    until = _("until %(day)s", day=day(hold.until_on, year=True)) if hold.until_on else _("until it is lifted")
    since = _("Since %(day)s, %(until)s. By %(name)s.", day=day(hold.set_at, year=True), until=until, name=by)
    return {
        "id": hold.id,
        "person_id": hold.person_id,
        "demand_id": hold.demand_id,
        "reason": hold.reason,
        "meta": since,
    }


def person_holds_page(person_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The holds on one person that last, and a form for one more."""
    with reading() as session:
        person = people.get_person(session, g.actor, person_id)
        found = retention.holds_on(session, person.organization_id, person_id, at=g.now)
        lines, demand = _lines(session, found), _demand(session)
    return render_template(
        "privacy/person_holds.html", person_id=person_id, name=full_name(person), lines=lines, demand=demand,
        demand_words=DEMANDS[demand.kind] if demand else "", errors=errors, notice=notice or done_notice(DONE),
    )  # fmt: skip


def _demand(session: Session) -> LegalDemand | None:
    """The demand that the address or the form names, of the caller's organization. Raises NotFound."""
    asked = request.args.get("demand", type=UUID) or _uuid(typed("demand", None))
    return privacy.get_case(session, g.actor, LegalDemand, asked) if asked else None


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


@blueprint.get("/people/<uuid:person_id>/holds")
@requires(Permission.PRIVACY_CASE_MANAGE)
def person_holds(person_id: UUID) -> str:
    """What keeps this record as it is."""
    return person_holds_page(person_id)


@blueprint.post("/people/<uuid:person_id>/holds")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(person_holds_page)
def set_hold(person_id: UUID) -> Response:
    """Nobody erases this record for now."""
    form = HoldSchema().read()
    days = days_of(form, {}, {"until_on": "Last day of the hold"})
    said = {"reason": form["reason"], "demand_id": form["demand"], "until_on": days["until_on"]}
    with transaction() as session:
        retention.set_hold(session, g.actor, person_id, **said, at=g.now)
    return redirect(url_for("privacy.person_holds", person_id=person_id, done="set"), 303)


def _after_lifting(hold_id: UUID, errors: Any = (), notice: Any = None) -> str:
    with reading() as session:
        person_id = retention.get_hold(session, g.actor, hold_id).person_id
    return person_holds_page(person_id, errors, notice)


@blueprint.post("/holds/<uuid:hold_id>/lifting")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(_after_lifting)
def lift_hold(hold_id: UUID) -> Response:
    """The hold ends."""
    with transaction() as session:
        hold = retention.lift_hold(session, g.actor, hold_id, at=g.now)
    return redirect(url_for("privacy.person_holds", person_id=hold.person_id, done="lifted"), 303)
