"""Whom a legal demand is about: found among the people of the organization, put on it, taken off it."""

from typing import Any
from uuid import UUID

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from cie import people, privacy
from cie.access import Permission
from cie.db import reading, transaction
from cie.http import requires
from cie.privacy import LegalDemand
from cie.web.forms import again
from cie.web.organization import done_notice
from cie.web.people import FindSchema
from cie.web.person_words import PersonRow, row_of
from cie.web.privacy.affected import PersonSchema
from cie.web.privacy.blueprint import DONE, blueprint
from cie.web.privacy.demands import about


def demand_people_page(
    demand_id: UUID, errors: Any = (), notice: Any = None, found: list[PersonRow] | None = None, ids: Any = ()
) -> str:
    """Who stands on it, and a way to find more."""
    with reading() as session:
        demand = privacy.get_case(session, g.actor, LegalDemand, demand_id)
        persons = [(person.id, row_of(person)) for person in about(session, demand)]
    rows = None if found is None else list(zip(ids, found, strict=True))
    return render_template(
        "privacy/demand_people.html", case=demand, persons=persons, found=rows, errors=errors,
        notice=notice or done_notice(DONE),
    )  # fmt: skip


@blueprint.get("/demands/<uuid:demand_id>/people")
@requires(Permission.PRIVACY_CASE_MANAGE)
def demand_people(demand_id: UUID) -> str:
    """Whom it is about."""
    return demand_people_page(demand_id)


@blueprint.post("/demands/<uuid:demand_id>/people")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(demand_people_page)
def find_demand_people(demand_id: UUID) -> str:
    """Who matches what was typed; names never travel in addresses."""
    name = FindSchema().read()["name"]
    with reading() as session:
        found = people.find_people(session, g.actor, name)
    return demand_people_page(demand_id, found=[row_of(each) for each in found], ids=[each.id for each in found])


@blueprint.post("/demands/<uuid:demand_id>/people/more")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(demand_people_page)
def add_demand_person(demand_id: UUID) -> Response:
    """It is about one person more."""
    person_id = PersonSchema().read()["person_id"]
    with transaction() as session:
        privacy.add_to_demand(session, g.actor, demand_id, person_id, at=g.now)
    return _back(demand_id, "listed")


@blueprint.post("/demands/<uuid:demand_id>/people/less")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(demand_people_page)
def take_off_demand_person(demand_id: UUID) -> Response:
    """It is not about this person after all."""
    person_id = PersonSchema().read()["person_id"]
    with transaction() as session:
        privacy.take_off_demand(session, g.actor, demand_id, person_id, at=g.now)
    return _back(demand_id, "taken-back")


def _back(demand_id: UUID, done: str) -> Response:
    return redirect(url_for("privacy.demand_people", demand_id=demand_id, done=done), 303)
