"""Other answers than those that were kept of a finished screening: a form, what they change, and saving them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import screening
from cie.access import Permission
from cie.db import reading, transaction
from cie.http import requires
from cie.screening import Correction, GivenAnswer, Item, Section
from cie.web.forms import BUTTONS, Notice, again
from cie.web.language import gettext as _
from cie.web.screening_form import YES_OR_NO, at_questions, questions_of, read_answers
from cie.web.screening_pages import Asking, asking_of, need_title

blueprint = Blueprint("screening_corrections", __name__, url_prefix="/screenings/<uuid:screening_id>/correction")


def _open_part(asking: Asking) -> Section:
    """All questions that are not about safety, as one section."""
    sections = [section for section in asking.instrument.sections if not section.safety]
    return Section("", "", tuple(item for section in sections for item in section.items))


def _page(screening_id: UUID, errors: Any = (), notice: Notice | None = None) -> "str | Response":
    with reading() as session:
        asking = asking_of(session, g.actor, screening_id)
        kept = {item.link_id: given for item, given in screening.open_answers(session, g.actor, screening_id)}
    if not asking.screening.was_finished or asking.screening.is_mistake:
        return redirect(url_for("screenings.show", screening_id=screening_id), 303)
    part = _open_part(asking)
    is_new = not request.form or (notice is not None and notice.of_change)
    return render_template(
        "screenings/correction.html",
        asking=asking,
        seen=asking.screening.answers_version if is_new else request.form.get("seen", ""),
        questions=questions_of(part, kept, asking.language),
        errors=at_questions(errors, part),
        notice=notice,
    )


def _read(session: Session, screening_id: UUID) -> tuple[Asking, dict[str, GivenAnswer], str]:
    """What the form posted: of which screening, the answers, and the version of them that stood on the page."""
    asking = asking_of(session, g.actor, screening_id)
    return asking, read_answers(_open_part(asking))[0], request.form.get("seen", "")


@blueprint.get("")
@requires(Permission.SCREENING_WRITE)
def new(screening_id: UUID) -> "str | Response":
    """The questions as they were answered."""
    return _page(screening_id)


@blueprint.post("/check")
@requires(Permission.SCREENING_WRITE)
@again(_page)
def check(screening_id: UUID) -> "str | Response":
    """What the other answers change, before they do; or back to the form."""
    if request.form.get("change"):
        return _page(screening_id)
    with reading() as session:
        asking, answers, seen = _read(session, screening_id)
        found = screening.preview_correction(session, g.actor, screening_id, answers, seen=seen)
    return render_template(
        "screenings/correction_check.html",
        asking=asking,
        hidden=[(name, value) for name, value in request.form.items(multi=True) if name not in BUTTONS],
        rows=[(item, _words(item, before), _words(item, after)) for item, before, after in found.changed],
        follows=_follows(found),
    )


def _words(item: Item, given: GivenAnswer) -> str:
    """An answer as it was given, in the words of the instrument."""
    if given.declined:
        return _("Does not want to answer")
    displays: Mapping[str, Any] = {option.code: option.display for option in item.options} or dict(YES_OR_NO)
    return ", ".join(str(displays.get(code, code)) for code in given.codes) or _("No answer")


def _follows(found: Correction) -> list[str]:
    """What becomes of needs, and what stays."""
    lines = [
        (_("New on the list of needs, for somebody to decide: %(needs)s."), found.proposed),
        (_("Off the list of needs, since nobody decided on them yet: %(needs)s."), found.withdrawn),
        (_("These stay, since somebody confirmed them: %(needs)s. Decide on each under All needs."), found.confirmed),
    ]
    said = [words % {"needs": ", ".join(map(need_title, codes))} for words, codes in lines if codes]
    return [_("The answers before stay in the history."), *(said or [_("The list of needs stays as it is.")])]


@blueprint.post("")
@requires(Permission.SCREENING_WRITE)
@again(_page)
def create(screening_id: UUID) -> Response:
    """From now on these answers count."""
    with transaction() as session:
        _asking, answers, seen = _read(session, screening_id)
        screening.correct_screening(session, g.actor, screening_id, answers, seen=seen, at=g.now)
    return redirect(url_for("screenings.show", screening_id=screening_id, done="corrected"), 303)
