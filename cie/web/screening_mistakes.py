"""A screening that was a mistake: what follows from saying so, and saying it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from cie import people, screening
from cie.access import Permission
from cie.db import reading, transaction
from cie.http import requires
from cie.web.forms import Notice, again
from cie.web.screening_pages import need_row

blueprint = Blueprint("screening_mistakes", __name__, url_prefix="/screenings/<uuid:screening_id>/mistake")


def _page(screening_id: UUID, errors: Any = (), notice: Notice | None = None) -> "str | Response":
    with reading() as session:
        found = screening.get_screening(session, g.actor, screening_id)
        person = people.get_person(session, g.actor, found.person_id)
        questionnaire = screening.questionnaire_of(session, found)
        staying = [need_row(need) for need in screening.needs_that_stay(session, g.actor, screening_id)]
    if found.is_mistake:
        return redirect(url_for("screenings.show", screening_id=screening_id), 303)
    return render_template(
        "screenings/mistake.html",
        errors=errors,
        notice=notice,
        found=found,
        person=person,
        questionnaire=questionnaire,
        staying=staying,
    )


@blueprint.get("")
@requires(Permission.SCREENING_WRITE)
def new(screening_id: UUID) -> "str | Response":
    """Ask once, with what will follow."""
    return _page(screening_id)


@blueprint.post("")
@requires(Permission.SCREENING_WRITE)
@again(_page)
def create(screening_id: UUID) -> Response:
    """It was a mistake; the page of the screening says so from now on."""
    with transaction() as session:
        screening.mark_mistake(session, g.actor, screening_id, at=g.now)
    return redirect(url_for("screenings.show", screening_id=screening_id, done="mistake"), 303)
